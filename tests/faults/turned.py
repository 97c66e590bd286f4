"""A loop whose time a test turns: nothing waits, and everything that is due happens in its order.

Threads (the store's, and what reads long replies) go on in real time; the clock stands still until they are done.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from service.store.engine import Worker

BEGINS = datetime(2026, 11, 23, 15, tzinfo=UTC)
CALM = 3
"""Turns of the loop in which nothing was ready, after which nothing will be until time goes on."""


class Trap(NamedTuple):
    """Where a process stops dead: at its ``at``-th unit of work on the store, before or after that is committed."""

    at: int
    committed: bool


class TurnedLoop(asyncio.SelectorEventLoop):
    """The clock is ``now``; whoever waits for the kernel waits half a millisecond at most."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.errands = 0
        self.units = 0
        self.trap: Trap | None = None
        select: Callable[..., Any] = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = lambda timeout=None: select(min(0.0005, timeout or 0.0))  # type: ignore[attr-defined]

    def time(self) -> float:
        """Seconds since the test began."""
        return self.now

    def wall(self) -> datetime:
        """The date and time that it is."""
        return BEGINS + timedelta(seconds=self.now)

    async def calm(self) -> None:
        """Return when nothing goes on any more."""
        calm = 0
        while calm < CALM:
            await asyncio.sleep(0)
            if self.errands:
                time.sleep(0.0001)  # noqa: ASYNC251 - the loop has nothing else to do; the store's threads have
            calm = 0 if self.errands or self._ready else calm + 1  # type: ignore[attr-defined]

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Hand work to a thread, and let the clock stand still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self.errands += 1
        future.add_done_callback(self._errand_done)
        return future

    def _errand_done(self, _: asyncio.Future[Any]) -> None:
        self.errands = max(0, self.errands - 1)

    def set_trap(self, trap: Trap | None) -> None:
        """Stop dead at a unit from here on; None ends it."""
        self.trap, self.units = trap, 0

    async def turn(self, seconds: float) -> None:
        """Let ``seconds`` go by; what is due meanwhile happens at its instant."""
        ends = self.now + seconds
        await self.calm()
        while (due := self._next()) is not None and due <= ends:
            # A microsecond more, since a limiter that waits for less than a float can tell apart would wait for ever.
            self.now = max(self.now, due) + 1e-6
            await self.calm()
        self.now = max(self.now, ends)
        await self.calm()

    def _next(self) -> float | None:
        whens = [timer.when() for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        return min(whens, default=None)


def counting(loop: TurnedLoop) -> Callable[..., Any]:
    """``Worker.do`` that lets the loop know how many units are under way, and stops dead in the loop's trap."""
    do = Worker.do

    async def counted(self: Worker, unit: Any, *arguments: Any) -> Any:
        loop.units += 1
        here = loop.trap is not None and loop.units >= loop.trap.at
        if loop.trap is not None and here and not (loop.trap.committed and loop.units == loop.trap.at):
            await loop.create_future()
        loop.errands += 1
        try:
            done = await do(self, unit, *arguments)
        finally:
            loop.errands -= 1
        if here:
            await loop.create_future()
        return done

    return counted
