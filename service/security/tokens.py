"""Verifies signed tokens of the identity provider: access tokens of the API, and the id token of a sign-in.

joserfc checks the signature and the claims. What a token may say of itself is narrowed before: its header holds ``alg``
(one of ours), ``kid`` and ``typ`` and at most a thumbprint, so no key, address or extension in it is ever looked at; no
name stands twice in it; the key is found by ``kid`` among those that the provider publishes, and serves the one
algorithm that the provider made it for. Source: RFC 8725, RFC 9068, OpenID Connect Core 3.1.3.7.
"""

import binascii
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry
from joserfc.registry import JWS_HEADER_REGISTRY

from service.security.access import LONGEST_TOKEN
from service.security.sign_ins import TokenRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures by a private key. A secret that both sides know (HS256), or no signature at all, is no algorithm here."""

HEADER = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""What the header of a token may hold; a thumbprint is not looked at."""

LONGEST_NAME = 256
"""Characters of the longest ``kid`` and ``sub``."""


class TokenRules(NamedTuple):
    """What a token has to be.

    ``types`` are values of ``typ`` in lower case, where "" stands for none; ``longest_life`` is the longest time from
    ``iat`` to ``exp``, and ``leeway`` how far the clocks may differ, in seconds.
    """

    issuer: str
    audience: str
    types: frozenset[str]
    longest_life: int
    leeway: int = 30
    algorithms: tuple[str, ...] = ALGORITHMS


FindKey = Callable[[str], Awaitable[Key | None]]
"""Gives the provider's key of that ``kid``, if it has one."""


async def verify_token(token: str, rules: TokenRules, find_key: FindKey, now: int) -> dict[str, Any]:
    """Return the claims of ``token`` as of ``now`` (seconds since 1970). Raises ``TokenRefused``."""
    header = read_header(token)
    check_header(header, rules)
    key = await find_key(header["kid"])
    if key is None:
        raise TokenRefused("key_unknown")
    claims = check_signature(token, key, header["alg"])
    check_claims(claims, rules, now)
    return claims


def read_header(token: str) -> dict[str, Any]:
    """Return the header of a token that is signed and compact. Raises ``TokenRefused``."""
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not all(parts):
        raise TokenRefused("not_a_signed_token")
    try:
        header = json.loads(_decode(parts[0]), cls=_OnceOnly)
        for part in parts[1:]:
            _decode(part)
    except (ValueError, RecursionError):
        raise TokenRefused("malformed") from None
    if not isinstance(header, dict):
        raise TokenRefused("malformed")
    return header


def check_header(header: dict[str, Any], rules: TokenRules) -> None:
    """Raise ``TokenRefused`` for a header that is not as ``rules`` have it."""
    if not header.keys() <= HEADER:
        raise TokenRefused("header_not_allowed")
    if header.get("alg") not in rules.algorithms:
        raise TokenRefused("algorithm_not_allowed")
    kid, kind = header.get("kid"), header.get("typ", "")
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_NAME:
        raise TokenRefused("key_not_named")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in rules.types:
        raise TokenRefused("wrong_type")


def check_signature(token: str, key: Key, algorithm: str) -> dict[str, Any]:
    """Return the claims that ``key`` signed. Raises ``TokenRefused``.

    joserfc refuses a key that was published for another use or another algorithm.
    """
    registry = JWSRegistry(algorithms=[algorithm])
    registry.header_registry = {name: JWS_HEADER_REGISTRY[name] for name in HEADER}
    registry.max_payload_length = LONGEST_TOKEN
    try:
        claims: dict[str, Any] = jwt.decode(token, key, registry=registry, decoder_cls=_OnceOnly).claims
    except (JoseError, ValueError, RecursionError):
        raise TokenRefused("signature") from None
    return claims


def check_claims(claims: dict[str, Any], rules: TokenRules, now: int) -> None:
    """Raise ``TokenRefused`` unless the claims are by ``rules`` and hold ``now``."""
    registry = JWTClaimsRegistry(
        now=now,
        leeway=rules.leeway,
        iss={"essential": True, "value": rules.issuer},
        aud={"essential": True, "value": rules.audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except (JoseError, OverflowError):
        raise TokenRefused("claims") from None
    if len(claims["sub"]) > LONGEST_NAME or not claims["sub"].strip():
        raise TokenRefused("subject")
    if not 0 < claims["exp"] - claims["iat"] <= rules.longest_life:
        raise TokenRefused("lives_too_long")


def check_nonce(claims: dict[str, Any], nonce: str, client_id: str) -> None:
    """Raise ``TokenRefused`` unless an id token answers the sign-in that ``nonce`` began, and is meant for us alone."""
    if claims.get("nonce") != nonce:
        raise TokenRefused("nonce")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", client_id) != client_id or (len(audience) > 1 and "azp" not in claims):
        raise TokenRefused("authorized_party")


def check_factors(claims: dict[str, Any], factors: Iterable[str]) -> None:
    """Raise ``TokenRefused`` unless the person showed one of ``factors`` (``amr``, RFC 8176); none is asked by none."""
    wanted = set(factors)
    shown = claims.get("amr")
    if wanted and not (isinstance(shown, list) and any(isinstance(one, str) and one in wanted for one in shown)):
        raise TokenRefused("factors")


def claim_at(claims: dict[str, Any], path: str) -> tuple[str, ...]:
    """Return the words of the claim at ``path``, such as ``realm_access.roles``; none where there are none."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    words = found if isinstance(found, list) else [found]
    return tuple(word for word in words if isinstance(word, str))


class _OnceOnly(json.JSONDecoder):
    """A decoder that refuses an object in which a name stands twice, and numbers that JSON does not have."""

    def __init__(self, **_: object) -> None:
        super().__init__(object_pairs_hook=_unique, parse_constant=_no_number)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(_: str) -> None:
    raise ValueError("no number")


def _decode(part: str) -> bytes:
    """Return the bytes of base64url without padding, written in the one way that there is. Raises ``ValueError``."""
    raw = binascii.a2b_base64(part.translate(_STANDARD) + "=" * (-len(part) % 4), strict_mode=True)
    if binascii.b2a_base64(raw, newline=False).decode().rstrip("=").translate(_URL_SAFE) != part:
        raise ValueError("not canonical")
    return raw


_STANDARD = str.maketrans("-_", "+/")
_URL_SAFE = str.maketrans("+/", "-_")
