"""One monotonic budget of time, made where a request arrives and handed down.

Between packages it is a duration and never an instant, so that a skewed clock does no harm (gRPC's guide on deadlines).
"""

from collections.abc import Callable
from time import monotonic


class Deadline:
    """What is left of a number of seconds that began when this was made."""

    __slots__ = ("_clock", "_ends", "_seconds", "_started")

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic, *, spent: float = 0.0) -> None:
        """Start a budget of ``seconds`` on ``clock``, of which ``spent`` are gone already."""
        self._clock = clock
        self._started = clock() - spent
        self._seconds = seconds
        self._ends = self._started + seconds

    @property
    def budget(self) -> float:
        """The seconds it was made with."""
        return self._seconds

    def seconds_left(self) -> float:
        """Return seconds that remain, never below 0."""
        return max(0.0, self._ends - self._clock())

    def seconds_spent(self) -> float:
        """Return seconds since it was made."""
        return self._clock() - self._started

    def slice(self, cap: float, *, keep: float = 0.0) -> float:
        """At most ``cap`` of the seconds that remain, after ``keep`` of them are set aside."""
        return max(0.0, min(cap, self.seconds_left() - keep))

    def shorten(self, seconds: float) -> None:
        """End in ``seconds`` from now at the latest; a drain uses it."""
        self._ends = min(self._ends, self._clock() + seconds)
