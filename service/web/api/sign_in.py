"""How people of the staff sign in and out: at the identity provider, or by a link that the operator gave them.

These are pages and redirects for a browser; the interface for programs knows nothing of them.
"""

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from service.errors import TooManyRequests
from service.security.access import SESSION_COOKIE, cookie_values, session_of
from service.security.encryption import SealBroken
from service.security.sign_ins import Begun, TokenRefused
from service.web.client_address import client_address
from service.web.connections import network_of
from service.web.dependencies import ServicesDependency
from service.web.pages.forms import read_form
from service.web.problems import RequestRefused
from service.web.rate_limits import TokenBuckets
from service.web.same_site import refuse_other_sites
from service.web.services import Services
from service.web.sign_in_pages import SIGN_IN_PATH, link_page, local_path, signed_in_page, signed_out_page

if TYPE_CHECKING:
    from service.security.identity_provider import IdentityProvider

CALLBACK_PATH, LINK_PATH = "/auth/callback", "/auth/link"
SIGNED_IN_PATH, SIGN_OUT_PATH, SIGNED_OUT_PATH = "/auth/signed-in", "/auth/sign-out", "/auth/signed-out"

BEGUN_COOKIE = "__Host-benefits-sign-in"
"""The cookie that binds a sign-in to the browser that began it; only this service can read it."""

LARGEST_FORM = 1_024

TRIES_A_SECOND, TRIES_AT_ONCE = 1.0, 60.0
"""Of one address, how often somebody may try to sign in."""

_FLAGS = "Path=/; Secure; HttpOnly; SameSite=Lax"


def sign_in_tries() -> TokenBuckets:
    """Return what counts the tries of one application."""
    return TokenBuckets(rate=TRIES_A_SECOND, burst=TRIES_AT_ONCE)


async def count_try(request: Request, services: ServicesDependency) -> None:
    """Count a try to sign in. Raises ``TooManyRequests`` when the address, or its IPv6 network, has had too many."""
    source = network_of(_address_of(request, services))
    pause = request.app.state.sign_in_tries.seconds_until(source)
    if pause:
        raise TooManyRequests(int(pause) + 1)
    request.app.state.sign_in_tries.use(source)


router = APIRouter(include_in_schema=False, dependencies=[Depends(count_try)])


@router.get(SIGN_IN_PATH)
async def begin(request: Request, services: ServicesDependency, to: str = SIGNED_IN_PATH) -> Response:
    """Send the browser to the identity provider, or to the page for a link where there is none."""
    provider = services.sign_in.provider
    if provider is None:
        wanted = local_path(to, SIGNED_IN_PATH)
        query = "" if wanted == SIGNED_IN_PATH else f"?{urlencode({'to': wanted})}"
        return RedirectResponse(f"{LINK_PATH}{query}", status_code=303)
    begun = await provider.begin(_redirect_uri(services, request))
    kept = json.dumps([*begun, local_path(to, SIGNED_IN_PATH)]).encode()
    response = RedirectResponse(begun.address, status_code=303)
    value = services.store.seal_for_browser(kept, BEGUN_COOKIE).hex()
    response.headers.append("Set-Cookie", f"{BEGUN_COOKIE}={value}; Max-Age=600; {_FLAGS}")
    return response


@router.get(CALLBACK_PATH)
async def finish(request: Request, services: ServicesDependency) -> Response:
    """Take the browser back from the identity provider, once, and open a session."""
    provider = _provider_of(services)
    begun, to = _begun_of(request, services)
    # An answer to another sign-in, which another site may have sent the browser to, does not use up this one.
    is_ours = request.query_params.getlist("state") == [begun.state]
    if not is_ours or not await services.store.use_sign_in(begun.state):
        raise _count_refusal(request, services)
    try:
        person = await provider.finish(request.url.query, begun, _redirect_uri(services, request))
    except TokenRefused:
        raise _count_refusal(request, services) from None
    session = await services.store.sign_in(
        person.known_as, person.roles, services.sign_in.limits, replaces=await _session_before(request, services)
    )
    if session is None:
        raise _count_refusal(request, services)
    response = _with_session(RedirectResponse(to, status_code=303), session)
    response.headers.append("Set-Cookie", f"{BEGUN_COOKIE}=; Max-Age=0; {_FLAGS}")
    return response


@router.get(LINK_PATH)
async def show_link_page(to: str = SIGNED_IN_PATH) -> Response:
    """Show the page that a link opens. Looking at it uses nothing up: mail programs look at links too."""
    return link_page(LINK_PATH, local_path(to, SIGNED_IN_PATH))


@router.post(LINK_PATH)
async def use_link(request: Request, services: ServicesDependency) -> Response:
    """Open a session with the code of a link, and use the link up."""
    refuse_other_sites(request.method, request.headers, services.sign_in_url)
    form = await read_form(request, most=LARGEST_FORM, fields=4)
    if not form.get("code"):
        raise RequestRefused(422, "invalid_request")
    session = await services.store.sign_in_by_link(
        form["code"].strip(), services.sign_in.limits, replaces=await _session_before(request, services)
    )
    if session is None:
        raise _count_refusal(request, services)
    to = local_path(form.get("to", ""), SIGNED_IN_PATH)
    return _with_session(RedirectResponse(to, status_code=303), session)


@router.get(SIGNED_IN_PATH)
async def show_signed_in(request: Request, services: ServicesDependency) -> Response:
    """Show who is signed in, with a way to sign out."""
    session = session_of(request.headers.getlist("cookie"))
    caller = None if session is None else await services.callers.find_caller(session)
    if caller is None:
        return RedirectResponse(SIGN_IN_PATH, status_code=303)
    return signed_in_page(sorted(caller.staff_roles or ()), SIGN_OUT_PATH)


@router.post(SIGN_OUT_PATH)
async def sign_out(request: Request, services: ServicesDependency) -> Response:
    """End the session of this browser."""
    refuse_other_sites(request.method, request.headers, services.sign_in_url)
    session_id = await _session_before(request, services)
    if session_id is not None:
        await services.store.end_session(session_id)
    response = RedirectResponse(SIGNED_OUT_PATH, status_code=303)
    response.headers.append("Set-Cookie", f"{SESSION_COOKIE}=; Max-Age=0; {_FLAGS}")
    return response


def _address_of(request: Request, services: Services) -> str:
    peer = request.client.host if request.client else "unknown"
    return client_address(peer, request.headers.getlist("x-forwarded-for"), services.trusted_proxies)


@router.get(SIGNED_OUT_PATH)
async def show_signed_out() -> Response:
    """Say that nobody is signed in. It leads nowhere by itself: the provider would sign the person in again."""
    return signed_out_page()


def _provider_of(services: Services) -> "IdentityProvider":
    provider = services.sign_in.provider
    if provider is None:
        raise RequestRefused(404, "not_found")
    return provider


def _redirect_uri(services: Services, request: Request) -> str:
    return f"{services.sign_in_url or str(request.base_url).rstrip('/')}{CALLBACK_PATH}"


def _begun_of(request: Request, services: Services) -> tuple[Begun, str]:
    """Return the sign-in that this browser began, and where it goes then. Raises ``RequestRefused`` 401."""
    values = cookie_values(request.headers.getlist("cookie"), BEGUN_COOKIE)
    try:
        (value,) = values
        *begun, to = json.loads(services.store.open_from_browser(bytes.fromhex(value), BEGUN_COOKIE))
        return Begun(*begun), to
    except (ValueError, TypeError, SealBroken):
        raise _count_refusal(request, services) from None


async def _session_before(request: Request, services: Services) -> str | None:
    """Return the id of the live session that this browser has; who knows an id alone ends nobody's session."""
    session = session_of(request.headers.getlist("cookie"))
    if session is None or await services.callers.find_caller(session) is None:
        return None
    return session.key_id


def _with_session(response: Response, session: str) -> Response:
    response.headers.append("Set-Cookie", f"{SESSION_COOKIE}={session}; {_FLAGS}")
    return response


def _count_refusal(request: Request, services: Services) -> RequestRefused:
    """Count a refusal, and return it: the same one, whatever was wrong."""
    services.store.count_refused_key(_address_of(request, services))
    return RequestRefused(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
