"""Run a plugin's coroutine so that it cannot outlive its time, not even by swallowing its cancellation.

``asyncio.timeout`` waits for the task that it cancels, and a plugin that swallows the cancellation then holds its
caller for ever; waiting on the task from outside does not (``RELIABILITY.md`` 3, M11).
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from service.telemetry.places import place_of_trace

Result = TypeVar("Result")

FAREWELL = 0.02
"""Seconds that a cancelled task is given to end before it is left behind."""


class Exited(Exception):
    """A plugin raised what no task may let through: an end of the process, or a cancellation that nobody asked for."""


class Overrun(Exception):
    """The coroutine did not end in its time."""


MOST_LEAKED = 20
"""Tasks left behind beyond which the process is not ready any more: each holds memory and perhaps a connection."""


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
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()


async def run_caged(work: Callable[[], Coroutine[object, object, Result]]) -> Result:
    """Return or raise as the coroutine that ``work`` makes does; what is no plain exception reads ``Exited``.

    ``SystemExit`` in a task would take the loop with it, and ``work`` itself may raise, or make no coroutine at all.
    """
    try:
        return await work()
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException:  # noqa: BLE001 - a plugin may raise anything, and the process is not its to end
        raise Exited from None


async def run_guarded(
    work: Callable[[], Coroutine[object, object, Result]], seconds: float, leaked: Leaked, *, name: str = "plugin"
) -> Result:
    """Return what the coroutine that ``work`` makes returns, or raise what it raises, within ``seconds``.

    Raises ``Overrun`` when it does not end in time. A cancellation of the caller is handed on to it. ``name`` is what
    the watchdog calls the task.
    """
    task: asyncio.Task[Result] = asyncio.create_task(run_caged(work), name=name)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await part_with(task, leaked)
        raise
    if not done:
        await part_with(task, leaked)
        if not task.done() or task.cancelled():
            raise Overrun
    if task.cancelled():
        raise Exited
    return task.result()


def place_of(failure: BaseException) -> str:
    """Where ``failure`` was raised, as ``module:function``: what may be logged of it beside its type."""
    return place_of_trace(failure.__traceback__)


async def part_with(task: asyncio.Task[Result], leaked: Leaked) -> None:
    """Cancel ``task`` and wait a moment for it; adopt it as leaked when it goes on all the same."""
    task.cancel()
    await asyncio.wait({task}, timeout=FAREWELL)
    if not task.done():
        leaked.adopt(task)
    elif not task.cancelled():
        # Whoever parts with a task has another answer already; a failure of its last moment is taken notice of here.
        task.exception()
