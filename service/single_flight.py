"""One piece of work for all who ask for it within a short time."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Generic, TypeVar

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """Does ``work`` once for all who ask while it goes on, and for ``fresh`` seconds from its beginning."""

    def __init__(
        self,
        work: Callable[[], Coroutine[object, object, Result]],
        fresh: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Begin with nothing found."""
        self._work = work
        self._fresh = fresh
        self._clock = clock
        self._task: asyncio.Task[Result] | None = None
        self._began = 0.0

    async def find(self) -> Result:
        """Return or raise as the work does. A caller who is cancelled stops it for nobody else."""
        if self._task is None or (self._task.done() and self._clock() - self._began > self._fresh):
            self._began = self._clock()
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(notice)
        return await asyncio.shield(self._task)


def notice(task: "asyncio.Task[object]") -> None:
    """Take notice of a failure, so that asyncio does not warn of it when everybody who waited has left."""
    if not task.cancelled():
        task.exception()
