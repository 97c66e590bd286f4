"""The route ``stedi_json`` keeps the promises of every route."""

import httpx

from contracts import RouteSettings
from payers.conformance import RouteConformance
from payers.routes.stedi_json import open_route as the_route

REPLY = {
    "id": "ec_1",
    "payerId": "60054",
    "payer": {"type": "PAYER", "name": {"organization": "EXAMPLE PAYER"}, "identification": "60054"},
    "subscriber": {
        "memberId": "ZZ9999999",
        "dateOfBirth": "1990-04-12",
        "name": {"person": {"firstName": "IMAGINETTA", "lastName": "FICTIONAL"}},
    },
    "plans": [
        {
            "name": "OPEN CHOICE",
            "benefits": {"statuses": [{"status": "ACTIVE_COVERAGE", "service": {"value": "30", "system": "STC"}}]},
        }
    ],
}


class TestRoute(RouteConformance):
    open_route = staticmethod(the_route)
    settings = RouteSettings(url="https://127.0.0.1:9443/stedi/2026-06-01/eligibility-check", api_key="service")

    def good(self) -> httpx.Response:
        return httpx.Response(200, json=REPLY)
