"""Where inquiries of every question pass: the guards of each payer and road, shared by live and batch traffic."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import uniform
from time import monotonic

import structlog
from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from contracts import (
    Again,
    AttemptNumbers,
    Benefits,
    Card,
    Exchange,
    ExchangeOutcome,
    Inquiry,
    PayerBusy,
    PayerError,
    PayerSilent,
    PayerUnreachable,
    Reply,
    ReplyMismatched,
    RoadEntry,
    Route,
    Whose,
)
from service.access import Role
from service.store import Store
from service.wire.breaker import Breaker, Pass
from service.wire.budget import RetryBudget
from service.wire.bulkhead import Bulkhead, Full
from service.wire.gate import Asked, judge
from service.wire.guarded import Leaked, Overrun, guarded
from service.wire.outages import back_at
from service.wire.policy import WirePolicy

log = structlog.get_logger()

MARGIN = 0.25
"""Seconds between the time handed to a road and the time at which it is left behind."""


class WireRoom:
    """Every road that is open, and the guards of every payer."""

    def __init__(
        self,
        *,
        roads: Mapping[str, Route],
        cards: Sequence[Card],
        store: Store,
        policy: WirePolicy | None = None,
        orders: Mapping[str, Sequence[str]] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Take the open ``roads`` by name; ``orders`` gives payers another order of roads than their cards do."""
        self.roads = roads
        self.cards = tuple(cards)
        self.store = store
        self.policy = policy or WirePolicy()
        self.clock = clock
        self.leaked = Leaked()
        self._orders = orders or {}
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._bulkheads: dict[str, Bulkhead] = {}
        self._limiters: dict[str, AsyncLimiter] = {}
        self._budgets: dict[str, RetryBudget] = {}
        self._closed_until: dict[tuple[str, str], datetime] = {}

    def order(self, card: Card) -> list[tuple[RoadEntry, Route]]:
        """The open roads to a payer, in the order in which they are tried.

        A road that the settings name and the card does not is entered under the payer id of the card's first road.
        """
        names = self._orders.get(card.id) or [entry.road for entry in card.roads]
        found: list[tuple[RoadEntry, Route]] = []
        for name in names:
            route = self.roads.get(name)
            if route is not None:
                entry = card.on(name) or card.roads[0].model_copy(update={"road": name})
                found.append((entry, route))
        return found

    def breaker(self, payer: str, road: str) -> Breaker:
        """The breaker of one payer on one road."""
        return self._breakers.setdefault((payer, road), Breaker(self.policy, self.clock))

    def bulkhead(self, payer: str) -> Bulkhead:
        """The places of one payer."""
        return self._bulkheads.setdefault(payer, Bulkhead(self.policy))

    def limiter(self, payer: str) -> AsyncLimiter:
        """The pace of one payer: one at a time, evenly spaced, since a limiter of n a second admits 2n in one."""
        return self._limiters.setdefault(payer, AsyncLimiter(1, 1 / self.policy.per_second))

    def budget(self, payer: str) -> RetryBudget:
        """The retry budget of one payer."""
        return self._budgets.setdefault(payer, RetryBudget(self.policy, self.clock))

    def closed_until(self, payer: str, road: str) -> datetime | None:
        """Until when the payer asked everybody to stay away from this road."""
        until = self._closed_until.get((payer, road))
        return until if until is not None and until > datetime.now(UTC) else None

    def close_until(self, payer: str, road: str, until: datetime) -> None:
        """Keep every caller away from a payer's road until ``until``."""
        known = self._closed_until.get((payer, road))
        self._closed_until[payer, road] = max(known, until) if known else until

    def for_job(self, job_id: str, role: Role) -> "JobWire":
        """The wire of one job."""
        return JobWire(self, job_id, role)


class JobWire:
    """What one job's adapter asks through: it counts the exchanges and knows whether one is under way."""

    def __init__(self, room: WireRoom, job_id: str, role: Role) -> None:
        """Start with nothing asked."""
        self._room = room
        self._job_id = job_id
        self._role = role
        self.exchanges: list[Exchange] = []
        self.in_flight = 0
        self.idle_since = room.clock()
        self.last_sent_at: datetime | None = None

    @property
    def cards(self) -> Sequence[Card]:
        """Every payer that there is."""
        return self._room.cards

    def idle_for(self) -> float:
        """Seconds since the adapter last asked anything or was last answered; 0 while an exchange is under way."""
        return 0.0 if self.in_flight else self._room.clock() - self.idle_since

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        """Ask over the payer's roads in order; another road only when it is certain that nothing was sent."""
        self.in_flight += 1
        try:
            return await self._over_roads(card, inquiry)
        finally:
            self.in_flight -= 1
            self.idle_since = self._room.clock()

    async def _over_roads(self, card: Card, inquiry: Inquiry) -> Benefits:
        until = back_at(card, datetime.now(UTC))
        if until is not None:
            raise PayerUnreachable("announced_outage", retry_at=until)
        order = self._room.order(card)
        failure: PayerError = PayerUnreachable("no_road", whose=Whose.OURS)
        for entry, route in order:
            named = inquiry.model_copy(update={"payer_id": entry.payer_id, "payer_name": entry.payer_name or card.name})
            try:
                return await self._on_road(card, named, route)
            except PayerError as error:
                if not error.another_road:
                    raise
                failure = error
        raise failure

    async def _on_road(self, card: Card, inquiry: Inquiry, route: Route) -> Benefits:
        policy, budget = self._room.policy, self._room.budget(card.id)
        budget.called()
        first = True

        def may_try_again(error: BaseException) -> bool:
            again = isinstance(error, PayerError) and error.again is Again.WITHIN_WAIT and not error.sent
            return again and isinstance(error, PayerError) and error.whose is Whose.PAYER and budget.take()

        tries = AsyncRetrying(
            stop=stop_after_attempt(policy.tries),
            wait=lambda _: uniform(policy.nap_least, policy.nap_most),  # noqa: S311 - jitter is no secret
            retry=retry_if_exception(may_try_again),
            reraise=True,
        )
        async for attempt in tries:
            with attempt:
                permission = self._enter(card, route, first=first)
                first = False
                return await self._attempt(card, inquiry, route, permission)
        raise PayerUnreachable("tries")  # pragma: no cover - tenacity raises the last error before this line

    def _enter(self, card: Card, route: Route, *, first: bool) -> Pass:
        until = self._room.closed_until(card.id, route.name)
        if until is not None:
            raise _kept_away(until)
        permission = self._room.breaker(card.id, route.name).enter()
        if permission is None:
            raise _open_breaker("breaker_open" if first else "breaker_opened")
        return permission

    async def _attempt(self, card: Card, inquiry: Inquiry, route: Route, permission: Pass) -> Benefits:
        room = self._room
        try:
            async with room.bulkhead(card.id).place(self._role, room.policy.queue_seconds):
                await room.limiter(card.id).acquire()
                attempt_id, numbers = await room.store.open_attempt(
                    self._job_id, payer=card.id, road=route.name, service_types=inquiry.service_types
                )
                self.last_sent_at = datetime.now(UTC)
                return await self._exchange(card, inquiry, route, permission, (attempt_id, numbers))
        except Full:
            raise PayerUnreachable("places_taken") from None
        finally:
            permission.neutral()

    async def _exchange(
        self, card: Card, inquiry: Inquiry, route: Route, permission: Pass, opened: tuple[str, AttemptNumbers]
    ) -> Benefits:
        room, started = self._room, self._room.clock()
        attempt_id, numbers = opened
        reply: Reply | None = None
        failure: PayerError | None = None
        try:
            reply = await self._guarded(route, inquiry, numbers)
            benefits = judge(reply, Asked(inquiry, numbers, card, room.cards))
        except PayerError as error:
            failure = error
        seconds = room.clock() - started
        digest = hashlib.sha256(reply.raw).digest() if reply is not None else None
        if failure is None and digest and await room.store.seen_elsewhere(digest, self._job_id):
            failure = ReplyMismatched("body_seen")
        outcome = failure.outcome if failure else ExchangeOutcome.ANSWERED
        first = await room.store.close_attempt(
            attempt_id,
            outcome,
            sent=failure.sent if failure else True,
            ms=round(seconds * 1000),
            raw=reply.raw if reply else None,
            media_type=reply.media_type if reply else None,
            quarantined=isinstance(failure, ReplyMismatched),
            consumed=failure is None,
            body_digest=digest if failure is None else None,
        )
        if failure is None and not first:
            failure, outcome = ReplyMismatched("number_consumed"), ExchangeOutcome.MISMATCHED
        self._note(card, route, outcome, seconds, failure)
        self._count(card, route, permission, failure, seconds)
        if failure is not None:
            raise failure
        return benefits._replace(road=route.name, asked=inquiry.service_types)

    async def _guarded(self, route: Route, inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
        seconds = route.attempt_cap
        try:
            return await guarded(route.exchange(inquiry, numbers, seconds=seconds), seconds + MARGIN, self._room.leaked)
        except (PayerError, asyncio.CancelledError):
            raise
        except Overrun:
            raise PayerSilent("cap") from None
        except Exception as error:  # noqa: BLE001 - a road is a plugin: whatever it raises becomes a leaf of the tree
            raise PayerError(f"road_fault:{type(error).__name__}") from None

    def _note(
        self, card: Card, route: Route, outcome: ExchangeOutcome, seconds: float, failure: PayerError | None
    ) -> None:
        self.exchanges.append(
            Exchange(
                payer=card.id,
                road=route.name,
                attempt=len(self.exchanges) + 1,
                ms=round(seconds * 1000),
                outcome=outcome,
            )
        )
        event = log.warning if isinstance(failure, ReplyMismatched) else log.info
        event(
            "wire.exchanged",
            job_id=self._job_id,
            payer=card.id,
            road=route.name,
            outcome=outcome.value,
            detail=failure.detail if failure else None,
            ms=round(seconds * 1000),
        )

    def _count(self, card: Card, route: Route, permission: Pass, failure: PayerError | None, seconds: float) -> None:
        if isinstance(failure, PayerBusy) and failure.retry_at is not None:
            self._room.close_until(card.id, route.name, failure.retry_at)
        if failure is None:
            permission.succeeded(seconds)
        elif failure.again is not Again.NO or isinstance(failure, ReplyMismatched):
            permission.failed() if failure.whose is Whose.PAYER else permission.neutral()
        else:
            permission.succeeded(seconds)


def _kept_away(until: datetime) -> PayerBusy:
    """The payer told an earlier caller when to come back; nothing was sent for this one."""
    error = PayerBusy("kept_away", retry_at=until)
    error.sent = False
    return error


def _open_breaker(detail: str) -> PayerUnreachable:
    """No try on this road can help now, so the next road is tried at once."""
    return _BreakerOpen(detail)


class _BreakerOpen(PayerUnreachable):
    """An open breaker: nothing was sent, another road is worth a try, this one is not."""

    again = Again.LATER
