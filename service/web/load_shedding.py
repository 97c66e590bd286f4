"""Load shedding and authentication, before anything of a request is read; a refusal is sent at once.

This is middleware and no dependency because FastAPI reads a body before it calls a dependency. The order of the checks
matters. A known key is refused for its rate, its share or the load without a look-up. An unknown key waits for a
look-up, together with all requests that brought the same key. An address that brought many wrong keys is admitted only
with a key that is known, or whose id is a live key's. A remembered key admits nobody: each request waits for a look-up
made after it came, and a key that was revoked meanwhile is refused.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from contextlib import ExitStack
from http import HTTPStatus
from math import ceil
from re import Pattern
from time import monotonic
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import Overloaded, ServiceRefusal, TooManyRequests
from service.security.access import Caller, Credential, CredentialKind, credential_shown
from service.web.callers import may_come_from
from service.web.client_address import client_address
from service.web.connections import network_of
from service.web.key_lookups import KeyLookups
from service.web.pages.refusals import asks_for_page, page_instead
from service.web.problems import RequestRefused, refusal_response
from service.web.rate_limits import TokenBuckets
from service.web.same_site import refuse_other_sites
from service.web.services import Services
from service.web.sign_in_pages import sign_in_path

MOST_LOOKUPS = 64
"""Unknown keys that are looked up at a time."""

BURST_SECONDS = 5.0
"""Seconds' worth of its rate that a key may use at once."""

MINUTE = 60.0


class _Guess(NamedTuple):
    """The token that the look-up of an unknown key takes, until the key turns out right."""

    buckets: TokenBuckets
    name: Hashable


class LoadShedding:
    """Middleware that authenticates the caller, and gives each key its share of what can be done."""

    def __init__(self, app: ASGIApp, services: Services, paths: Sequence[Pattern[str]], lookups: KeyLookups) -> None:
        """Stand in front of ``app``; ``paths`` match those of the routes that need a key."""
        limits = services.limits
        self._app = app
        self._paths = paths
        self._services = services
        self._lookups = lookups
        self._asking: Counter[str] = Counter()
        self._most_of_key = max(1, int(limits.requests * limits.share))
        self._rates = TokenBuckets(rate=limits.rate, burst=limits.rate * BURST_SECONDS)
        self._wrong = TokenBuckets(rate=limits.wrong_keys / MINUTE, burst=limits.wrong_keys)
        self._wrong_secrets = TokenBuckets(rate=limits.wrong_keys / MINUTE, burst=limits.wrong_keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its caller, or refuse it."""
        if scope["type"] != "http" or not any(path.match(scope["path"]) for path in self._paths):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        # What listens knows when the request came; where nobody listened, it comes now.
        state.setdefault("arrived", monotonic())
        with ExitStack() as places:
            refusal: Response | None = None
            try:
                state["caller"] = caller = await self._find_caller(scope, places)
                state["caller_id"] = caller.id
            except (ServiceRefusal, RequestRefused) as error:
                refusal = _sign_in_instead(scope, error) or page_instead(scope, refusal_response(error))
            await (refusal or self._app)(scope, receive, send)

    async def _find_caller(self, scope: Scope, places: ExitStack) -> Caller:
        """Return the caller, with a place among ``places``.

        Raises ``ServiceRefusal``, and ``RequestRefused`` 401 without a live key.
        """
        headers = Headers(scope=scope)
        authorization = headers.getlist("authorization")
        host = self._address_of(scope, headers)
        source = network_of(host)
        credential = credential_shown(authorization, () if authorization else headers.getlist("cookie"))
        if credential is None:
            self._services.store.count_refused_key(host)
            if authorization:
                self._use_guess(_Guess(self._wrong, source))
            raise _unauthorized_refusal()
        if credential.kind is CredentialKind.SESSION:
            refuse_other_sites(scope["method"], headers, self._services.sign_in_url)
        known = self._lookups.recall(credential)
        guess = None
        if known is not None:
            self._take_place(known, scope["method"], places)
        elif not self._lookups.holds(credential):
            try:
                guess = await self._take_guess(source, credential)
            except TooManyRequests:
                self._services.store.count_refused_key(host)
                raise
        caller = await self._look_up(credential, guess, scope["state"]["arrived"])
        if caller is None or not may_come_from(caller, host):
            self._services.store.count_refused_key(host)
            raise _unauthorized_refusal()
        scope["state"]["credential"] = credential
        if known is None:
            self._take_place(caller, scope["method"], places)
        return caller

    def _address_of(self, scope: Scope, headers: Headers) -> str:
        peer = (scope.get("client") or ("unknown", 0))[0]
        proxies = self._services.trusted_proxies
        return client_address(peer, headers.getlist("x-forwarded-for"), proxies) if proxies else str(peer)

    async def _look_up(self, credential: Credential, guess: _Guess | None, arrived: float) -> Caller | None:
        """Return the caller whose key it is; the token of ``guess`` is put back unless the key turns out wrong."""
        wrong = False
        try:
            caller = await self._lookups.find(credential, arrived)
            wrong = caller is None
        finally:
            if guess is not None and not wrong:
                guess.buckets.give_back(guess.name)
        return caller

    def _take_place(self, caller: Caller, method: str, places: ExitStack) -> None:
        """Take a place for one request of ``caller``, which ``places`` gives back.

        Raises ``TooManyRequests``, and for a question ``Overloaded``.
        """
        pause = self._rates.seconds_until(caller.id)
        if pause:
            raise TooManyRequests(ceil(pause))
        self._rates.use(caller.id)
        if method != "POST":
            return
        self._services.verifier.admission.refuse(caller.role, self._asking.total())
        if self._asking[caller.id] >= self._most_of_key:
            raise TooManyRequests
        self._asking[caller.id] += 1
        places.callback(self._give_place_back, caller.id)

    def _give_place_back(self, caller_id: str) -> None:
        self._asking[caller_id] -= 1
        if not self._asking[caller_id]:
            del self._asking[caller_id]

    async def _take_guess(self, source: str, credential: Credential) -> _Guess:
        """Take the token for looking up an unknown key.

        Raises ``Overloaded`` when too many keys are being looked up, and ``TooManyRequests`` when ``source`` brought
        too many wrong keys: then only a key with a live key's id is looked up, which has a limit of its own.
        """
        if len(self._lookups) >= MOST_LOOKUPS:
            raise Overloaded
        guess = _Guess(self._wrong, source)
        if self._wrong.seconds_until(source) and await self._lookups.is_live(credential.key_id):
            guess = _Guess(self._wrong_secrets, (source, credential.key_id))
        self._use_guess(guess)
        return guess

    def _use_guess(self, guess: _Guess) -> None:
        """Take a token. Raises ``TooManyRequests`` when there is none."""
        pause = guess.buckets.seconds_until(guess.name)
        if pause:
            raise TooManyRequests(ceil(pause))
        guess.buckets.use(guess.name)


def _sign_in_instead(scope: Scope, error: Exception) -> Response | None:
    """Return where a browser that looks at a page without a session is sent: to sign in, and back here. Else None."""
    headers = Headers(scope=scope)
    is_page = scope["method"] in {"GET", "HEAD"} and asks_for_page(headers)
    is_unknown = isinstance(error, RequestRefused) and error.status_code == HTTPStatus.UNAUTHORIZED
    if not is_page or not is_unknown or "authorization" in headers:
        return None
    return RedirectResponse(sign_in_path(scope["path"]), status_code=HTTPStatus.SEE_OTHER)


def _unauthorized_refusal() -> RequestRefused:
    return RequestRefused(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
