"""How fast one payer is asked: a small burst for people, and for batches no more in any second than the pace.

The burst lets the inquiries of one person's question go together. A batch has no use for it, and its inquiries stand
one at a time in the limiter, so that a person waits behind one of them at most. Where several processes work on one
database, their batches share the pace: each reserves turns there, a fraction of a second's worth at once. People's
inquiries take their time out of it too, and wait for nothing: the time is reserved when they have gone.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import ceil

from aiolimiter import AsyncLimiter

from service.errors import ServiceRefusal
from service.gateway.clocks import Clocks
from service.security.access import Role

RESERVED_SECONDS = 0.25
"""How much of a payer's time a process reserves at once: what it does not use of it, nobody does."""

APART = 1.02
"""How much further apart reserved turns are than the pace has them: so much of a second a turn may be late."""

TRY_AGAIN = 1.0
"""Seconds until turns are asked for again that the database did not give."""

Reserve = Callable[[float], Awaitable[float]]
"""Reserves so many seconds of a payer's time among all processes; returns in how many seconds they begin."""


class Pace:
    """The pace of one payer."""

    def __init__(self, per_second: float, burst: int, clocks: Clocks, reserve: Reserve | None = None) -> None:
        """Let ``per_second`` inquiries go, and ``burst`` together when none went for a while.

        ``reserve`` is None where one process asks the payer.
        """
        self.per_second = per_second
        # A limiter of n in a second would admit 2n in one; this one spaces them.
        self._limiter = AsyncLimiter(burst, burst / per_second)
        most = max(1, ceil(per_second))
        self._span = most / per_second
        self._sent: deque[float] = deque(maxlen=most)
        self._turn = asyncio.Lock()
        self._clocks = clocks
        self._reserve = reserve
        self._turns: deque[float] = deque()
        self._people_seconds = 0.0
        self._counting: asyncio.Task[None] | None = None

    async def acquire(self, role: Role) -> None:
        """Wait until one inquiry of ``role`` may go."""
        if role is not Role.BATCH:
            await self._limiter.acquire()
            self._sent.append(self._clocks.clock())
            if self._reserve is not None:
                self._count_person(self._reserve)
            return
        async with self._turn:
            if self._reserve is not None:
                await self._wait_for_turn(self._reserve)
            await self._limiter.acquire()
            while (pause := self._seconds_until_window()) > 0:
                await self._clocks.sleep(pause)
            self._sent.append(self._clocks.clock())

    def _count_person(self, reserve: Reserve) -> None:
        """Have the payer's time that an inquiry takes reserved among all processes, while it is on its way."""
        self._people_seconds += 1 / self.per_second
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._reserve_for_people(reserve), name="pace:people")

    async def _reserve_for_people(self, reserve: Reserve) -> None:
        while self._people_seconds > 0:
            seconds, self._people_seconds = self._people_seconds, 0.0
            # Where the database does not take it, the batches of other processes go on as if nobody had asked.
            with suppress(ServiceRefusal):
                await reserve(seconds)

    def _seconds_until_window(self) -> float:
        """Seconds until one more inquiry keeps every second within the pace."""
        if len(self._sent) < (self._sent.maxlen or 1):
            return 0.0
        return self._sent[0] + self._span - self._clocks.clock()

    async def _wait_for_turn(self, reserve: Reserve) -> None:
        """Wait for the next turn that is ours.

        One that is missed is lost: others have theirs right behind it, and together they would go above the pace.
        """
        each = APART / self.per_second
        while True:
            while self._turns:
                turn = self._turns.popleft()
                left = turn - self._clocks.clock()
                if left > 0:
                    await self._clocks.sleep(left)
                if turn - self._clocks.clock() > 1 - APART:
                    return
            count = max(1, round(self.per_second * RESERVED_SECONDS))
            try:
                ahead = await reserve(count * each)
            except ServiceRefusal:
                await self._clocks.sleep(TRY_AGAIN)
                continue
            # The clock is read when the database has answered: the way there takes longer than the way back, and turns
            # that are reckoned from before it would begin among those of another process.
            begins = self._clocks.clock() + ahead
            self._turns.extend(begins + number * each for number in range(count))
