"""How much somebody may do in a time: an allowance is used up by doing, and comes back by the second."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

MOST_NAMES = 10_000
"""Names whose allowance is remembered; of more, whoever did nothing for longest begins anew."""


class Allowances:
    """An allowance for each name: ``burst`` at once, and ``rate`` a second come back."""

    def __init__(
        self, *, rate: float, burst: float, clock: Callable[[], float] = monotonic, most: int = MOST_NAMES
    ) -> None:
        """Begin with every allowance full."""
        self._rate = rate
        self._burst = max(1.0, burst)
        self._clock = clock
        self._most = most
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Names that are remembered."""
        return len(self._left)

    def seconds_until(self, name: Hashable) -> float:
        """Seconds until ``name`` may do one thing more; 0 when it may now."""
        left = self._now(name)
        return 0.0 if left >= 1.0 else (1.0 - left) / self._rate

    def use(self, name: Hashable) -> None:
        """Use one up, as far as there is one."""
        self._set(name, max(0.0, self._now(name) - 1.0))

    def give_back(self, name: Hashable) -> None:
        """Undo one use."""
        self._set(name, min(self._burst, self._now(name) + 1.0))

    def _set(self, name: Hashable, left: float) -> None:
        self._left[name] = (left, self._clock())
        self._left.move_to_end(name)
        if len(self._left) > self._most:
            self._left.popitem(last=False)

    def _now(self, name: Hashable) -> float:
        left, at = self._left.get(name, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - at) * self._rate)
