"""A payer's places: how many inquiries may be under way there at once, and who goes first.

Staff may take every place, the public form fewer, batches few; a free place goes to the most urgent who waits.
Source: ``RELIABILITY.md`` 1.2 and 8.3 (sizing).
"""

import asyncio
import heapq
from collections.abc import Mapping
from itertools import count

from service.gateway.policy import GatewayPolicy
from service.security.access import Role


class Full(Exception):
    """No place came free in time."""


class Bulkhead:
    """The places of one payer."""

    def __init__(self, policy: GatewayPolicy) -> None:
        """Start with every place free."""
        self._most: Mapping[Role, int] = {
            Role.STAFF: policy.slots,
            Role.PUBLIC: policy.public_slots,
            Role.BATCH: policy.batch_slots,
        }
        self._all = policy.slots
        self._taken = dict.fromkeys(Role, 0)
        self._waiting: list[tuple[int, int, Role, asyncio.Future[None]]] = []
        self._order = count()

    @property
    def places_in_use(self) -> int:
        """Places in use."""
        return sum(self._taken.values())

    def place(self, role: Role, seconds: float | None) -> "HeldPlace":
        """Return a place, which is held while the block runs that enters it.

        Entering raises ``Full`` when none came free within ``seconds``; None waits for as long as it takes.
        """
        return HeldPlace(self, role, seconds)

    async def acquire(self, role: Role, seconds: float | None) -> None:
        """Take a place. Raises ``Full`` as ``place`` does."""
        if self.is_free(role):
            self._taken[role] += 1
        else:
            await self._queue(role, seconds)

    def release(self, role: Role) -> None:
        """Give a place back, to the most urgent who waits."""
        self._taken[role] -= 1
        if self._waiting:
            self._wake()

    def is_free(self, role: Role) -> bool:
        """Whether ``role`` has a place at once."""
        return not self._waiting and self._free(role)

    def _free(self, role: Role) -> bool:
        return self.places_in_use < self._all and self._taken[role] < self._most[role]

    async def _queue(self, role: Role, seconds: float | None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (_URGENCY[role], next(self._order), role, turn))
        self._wake()
        try:
            async with asyncio.timeout(seconds):
                await turn
        except TimeoutError:
            # A turn that came at the very moment at which the time was up is kept.
            if turn.cancelled() or not turn.done():
                raise Full from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(role)
            raise

    def _wake(self) -> None:
        passed: list[tuple[int, int, Role, asyncio.Future[None]]] = []
        while self._waiting and self.places_in_use < self._all:
            waiter = heapq.heappop(self._waiting)
            if waiter[3].done():
                continue
            if self._free(waiter[2]):
                self._taken[waiter[2]] += 1
                waiter[3].set_result(None)
            else:
                passed.append(waiter)
        for waiter in passed:
            heapq.heappush(self._waiting, waiter)


class HeldPlace:
    """One place of a payer, held while a block runs."""

    __slots__ = ("_bulkhead", "_role", "_seconds")

    def __init__(self, bulkhead: Bulkhead, role: Role, seconds: float | None) -> None:
        """Name the place; nothing is taken yet."""
        self._bulkhead = bulkhead
        self._role = role
        self._seconds = seconds

    async def __aenter__(self) -> None:
        """Take it. Raises ``Full``."""
        await self._bulkhead.acquire(self._role, self._seconds)

    async def __aexit__(self, *_: object) -> None:
        """Give it back."""
        self._bulkhead.release(self._role)


_URGENCY: Mapping[Role, int] = {Role.STAFF: 0, Role.PUBLIC: 1, Role.BATCH: 2}
