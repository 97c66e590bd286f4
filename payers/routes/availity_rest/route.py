"""Availity Coverages v1: a form goes out, and a coverage comes back at once or is polled until it is done.

The form is sent once. Every later request asks for the coverage that the form made, by its id, so a gateway that
fails in between costs one more poll and never a second inquiry.
Source: ``PROTOCOLS.md`` 4.2; ``RELIABILITY.md`` 4, 5.3.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from itertools import chain, repeat
from time import monotonic
from typing import NamedTuple

import httpx

from contracts import (
    AttemptNumbers,
    Deadline,
    Inquiry,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
    Route,
    RouteSettings,
)
from payers.routes.availity_rest import response
from payers.routes.availity_rest.request import Form, write_form
from payers.routes.shared.http import Received, origin_of, refuse_status
from payers.routes.shared.probing import ProbedRoute
from payers.routes.shared.tokens import Tokens

ATTEMPT_CAP = 120.0
"""Seconds that one inquiry is polled for. Source: ``RELIABILITY.md`` 8.1."""

POLLS = (1.0, 2.0, 5.0, 10.0)
"""Seconds before each poll; the last is repeated. Source: ``PROTOCOLS.md`` 4.2.3 [S11]."""

POLL_SECONDS = 20.0
"""Seconds that one poll may take, so that one that hangs is followed by another."""

SCOPE = "healthcare-hipaa-transactions healthcare-hipaa-transactions-standard"
"""The scope when the settings name none; the scope alone chooses between Availity's environments."""

MOCK_HEADER = "x-api-mock-response"

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

Sleep = Callable[[float], Awaitable[None]]


class _PollTarget(NamedTuple):
    """The coverage that our form made: the address at which it is polled, and its id."""

    url: httpx.URL
    id: str


class AvailityRest(ProbedRoute):
    """The route. Its exchanges share a token and nothing else."""

    name = "availity_rest"

    def __init__(
        self, settings: RouteSettings, *, sleep: Sleep = asyncio.sleep, clock: Callable[[], float] = monotonic
    ) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        super().__init__(settings, ATTEMPT_CAP)
        self._tokens = Tokens(settings, default_scope=SCOPE)
        self._demo = is_demo(settings.scope or SCOPE)
        self._sleep = sleep
        self._clock = clock

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the form, and ask for its coverage until it is done or the seconds are used up.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        del numbers  # The form has no word for a number of ours: the coverage's id is what ties a reply to it.
        form = write_form(inquiry)
        deadline = Deadline(seconds, self._clock)
        received = await self._send("POST", deadline.seconds_left(), data=form)
        if response.refuses_fields(received):
            return await response.read_rejection(received)
        refuse_status(received)
        if received.status != HTTPStatus.ACCEPTED:
            body = await response.read_coverage(received)
            if body.is_complete and not (body.outline and body.outline.summary):
                return response.make_reply(received, body)
            target = self._poll_target(received, body)
            if body.is_complete:
                return await self._fetch_whole(target, received, body, deadline)
            return await self._poll_until_done(target, deadline)
        return await self._poll_until_done(
            self._poll_target(received, await response.read_coverage_if_any(received)), deadline
        )

    async def _send(
        self, method: str, seconds: float, *, url: httpx.URL | None = None, data: Form | None = None
    ) -> Received:
        received = await self._http.send(
            method, seconds=seconds, url=url, data=data, headers={"Accept": response.MEDIA_TYPE}, auth=self._tokens
        )
        mocked = received.headers.get(MOCK_HEADER, "false").strip().lower() != "false"
        if mocked and not self._demo:
            raise PayerRefused("mock_reply")
        if self._demo and not mocked and received.status // 100 == 2:
            # The scope should have led to the demo environment, and it did not.
            raise PayerRefused("no_mock_header")
        return received

    def _poll_target(self, received: Received, body: response.CoverageBody | None) -> _PollTarget:
        """Return what to poll: the ``Location``, which must lead to a coverage of this route, else the id that came."""
        named = body.outline.id if body and body.outline else ""
        location = received.headers.get("location", "").strip()
        if not location:
            if not _ID.fullmatch(named):
                raise ReplyUnreadable("no_location")
            return _PollTarget(self._http.url.copy_with(raw_path=self._below(named)), named)
        try:
            url = self._http.url.join(location)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise PayerRefused("location_elsewhere") from None
        id_ = url.raw_path.rpartition(b"/")[2].decode("ascii")
        if not self._is_ours(url, id_):
            raise PayerRefused("location_elsewhere")
        if named and named != id_:
            raise ReplyMismatched("location")
        return _PollTarget(url, id_)

    def _below(self, id_: str) -> bytes:
        """Return the path of a coverage: directly below that of the form."""
        return self._http.url.raw_path.partition(b"?")[0].rstrip(b"/") + b"/" + id_.encode("ascii")

    def _is_ours(self, url: httpx.URL, id_: str) -> bool:
        """Whether ``url`` is a coverage at the origin of the form; our token and the member's data go nowhere else."""
        same_origin = origin_of(url) == origin_of(self._http.url) and not url.userinfo
        return same_origin and _ID.fullmatch(id_) is not None and url.raw_path == self._below(id_)

    async def _poll_until_done(self, target: _PollTarget, deadline: Deadline) -> Reply:
        failure: PayerSilent | ReplyUnreadable | PayerBusy | None = None
        for pause in chain(POLLS, repeat(POLLS[-1])):
            if deadline.seconds_left() <= pause:
                break
            await self._sleep(pause)
            failure = None
            try:
                reply = await self._poll(target, deadline.slice(POLL_SECONDS))
            except (PayerSilent, ReplyUnreadable, PayerBusy) as error:
                if _names_a_time(error):
                    raise
                failure = error
                continue
            if reply is not None:
                return reply
        # No time is named: it would keep everybody else away from a payer that is slow about this member alone.
        raise failure or PayerBusy("still_working")

    async def _poll(self, target: _PollTarget, seconds: float) -> Reply | None:
        """Return the reply when the coverage is done; None while it is not.

        Raises ``PayerSilent`` and ``ReplyUnreadable`` for a poll that failed and may be made again, and ``PayerBusy``
        for one that may be made again unless it names a time.
        """
        try:
            received = await self._send("GET", seconds, url=target.url)
        except PayerUnreachable as error:
            # This poll did not leave us, but the inquiry did.
            raise (PayerRefused if error.responsible is Responsible.SERVICE else PayerSilent)(
                f"poll:{error.detail}"
            ) from None
        if response.refuses_fields(received):
            return await response.read_rejection(received)
        if received.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise PayerSilent(f"poll:http_{received.status}")
        refuse_status(received)
        if received.status == HTTPStatus.ACCEPTED:
            return None
        body = await response.read_coverage(received)
        found = body.outline.id if body.outline else ""
        if found not in {"", target.id}:
            return response.make_foreign_reply(received, body, target.id, found)
        return response.make_reply(received, body, target.id) if body.is_complete else None

    async def _fetch_whole(
        self, target: _PollTarget, received: Received, body: response.CoverageBody, deadline: Deadline
    ) -> Reply:
        """Return the whole of a coverage that came as a summary, or the summary when Availity keeps no more."""
        try:
            whole = await self._poll(target, deadline.slice(POLL_SECONDS))
            return whole or await self._poll_until_done(target, deadline)
        except PayerSilent as error:
            if error.detail == f"poll:http_{HTTPStatus.NOT_FOUND}":
                return response.make_reply(received, body)
            return await self._poll_until_done(target, deadline)
        except (ReplyUnreadable, PayerBusy) as error:
            if _names_a_time(error):
                raise
            return await self._poll_until_done(target, deadline)


def _names_a_time(error: PayerError) -> bool:
    """Whether a poll was turned away until a time, which holds for everybody and not for this coverage alone.

    Without one the coverage is still being worked on, and giving it up would send its form a second time. Source:
    ``PROTOCOLS.md`` 6: 429, 502, 503 and 504 are polled again.
    """
    return isinstance(error, PayerBusy) and error.retry_at is not None


def is_demo(scope: str) -> bool:
    """Whether a scope is of Availity's demo plan, which answers with mock replies."""
    return any(word.endswith("-demo") for word in scope.lower().split())


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return AvailityRest(settings)
