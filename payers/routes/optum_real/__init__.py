"""The route ``optum_real``: UnitedHealthcare's eligibility and Benefit Check as GraphQL.

``reply`` also reads its stored replies: ``payers.routes.stored`` finds it here.
"""

from payers.routes.optum_real import reply
from payers.routes.optum_real.route import OptumReal, open_route

__all__ = ["OptumReal", "open_route", "reply"]
