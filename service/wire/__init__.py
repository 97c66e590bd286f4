"""The wire: all policy between a payer's adapter and a road, and the only place that holds any.

Order of the guards, written once: roads in order, breaker, bulkhead, limiter, numbers committed, one guarded exchange,
the correlation gate.
"""

from service.wire.policy import WAITING, Schedule, WirePolicy
from service.wire.room import JobWire, WireRoom

__all__ = ["WAITING", "JobWire", "Schedule", "WirePolicy", "WireRoom"]
