"""How many questions of batches are under way at each payer: as many as reach its permitted pace, and none in vain.

A question that finds no free capacity waits as a row of the database, and holds no memory. A payer's capacity is what
Little's law gives for its pace and the time that it takes here and now; one that this process has no answer of yet has
a part of that. A payer that does not answer, or is in one of its maintenance windows, has none; one that is being tried
again has capacity for a single question.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from math import ceil

from contracts import Card
from service.gateway import Guards
from service.gateway.breaker import BreakerState
from service.gateway.maintenance_windows import back_at

BESIDE_EXCHANGE = 0.3
"""Seconds of a question that its exchange does not take: reading, concluding, writing."""

SPARE = 1.25
"""So many times what the law gives are under way, since exchanges take longer and shorter than usual."""

LEAST = 2
"""Questions under way at a payer at least."""

MOST_UNANSWERED = 16
"""Questions under way at a payer until it answers one: of a payer that is away no more are asked in vain, each of which
holds 20 kB. What a payer's pace would have let through meanwhile is lost, until its first answer."""


class BatchLanes:
    """The questions of batches that are under way in this process, by payer."""

    def __init__(self, guards: Guards) -> None:
        """Start with none."""
        self._guards = guards
        self._under_way: Counter[str] = Counter()
        self._left = asyncio.Event()

    def most(self, card: Card) -> int:
        """Return how many may be under way at a payer that answers."""
        seconds = self._guards.usual_seconds(card) + BESIDE_EXCHANGE
        needed = ceil(self._guards.pace(card).per_second * seconds * SPARE)
        most = min(self._guards.policy.batch_slots, max(LEAST, needed))
        return most if self._guards.has_answered(card) else min(most, MOST_UNANSWERED)

    def free_capacity(self, card: Card) -> int:
        """Return how many more may begin at a payer now."""
        return max(0, self.capacity(card) - self._under_way[card.id])

    def under_way(self, card: Card) -> int:
        """Return how many are under way at a payer."""
        return self._under_way[card.id]

    def enter(self, card: Card) -> None:
        """Count one more."""
        self._under_way[card.id] += 1

    def leave(self, card: Card) -> None:
        """Count one less, and tell whoever waits for capacity."""
        self._under_way[card.id] -= 1
        self._left.set()

    async def wait_for_change(self, seconds: float) -> None:
        """Wait until a question has ended, ``seconds`` at most."""
        self._left.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._left.wait()

    def capacity(self, card: Card) -> int:
        """Return how many may be under way at a payer here and now: none while it is away, one while it is tried."""
        guards = self._guards
        if back_at(card, guards.clocks.now()) is not None:
            return 0
        states = {
            guards.breaker(card.id, route.name).state
            for _, route in guards.order(card)
            if guards.closed_until(card.id, route.name) is None
        }
        if BreakerState.CLOSED in states:
            return self.most(card)
        return 1 if BreakerState.PROBING in states else 0
