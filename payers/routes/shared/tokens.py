"""OAuth client credentials: one token for all exchanges of a route, fetched once for everybody who waits for it.

A token is renewed at 80 % of its life and once after a 401; a secret that was refused is not tried again for a while,
so that nobody is locked out. A token is fetched on a connection of its own, before a byte of the inquiry leaves.
Source: ``PROTOCOLS.md`` 4.2.1, 4.3.1; ``RELIABILITY.md`` L1 to L3.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import PayerError, PayerRefused, PayerSilent, PayerUnreachable, Responsible, RouteSettings
from payers.routes.shared.http import HttpClient, Received

SHARE_OF_LIFE = 0.8
"""Share of a token's life after which it is renewed."""

FETCH_SECONDS = 10.0
"""The cap of one call of the token endpoint, in seconds; each caller has a deadline of its own."""

REFUSED_SECONDS = 30.0
"""Seconds for which a refused secret is not tried again."""

_USUAL_LIFE = 300.0
"""Seconds, when the endpoint names none: the shortest that any of our gateways gives."""


_FOR_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that waiting mends; every other one of a token endpoint is a secret, a scope or an address at fault."""


class _Granted(BaseModel):
    """What a token endpoint answers."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: str = Field(min_length=1, pattern=r"^[\x21-\x7e]+$")
    expires_in: float = Field(default=_USUAL_LIFE, gt=0, le=10_000_000)


class _Token(NamedTuple):
    value: str
    renew_at: float


class Tokens(httpx.Auth):
    """The tokens of one route; ``HttpClient.send`` takes it as ``auth``."""

    def __init__(
        self, settings: RouteSettings, *, default_scope: str | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        for name in ("token_url", "client_id", "client_secret"):
            if not getattr(settings, name):
                raise ValueError(f"{name.upper()}: missing; this route needs a token")
        self.http = HttpClient.from_settings(settings, "TOKEN_URL")
        self._form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id or "",
            "client_secret": settings.client_secret or "",
        }
        scope = settings.scope or default_scope
        if scope:
            self._form["scope"] = scope
        self._clock = clock
        self._token: _Token | None = None
        self._refused_until = 0.0
        self._fetching: asyncio.Task[_Token] | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Put the token on ``request``; when it is refused, once more with a fresh one.

        Raises ``PayerUnreachable`` when no token can be had: nothing of the inquiry was sent then. When none can be had
        in place of a refused one, ``PayerRefused`` or ``PayerSilent``.
        """
        token = await self.current()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            await _discard(response)
            try:
                fresh = await self.current(instead_of=token)
            except PayerUnreachable as error:
                # The inquiry was sent, so no other route may be tried.
                raise (
                    PayerRefused(error.detail)
                    if error.responsible is Responsible.SERVICE
                    else PayerSilent(error.detail)
                ) from None
            request.headers["Authorization"] = f"Bearer {fresh}"
            yield request

    async def current(self, *, instead_of: str | None = None) -> str:
        """Return the token to use now; a fresh one when the current one is ``instead_of``, which was refused.

        Raises ``PayerUnreachable``: the endpoint cannot be reached, or it refuses our secret, which is ours to mend.
        """
        if self._token is not None and self._token.value != instead_of and self._clock() < self._token.renew_at:
            return self._token.value
        if self._clock() < self._refused_until:
            raise _not_granted()
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._keep_token)
        # A caller who gives up must not cancel the fetch for the others who wait for it.
        return (await asyncio.shield(self._fetching)).value

    def _keep_token(self, task: asyncio.Task[_Token]) -> None:
        self._fetching = None
        if not task.cancelled() and task.exception() is None:
            self._token = task.result()

    async def _fetch(self) -> _Token:
        began = self._clock()
        headers = {"Accept": "application/json"}
        try:
            received = await self.http.send("POST", seconds=FETCH_SECONDS, data=self._form, headers=headers)
        except PayerError as error:
            raise PayerUnreachable(f"token:{error.detail}", responsible=error.responsible) from None
        return self._read_grant(received, began)

    def _read_grant(self, received: Received, began: float) -> _Token:
        if received.status // 100 in {3, 4} and received.status not in _FOR_NOW:
            self._refused_until = self._clock() + REFUSED_SECONDS
            raise _not_granted()
        if received.status != HTTPStatus.OK:
            raise PayerUnreachable(f"token:http_{received.status}")
        try:
            granted = _Granted.model_validate_json(received.body)
        except ValidationError:
            raise PayerUnreachable("token:unreadable") from None
        return _Token(granted.access_token, began + granted.expires_in * SHARE_OF_LIFE)


async def _discard(response: httpx.Response) -> None:
    """Close a response without reading it: httpx would read and unpack it before it sends the next request."""
    if isinstance(response.stream, httpx.AsyncByteStream):
        await response.stream.aclose()
    response.stream = httpx.ByteStream(b"")


def _not_granted() -> PayerUnreachable:
    return PayerUnreachable("token:refused", responsible=Responsible.SERVICE)
