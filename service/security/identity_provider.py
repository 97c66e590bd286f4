"""The identity provider of the staff: its published keys and addresses, and the sign-in by code (OpenID Connect).

Authlib writes the authorization address with PKCE, and the exchange of the code; joserfc reads keys and tokens. All is
fetched over connections of its own, without redirects and proxies, within bounds of time and size. What the provider
publishes is used for an hour; a key that is not among what it published has all of it fetched again, twice a minute at
most.
"""

import asyncio
import json
import warnings
from collections.abc import Callable
from time import monotonic, time
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import structlog
from authlib.common.security import generate_token
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key

from service.errors import ServiceRefusal
from service.security.access import StaffRole
from service.security.sign_ins import Begun, TokenRefused
from service.security.tokens import TokenRules, check_factors, check_nonce, claim_at, verify_token
from service.security.urls import unsafe

log = structlog.get_logger()

FRESH_SECONDS = 3_600.0
"""How long what the provider publishes is used before it is fetched again."""

STALE_SECONDS = 86_400.0
"""How long keys are used at most while the provider can't be reached."""

AGAIN_SECONDS = 30.0
"""Between two fetches at least, however many unknown keys are named, and however often a fetch fails."""

LONGEST_ID_TOKEN = 86_400
"""Seconds that an id token may be made for: it is read once, as it comes, so its end bounds nothing."""

FETCH_SECONDS = 5.0
LARGEST = 256 * 1024

UNUSABLE = (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, RecursionError, TimeoutError)
"""What a provider makes happen that is down, slow, or sends what is not what was asked for."""

MOST_KEYS = 64


class ProviderUnavailable(ServiceRefusal):
    """The identity provider can't be reached, or publishes what can't be used."""

    def __init__(self) -> None:
        """Refuse for a time."""
        super().__init__(503, "identity_provider_unavailable", 10)


class ProviderTerms(NamedTuple):
    """How the provider knows us, and what its tokens have to say.

    ``audience`` is that of access tokens; None takes none of them. ``roles`` map words of the claim ``role_claim`` to
    our roles. ``factors`` are values of ``amr`` of which a token has to name one; none asks for none.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    audience: str | None
    roles: dict[str, StaffRole]
    role_claim: str = "roles"
    factors: tuple[str, ...] = ("mfa",)
    token_types: tuple[str, ...] = ("at+jwt",)
    longest_life: int = 5_400
    scope: str = "openid profile"

    def __repr__(self) -> str:
        """Show no secret."""
        return f"ProviderTerms(issuer={self.issuer!r})"


class ProvenPerson(NamedTuple):
    """A person whom the provider names: ``known_as`` is issuer, subject and a word for people."""

    known_as: tuple[str, str, str]
    roles: frozenset[StaffRole]

    def __repr__(self) -> str:
        """Show the roles alone."""
        return f"ProvenPerson(roles={sorted(self.roles)!r})"


class IdentityProvider:
    """One provider. It is asked when somebody signs in or shows a token, and not before."""

    def __init__(self, terms: ProviderTerms, clock: Callable[[], float] = time) -> None:
        """Take how the provider knows us; nothing is fetched yet."""
        self.terms = terms
        self._clock = clock
        self._published = _Published(terms.issuer)
        self._id_rules = TokenRules(terms.issuer, terms.client_id, frozenset({"", "jwt"}), LONGEST_ID_TOKEN)
        types = frozenset(kind.lower().removeprefix("application/") for kind in terms.token_types)
        self._access_rules = (
            None if terms.audience is None else TokenRules(terms.issuer, terms.audience, types, terms.longest_life)
        )

    async def verify_access_token(self, token: str) -> ProvenPerson:
        """Return whose access token it is. Raises ``TokenRefused``, and ``ProviderUnavailable``."""
        if self._access_rules is None:
            raise TokenRefused("no_audience")
        claims = await verify_token(token, self._access_rules, self._published.find_key, int(self._clock()))
        return self._prove_person(claims)

    async def probe(self) -> None:
        """Fetch what the provider publishes. Raises ``ProviderUnavailable`` when it can't be used to sign in."""
        found = await self._published.metadata()
        for name in ("authorization_endpoint", "token_endpoint"):
            _endpoint(found, name, self.terms.issuer)

    async def begin(self, redirect_uri: str) -> Begun:
        """Begin a sign-in that comes back to ``redirect_uri``. Raises ``ProviderUnavailable``."""
        found = await self._published.metadata()
        nonce, verifier = generate_token(43), generate_token(64)
        client = self._client(redirect_uri)
        address, state = client.create_authorization_url(
            _endpoint(found, "authorization_endpoint", self.terms.issuer),
            state=generate_token(43),
            code_verifier=verifier,
            nonce=nonce,
        )
        return Begun(address, state, nonce, verifier)

    async def finish(self, query: str, begun: Begun, redirect_uri: str) -> ProvenPerson:
        """Return who signed in, by the ``query`` with which the browser came back.

        Raises ``TokenRefused`` for a query that does not answer ``begun``, and ``ProviderUnavailable``.
        """
        found = await self._published.metadata()
        code = _code_of(query, begun.state, self.terms.issuer, found)
        token = await self._exchange(code, begun, redirect_uri, found)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise TokenRefused("no_id_token")
        claims = await verify_token(id_token, self._id_rules, self._published.find_key, int(self._clock()))
        check_nonce(claims, begun.nonce, self.terms.client_id)
        return self._prove_person(claims)

    async def _exchange(self, code: str, begun: Begun, redirect_uri: str, found: dict[str, Any]) -> dict[str, Any]:
        """Return what the token endpoint gives for ``code``. Raises ``TokenRefused`` and ``ProviderUnavailable``."""
        address = _endpoint(found, "token_endpoint", self.terms.issuer)
        try:
            async with asyncio.timeout(FETCH_SECONDS), _browser() as http:
                client = self._client(redirect_uri, http)
                return dict(await client.fetch_token(address, code=code, code_verifier=begun.verifier))
        except OAuth2Error:
            raise TokenRefused("code_refused") from None
        except UNUSABLE as failure:
            log.warning("identity_provider.failed", error=type(failure).__name__, step="token")
            raise ProviderUnavailable from None

    def _client(self, redirect_uri: str, http: httpx.AsyncClient | None = None) -> "_CodeClient":
        return _CodeClient(
            http,
            client_id=self.terms.client_id,
            client_secret=self.terms.client_secret,
            scope=self.terms.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _prove_person(self, claims: dict[str, Any]) -> ProvenPerson:
        check_factors(claims, self.terms.factors)
        words = claim_at(claims, self.terms.role_claim)
        label = next((claims[name] for name in ("name", "preferred_username") if isinstance(claims.get(name), str)), "")
        roles = frozenset(self.terms.roles[word] for word in words if word in self.terms.roles)
        return ProvenPerson((self.terms.issuer, claims["sub"], label[:80]), roles)


class _CodeClient(OAuth2Client):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client over our own httpx client. Its integration for httpx is deprecated in favour of another one."""

    async def _fetch_token(
        self,
        url: str,
        body: str = "",
        headers: dict[str, str] | None = None,
        auth: Any = None,  # noqa: ANN401 - as Authlib has it
        method: str = "POST",
        **_: object,
    ) -> dict[str, Any]:
        url, prepared, body = auth.prepare(method, url, dict(headers or {}), body)
        async with self.session.stream(method, url, content=body, headers=prepared) as response:
            raw = await _read_bounded(response)
        # Authlib raises the error of the status, for which httpx wants to know the request.
        whole = httpx.Response(response.status_code, content=raw, request=response.request)
        return dict(self.parse_response_token(whole))


class _Published:
    """What the provider publishes: its addresses and its keys, fetched when they are needed."""

    def __init__(self, issuer: str, clock: Callable[[], float] = monotonic) -> None:
        self._issuer = issuer
        self._clock = clock
        self._metadata: dict[str, Any] | None = None
        self._keys: dict[str, Key] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()

    async def metadata(self) -> dict[str, Any]:
        """Return what discovery says. Raises ``ProviderUnavailable``."""
        await self._refresh(FRESH_SECONDS)
        if self._metadata is None:
            raise ProviderUnavailable
        return self._metadata

    async def find_key(self, kid: str) -> Key | None:
        """Return the published key of that id, fetching the keys again when it is not among them.

        Raises ``ProviderUnavailable`` when no keys are known at all.
        """
        await self._refresh(FRESH_SECONDS)
        if kid not in self._keys:
            await self._refresh(0.0)
        if self._metadata is None:
            raise ProviderUnavailable
        return self._keys.get(kid)

    async def _refresh(self, seconds: float) -> None:
        """Fetch everything again unless it was fetched within ``seconds``, or tried just now."""
        if self._clock() - self._fetched < seconds or self._clock() - self._tried < AGAIN_SECONDS:
            return
        async with self._lock:
            if self._clock() - self._tried < AGAIN_SECONDS:
                return
            self._tried = self._clock()
            try:
                async with asyncio.timeout(FETCH_SECONDS), _browser() as http:
                    metadata = await _fetch(http, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                    keys = _read_keys(await _fetch(http, _endpoint(metadata, "jwks_uri", self._issuer)))
            except (*UNUSABLE, ProviderUnavailable) as failure:
                log.warning("identity_provider.failed", error=type(failure).__name__, step="keys")
                if self._clock() - self._fetched > STALE_SECONDS:
                    self._metadata, self._keys = None, {}
                return
            self._metadata, self._keys, self._fetched = metadata, keys, self._clock()


def _browser() -> httpx.AsyncClient:
    """A client for one errand: no redirects, no proxies, no cookies kept."""
    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        timeout=FETCH_SECONDS,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


async def _read_bounded(response: httpx.Response) -> bytes:
    """Return the body of ``response``. Raises ``httpx.HTTPError``, and ``ValueError`` when it is too large."""
    raw = bytearray()
    async for chunk in response.aiter_bytes():
        raw += chunk
        if len(raw) > LARGEST:
            raise ValueError("too large")
    return bytes(raw)


async def _fetch(http: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """Return the JSON object at ``address``. Raises ``httpx.HTTPError`` and ``ValueError``."""
    async with http.stream("GET", address) as response:
        if response.status_code != httpx.codes.OK:
            raise ValueError("status")
        raw = await _read_bounded(response)
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of failure for whatever is not usable
    return found


def _read_keys(published: dict[str, Any]) -> dict[str, Key]:
    """Return the keys for signatures by id; what is no such key, or can't be read, is left out."""
    given = published.get("keys")
    keys: dict[str, Key] = {}
    for one in (given if isinstance(given, list) else [])[:MOST_KEYS]:
        kid = one.get("kid") if isinstance(one, dict) else None
        if not isinstance(kid, str) or one.get("kty") not in {"RSA", "EC", "OKP"} or "d" in one:
            continue
        try:
            with warnings.catch_warnings(action="error", category=SecurityWarning):
                keys[kid] = JWKRegistry.import_key(one)
        except (JoseError, ValueError, TypeError, KeyError, SecurityWarning):
            # A key that is too short is none either: joserfc warns of it. An unknown curve is a KeyError.
            continue
    return keys


def _endpoint(metadata: dict[str, Any], name: str, issuer: str) -> str:
    """Return an address of the provider's, which has to be ``issuer``; https unless that one itself is not.

    Raises ``ProviderUnavailable``.
    """
    address = metadata.get(name)
    is_of_issuer = metadata.get("issuer") == issuer
    if (
        not is_of_issuer
        or not isinstance(address, str)
        or unsafe(address)
        or urlsplit(address).scheme != urlsplit(issuer).scheme
    ):
        log.error("identity_provider.failed", error="address", step=name)
        raise ProviderUnavailable
    return address


def _code_of(query: str, state: str, issuer: str, metadata: dict[str, Any]) -> str:
    """Return the code of the answer ``query``, once it is known to answer us and to come from this issuer.

    Raises ``TokenRefused``. Source: RFC 6749 4.1.2, RFC 9207 (an answer names its issuer, against mix-up).
    """
    try:
        fields = parse_qs(query, strict_parsing=True, max_num_fields=16)
    except ValueError:
        raise TokenRefused("malformed") from None
    if any(len(values) > 1 for values in fields.values()):
        raise TokenRefused("repeated")
    given = {name: values[0] for name, values in fields.items()}
    if given.get("state") != state:
        raise TokenRefused("state")
    named = given.get("iss")
    if named != issuer and (named is not None or metadata.get("authorization_response_iss_parameter_supported")):
        raise TokenRefused("issuer")
    if "error" in given or not given.get("code"):
        raise TokenRefused("no_code")
    return given["code"]
