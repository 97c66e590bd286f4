"""The gateway of one job: routes in order, a fallback or retry only when nothing was sent, guards around each exchange.

Order of the guards, written once: announced outage, routes in order, the payer's own pause, breaker, bulkhead, limiter,
numbers committed, one guarded exchange, the correlation check.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_never

from contracts import (
    Again,
    Answer,
    Benefits,
    Card,
    Exchange,
    ExchangeOutcome,
    Inquiry,
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerUnreachable,
    ProblemCode,
    Responsible,
    Route,
)
from service.errors import ServiceRefusal
from service.gateway.authorization_check import AuthorizationCheck, check_authorization
from service.gateway.breaker import BreakerState, Pass, record_outcome
from service.gateway.bulkhead import Full
from service.gateway.earlier_answers import AnsweredInquiry, is_answer, key_of, read_again
from service.gateway.exchange import MARGIN, Ended, Opened, exchange, loggable_detail, without_frames
from service.gateway.first_attempts import FirstInquiry
from service.gateway.guards import Guards
from service.gateway.kept_answers import answer_kept_for
from service.gateway.maintenance_windows import back_at
from service.gateway.policy import RETRY_RULES, WAITING, Counts, Phase, phase_of, says_busy
from service.gateway.remedies import remedy_of
from service.security.access import Role
from service.store.attempts import NewAttempt

log = structlog.get_logger()


class HeldBack(PayerUnreachable):
    """Not even tried, for a reason of ours; the schedule comes back to it."""

    again = Again.LATER

    @property
    def problem(self) -> ProblemCode:
        """``payer_unreachable``, whoever it is that cannot go on."""
        return self.code


class PlannedExchange(NamedTuple):
    """One inquiry over one route, in the payer's name there; ``inquiry_key`` is its key whatever the route."""

    card: Card
    route: Route
    inquiry: Inquiry
    inquiry_key: str


class JobGateway:
    """What one job's adapter asks through: it counts the exchanges and knows whether one is under way."""

    def __init__(
        self,
        guards: Guards,
        job_id: str,
        role: Role,
        *,
        left: Callable[[], float] = lambda: 0.0,
        tell: Callable[["JobGateway", Answer], None] = lambda *_: None,
        replies: Iterable[AnsweredInquiry] = (),
        resumed: bool = False,
        first: FirstInquiry | None = None,
    ) -> None:
        """Start with nothing asked.

        ``left`` tells the seconds for which somebody still waits for the answer; ``tell`` takes this gateway
        and what is known so far; it holds no gateway itself, lest all that was brought wait for the collector.
        ``replies`` are those of the job's earlier runs: what they answered is not asked again. Of a ``resumed`` job,
        a run that its process did not live to settle may have left others in the store. ``first`` may hold the attempt
        of a new job's first inquiry.
        """
        self._guards = guards
        self._job_id = job_id
        self._role = role
        self._left = left
        self._tell = tell
        self._in_flight = 0
        self._idle_since = guards.clocks.clock()
        self._asks = 0
        self._earlier = {reply.key: reply for reply in replies}
        self.replies = dict(self._earlier)
        self._resumed = resumed
        self._first = first
        self.exchanges: list[Exchange] = []
        self.brought: list[Benefits] = []
        """The replies that adapters were given; their answers rest on nothing else."""
        self.last_sent_at: datetime | None = None
        self.put_off_until: datetime | None = None

    @property
    def cards(self) -> Sequence[Card]:
        """Every payer that there is."""
        return self._guards.cards

    @property
    def unused_attempt(self) -> str | None:
        """The id of the attempt that was opened with the job and under which nothing was sent."""
        return None if self._first is None else self._first.unused

    def idle_for(self) -> float:
        """Seconds since the adapter last asked anything or was last answered; 0 while an exchange is under way."""
        return 0.0 if self._in_flight else self._guards.clocks.clock() - self._idle_since

    def tell(self, answer: Answer) -> None:
        """Pass on what an adapter knows so far."""
        self._tell(self, answer)

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        """Ask over the payer's routes in order; another route only when it is certain that nothing was sent.

        What an earlier run of the job was answered is read again instead.
        """
        key = key_of(inquiry)
        if self._resumed and key not in self._earlier:
            await self._look_for_answer(key, card, inquiry)
        if key in self._earlier:
            return self._read_again(self._earlier[key])
        self._asks += 1
        if self._asks > self._guards.policy.asks:
            raise PayerError("too_many_asks")
        self._in_flight += 1
        try:
            benefits = await self._over_routes(card, inquiry, key)
        except PayerError as failure:
            if isinstance(failure, MemberRejected) and failure.sent:
                self.replies[key] = AnsweredInquiry(key, wrong_fields=failure.fields)
            # What an adapter catches would else hold this gateway, and all that it brought, until the collector comes.
            raise without_frames(failure) from None
        finally:
            self._in_flight -= 1
            self._idle_since = self._guards.clocks.clock()
        if is_answer(benefits):
            self.replies[key] = AnsweredInquiry(key, benefits)
        return benefits

    async def ask_authorization(self, card: Card, inquiry: Inquiry, procedures: Sequence[str]) -> Benefits | None:
        """Return what a route says that is asked about authorization alone; None when none does. Raises nothing.

        It is asked within what is left of the wait, once for the same procedures, and only over a route that brought
        none of the replies, since such a one has said what it knows.
        """
        if not self._guards.authorization_order(card):
            return None
        key = key_of(inquiry, procedures)
        if key in self._earlier:
            return self._read_again(self._earlier[key])
        policy, left = self._guards.policy, self._left()
        seconds, patience = policy.authorization_seconds, policy.queue_seconds
        if left > 0:
            # Whoever waits has an answer already: the check takes no place from an inquiry, and ends within the wait.
            seconds, patience = min(seconds, left - policy.reserve - MARGIN), 0.0
        self._asks += 1
        if seconds < policy.authorization_least or self._asks > policy.asks:
            return None
        check = AuthorizationCheck(self._job_id, self._role, card, inquiry, tuple(procedures), seconds, patience)
        known = {one.route for one in self.exchanges if (one.payer, one.outcome) == (card.id, ExchangeOutcome.ANSWERED)}
        self._in_flight += 1
        try:
            found = await check_authorization(self._guards, check, known, self._note)
        finally:
            self._in_flight -= 1
            self._idle_since = self._guards.clocks.clock()
        if found is not None:
            self.replies[key] = AnsweredInquiry(key, found)
            self.brought.append(found)
        return found

    async def _look_for_answer(self, key: str, card: Card, inquiry: Inquiry) -> None:
        """Take up what a run that was never settled was answered."""
        self._in_flight += 1
        try:
            benefits = await answer_kept_for(self._guards, self._job_id, card, inquiry)
        finally:
            self._in_flight -= 1
        if benefits is not None:
            self._earlier[key] = self.replies[key] = AnsweredInquiry(key, benefits)

    def _read_again(self, reply: AnsweredInquiry) -> Benefits:
        self._idle_since = self._guards.clocks.clock()
        benefits = read_again(reply)
        self.brought.append(benefits)
        return benefits

    async def _over_routes(self, card: Card, inquiry: Inquiry, key: str) -> Benefits:
        until = back_at(card, self._guards.clocks.now())
        if until is not None:
            raise PayerUnreachable("announced_outage", retry_at=until)
        failure: PayerError = PayerUnreachable("no_route", responsible=Responsible.SERVICE)
        for entry, route in self._guards.order(card):
            named = inquiry.model_copy(update={"payer_id": entry.payer_id, "payer_name": entry.payer_name or card.name})
            try:
                return await self._on_route(PlannedExchange(card, route, named, key))
            except PayerError as error:
                if not error.another_route:
                    raise
                # A route that may come back leaves the question pending, whatever is wrong with the others.
                failure = failure if failure.problem in WAITING and error.problem not in WAITING else error
        raise failure

    async def _on_route(self, planned: PlannedExchange) -> Benefits:
        policy, clocks = self._guards.policy, self._guards.clocks

        def again(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            if not isinstance(error, PayerError):
                return False
            return self._may_try_again(planned.card, without_frames(error), state.attempt_number)

        tries = AsyncRetrying(
            retry=again,
            wait=lambda _: policy.nap_least + (policy.nap_most - policy.nap_least) * clocks.dice(),
            sleep=clocks.sleep,
            reraise=True,
        )
        state: RetryCallState | None = None
        try:
            async for attempt in tries:
                state = attempt.retry_state
                with attempt:
                    return await self._once(planned, first=state.attempt_number == 1)
            raise PayerUnreachable("tries")  # pragma: no cover - tenacity raises the last error before this line
        finally:
            # Its objects are a ring, which would hold this gateway with all that it brought until the collector comes.
            tries.retry = retry_never
            if state is not None:
                state.outcome = None
                del state.retry_object

    def _may_try_again(self, card: Card, error: PayerError, tried: int) -> bool:
        policy = self._guards.policy
        if not RETRY_RULES[phase_of(error)].within_wait or tried >= policy.tries:
            return False
        useful = self._left() - policy.nap_most >= card.usual_seconds + policy.reserve
        return useful and self._guards.budget(card.id).take()

    async def _once(self, planned: PlannedExchange, *, first: bool) -> Benefits:
        card = planned.card
        await self._until_welcome(card, planned.route)
        try:
            async with self._guards.bulkhead(card.id).place(self._role, self._patience()):
                await self._guards.pace(card).acquire(self._role)
                return await self._in_place(planned, first=first)
        except Full:
            full = HeldBack("places_taken")
            full.another_route = False
            raise full from None

    async def _in_place(self, planned: PlannedExchange, *, first: bool) -> Benefits:
        permission = self._enter_guards(planned.card, planned.route)
        try:
            if first:
                self._guards.budget(planned.card.id).count_call()
            opened = await self._open_attempt(planned)
            sent_at = self._guards.clocks.now()
            ended = await exchange(self._guards, opened)
            if ended.failure is None or ended.failure.sent:
                self.last_sent_at = sent_at
            return self._conclude_exchange(opened, permission, ended)
        finally:
            permission.neutral()

    async def _until_welcome(self, card: Card, route: Route) -> None:
        """Wait out the payer's own pause when it is short beside the wait; otherwise the schedule does."""
        guards = self._guards
        until = guards.closed_until(card.id, route.name)
        if until is not None:
            pause = (until - guards.clocks.now()).total_seconds()
            if pause <= self._left() * guards.policy.pause_share:
                await guards.clocks.sleep(pause)
                until = guards.closed_until(card.id, route.name)
        if until is not None:
            raise _kept_away(until)
        if guards.breaker(card.id, route.name).state is BreakerState.OPEN:
            raise HeldBack("breaker_open")

    def _patience(self) -> float | None:
        """Return for how many seconds to wait for one of the payer's places; None for as long as it takes."""
        policy, left = self._guards.policy, self._left()
        if self._role is Role.BATCH and left <= 0:
            # It keeps its turn: how many are under way is bounded by whoever begins them.
            return None
        return policy.queue_share * left if left > 0 else policy.queue_seconds

    def _enter_guards(self, card: Card, route: Route) -> Pass:
        permission = self._guards.breaker(card.id, route.name).enter()
        if permission is None:
            raise HeldBack("breaker_open")
        return permission

    async def _open_attempt(self, planned: PlannedExchange) -> Opened:
        """Commit fresh numbers. When the store takes none, nothing is sent, and it is nobody's fault but ours."""
        try:
            card, route, inquiry, key = planned
            new = NewAttempt(self._job_id, card.id, route.name, inquiry.service_types)
            reserved = None if self._first is None else self._first.take(new)
            attempt_id, numbers = reserved or await self._guards.store.open_attempt(new)
        except ServiceRefusal as refusal:
            held = HeldBack(refusal.code, responsible=Responsible.SERVICE)
            held.another_route = False
            raise held from None
        return Opened(self._job_id, card, route, inquiry, attempt_id, numbers, inquiry_key=key)

    def _conclude_exchange(self, opened: Opened, permission: Pass, ended: Ended) -> Benefits:
        """Note how it ended, mark the breaker, and return the benefits or raise the failure."""
        card, route, failure = opened.card, opened.route, ended.failure
        phase = None if failure is None else phase_of(failure)
        if failure is not None and phase is Phase.LATER and failure.retry_at is not None:
            until = self._guards.close_until(card.id, route.name, failure.retry_at)
            failure.retry_at = until
            self.put_off_until = max(until, self.put_off_until or until)
        self._note(opened, ended)
        if ended.benefits is None or failure is not None:
            record_outcome(permission, RETRY_RULES[phase].counts if phase else Counts.NOTHING, failure, ended.seconds)
            raise failure or PayerError("no_benefits")
        record_outcome(permission, Counts.FAILED if says_busy(ended.benefits) else Counts.ANSWERED, None, ended.seconds)
        self._guards.measure(card.id, route.name).took(ended.seconds)
        benefits = ended.benefits._replace(route=route.name, asked=opened.inquiry.service_types)
        self.brought.append(benefits)
        return benefits

    def _note(self, opened: Opened, ended: Ended) -> None:
        attempt, ms = len(self.exchanges) + 1, round(ended.seconds * 1000)
        payer, route_name = opened.card.id, opened.route.name
        self.exchanges.append(Exchange(payer=payer, route=route_name, attempt=attempt, ms=ms, outcome=ended.outcome))
        remedy = remedy_of(ended.failure, route_name)
        if remedy is not None:
            log.error("gateway.setup_fault", payer=payer, route=route_name, reason=remedy.reason, remedy=remedy.remedy)
        event = log.warning if ended.outcome is ExchangeOutcome.MISMATCHED else log.info
        event(
            "gateway.exchanged",
            job_id=self._job_id,
            payer=payer,
            route=route_name,
            outcome=ended.outcome.value,
            detail=loggable_detail(ended.failure, opened.inquiry),
            ms=ms,
        )


def _kept_away(until: datetime) -> PayerBusy:
    """The payer told an earlier caller when to come back; nothing was sent for this one."""
    error = PayerBusy("kept_away", retry_at=until)
    error.sent = False
    return error
