"""Where a reply is read: on the event loop, one reading in a turn, or in a few threads beside it.

Replies come in crowds, since questions wait for the same commit: read at once, a crowd would hold everybody else up for
as long as all of it takes. Threads share one interpreter with the loop: more of them would finish nothing sooner, and
each one that is ready takes its turn of the interpreter before the loop has the next. Two, so that a reading without
end holds up no other.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

THREADS = 2

FEW = 4
"""Readings that may wait for their turn before one more counts as too many."""

Result = TypeVar("Result")


class Readings:
    """Readings under way: work in Python that takes milliseconds, and never waits for others."""

    def __init__(self, threads: int = THREADS) -> None:
        """Start no thread before the first long reading comes."""
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="reading")
        self._threads = threads
        self._in_threads = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_turn_taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def are_piling_up(self) -> bool:
        """Whether a reading that came now would have to wait, for a thread or for several others on the loop."""
        return self._in_threads >= self._threads or len(self._waiting) >= FEW

    async def on_the_loop(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns, in a turn of the loop in which nothing else is read."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._is_turn_taken = loop, False
            self._waiting.clear()
        if self._is_turn_taken:
            turn = loop.create_future()
            self._waiting.append(turn)
            await turn
        else:
            self._is_turn_taken = True
            loop.call_soon(self._give_turn, loop)
        return work()

    def _give_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                loop.call_soon(self._give_turn, loop)
                return
        self._is_turn_taken = False

    async def beside_the_loop(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns, with the caller's context variables. Work that has begun is not cancelled."""
        self._in_threads += 1
        running = asyncio.get_running_loop().run_in_executor(self._executor, partial(copy_context().run, work))
        running.add_done_callback(self._end)
        return await running

    def _end(self, _: object) -> None:
        self._in_threads -= 1


READINGS = Readings()
"""Those of this process."""
