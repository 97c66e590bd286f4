"""The route ``optum_json``: Optum (once Change Healthcare) Medical Network Eligibility v3, JSON both ways.

``reply`` also reads its stored replies: ``payers.routes.stored`` finds it here.
"""

from payers.routes.optum_json import reply as reply
from payers.routes.optum_json.route import OptumJson as OptumJson, open_route as open_route
