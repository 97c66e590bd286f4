"""The route ``optum_real``: UnitedHealthcare's eligibility and Benefit Check as GraphQL.

``reply`` also reads its stored replies: ``payers.routes.stored`` finds it here.
"""

from payers.routes.optum_real import reply as reply
from payers.routes.optum_real.route import OptumReal as OptumReal, open_route as open_route
