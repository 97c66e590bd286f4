"""The route ``availity_rest``: Availity Coverages v1, a form out and a coverage in, at once or by polling.

``reply`` also reads its stored replies: ``payers.routes.stored`` finds it here.
"""

from payers.routes.availity_rest import reply as reply
from payers.routes.availity_rest.route import AvailityRest as AvailityRest, open_route as open_route
