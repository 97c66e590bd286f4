"""What the suites watch while a plugin works: what it logs, whether the loop keeps running, what it leaves running."""

import asyncio
import contextlib
import io
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

Result = TypeVar("Result")

BLOCKED = 0.25
"""Seconds for which the loop may stand still at most: everybody who waits feels it."""

BEAT = 0.01

TRIES = 3
"""A machine that is busy elsewhere holds the loop up as well, but not each time."""


class WatchedRun(NamedTuple, Generic[Result]):
    """The result of some work, the most seconds by which the loop was late, and the tasks that were left running."""

    result: Result
    lag: float
    left: frozenset["asyncio.Task[Any]"]


async def watch(work: Awaitable[Result]) -> WatchedRun[Result]:
    """Do ``work`` on a loop that is watched."""
    lags = [0.0]

    async def beat() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(BEAT)
            lags.append(time.monotonic() - before - BEAT)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0)
    before = asyncio.all_tasks()
    result = await work
    # The beat after a block is the late one; and a task that was just cancelled gets time to end.
    await asyncio.sleep(2 * BEAT)
    left = frozenset(asyncio.all_tasks() - before)
    beating.cancel()
    return WatchedRun(result, max(lags), left)


def assert_loop_turns(work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Do ``work`` on a loop of its own, and again when the loop was blocked: once it must not be."""
    lags = [asyncio.run(watch(work())).lag]
    while lags[-1] > BLOCKED and len(lags) < TRIES:
        lags.append(asyncio.run(watch(work())).lag)
    assert lags[-1] <= BLOCKED, f"it blocks the loop for {lags[-1]:.1f} s"


@contextmanager
def listening(logged: list[str]) -> Iterator[None]:
    """Collect everything that is logged with the standard library, or printed."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(record.getMessage())

    ear = Ear(level=logging.DEBUG)
    root = logging.getLogger()
    level = root.level
    printed = io.StringIO()
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    finally:
        root.setLevel(level)
        root.removeHandler(ear)
        logged.append(printed.getvalue())
