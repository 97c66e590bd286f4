"""Drive a payer's plugin: it may raise, hang, swallow its cancellation, return nothing or somebody else's answer.

We answer all the same.
"""

import asyncio
from typing import Protocol

from contracts import Answer, Benefits, Gateway, PayerAdapter, PayerError, Question, invented_line, unfounded_claim
from contracts.readings import READINGS
from service.gateway.exchange import without_frames
from service.gateway.isolation import Leaked, part_with, place_of, run_caged

IDLE_SECONDS = 5.0
"""How long an adapter may have no exchange under way and no answer; then it hangs. Reading a long reply takes time."""


LATE_SHARE = 0.1
"""A look that comes later than planned by more than this share of the patience proves nothing: the loop was late itself
and so were the adapters that it runs."""


class AdapterFault(Exception):
    """The adapter is at fault; ``detail`` names the type of what it raised, never its words, ``place`` where it did."""

    def __init__(self, detail: str, place: str | None = None) -> None:
        """Take codes for logs."""
        super().__init__(detail)
        self.detail = detail
        self.place = place


class WatchedGateway(Gateway, Protocol):
    """A gateway that knows how long its adapter has been doing nothing, and which replies it was given."""

    brought: list[Benefits]

    def idle_for(self) -> float:
        """Seconds since anything was under way; 0 while an exchange is."""
        ...


async def call_adapter(
    adapter: PayerAdapter,
    question: Question,
    gateway: WatchedGateway,
    leaked: Leaked,
    *,
    patience: float = IDLE_SECONDS,
) -> Answer:
    """What ``adapter`` answers; ``patience`` is how many seconds it may do nothing.

    Raises the gateway's ``PayerError`` when the adapter let one through, and ``AdapterFault`` for anything else.
    """
    task = asyncio.create_task(
        run_caged(lambda: _verify_and_judge(adapter, question, gateway)), name=f"payer:{question.payer}"
    )
    suspected, clock = False, asyncio.get_running_loop().time
    try:
        while True:
            planned = clock() + patience / 2
            if (await asyncio.wait({task}, timeout=patience / 2))[0]:
                break
            # While replies wait to be read, an adapter may stand among those that wait.
            may_run = clock() - planned <= patience * LATE_SHARE and not READINGS.are_piling_up
            idle = may_run and gateway.idle_for() > patience
            # Twice in a row: when somebody else blocked the loop, everybody looks idle once.
            if idle and suspected:
                await part_with(task, leaked)
                raise AdapterFault("hangs")
            suspected = idle
    except asyncio.CancelledError:
        await part_with(task, leaked)
        raise
    if task.cancelled():
        raise AdapterFault("cancelled")
    failure = task.exception()
    if failure is not None:
        place = place_of(failure)
        # The frames of what a plugin raised hold the gateway with all that it brought, and may hold the failure too.
        bare = without_frames(failure)
        try:
            raise bare if isinstance(bare, PayerError) else AdapterFault(type(bare).__name__, place)
        finally:
            del bare, failure, task
    answer, fault = task.result()
    if not isinstance(answer, Answer):
        raise AdapterFault("no_answer")
    if fault is not None:
        raise AdapterFault(fault)
    return answer


async def _verify_and_judge(
    adapter: PayerAdapter, question: Question, gateway: WatchedGateway
) -> tuple[object, str | None]:
    """What ``adapter`` answers, and why it can't be shown.

    It is judged and written out in the turn in which it was made: a turn later, others' answers have driven it out of
    the processor's caches, and both would take twice as long.
    """
    answer: object = await adapter.verify(question, gateway)
    return answer, answer_fault(answer, question, gateway) if isinstance(answer, Answer) else None


def answer_fault(answer: Answer, question: Question, gateway: WatchedGateway) -> str | None:
    """Why ``answer`` can't be shown to whoever asked ``question``, as a code for logs; None when it can.

    It must be to this question, and claim nothing without a line of the replies that this very gateway brought.
    """
    try:
        traces = {reply.trace for reply in answer.answered_by if reply.trace}
        known = {benefits.trace for benefits in gateway.brought}
        same = (answer.payer, answer.service_date) == (question.payer, question.service_date)
        if not same or not traces <= known:
            return "foreign_answer"
        unfounded = unfounded_claim(answer) or invented_line(answer, gateway.brought)
        # Written here, where a value that no text can be made of is the adapter's fault.
        answer.to_json()
    except (AttributeError, TypeError, ValueError) as failure:
        # A value that was made past its own checks may hold anything anywhere.
        return f"malformed:{type(failure).__name__}"
    return None if unfounded is None else f"unfounded:{unfounded}"
