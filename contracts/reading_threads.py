"""Long readings run beside the event loop, in few threads, and it is known how many wait for one.

They share one interpreter with the loop: more threads would finish nothing sooner, and each one that is ready takes
its turn of the interpreter before the loop has the next. Two, so that a reading without end holds up no other.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

THREADS = 2

Result = TypeVar("Result")


class ReadingThreads:
    """Threads for work in Python that takes long; never for what waits for others."""

    def __init__(self, threads: int = THREADS) -> None:
        """Start none before the first work comes."""
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="reading")
        self._threads = threads
        self._held = 0

    @property
    def are_busy(self) -> bool:
        """Whether work that came now would have to wait for a thread."""
        return self._held >= self._threads

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns, with the caller's context variables. Work that has begun is not cancelled."""
        self._held += 1
        running = asyncio.get_running_loop().run_in_executor(self._executor, partial(copy_context().run, work))
        running.add_done_callback(self._end)
        return await running

    def _end(self, _: object) -> None:
        self._held -= 1


READING_THREADS = ReadingThreads()
"""Those of this process."""
