"""How long things took, counted in the way that a Prometheus histogram shows it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds: from what a question costs us to the longest wait; 8 is what a visitor waits for."""


class Histogram(NamedTuple):
    """The durations of one kind: ``within`` holds, bound by bound and without one at last, how many were no longer."""

    kind: tuple[str, ...]
    within: tuple[int, ...]
    seconds: float


class Durations:
    """Durations since the process began, by kind. A kind is made of words from closed lists, never of what was sent."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._seconds: defaultdict[tuple[str, ...], float] = defaultdict(float)

    def add(self, kind: tuple[str, ...], seconds: float) -> None:
        """Count one."""
        self._counts[kind][bisect_left(BOUNDS, seconds)] += 1
        self._seconds[kind] += seconds

    def __iter__(self) -> Iterator[Histogram]:
        """Yield what was counted of each kind, in their order."""
        for kind, counts in sorted(self._counts.items()):
            yield Histogram(kind, tuple(accumulate(counts)), self._seconds[kind])
