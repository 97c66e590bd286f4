"""Run a plugin's coroutine so that it cannot outlive its time, not even by swallowing its cancellation.

``asyncio.timeout`` waits for the task that it cancels, and a plugin that swallows the cancellation then holds its
caller for ever; waiting on the task from outside does not (``reliability.md`` section 3, M11).
"""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

Result = TypeVar("Result")

FAREWELL = 0.02
"""Seconds that a cancelled task is given to end before it is left behind."""


class Exited(Exception):
    """A plugin tried to end the process; a task that lets ``SystemExit`` through would take the loop with it."""


class Overrun(Exception):
    """The coroutine did not end in its time."""


class Leaked:
    """The tasks that were left behind because they would not end; their number is a gauge."""

    def __init__(self) -> None:
        """Start with none."""
        self._tasks: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        """How many have still not ended."""
        return len(self._tasks)

    def adopt(self, task: asyncio.Task[object]) -> None:
        """Hold ``task`` until it ends, and then take notice of its result so that nobody warns of it."""
        self._tasks.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()


async def caged(coroutine: Coroutine[object, object, Result]) -> Result:
    """Return or raise as ``coroutine`` does, but for an attempt to end the process, which reads ``Exited``."""
    try:
        return await coroutine
    except (KeyboardInterrupt, SystemExit):
        raise Exited from None


async def guarded(coroutine: Coroutine[object, object, Result], seconds: float, leaked: Leaked) -> Result:
    """Return what ``coroutine`` returns, or raise what it raises, within ``seconds``.

    Raises ``Overrun`` when it does not end in time. A cancellation of the caller is handed on to the coroutine.
    """
    task: asyncio.Task[Result] = asyncio.create_task(caged(coroutine))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await part_with(task, leaked)
        raise
    if not done:
        await part_with(task, leaked)
        if not task.done() or task.cancelled():
            raise Overrun
    return task.result()


async def part_with(task: asyncio.Task[Result], leaked: Leaked) -> None:
    """Cancel ``task`` and wait a moment for it; adopt it as leaked when it goes on all the same."""
    task.cancel()
    await asyncio.wait({task}, timeout=FAREWELL)
    if not task.done():
        leaked.adopt(task)
