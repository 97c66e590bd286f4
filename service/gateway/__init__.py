"""The gateway: all policy between a payer's adapter and a route, and the only place that holds any."""

from service.gateway.clocks import Clocks as Clocks
from service.gateway.gateway import JobGateway as JobGateway
from service.gateway.guards import Guards as Guards
from service.gateway.policy import WAITING as WAITING, GatewayPolicy as GatewayPolicy, Schedule as Schedule
