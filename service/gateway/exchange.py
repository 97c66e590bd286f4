"""One exchange on one route: guarded, checked for correlation, recorded. It returns how it ended and raises nothing."""

import asyncio
import hashlib
import re
from collections.abc import Coroutine
from typing import Any, NamedTuple, TypeVar

import structlog

from contracts import (
    AttemptNumbers,
    AuthorizationRoute,
    Benefits,
    Card,
    ExchangeOutcome,
    Inquiry,
    PayerError,
    PayerSilent,
    Reply,
    ReplyMismatched,
    Responsible,
    Route,
)
from service.errors import ServiceRefusal
from service.gateway.correlation import SentInquiry, judge
from service.gateway.guards import Guards
from service.gateway.isolation import Overrun, place_of, run_guarded
from service.store.attempts import Closing

log = structlog.get_logger()

MARGIN = 0.25
"""Seconds between the time handed to a route and the time at which it is left behind."""

Failure = TypeVar("Failure", bound=BaseException)

TRY_STORE_AGAIN = 0.5
"""Seconds between two tries to record a reply."""


class Opened(NamedTuple):
    """An exchange whose numbers are committed: from here on a byte may leave.

    Where there are ``procedures`` the route is asked about their authorization alone. ``most_seconds`` bounds it beside
    the route's own cap. ``inquiry_key`` finds the reply again for a later run of the job; None where none looks for it.
    """

    job_id: str
    card: Card
    route: Route
    inquiry: Inquiry
    attempt_id: str
    numbers: AttemptNumbers
    procedures: tuple[str, ...] = ()
    most_seconds: float | None = None
    inquiry_key: str | None = None


class Ended(NamedTuple):
    """How an exchange ended, after ``seconds``: with benefits, or with a failure."""

    benefits: Benefits | None
    failure: PayerError | None
    seconds: float

    @property
    def outcome(self) -> ExchangeOutcome:
        """The word of the answer's closed list."""
        return self.failure.outcome if self.failure else ExchangeOutcome.ANSWERED


async def exchange(guards: Guards, opened: Opened) -> Ended:
    """Ask the route, and record what came back before anybody may read it."""
    started = guards.clocks.clock()
    reply: Reply | None = None
    benefits: Benefits | None = None
    failure: PayerError | None = None
    try:
        reply = await _ask_route(guards, opened)
        benefits = _judge_reply(reply, SentInquiry(opened.inquiry, opened.numbers, opened.card, guards.cards))
    except PayerError as error:
        failure = without_frames(error)
    ended = Ended(benefits, failure, guards.clocks.clock() - started)
    ended = await _record_attempt(guards, opened, reply, ended)
    guards.exchanges.add((opened.card.id, opened.route.name, ended.outcome.value), ended.seconds)
    return ended


def without_frames(error: Failure) -> Failure:
    """``error`` without its way here: those frames hold the body, in a ring that only the collector would free."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


async def _ask_route(guards: Guards, opened: Opened) -> Reply:
    """What the route brings. A route is a plugin: whatever else it does becomes a leaf of the error tree."""
    route = opened.route
    try:
        seconds = float(route.attempt_cap)
        if opened.most_seconds is not None:
            seconds = min(seconds, opened.most_seconds)
        reply: object = await run_guarded(
            lambda: _send(opened, seconds),
            seconds + MARGIN,
            guards.leaked,
            name=f"route:{route.name}",
        )
    except (PayerError, asyncio.CancelledError):
        raise
    except Overrun:
        raise PayerSilent("cap") from None
    except Exception as error:  # noqa: BLE001 - as the docstring says
        log.error("gateway.route_fault", route=route.name, error=type(error).__name__, function=place_of(error))
        raise _route_fault(type(error).__name__) from None
    if not isinstance(reply, Reply) or not isinstance(reply.raw, bytes):
        raise _route_fault("no_reply")
    return reply


def _send(opened: Opened, seconds: float) -> Coroutine[Any, Any, Reply]:
    route, inquiry, numbers = opened.route, opened.inquiry, opened.numbers
    if opened.procedures and isinstance(route, AuthorizationRoute):
        return route.check_authorization(inquiry, opened.procedures, numbers, seconds=seconds)
    return route.exchange(inquiry, numbers, seconds=seconds)


def _judge_reply(reply: Reply, asked: SentInquiry) -> Benefits:
    try:
        return judge(reply, asked)
    except PayerError:
        raise
    except Exception as error:  # noqa: BLE001 - a reply is a plugin's too, and may hold anything
        raise _route_fault(type(error).__name__) from None


def _route_fault(what: str) -> PayerError:
    """The route itself is at fault: ours, final, and it reads ``adapter_fault``."""
    return PayerError(f"route_fault:{what}")


async def _record_attempt(guards: Guards, opened: Opened, reply: Reply | None, ended: Ended) -> Ended:
    """Close the attempt. A number that is used up, or a body accepted for somebody else, makes a mismatch of it."""
    try:
        if await _close_attempt(guards, opened, reply, ended):
            return ended
        ended = ended._replace(benefits=None, failure=ReplyMismatched("number_consumed"))
        await _close_attempt(guards, opened, reply, ended)
    except ServiceRefusal:
        # What cannot be recorded is not shown: the attempt stays open, and counts as sent without a verdict.
        unrecorded = PayerSilent("not_recorded", responsible=Responsible.SERVICE)
        return ended._replace(benefits=None, failure=ended.failure or unrecorded)
    return ended


async def _close_attempt(guards: Guards, opened: Opened, reply: Reply | None, ended: Ended) -> bool:
    """Close the attempt in the store, trying again for a while: the payer's answer is held in memory meanwhile."""
    failure = ended.failure
    is_accepted = failure is None and not opened.procedures
    closing = Closing(
        opened.attempt_id,
        ended.outcome,
        sent=failure.sent if failure else True,
        ms=round(ended.seconds * 1000),
        raw=reply.raw if reply else None,
        media_type=reply.media_type if reply else None,
        quarantined=reply is not None and failure is not None and failure.quarantined,
        consumed=failure is None,
        # Of single procedures a payer says the same of many members, byte by byte.
        body_digest=hashlib.sha256(reply.raw).digest() if reply and is_accepted else None,
        inquiry_key=opened.inquiry_key if is_accepted else None,
    )
    until = guards.clocks.clock() + guards.policy.keep_reply
    held = False
    while True:
        try:
            return await guards.store.close_attempt(closing)
        except ServiceRefusal:
            if not held:
                log.error("gateway.reply_held", job_id=opened.job_id, payer=opened.card.id, route=opened.route.name)
            held = True
            if guards.clocks.clock() >= until:
                raise
            await guards.clocks.sleep(TRY_STORE_AGAIN)


_DETAIL = re.compile(r"[a-z][a-z0-9_]*(?:[:,.][A-Za-z0-9_]*)*", re.ASCII)


def loggable_detail(error: PayerError | None, inquiry: Inquiry) -> str | None:
    """The detail of an error as it may be logged: a code, and nothing that was sent of the member.

    A route may be a stranger's, and his errors may hold what ours never do.
    """
    if error is None or not error.detail:
        return None
    folded = error.detail.casefold()
    people = [inquiry.member, *([inquiry.subscriber] if inquiry.subscriber else [])]
    values = [str(value).casefold() for person in people for _, value in person if value]
    if not _DETAIL.fullmatch(error.detail) or any(value in folded for value in values if len(value) > 1):
        return "unfit"
    return error.detail
