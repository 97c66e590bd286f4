"""What the Optum Real route promises: one query, a benefit check beside it, typed errors, and nothing of it unsaid."""

import json
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from contracts import (
    AttemptNumbers,
    AuthorizationRoute,
    Benefits,
    Inquiry,
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Provider,
    Relationship,
    Reply,
    ReplyUnreadable,
    RouteSettings,
    Subscriber,
)
from payers.conformance.inquiry import INQUIRY, NUMBERS
from payers.routes.optum_real import open_route
from payers.routes.optum_real.route import _read
from payers.routes.shared.http import Received
from payers.routes.shared.json_replies.exchange import read_response
from payers.routes.stored import read_stored

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


async def test_the_query_names_the_member_the_provider_and_our_trace() -> None:
    edge = Edge(said=eligibility())

    reply = await exchange(edge)

    (asked,) = edge.bodies(ELIGIBILITY)
    given = asked["variables"]["input"]
    assert given == {
        "memberId": "ZZ9999999",
        "firstName": "IMAGINETTA",
        "lastName": "FICTIONAL",
        "dateOfBirth": "1990-04-12",
        "serviceStartDate": "2026-11-24",
        "serviceEndDate": "2026-11-24",
        "coverageTypes": ["Medical"],
        "payerId": "60054",
        "trnId": NUMBERS.trace,
        "serviceLevelCodes": ["30"],
        "providerLastName": "EXAMPLE RECOVERY CENTER",
        "providerNPI": "1999999984",
    }
    assert asked["query"].count("{") == asked["query"].count("}")
    head = next(one for one in edge.asked if str(one.url) == ELIGIBILITY).headers
    assert (head["authorization"], head["providertaxid"]) == ("Bearer t", "999999999")
    assert head["x-optum-consumer-correlation-id"] == NUMBERS.envelope_id
    assert "environment" not in head
    assert reply.people[0].traces[0].number == NUMBERS.trace


async def test_a_dependent_is_asked_about_under_the_subscribers_member_id() -> None:
    edge = Edge(said=eligibility())
    holder = Subscriber(last_name="Elder", member_id="AB 123", relationship=Relationship.CHILD)

    await exchange(edge, INQUIRY.model_copy(update={"subscriber": holder}))

    given = edge.bodies(ELIGIBILITY)[0]["variables"]["input"]
    assert (given["memberId"], given["lastName"]) == ("AB123", "FICTIONAL")


async def test_the_sandbox_is_named_when_the_settings_say_that_this_is_a_test() -> None:
    edge = Edge(said=eligibility())
    route = open_route(SETTINGS.model_copy(update={"test_indicator": True}))

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        await route.exchange(INQUIRY, NUMBERS, seconds=5)

    assert edge.asked[-1].headers["environment"] == "sandbox"


async def test_authorization_can_be_asked_about_alone() -> None:
    edge = Edge(said=eligibility(), check=checked(outcome("H0035", "1", "Prior authorization required")))
    route = open_route(SETTINGS)
    assert isinstance(route, AuthorizationRoute)

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        reply = await route.check_authorization(ABOUT_MH, ("H0035",), NUMBERS, seconds=5)

    (benefits,) = reply.people
    (found,) = benefits.authorizations
    assert (found.procedure, found.authorization, benefits.lines) == ("H0035", "Y", ())
    assert edge.bodies(ELIGIBILITY) == []


async def test_a_check_that_says_nothing_is_no_word_about_authorization() -> None:
    edge = Edge(said=eligibility(), check=checked())
    route = open_route(SETTINGS)
    assert isinstance(route, AuthorizationRoute)

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        with pytest.raises(ReplyUnreadable, match="no_outcome"):
            await route.check_authorization(ABOUT_MH, ("H0035",), NUMBERS, seconds=5)


@pytest.mark.parametrize("tax_id", [None, "", "12345", "12345678X"])
async def test_without_a_tax_id_nothing_is_sent_and_the_set_up_is_at_fault(tax_id: str | None) -> None:
    edge = Edge(said=eligibility())
    provider = Provider(npi="1999999984", name="Example", tax_id=tax_id)

    with pytest.raises(PayerRefused, match="provider_tax_id") as failure:
        await exchange(edge, INQUIRY.model_copy(update={"provider": provider}))

    assert (failure.value.sent, edge.asked) == (False, [])


async def test_a_name_that_cannot_be_written_is_the_members_to_mend() -> None:
    edge = Edge(said=eligibility())
    member = INQUIRY.member.model_copy(update={"last_name": "AB~CD"})

    with pytest.raises(MemberRejected) as failure:
        await exchange(edge, INQUIRY.model_copy(update={"member": member}))

    assert (failure.value.fields, failure.value.sent, edge.asked) == (("last_name",), False, [])


@pytest.mark.parametrize("name", ["token_url", "client_id", "client_secret"])
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name.upper()}"):
        open_route(SETTINGS.model_copy(update={name: None}))


# --- the benefit check ---


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


# --- errors ---


@pytest.mark.parametrize(
    ("said", "leaf", "detail"),
    [
        (
            httpx.Response(400, json=error("Field 'dob' undefined", "ValidationError")),
            PayerRefused,
            "graphql:validation",
        ),
        (error("Member not found in type X", "ValidationError"), PayerRefused, "graphql:validation"),
        (error("boom", "DataFetchingException"), PayerSilent, "graphql:internal"),
        (error("Otis Specimen is odd"), ReplyUnreadable, "graphql:unknown"),
        (httpx.Response(400, json=error("odd")), PayerRefused, "http_400"),
        (httpx.Response(401, json={"message": "UnAuthorized", "statusCode": 401}), PayerRefused, "http_401"),
        (httpx.Response(500, json={"message": "Internal server error"}), PayerSilent, "http_500"),
        (httpx.Response(503), PayerBusy, "http_503"),
        ({"data": {"checkEligibility": {"eligibility": []}}}, ReplyUnreadable, "says_nothing"),
        ({"data": {"checkEligibility": None}}, ReplyUnreadable, "says_nothing"),
        ({"data": {}}, ReplyUnreadable, "no_reply"),
        ({}, ReplyUnreadable, "no_reply"),
    ],
)
async def test_every_fault_is_a_typed_error(said: Any, leaf: type[PayerError], detail: str) -> None:
    with pytest.raises(leaf) as failure:
        await exchange(Edge(said=said))

    assert (failure.value.detail, failure.value.sent) == (detail, True)


async def test_a_secret_that_is_refused_sends_nothing() -> None:
    edge = Edge(said=eligibility())
    edge._said[TOKEN] = httpx.Response(401)

    with pytest.raises(PayerUnreachable, match="token:refused") as failure:
        await exchange(edge)

    assert not failure.value.sent


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("message", "code", "loop"),
    [
        ("Member not found", "75", "2100C"),
        ("Could not find a matching member", "75", "2100C"),
        ("Multiple members found", "76", "2100C"),
        ("The date of birth does not match", "71", "2100C"),
        ("Member ID is not valid", "72", "2100C"),
        ("Last name does not match", "73", "2100C"),
        ("Service date must be within 18 months", "62", "2100C"),
        ("One of NPI, TIN or MPIN is required", "43", "2100B"),
        ("System Unavailable at this time", "42", "2100A"),
        ("Unknown payer", "79", "2100A"),
        ("Subscriber/Insured Not Found", "75", "2100C"),
    ],
)
async def test_an_error_that_speaks_of_the_member_or_us_is_an_aaa(
    status: int, message: str, code: str, loop: str
) -> None:
    reply = await exchange(Edge(said=httpx.Response(status, json=error(message, "DataFetchingException"))))

    (rejection,) = reply.people[0].rejections
    assert (rejection.code, rejection.loop) == (code, loop)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("more", [{}, {"path": ["checkEligibility"], "locations": [], "extensions": {}}])
async def test_an_error_that_has_no_more_than_its_message_says_as_much(status: int, more: Any) -> None:
    said = {"errors": [{"message": "Member not found"} | more]}

    reply = await exchange(Edge(said=httpx.Response(status, json=said)))

    assert [rejection.code for rejection in reply.people[0].rejections] == ["75"]
    assert read_stored(reply.raw) == reply.people


@pytest.mark.parametrize(("envelope", "place"), [({}, {"path": "/memberId"}), ({"message": "Invalid"}, {})])
async def test_a_gateways_field_errors_are_not_graphql(envelope: Any, place: Any) -> None:
    with pytest.raises(PayerRefused, match="http_400"):
        await exchange(
            Edge(said=httpx.Response(400, json=envelope | {"errors": [{"message": "member not found"} | place]}))
        )


async def test_two_members_errors_are_never_the_same_bytes() -> None:
    other = NUMBERS.model_copy(update={"envelope_id": "f81d4fae-7dec-41d0-a765-00a0c91e6bf7"})
    said = error("Member not found", "NOT_FOUND")

    one, two = await exchange(Edge(said=said)), await exchange(Edge(said=said), numbers=other)

    assert one.raw != two.raw
    assert read_stored(one.raw) == one.people


async def test_data_beside_errors_is_less_certain(read: Callable[..., Any]) -> None:
    reply = await exchange(Edge(said=eligibility() | error("a vendor did not answer")))

    answer = read(people=reply.people)
    assert answer.coverage.status == "unclear"
    assert "truncated" in [finding.code for finding in answer.findings]


def people_of(said: Any) -> tuple[Benefits, ...]:
    return read_stored(json.dumps(said).encode())


def test_a_stored_fault_of_ours_is_no_answer(read: Callable[..., Any]) -> None:
    (benefits,) = people_of(error("Validation error", "ValidationError"))

    assert benefits.acknowledgment is not None
    assert read(people=(benefits,)).coverage.status == "could_not_check"


def spoiled(value: Any, dice: Random) -> Any:
    """``value`` with branches missing, doubled or replaced by something else."""
    if dice.random() < 0.04:
        return dice.choice([None, [], {}, "", 0, 1.5, True, "x" * 50, [[]], {"messages": 5}, "\ud800"])
    if isinstance(value, dict):
        return {key: spoiled(one, dice) for key, one in value.items() if dice.random() > 0.03}
    if isinstance(value, list):
        return [spoiled(one, dice) for one in value for _ in range(1 + (dice.random() < 0.05))]
    return value


async def test_whatever_is_spoiled_in_a_reply_is_read_or_a_typed_error(read: Callable[..., Any]) -> None:
    dice = Random(7)
    whole = [eligibility(providerNetwork={"status": "In Network"}), checked(outcome("H0035", "1", "Required"))]
    ended: set[str] = set()

    for _ in range(150):
        body = json.dumps(spoiled(whole, dice)).encode()
        try:
            reply = await read_response(Received(200, {}, body), lambda root, raw=body: _read(root, raw, NUMBERS))
            read(people=reply.people)
            ended.add("read")
        except PayerError as error:
            ended.add(type(error).__name__)

    assert {"read", "ReplyUnreadable"} <= ended
