"""The route ``availity_rest`` keeps the promises of every route."""

import httpx

from contracts import RouteSettings
from payers.conformance import RouteConformance
from payers.routes.availity_rest import open_route as the_route

COVERAGE = {
    "id": "812345678901234567",
    "controlNumber": "40012345",
    "status": "Complete",
    "statusCode": "4",
    "patient": {"lastName": "FICTIONAL", "firstName": "IMAGINETTA", "birthDate": "1990-04-12T05:00:00.000+0000"},
    "subscriber": {"memberId": "ZZ9999999", "lastName": "FICTIONAL", "firstName": "IMAGINETTA"},
    "payer": {"payerId": "60054", "name": "EXAMPLE PAYER"},
    "plans": [{"status": "Active Coverage", "statusCode": "1", "benefits": []}],
}


class TestRoute(RouteConformance):
    open_route = staticmethod(the_route)
    settings = RouteSettings(
        url="https://127.0.0.1:9443/v1/coverages",
        token_url="https://127.0.0.1:9443/v1/token",
        client_id="imaginary",
        client_secret="imaginary",
    )

    def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/token":
            return httpx.Response(200, json={"access_token": "opaque", "token_type": "Bearer", "expires_in": 300})
        return None

    def good(self) -> httpx.Response:
        return httpx.Response(200, json={"totalCount": 1, "count": 1, "coverages": [COVERAGE]})
