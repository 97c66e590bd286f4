"""The second query, about the procedures of the programs: when it is sent, and that it spoils no answer."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from payers.conformance.inquiry import INQUIRY, NUMBERS
from payers.routes.optum_real import open_route
from payers.routes.stored import read_stored
from tests.payers.routes.optum_real.edge import (
    ABOUT_MH,
    CHECK,
    HOST,
    SETTINGS,
    TOKEN,
    Edge,
    checked,
    eligibility,
    error,
    exchange,
    outcome,
)


async def test_the_programs_procedures_are_checked_once_the_plan_is_active() -> None:
    edge = Edge(said=eligibility(), check=checked(outcome("H0035", "1", "Prior authorization required")))

    reply = await exchange(edge, ABOUT_MH)

    (asked,) = edge.bodies(CHECK)
    case = asked["variables"]["benChkInput"]
    details = case["caseDetailProvider"][0]["procedureDetails"]
    assert [(one["procedureCode"], one["isPrimary"]) for one in details] == [
        ("S9480", True),
        ("H0035", False),
        ("S0201", False),
    ]
    assert case["beneficiaryDetail"]["beneficiaryId"] == "ZZ9999999"
    assert "diagnosis" not in json.dumps(asked).lower()
    first, second = (
        one.headers["x-optum-consumer-correlation-id"] for one in edge.asked if "token" not in str(one.url)
    )
    assert first != second
    assert str(UUID(second)) == second
    (said,) = reply.people[0].authorizations
    assert (said.procedure, said.authorization) == ("H0035", "Y")
    assert reply.people[0].lines[0].at == "$[0].data.checkEligibility.eligibility[0].eligibilityInfo.insuranceInfo"
    assert read_stored(reply.raw) == reply.people


async def test_substance_use_is_checked_by_its_own_procedures() -> None:
    edge = Edge(said=eligibility(), check=checked(outcome("H0015", "1")))

    await exchange(edge, INQUIRY.model_copy(update={"service_types": ("AI",)}))

    details = edge.bodies(CHECK)[0]["variables"]["benChkInput"]["caseDetailProvider"][0]["procedureDetails"]
    assert [one["procedureCode"] for one in details] == ["H0015", "H2036"]


async def test_at_another_address_both_queries_go_to_the_same_place() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN:
            return httpx.Response(200, json={"access_token": "t"})
        asked.append(json.loads(request.content))
        return httpx.Response(200, json=eligibility() if len(asked) == 1 else checked(outcome("H0035", "1")))

    with respx.mock() as mock:
        mock.route().mock(side_effect=answer)
        route = open_route(SETTINGS.model_copy(update={"url": f"{HOST}/graphql"}))
        reply = await route.exchange(ABOUT_MH, NUMBERS, seconds=5)

    assert [one.get("operationName") for one in asked] == [None, "CheckPriorAuthBenefitCoverage"]
    assert reply.people[0].authorizations


@pytest.mark.parametrize(
    "check",
    [
        httpx.Response(504, json={"message": "System Unavailable at this time", "statusCode": 504}),
        httpx.Response(400, json=error("Validation error", "ValidationError")),
        httpx.Response(401, json={"message": "UnAuthorized", "statusCode": 401}),
        httpx.Response(308, headers={"location": f"{HOST}/elsewhere"}),
        error("Member not found"),
        checked(),
        httpx.Response(200, content=b"<html>"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
    ],
    ids=["504", "400", "401", "308", "errors", "nothing", "a page", "silence", "unreachable"],
)
async def test_a_check_that_fails_leaves_the_answer_whole(check: Any) -> None:
    plain = await exchange(Edge(said=eligibility()), INQUIRY)

    reply = await exchange(Edge(said=eligibility(), check=check), ABOUT_MH)

    assert (reply.people, reply.raw) == (plain.people, plain.raw)


@pytest.mark.parametrize(
    ("said", "types"),
    [
        (eligibility("Past Policy"), ("MH",)),
        (eligibility(trace="BVOFANOTHER"), ("MH",)),
        (eligibility(), ("30",)),
    ],
    ids=["a past policy", "another's reply", "no program's type"],
)
async def test_nothing_is_checked_where_it_can_say_nothing(said: Any, types: tuple[str, ...]) -> None:
    edge = Edge(said=said)

    await exchange(edge, INQUIRY.model_copy(update={"service_types": types}))

    assert edge.bodies(CHECK) == []


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_both_replies_are_kept_as_they_came_whatever_their_encoding(mark: bytes) -> None:
    said, check = json.dumps(eligibility()).encode(), json.dumps(checked(outcome("H0035", "1"))).encode()
    edge = Edge(said=httpx.Response(200, content=mark + said), check=httpx.Response(200, content=mark + check))

    reply = await exchange(edge, ABOUT_MH)

    assert reply.raw == b"[" + said + b"," + check + b"]"
