"""The gateway: all policy between a payer's adapter and a route, and the only place that holds any."""

from service.gateway.clocks import Clocks
from service.gateway.gateway import JobGateway
from service.gateway.guards import Guards
from service.gateway.policy import WAITING, GatewayPolicy, Schedule

__all__ = ["WAITING", "Clocks", "GatewayPolicy", "Guards", "JobGateway", "Schedule"]
