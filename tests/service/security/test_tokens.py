"""F18: a good token names a person; every kind of forgery is refused, and each check is what refuses some of them."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from joserfc.jwk import JWKRegistry, Key

from service.security import identity_provider, tokens
from service.security.access import StaffRole, credential_of
from service.security.identity_provider import IdentityProvider, ProviderTerms, ProviderUnavailable
from service.security.sign_ins import TokenRefused
from service.security.tokens import claim_at
from tests.forged_tokens import FORGERIES, Good, Keys, encode

NOW = 1_800_000_000
GOOD = Good(Keys(), "https://id.test", "benefits-api", "benefits", NOW)
TERMS = ProviderTerms(
    issuer=GOOD.issuer,
    client_id=GOOD.client_id,
    client_secret=None,
    audience=GOOD.audience,
    roles={role.value: role for role in StaffRole},
)


class Provider(IdentityProvider):
    """A provider whose keys are at hand."""

    def __init__(self, terms: ProviderTerms = TERMS) -> None:
        super().__init__(terms, clock=lambda: NOW)
        found = {one["kid"]: JWKRegistry.import_key(one) for one in GOOD.keys.published()["keys"]}
        self._published.find_key = self._find(found)  # type: ignore[method-assign]

    @staticmethod
    def _find(keys: dict[str, Key]) -> Callable[[str], Any]:
        async def find(kid: str) -> Key | None:
            return keys.get(kid)

        return find


def accepted(token: str, provider: IdentityProvider | None = None) -> bool:
    """Whether a bearer of ``token`` would be let in."""
    credential = credential_of(f"Bearer {token}")
    if credential is None:
        return False
    try:
        asyncio.run((provider or Provider()).verify_access_token(credential.plain))
    except TokenRefused:
        return False
    return True


def let_through() -> set[str]:
    """The forgeries that are accepted."""
    return {name for name, forge in FORGERIES.items() if accepted(forge(GOOD))}


def let_through_by_a_mutant() -> set[str]:
    """The forgeries that a verifier without one of its checks accepts; what it trips over it accepts not."""
    found = set()
    for name, forge in FORGERIES.items():
        with suppress(Exception):
            if accepted(forge(GOOD)):
                found.add(name)
    return found


def test_a_good_token_names_a_person_and_roles() -> None:
    found = asyncio.run(Provider().verify_access_token(GOOD.token(name="Ada", roles=["billing", "cook"])))

    assert found.known_as == (GOOD.issuer, "person-1", "Ada")
    assert found.roles == {StaffRole.BILLING}
    assert "Ada" not in repr(found)


@pytest.mark.parametrize(
    "token",
    [
        GOOD.token(aud=["another", GOOD.audience]),
        GOOD.token(iat=NOW + 20, exp=NOW + 300),
        GOOD.token(iat=NOW - 900, exp=NOW - 20),
        GOOD.sign(GOOD.header(typ="application/AT+JWT", x5t="abc"), GOOD.claims()),
    ],
)
def test_what_only_looks_odd_is_good(token: str) -> None:
    assert accepted(token)


def test_no_forgery_of_seventy_is_believed() -> None:
    assert len(FORGERIES) >= 70
    assert let_through() == set()


def believe_header(header: dict[str, Any], _: object) -> None:
    header.setdefault("kid", "main-1")


def believe_signature(token: str, *_: object) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(tokens._decode(payload))
    return found


def take_any(*_: object) -> None:
    """Check nothing."""


MUTANTS: dict[str, Any] = {
    "check_header": believe_header,
    "check_signature": believe_signature,
    "check_claims": take_any,
    "_OnceOnly": json.JSONDecoder,
    "ALL FACTORS": take_any,
}


@pytest.mark.parametrize("name", MUTANTS)
def test_without_a_check_a_forgery_is_believed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner: Any = identity_provider if name == "ALL FACTORS" else tokens
    monkeypatch.setattr(owner, "check_factors" if name == "ALL FACTORS" else name, MUTANTS[name])

    assert let_through_by_a_mutant() != set()


def test_without_an_audience_no_token_is_taken() -> None:
    assert not accepted(GOOD.token(), Provider(TERMS._replace(audience=None)))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("roles", ("a", "b")),
        ("realm_access.roles", ("c",)),
        ("https://claims.test/roles", ("d",)),
        ("scope", ("x y",)),
        ("nothing.there", ()),
        ("realm_access.roles.deeper", ()),
    ],
)
def test_roles_are_found_where_a_provider_puts_them(path: str, words: tuple[str, ...]) -> None:
    claims = {
        "roles": ["a", 7, "b"],
        "realm_access": {"roles": ["c"]},
        "https://claims.test/roles": ["d"],
        "scope": "x y",
    }

    assert claim_at(claims, path) == words


class Web:
    """What the provider publishes, as the test says, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.keys = GOOD.keys.published()
        self.metadata: dict[str, Any] = {"issuer": GOOD.issuer, "jwks_uri": f"{GOOD.issuer}/keys"}
        self.broken = False

    async def fetch(self, _: object, address: str) -> dict[str, Any]:
        self.asked += 1
        if self.broken:
            raise ValueError("broken")
        return self.keys if address.endswith("/keys") else self.metadata


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(identity_provider, "_fetch", made.fetch)
    return made


class Seconds:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def provider(web: Web, seconds: Seconds) -> IdentityProvider:
    made = IdentityProvider(TERMS, clock=lambda: NOW)
    made._published._clock = seconds
    return made


async def is_good(provider: IdentityProvider, token: str) -> bool:
    try:
        await provider.verify_access_token(token)
    except TokenRefused:
        return False
    return True


async def test_unknown_keys_have_the_keys_fetched_again_twice_a_minute_at_most(
    provider: IdentityProvider, web: Web, seconds: Seconds
) -> None:
    assert await is_good(provider, GOOD.token())
    first = web.asked
    forged = [GOOD.sign(GOOD.header(kid=f"k{number}"), GOOD.claims()) for number in range(60)]
    for token in forged:
        seconds.now += 1
        assert not await is_good(provider, token)

    assert first == 2
    assert web.asked <= first + 2 * 2


async def test_a_new_key_is_believed_and_the_old_one_no_more(
    provider: IdentityProvider, web: Web, seconds: Seconds
) -> None:
    assert await is_good(provider, GOOD.token())
    renewed = Good(Keys(main_id="main-2"), GOOD.issuer, GOOD.audience, GOOD.client_id, NOW)
    web.keys = renewed.keys.published()
    seconds.now += 31

    assert await is_good(provider, renewed.token())
    assert not await is_good(provider, GOOD.token())


async def test_a_retired_key_is_forgotten_within_the_hour(
    provider: IdentityProvider, web: Web, seconds: Seconds
) -> None:
    assert await is_good(provider, GOOD.token())
    web.keys = {"keys": [one for one in web.keys["keys"] if one["kid"] != "main-1"]}
    seconds.now += 3_601

    assert not await is_good(provider, GOOD.token())


async def test_a_provider_that_fails_is_no_reason_to_believe_or_forget(
    provider: IdentityProvider, web: Web, seconds: Seconds
) -> None:
    web.broken = True
    with pytest.raises(ProviderUnavailable):
        await provider.verify_access_token(GOOD.token())
    web.broken = False
    seconds.now += 31
    assert await is_good(provider, GOOD.token())
    web.broken = True
    seconds.now += 3_601
    assert await is_good(provider, GOOD.token())
    assert not await is_good(provider, GOOD.sign(GOOD.header(kid="other"), GOOD.claims()))
    seconds.now += 86_400
    with pytest.raises(ProviderUnavailable):
        await provider.verify_access_token(GOOD.token())


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.test", "jwks_uri": f"{GOOD.issuer}/keys"},
        {"issuer": GOOD.issuer, "jwks_uri": "http://id.test/keys"},
        {"issuer": GOOD.issuer, "jwks_uri": "http://127.0.0.1/keys"},
        {"issuer": GOOD.issuer, "jwks_uri": "file:///keys"},
        {"issuer": GOOD.issuer, "jwks_uri": 7},
        {"issuer": GOOD.issuer},
    ],
)
async def test_a_provider_that_points_elsewhere_is_not_used(
    provider: IdentityProvider, web: Web, metadata: dict[str, Any]
) -> None:
    web.metadata = metadata

    with pytest.raises(ProviderUnavailable):
        await provider.verify_access_token(GOOD.token())


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": "none"},
        {"keys": [7, {}, {"kid": 7, "kty": "RSA"}]},
        {"keys": [{"kid": "main-1", "kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [{"kid": "main-1", "kty": "RSA", "n": "!", "e": "!"}]},
        {"keys": [{"kid": "main-1", "kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}]},
        {"keys": [{"kid": "main-1", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
        {"keys": [{"kid": "main-1", "kty": "RSA", "n": encode(bytes([193] * 128)), "e": "AQAB"}]},
    ],
)
async def test_what_is_no_key_is_no_key(provider: IdentityProvider, web: Web, keys: dict[str, Any]) -> None:
    web.keys = keys

    assert identity_provider._read_keys(keys) == {}
    assert not await is_good(provider, GOOD.token())
