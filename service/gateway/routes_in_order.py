"""Asks over a payer's routes in order: a fallback or a retry only when it is certain that nothing was sent."""

from tenacity import AsyncRetrying, RetryCallState, retry_never

from contracts import Benefits, Card, Inquiry, PayerError, PayerUnreachable, Responsible
from service.gateway.exchange import without_frames
from service.gateway.guards import Guards
from service.gateway.job_exchanges import AskingJob
from service.gateway.maintenance_windows import back_at
from service.gateway.policy import RETRY_RULES, WAITING, phase_of
from service.gateway.route_attempt import PlannedExchange, attempt_exchange


async def ask_over_routes(guards: Guards, job: AskingJob, card: Card, inquiry: Inquiry, key: str) -> Benefits:
    """Return what the payer says to ``inquiry``, whose key is ``key``. Raises ``PayerError``, at once in an outage."""
    until = back_at(card, guards.clocks.now())
    if until is not None:
        raise PayerUnreachable("announced_outage", retry_at=until)
    failure: PayerError = PayerUnreachable("no_route", responsible=Responsible.SERVICE)
    for entry, route in guards.order(card):
        named = inquiry.model_copy(update={"payer_id": entry.payer_id, "payer_name": entry.payer_name or card.name})
        try:
            return await _ask_over_route(guards, job, PlannedExchange(card, route, named, key))
        except PayerError as error:
            if not error.another_route:
                raise
            # A route that may come back leaves the question pending, whatever is wrong with the others.
            failure = failure if failure.problem in WAITING and error.problem not in WAITING else error
    raise failure


async def _ask_over_route(guards: Guards, job: AskingJob, planned: PlannedExchange) -> Benefits:
    policy, clocks = guards.policy, guards.clocks

    def again(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, PayerError):
            return False
        return _may_try_again(guards, job, planned.card, without_frames(error), state.attempt_number)

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
                return await attempt_exchange(guards, job, planned, first=state.attempt_number == 1)
        raise PayerUnreachable("tries")  # pragma: no cover - tenacity raises the last error before this line
    finally:
        # Its objects are a ring, which would hold the job with all that it brought until the collector comes.
        tries.retry = retry_never
        if state is not None:
            state.outcome = None
            del state.retry_object


def _may_try_again(guards: Guards, job: AskingJob, card: Card, error: PayerError, tries: int) -> bool:
    policy = guards.policy
    if not RETRY_RULES[phase_of(error)].within_wait or tries >= policy.tries:
        return False
    useful = job.left() - policy.nap_most >= card.usual_seconds + policy.reserve
    return useful and guards.budget(card.id).take()
