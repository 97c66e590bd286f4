"""Asks a route about authorization alone, beside the routes of eligibility.

What it brings completes an answer that is whole without it. So it is never worth a wait, a retry or another question's
place, and whatever becomes of it costs the answer nothing.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple

import structlog

from contracts import Benefits, Card, Deadline, Inquiry, PayerError, PayerUnreachable, Route
from service.errors import ServiceRefusal
from service.gateway.breaker import BreakerState, Pass, record_outcome
from service.gateway.bulkhead import Full
from service.gateway.exchange import Ended, Opened, exchange, without_frames
from service.gateway.guards import Guards
from service.gateway.maintenance_windows import back_at
from service.gateway.policy import RETRY_RULES, Counts, Phase, phase_of
from service.security.access import Role
from service.store.attempts import NewAttempt

log = structlog.get_logger()

_PURPOSE = ":authorization"
"""Behind a route's name: its guards for this purpose are its own, so that no check closes the way to eligibility."""


class AuthorizationCheck(NamedTuple):
    """One check: for which job and role, of which payer and member, for which procedures.

    ``seconds`` is how long it may take, once it has one of the payer's places; ``patience`` how long it waits for that.
    """

    job_id: str
    role: Role
    card: Card
    inquiry: Inquiry
    procedures: tuple[str, ...]
    seconds: float
    patience: float


async def check_authorization(
    guards: Guards, check: AuthorizationCheck, known: Collection[str], note: Callable[[Opened, Ended], None]
) -> Benefits | None:
    """Return what the first route says that can be asked; None when nobody says anything. Raises nothing.

    ``known`` are the routes that said already what they know. ``note`` is told how an exchange ended.
    """
    if back_at(check.card, guards.clocks.now()) is not None:
        return None
    for entry, route in guards.authorization_order(check.card):
        if route.name in known:
            continue
        named = {"payer_id": entry.payer_id, "payer_name": entry.payer_name or check.card.name}
        about = check._replace(inquiry=check.inquiry.model_copy(update=named))
        try:
            return await _ask(guards, about, route, note)
        except (PayerError, ServiceRefusal, Full, TimeoutError) as failure:
            log.info(
                "gateway.authorization_unknown", payer=check.card.id, route=route.name, error=type(failure).__name__
            )
            # As with inquiries, another route is asked only when it is certain that nothing was sent.
            if isinstance(failure, PayerError) and failure.sent:
                return None
            without_frames(failure)
    return None


async def _ask(
    guards: Guards, check: AuthorizationCheck, route: Route, note: Callable[[Opened, Ended], None]
) -> Benefits:
    async with guards.bulkhead(check.card.id).place(check.role, check.patience):
        deadline = Deadline(check.seconds, guards.clocks.clock)
        async with asyncio.timeout(check.seconds):
            await guards.pace(check.card).acquire(check.role)
        permission = _enter_breaker(guards, check.card, route)
        try:
            new = NewAttempt(check.job_id, check.card.id, route.name, check.inquiry.service_types)
            attempt_id, numbers = await guards.store.open_attempt(new)
            left = deadline.seconds_left()
            opened = Opened(check.job_id, check.card, route, check.inquiry, attempt_id, numbers, check.procedures, left)
            ended = await exchange(guards, opened)
            note(opened, ended)
            return _conclude_check(guards, opened, permission, ended)
        finally:
            permission.neutral()


def _enter_breaker(guards: Guards, card: Card, route: Route) -> Pass:
    breaker, is_closed = guards.breaker(card.id, route.name + _PURPOSE), guards.closed_until(card.id, route.name)
    if is_closed is not None or guards.closed_until(card.id, route.name + _PURPOSE) is not None:
        raise PayerUnreachable("kept_away")
    permission = None if breaker.state is BreakerState.OPEN else breaker.enter()
    if permission is None:
        raise PayerUnreachable("breaker_open")
    return permission


def _conclude_check(guards: Guards, opened: Opened, permission: Pass, ended: Ended) -> Benefits:
    """Mark the breaker, and return what was said of the procedures that were asked about; raises the failure."""
    failure = ended.failure
    if failure is None and ended.benefits is not None:
        record_outcome(permission, Counts.ANSWERED, None, ended.seconds)
        said = tuple(one for one in ended.benefits.authorizations if one.procedure in opened.procedures)
        if not said:
            raise PayerError("no_authorizations")
        trace = ended.benefits.trace or opened.numbers.trace
        return Benefits(authorizations=said, trace=trace, route=opened.route.name)
    failure = failure or PayerError("no_benefits")
    if phase_of(failure) is Phase.LATER and failure.retry_at is not None:
        guards.close_until(opened.card.id, opened.route.name + _PURPOSE, failure.retry_at)
    record_outcome(permission, RETRY_RULES[phase_of(failure)].counts, failure, ended.seconds)
    raise failure
