"""One attempt of a job over one route, behind its guards.

Their order, written once: the payer's own pause, breaker, bulkhead, limiter, numbers committed, one guarded exchange.
"""

from datetime import datetime
from typing import NamedTuple

from contracts import (
    Again,
    Benefits,
    Card,
    Inquiry,
    PayerBusy,
    PayerError,
    PayerUnreachable,
    ProblemCode,
    Responsible,
    Route,
)
from service.errors import ServiceRefusal
from service.gateway.breaker import BreakerState, Pass, record_outcome
from service.gateway.bulkhead import Full
from service.gateway.exchange import Ended, Opened, exchange
from service.gateway.guards import Guards
from service.gateway.job_exchanges import AskingJob
from service.gateway.policy import RETRY_RULES, Counts, Phase, phase_of, says_busy
from service.security.access import Role
from service.store.attempts import NewAttempt


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


async def attempt_exchange(guards: Guards, job: AskingJob, planned: PlannedExchange, *, first: bool) -> Benefits:
    """Return what the payer says; ``first`` says that it is no further try. Raises ``PayerError``."""
    card = planned.card
    await _until_welcome(guards, job, planned)
    try:
        async with guards.bulkhead(card.id).place(job.role, _patience(guards, job)):
            await guards.pace(card).acquire(job.role)
            return await _in_place(guards, job, planned, first=first)
    except Full:
        full = HeldBack("places_taken")
        full.another_route = False
        raise full from None


async def _until_welcome(guards: Guards, job: AskingJob, planned: PlannedExchange) -> None:
    """Wait out the payer's own pause when it is short beside the wait; otherwise the schedule does."""
    payer, route_name = planned.card.id, planned.route.name
    until = guards.closed_until(payer, route_name)
    if until is not None:
        pause = (until - guards.clocks.now()).total_seconds()
        if pause <= job.left() * guards.policy.pause_share:
            await guards.clocks.sleep(pause)
            until = guards.closed_until(payer, route_name)
    if until is not None:
        raise _kept_away(until)
    if guards.breaker(payer, route_name).state is BreakerState.OPEN:
        raise HeldBack("breaker_open")


def _kept_away(until: datetime) -> PayerBusy:
    """The payer told an earlier caller when to come back; nothing was sent for this one."""
    error = PayerBusy("kept_away", retry_at=until)
    error.sent = False
    return error


def _patience(guards: Guards, job: AskingJob) -> float | None:
    """Return for how many seconds to wait for one of the payer's places; None for as long as it takes."""
    policy, left = guards.policy, job.left()
    if job.role is Role.BATCH and left <= 0:
        # It keeps its turn: how many are under way is bounded by whoever begins them.
        return None
    return policy.queue_share * left if left > 0 else policy.queue_seconds


async def _in_place(guards: Guards, job: AskingJob, planned: PlannedExchange, *, first: bool) -> Benefits:
    permission = guards.breaker(planned.card.id, planned.route.name).enter()
    if permission is None:
        raise HeldBack("breaker_open")
    try:
        if first:
            guards.budget(planned.card.id).count_call()
        opened = await _open(guards, job, planned)
        sent_at = guards.clocks.now()
        ended = await exchange(guards, opened)
        if ended.failure is None or ended.failure.sent:
            job.exchanges.last_sent_at = sent_at
        return _conclude(guards, job, opened, permission, ended)
    finally:
        permission.neutral()


async def _open(guards: Guards, job: AskingJob, planned: PlannedExchange) -> Opened:
    """Commit fresh numbers. When the store takes none, nothing is sent, and it is nobody's fault but ours."""
    card, route, inquiry, key = planned
    new = NewAttempt(job.id, card.id, route.name, inquiry.service_types)
    reserved = None if job.first is None else job.first.take(new)
    try:
        attempt_id, numbers = reserved or await guards.store.open_attempt(new)
    except ServiceRefusal as refusal:
        held = HeldBack(refusal.code, responsible=Responsible.SERVICE)
        held.another_route = False
        raise held from None
    return Opened(job.id, card, route, inquiry, attempt_id, numbers, inquiry_key=key)


def _conclude(guards: Guards, job: AskingJob, opened: Opened, permission: Pass, ended: Ended) -> Benefits:
    """Record how it ended, mark the breaker, and return the benefits or raise the failure."""
    card, route, failure = opened.card, opened.route, ended.failure
    phase = None if failure is None else phase_of(failure)
    if failure is not None and phase is Phase.LATER and failure.retry_at is not None:
        failure.retry_at = guards.close_until(card.id, route.name, failure.retry_at)
        job.exchanges.put_off(failure.retry_at)
    job.exchanges.record(opened, ended)
    if ended.benefits is None or failure is not None:
        record_outcome(permission, RETRY_RULES[phase].counts if phase else Counts.NOTHING, failure, ended.seconds)
        raise failure or PayerError("no_benefits")
    record_outcome(permission, Counts.FAILED if says_busy(ended.benefits) else Counts.ANSWERED, None, ended.seconds)
    guards.measure(card.id, route.name).took(ended.seconds)
    return ended.benefits._replace(route=route.name, asked=opened.inquiry.service_types)
