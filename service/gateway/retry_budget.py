"""The retry budget of one payer: further tries are a tenth of the calls of the last minute, with a floor.

Source: ``RELIABILITY.md`` 1.1 (SRE 10 %, Finagle's and linkerd's ratio); low volumes need a floor.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic

from service.gateway.policy import GatewayPolicy


class RetryBudget:
    """Counts first calls and further tries over a sliding window."""

    def __init__(self, policy: GatewayPolicy, clock: Callable[[], float] = monotonic) -> None:
        """Start with an empty window."""
        self._policy = policy
        self._clock = clock
        self._calls: deque[float] = deque()
        self._retries: deque[float] = deque()

    def count_call(self) -> None:
        """Count one first call."""
        self._calls.append(self._clock())

    def take(self) -> bool:
        """Whether one further try is within the budget; if so it is counted."""
        since = self._clock() - self._policy.budget_window
        for seen in (self._calls, self._retries):
            while seen and seen[0] < since:
                seen.popleft()
        allowed = max(self._policy.retry_share * len(self._calls), self._policy.retry_floor_per_minute)
        if len(self._retries) + 1 > allowed:
            return False
        self._retries.append(self._clock())
        return True
