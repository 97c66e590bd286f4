"""A circuit breaker for one payer on one route: a window of calls, one probe, epochs.

No library fits: each of those measured lets every waiting probe through when half open (``RELIABILITY.md`` 9.3).
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from random import random
from time import monotonic

from contracts import PayerError, Responsible
from service.gateway.policy import Counts, GatewayPolicy


class BreakerState(StrEnum):
    """Whether calls pass: all of them, none, or one probe."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class Pass:
    """A permission to call; its outcome counts once, and only in the epoch that gave it."""

    __slots__ = ("_breaker", "_epoch", "probe", "spent")

    def __init__(self, breaker: "Breaker", epoch: int, *, probe: bool) -> None:
        """Remember which epoch of ``breaker`` gave it."""
        self._breaker = breaker
        self._epoch = epoch
        self.probe = probe
        self.spent = False

    def record_success(self, seconds: float) -> None:
        """The payer answered after ``seconds``, whatever it said."""
        self._spend(failed=False, slow=seconds >= self._breaker.policy.breaker_slow_seconds)

    def record_failure(self) -> None:
        """The payer did not answer, or not usably."""
        self._spend(failed=True, slow=False)

    def neutral(self) -> None:
        """The call says nothing of the payer: it was ours to fail, or was given up."""
        if not self.spent:
            self.spent = True
            self._breaker.give_back(self._epoch, probe=self.probe)

    def _spend(self, *, failed: bool, slow: bool) -> None:
        if not self.spent:
            self.spent = True
            self._breaker.count(self._epoch, probe=self.probe, failed=failed, slow=slow)


def record_outcome(permission: Pass, counts: Counts, failure: PayerError | None, seconds: float) -> None:
    """Tell the breaker how an exchange of ``seconds`` ended; a failure that is not the payer's says nothing of it."""
    if counts is Counts.ANSWERED:
        permission.record_success(seconds)
    elif counts is Counts.FAILED and (failure is None or failure.responsible is Responsible.PAYER):
        permission.record_failure()
    else:
        permission.neutral()


class Breaker:
    """Opens when too many calls of the last minute failed or were slow; then lets one probe through at a time."""

    def __init__(
        self, policy: GatewayPolicy, clock: Callable[[], float] = monotonic, dice: Callable[[], float] = random
    ) -> None:
        """Start closed."""
        self.policy = policy
        self._clock = clock
        self._dice = dice
        self._calls: deque[tuple[float, bool, bool]] = deque()
        self.failed = self.slow = 0
        """Of the calls in the window."""
        self.has_answered = False
        """Whether any call was ever answered."""
        self._epoch = 0
        self._opened = 0
        self._open_until: float | None = None
        self._failing_since: float | None = None
        self._probing = False

    @property
    def failing_seconds(self) -> float | None:
        """For how many seconds calls have failed: since it opened first; None while it is closed."""
        return None if self._failing_since is None else self._clock() - self._failing_since

    @property
    def state(self) -> BreakerState:
        """Closed, open, or waiting for one probe."""
        if self._open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._open_until and not self._probing else BreakerState.PROBING

    def enter(self) -> Pass | None:
        """A permission to call, or None while the breaker is open."""
        if self._open_until is None:
            return Pass(self, self._epoch, probe=False)
        if self._probing or self._clock() < self._open_until:
            return None
        self._probing = True
        return Pass(self, self._epoch, probe=True)

    def give_back(self, epoch: int, *, probe: bool) -> None:
        """Take a permission back that says nothing."""
        if probe and epoch == self._epoch:
            self._probing = False

    def count(self, epoch: int, *, probe: bool, failed: bool, slow: bool) -> None:
        """Count one outcome; a straggler from before the last change of state is ignored."""
        self.has_answered = self.has_answered or not failed
        if epoch != self._epoch:
            return
        if probe:
            self._probing = False
            if failed:
                self._open()
            else:
                self._close()
            return
        now = self._clock()
        self._calls.append((now, failed, slow))
        self.failed += failed
        self.slow += slow
        while self._calls[0][0] < now - self.policy.breaker_window:
            _, failed, slow = self._calls.popleft()
            self.failed -= failed
            self.slow -= slow
        total = len(self._calls)
        if total < self.policy.breaker_least_calls:
            return
        if self.failed >= self.policy.breaker_failures * total or self.slow >= self.policy.breaker_slow * total:
            self._open()

    def _forget(self) -> None:
        self._calls.clear()
        self.failed = self.slow = 0

    def _open(self) -> None:
        spans = self.policy.breaker_open
        span = spans[min(self._opened, len(spans) - 1)]
        self._opened += 1
        if self._failing_since is None:
            self._failing_since = self._clock()
        self._epoch += 1
        self._probing = False
        self._forget()
        self._open_until = self._clock() + span * (0.9 + 0.2 * self._dice())

    def _close(self) -> None:
        self._opened = 0
        self._failing_since = None
        self._epoch += 1
        self._forget()
        self._open_until = None
