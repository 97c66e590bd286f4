"""The wire: all policy between a payer's adapter and a road, and the only place that holds any."""

from service.wire.asking import JobWire
from service.wire.clocks import Clocks
from service.wire.policy import WAITING, Schedule, WirePolicy
from service.wire.room import WireRoom

__all__ = ["WAITING", "Clocks", "JobWire", "Schedule", "WirePolicy", "WireRoom"]
