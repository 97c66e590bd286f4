"""The route ``optum_real`` keeps the promises of every route."""

import json

import httpx

from contracts import RouteSettings
from payers.conformance import RouteConformance
from payers.routes.optum_real import open_route as the_route

REPLY = {
    "data": {
        "checkEligibility": {
            "eligibility": [
                {
                    "eligibilityInfo": {
                        "trnId": "BV20261124000101",
                        "member": {"memberId": "ZZ9999999", "firstName": "IMAGINETTA", "lastName": "FICTIONAL"},
                        "insuranceInfo": {"policyStatus": "Active Policy", "coverageType": "Medical"},
                    }
                }
            ]
        }
    }
}
TOKEN = {"access_token": "imaginary", "token_type": "Bearer", "expires_in": 3600}


class TestRoute(RouteConformance):
    open_route = staticmethod(the_route)
    settings = RouteSettings(
        url="https://127.0.0.1:9443/oihub/eligibility/v1/pre-service/member",
        token_url="https://127.0.0.1:9443/apip/auth/sntl/v1/token",
        client_id="c",
        client_secret="s",
    )

    def before(self, request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json=TOKEN) if request.url.path.endswith("/token") else None

    def good(self) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(REPLY), headers={"content-type": "application/json"})
