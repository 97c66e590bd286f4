"""Token buckets: how often something may be done, by name."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

MOST_NAMES = 10_000
"""Names that are remembered; of more, the one that was idle longest starts again with a full bucket."""


class TokenBuckets:
    """A token bucket for each name: it holds ``burst`` tokens, and ``rate`` come back each second."""

    def __init__(
        self, *, rate: float, burst: float, clock: Callable[[], float] = monotonic, most: int = MOST_NAMES
    ) -> None:
        """Start with every bucket full."""
        self._rate = rate
        self._burst = max(1.0, burst)
        self._clock = clock
        self._most = most
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many names are remembered."""
        return len(self._left)

    def seconds_until(self, name: Hashable) -> float:
        """Return the seconds until ``name`` has a token; 0 when it has one now."""
        left = self._tokens_of(name)
        return 0.0 if left >= 1.0 else (1.0 - left) / self._rate

    def use(self, name: Hashable) -> None:
        """Take a token of ``name``, if there is one."""
        self._set(name, max(0.0, self._tokens_of(name) - 1.0))

    def give_back(self, name: Hashable) -> None:
        """Put a token of ``name`` back."""
        self._set(name, min(self._burst, self._tokens_of(name) + 1.0))

    def _set(self, name: Hashable, left: float) -> None:
        self._left[name] = (left, self._clock())
        self._left.move_to_end(name)
        if len(self._left) > self._most:
            self._left.popitem(last=False)

    def _tokens_of(self, name: Hashable) -> float:
        left, at = self._left.get(name, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - at) * self._rate)
