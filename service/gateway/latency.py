"""How fast a payer answers on a route: percentiles of its last answers, null until there are some."""

from collections import deque
from math import ceil
from typing import NamedTuple


class Percentiles(NamedTuple):
    """Seconds to the answer: the median, and what 95 of 100 stayed within. None until measured."""

    p50: float | None = None
    p95: float | None = None


class Measured:
    """The seconds of the last answers of one payer on one route; older ones are forgotten."""

    def __init__(self, most: int) -> None:
        """Remember at most ``most``."""
        self._seconds: deque[float] = deque(maxlen=most)

    def took(self, seconds: float) -> None:
        """Count one answer."""
        self._seconds.append(seconds)

    def mean(self) -> float | None:
        """The mean of them; None until there are some."""
        return sum(self._seconds) / len(self._seconds) if self._seconds else None

    def percentiles(self) -> Percentiles:
        """What they come to, by nearest rank."""
        return Percentiles(*(self.within(share) for share in (0.50, 0.95)))

    def within(self, share: float) -> float | None:
        """Seconds that this share of them stayed within, by nearest rank; None until there are some."""
        if not self._seconds:
            return None
        ordered = sorted(self._seconds)
        return round(ordered[ceil(share * len(ordered)) - 1], 3)
