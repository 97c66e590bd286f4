"""How fast one payer is asked: a small burst for people, and for batches no more in any second than the pace.

The burst lets the inquiries of one person's question go together. A batch has no use for it, and its inquiries stand
one at a time in the limiter, so that a person waits behind one of them at most.
"""

import asyncio
from collections import deque
from math import ceil

from aiolimiter import AsyncLimiter

from service.gateway.clocks import Clocks
from service.security.access import Role


class Pace:
    """The pace of one payer."""

    def __init__(self, per_second: float, burst: int, clocks: Clocks) -> None:
        """Let ``per_second`` inquiries go, and ``burst`` together when none went for a while."""
        self.per_second = per_second
        # A limiter of n in a second would admit 2n in one; this one spaces them.
        self._limiter = AsyncLimiter(burst, burst / per_second)
        most = max(1, ceil(per_second))
        self._span = most / per_second
        self._sent: deque[float] = deque(maxlen=most)
        self._turn = asyncio.Lock()
        self._clocks = clocks

    async def acquire(self, role: Role) -> None:
        """Wait until one inquiry of ``role`` may go."""
        if role is not Role.BATCH:
            await self._limiter.acquire()
            self._sent.append(self._clocks.clock())
            return
        async with self._turn:
            await self._limiter.acquire()
            while (pause := self._seconds_until_window()) > 0:
                await self._clocks.sleep(pause)
            self._sent.append(self._clocks.clock())

    def _seconds_until_window(self) -> float:
        """Seconds until one more inquiry keeps every second within the pace."""
        if len(self._sent) < (self._sent.maxlen or 1):
            return 0.0
        return self._sent[0] + self._span - self._clocks.clock()
