"""What an identity provider sends over HTTP: whatever is amiss with it is its fault, and never one of ours."""

import httpx
import pytest
import respx

from service.security.identity_provider import IdentityProvider, ProviderTerms, ProviderUnavailable

ISSUER = "https://id.test"
BACK = "https://ours.test/auth/callback"
PLACES = {
    "discovery": f"{ISSUER}/.well-known/openid-configuration",
    "keys": f"{ISSUER}/keys",
    "token": f"{ISSUER}/token",
}
PUBLISHED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": PLACES["token"],
    "jwks_uri": PLACES["keys"],
}
AMISS = {
    "its fault": (500, b"{}"),
    "a redirect": (302, b""),
    "a page": (200, b"<html>"),
    "a number": (200, b"7"),
    "deep lists": (200, b"[" * 200_000),
    "deep objects": (200, b'{"a":' * 40_000),
    "too much": (200, b" " * 300_000),
}


async def sign_in() -> None:
    """Begin and finish a sign-in, as far as the provider lets one."""
    provider = IdentityProvider(ProviderTerms(ISSUER, "benefits", None, None, {}))
    begun = await provider.begin(BACK)
    await provider.finish(f"code=a&state={begun.state}", begun, BACK)


@pytest.mark.parametrize("amiss", AMISS)
@pytest.mark.parametrize("place", PLACES)
@respx.mock
async def test_what_a_provider_sends_amiss_is_its_fault(place: str, amiss: str) -> None:
    replies = {"discovery": httpx.Response(200, json=PUBLISHED), "keys": httpx.Response(200, json={})}
    status, content = AMISS[amiss]
    for name, address in PLACES.items():
        respx.route(url=address).mock(
            return_value=httpx.Response(status, content=content) if name == place else replies.get(name)
        )

    with pytest.raises(ProviderUnavailable):
        await sign_in()


@pytest.mark.parametrize("path", ["/\x00", f"/{'a' * 100_000}"], ids=["unprintable", "long"])
@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint"])
@respx.mock
async def test_an_address_that_is_none_is_its_fault(name: str, path: str) -> None:
    respx.get(PLACES["discovery"]).respond(json={**PUBLISHED, name: f"{ISSUER}{path}"})
    respx.get(PLACES["keys"]).respond(json={})

    with pytest.raises(ProviderUnavailable):
        await sign_in()
