"""The payer's end of the route: its two queries and the token's endpoint, answering as a test says."""

import json
from typing import Any

import httpx
import respx

from contracts import (
    AttemptNumbers,
    Inquiry,
    Reply,
    RouteSettings,
)
from payers.conformance.inquiry import INQUIRY, NUMBERS
from payers.routes.optum_real import open_route

HOST = "https://127.0.0.1:9443"

ELIGIBILITY = f"{HOST}/oihub/eligibility/v1/pre-service/member"

CHECK = f"{HOST}/oihub/patient/benefit/check/v1"

TOKEN = f"{HOST}/apip/auth/sntl/v1/token"

SETTINGS = RouteSettings(url=ELIGIBILITY, token_url=TOKEN, client_id="c", client_secret="s")

ABOUT_MH = INQUIRY.model_copy(update={"service_types": ("MH",)})

MEMBER = {"memberId": "ZZ9999999", "firstName": "IMAGINETTA", "lastName": "FICTIONAL", "dateOfBirth": "1990-04-12"}


def eligibility(status: str = "Active Policy", trace: str = NUMBERS.trace, **more: Any) -> dict[str, Any]:
    plan = {"policyStatus": status, "coverageType": "Medical", "payerId": "60054"}
    about = {"trnId": trace, "member": MEMBER, "insuranceInfo": plan}
    return {"data": {"checkEligibility": {"eligibility": [{"eligibilityInfo": about, **more}]}}}


def outcome(procedure: str, code: str, *messages: str) -> dict[str, Any]:
    said = {"serviceOutcomeCode": code, "messages": [{"messageText": one} for one in messages]}
    return {"procedureCode": procedure, "servicePriorAuth": said}


def checked(*outcomes: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"checkPriorAuthBenefitCoverage": {"serviceOutcomes": list(outcomes)}}}


def error(message: str, classification: str = "", **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"classification": classification}, **more}]}


class Edge:
    """The two endpoints and the token's, and what they were asked."""

    def __init__(self, *, said: Any, check: Any = None) -> None:
        self._said = {ELIGIBILITY: said, CHECK: check, TOKEN: {"access_token": "t", "expires_in": 3600}}
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        said = self._said[str(request.url)]
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, httpx.Response) else httpx.Response(200, json=said)

    def bodies(self, url: str) -> list[Any]:
        return [json.loads(one.content) for one in self.asked if str(one.url) == url]


async def exchange(
    edge: Edge, inquiry: Inquiry = INQUIRY, numbers: AttemptNumbers = NUMBERS, seconds: float = 5.0
) -> Reply:
    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        return await open_route(SETTINGS).exchange(inquiry, numbers, seconds=seconds)
