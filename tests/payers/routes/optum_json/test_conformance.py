"""The route ``optum_json`` keeps the promises of every route."""

import httpx

from contracts import RouteSettings
from payers.conformance import RouteConformance
from payers.routes.optum_json import open_route as the_route

TOKEN_URL = "https://127.0.0.1:9443/optum/token"
REPLY = {
    "meta": {"applicationMode": "production", "outboundTraceId": "BV20261124000101"},
    "controlNumber": "000000101",
    "tradingPartnerServiceId": "60054",
    "subscriber": {"memberId": "ZZ9999999", "firstName": "IMAGINETTA", "lastName": "FICTIONAL"},
    "payer": {"name": "EXAMPLE PAYER", "payorIdentification": "60054"},
    "benefitsInformation": [{"code": "1", "name": "Active Coverage", "serviceTypeCodes": ["30"]}],
    "errors": [],
}


class TestRoute(RouteConformance):
    open_route = staticmethod(the_route)
    settings = RouteSettings(
        url="https://127.0.0.1:9443/optum/medicalnetwork/eligibility/v3",
        token_url=TOKEN_URL,
        client_id="us",
        client_secret="service",
    )

    def good(self) -> httpx.Response:
        return httpx.Response(200, json=REPLY)

    def before(self, request: httpx.Request) -> httpx.Response | None:
        if str(request.url) != TOKEN_URL:
            return None
        return httpx.Response(200, json={"access_token": "t", "token_type": "bearer", "expires_in": 3600})
