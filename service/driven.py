"""Drive a payer's plugin: it may raise, hang, swallow its cancellation or return nothing; we answer all the same."""

import asyncio
from typing import Protocol

from contracts import Answer, PayerAdapter, PayerError, Question, Wire
from service.wire.guarded import Leaked, caged, part_with

IDLE_SECONDS = 2.0
"""How long an adapter may do nothing while no exchange of its is under way; then it hangs."""


class AdapterFault(Exception):
    """The adapter is at fault; ``detail`` names the type of what it raised, never its words."""

    def __init__(self, detail: str) -> None:
        """Take a code for logs."""
        super().__init__(detail)
        self.detail = detail


class Watched(Wire, Protocol):
    """A wire that knows how long its adapter has been doing nothing."""

    def idle_for(self) -> float:
        """Seconds since anything was under way; 0 while an exchange is."""
        ...


async def driven(
    adapter: PayerAdapter,
    question: Question,
    wire: Watched,
    leaked: Leaked,
    *,
    patience: float = IDLE_SECONDS,
) -> Answer:
    """What ``adapter`` answers; ``patience`` is how many seconds it may do nothing.

    Raises the wire's ``PayerError`` when the adapter let one through, and ``AdapterFault`` for anything else.
    """
    task = asyncio.create_task(caged(adapter.verify(question, wire)))
    try:
        while not (await asyncio.wait({task}, timeout=patience / 2))[0]:
            if wire.idle_for() > patience:
                await part_with(task, leaked)
                raise AdapterFault("hangs")
    except asyncio.CancelledError:
        await part_with(task, leaked)
        raise
    if task.cancelled():
        raise AdapterFault("cancelled")
    failure = task.exception()
    if isinstance(failure, PayerError):
        raise failure
    if failure is not None:
        raise AdapterFault(type(failure).__name__)
    answer: object = task.result()
    if not isinstance(answer, Answer) or answer.payer != question.payer:
        raise AdapterFault("no_answer")
    return answer
