"""The route ``stedi_json``: Stedi's eligibility check of 2026-06-01, JSON both ways with the raw 271 beside it.

``reply`` also reads its stored replies: ``payers.routes.stored`` finds it here.
"""

from payers.routes.stedi_json import reply as reply
from payers.routes.stedi_json.route import StediJson as StediJson, open_route as open_route
