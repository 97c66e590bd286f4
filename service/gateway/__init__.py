"""The wire: all policy between a payer's adapter and a route, and the only place that holds any."""

from service.gateway.clocks import Clocks
from service.gateway.gateway import JobWire
from service.gateway.guards import Guards
from service.gateway.policy import WAITING, Schedule, WirePolicy

__all__ = ["WAITING", "Clocks", "Guards", "JobWire", "Schedule", "WirePolicy"]
