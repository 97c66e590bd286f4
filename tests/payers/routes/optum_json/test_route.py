"""What the Optum route promises: a right request, the gateway's words read for what they are, numbers for the gate."""

import json
from datetime import date
from typing import Any

import httpx
import pytest
import respx

from contracts import (
    AttemptNumbers,
    Inquiry,
    Member,
    MemberRejected,
    PayerError,
    PayerRefused,
    PayerSilent,
    Provider,
    Relationship,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
    RouteSettings,
    Subscriber,
)
from payers.routes.optum_json import open_route

URL = "https://127.0.0.1:9443/medicalnetwork/eligibility/v3/"
TOKEN_URL = "https://127.0.0.1:9443/apip/auth/v2/token"
OURS = "ABCDEFGHIJKLMNOPQRSTUVWX23"
NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="AAAAAAAAAAAAAAAAAAAAAAAAAA",
    originator="9123456789",
    transaction=OURS,
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)
INQUIRY = Inquiry(
    payer="example",
    payer_id="87726",
    payer_name="EXAMPLE",
    member=Member(
        first_name="Óscar", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W 9000-11", group_number="7"
    ),
    provider=Provider(npi="1999999984", name="Example Recovery Center"),
    service_date=date(2026, 11, 24),
    service_types=("30", "MH"),
)
HOLDER = Subscriber(
    first_name="Parent",
    last_name="Specimen",
    birth_date=date(1970, 1, 2),
    member_id="W900000012",
    relationship=Relationship.CHILD,
)
GOOD: dict[str, Any] = {
    "meta": {"outboundTraceId": OURS},
    "controlNumber": "000000101",
    "tradingPartnerServiceId": "87726",
    "subscriber": {"memberId": "W9000-11", "firstName": "OSCAR", "lastName": "SPECIMEN", "dateOfBirth": "19900412"},
    "benefitsInformation": [{"code": "1", "serviceTypeCodes": ["30"]}],
}
AAA = {"field": "AAA", "code": "79", "followupAction": "Please Correct and Resubmit", "location": "Loop 2100A"}


def settings(**more: object) -> RouteSettings:
    given = {"url": URL, "token_url": TOKEN_URL, "client_id": "us", "client_secret": "service", **more}
    return RouteSettings.model_validate(given)


async def exchange(reply: httpx.Response | list[httpx.Response], asked: Inquiry = INQUIRY) -> tuple[Any, list[Any]]:
    """What one exchange came to, and the requests of it after the token."""
    token = {"access_token": "t0k3n", "token_type": "bearer", "expires_in": 3600}
    with respx.mock(assert_all_called=False) as edge:
        edge.post(TOKEN_URL).mock(return_value=httpx.Response(200, json=token))
        route = edge.post(URL)
        route.mock(side_effect=reply if isinstance(reply, list) else [reply])
        try:
            came: Any = await open_route(settings()).exchange(asked, NUMBERS, seconds=5)
        except PayerError as error:
            came = error
        return came, [call.request for call in route.calls]


async def test_the_inquiry_is_written_as_the_document_says() -> None:
    reply, (request,) = await exchange(httpx.Response(200, json=GOOD))

    assert isinstance(reply, Reply)
    assert request.headers["authorization"] == "Bearer t0k3n"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {
        "controlNumber": "000000101",
        "submitterTransactionIdentifier": OURS,
        "tradingPartnerServiceId": "87726",
        "provider": {"organizationName": "EXAMPLE RECOVERY CENTER", "npi": "1999999984", "providerType": "provider"},
        "subscriber": {
            "memberId": "W9000-11",
            "firstName": "OSCAR",
            "lastName": "SPECIMEN",
            "groupNumber": "7",
            "dateOfBirth": "19900412",
        },
        "encounter": {"dateOfService": "20261124", "serviceTypeCodes": ["30", "MH"]},
    }


@pytest.mark.parametrize(
    ("relationship", "code"), [(Relationship.SPOUSE, "01"), (Relationship.CHILD, "19"), (Relationship.OTHER, "34")]
)
async def test_a_dependent_stands_beside_the_subscriber(relationship: Relationship, code: str) -> None:
    asked = INQUIRY.model_copy(update={"subscriber": HOLDER.model_copy(update={"relationship": relationship})})

    _, (request,) = await exchange(httpx.Response(200, json=GOOD), asked)

    body = json.loads(request.content)
    assert body["subscriber"] == {
        "memberId": "W900000012",
        "firstName": "PARENT",
        "lastName": "SPECIMEN",
        "dateOfBirth": "19700102",
    }
    assert body["dependents"] == [
        {
            "individualRelationshipCode": code,
            "firstName": "OSCAR",
            "lastName": "SPECIMEN",
            "groupNumber": "7",
            "dateOfBirth": "19900412",
        }
    ]


async def test_a_holder_without_an_id_is_known_by_the_patients() -> None:
    asked = INQUIRY.model_copy(update={"subscriber": HOLDER.model_copy(update={"member_id": None})})

    _, (request,) = await exchange(httpx.Response(200, json=GOOD), asked)

    assert json.loads(request.content)["subscriber"]["memberId"] == "W9000-11"


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ({"member_id": "W9*00"}, "member_id"),
        ({"member_id": "1"}, "member_id"),
        ({"last_name": "SPECI~MEN"}, "last_name"),
        ({"last_name": "王"}, "last_name"),
        ({"first_name": "x" * 36}, "first_name"),
    ],
)
async def test_what_no_gateway_takes_is_named_and_not_sent(member: dict[str, str], field: str) -> None:
    asked = INQUIRY.model_copy(update={"member": INQUIRY.member.model_copy(update=member)})

    failure, requests = await exchange(httpx.Response(200, json=GOOD), asked)

    assert isinstance(failure, MemberRejected)
    assert (failure.fields, failure.sent, requests) == ((field,), False, [])


async def test_a_provider_that_cannot_be_written_is_ours_to_mend() -> None:
    asked = INQUIRY.model_copy(update={"provider": Provider(npi="1999999984", name="中心")})

    failure, requests = await exchange(httpx.Response(200, json=GOOD), asked)

    assert isinstance(failure, PayerRefused)
    assert (failure.sent, requests) == (False, [])


async def test_the_numbers_that_come_back_are_the_gates() -> None:
    reply, _ = await exchange(httpx.Response(200, json=GOOD))

    assert (reply.echo.control_number, reply.echo.transaction, reply.traced) == ("000000101", OURS, False)
    assert (reply.sent_from, reply.sent_to, reply.media_type) == (None, None, "application/json")
    assert json.loads(reply.raw) == GOOD


async def test_a_reply_without_numbers_and_names_needs_a_trace() -> None:
    bare = {"payer": {"name": "EXAMPLE"}, "benefitsInformation": [{"code": "1"}]}

    reply, _ = await exchange(httpx.Response(200, json=bare))

    assert reply.traced


@pytest.mark.parametrize(
    "trace",
    [
        {"referenceIdentification": OURS[::-1]},
        {"referenceIdentification": "12345", "originatingCompanyIdentifier": NUMBERS.originator},
    ],
)
async def test_a_trace_of_another_inquiry_of_ours_is_a_crossing(trace: dict[str, str]) -> None:
    crossed = {**GOOD, "subscriberTraceNumbers": [{"traceTypeCode": "2", **trace}]}

    failure, _ = await exchange(httpx.Response(200, json=crossed))

    assert isinstance(failure, ReplyMismatched)


@pytest.mark.parametrize(
    "trace",
    [
        {"traceTypeCode": "2", "referenceIdentification": "GATEWAY1", "originatingCompanyIdentifier": "9GATEWAY00"},
        {"traceTypeCode": "2", "referenceIdentification": OURS, "originatingCompanyIdentifier": NUMBERS.originator},
        {"traceTypeCode": "1", "referenceIdentification": OURS[::-1]},
    ],
)
async def test_a_trace_of_the_gateways_or_of_our_own_is_none(trace: dict[str, str]) -> None:
    reply, _ = await exchange(httpx.Response(200, json={**GOOD, "subscriberTraceNumbers": [trace]}))

    assert isinstance(reply, Reply)


@pytest.mark.parametrize("status", [200, 400])
async def test_a_rejection_is_an_answer_whatever_the_status_says(status: int) -> None:
    reply, _ = await exchange(httpx.Response(status, json={**GOOD, "benefitsInformation": [], "errors": [AAA]}))

    assert [(one.loop, one.code) for one in reply.people[0].rejections] == [("2100A", "79")]


async def test_a_gateways_outage_is_silence_even_when_it_speaks_of_an_unknown_member() -> None:
    failure, _ = await exchange(httpx.Response(500, json={**GOOD, "errors": [{**AAA, "code": "75"}]}))

    assert isinstance(failure, PayerSilent)


@pytest.mark.parametrize(
    ("body", "responsible"),
    [
        ({"errors": ["Failed Precondition - Field 'x' is required"]}, Responsible.SERVICE),
        ({"errors": [{"field": "provider.npi", "description": "invalid"}]}, Responsible.PROVIDER),
        ({"error": "invalid_request", "error_description": "words"}, Responsible.SERVICE),
    ],
)
async def test_a_request_that_the_gateway_refuses_is_not_the_members_fault(body: Any, responsible: Responsible) -> None:
    failure, _ = await exchange(httpx.Response(400, json=body))

    assert isinstance(failure, PayerRefused)
    assert (failure.responsible, failure.detail) == (responsible, "http_400")


async def test_a_refused_token_is_renewed_once_and_the_inquiry_repeated_once() -> None:
    refused = httpx.Response(401, json={"error": "invalid_token"})

    reply, twice = await exchange([refused, httpx.Response(200, json=GOOD)])
    failure, and_no_more = await exchange([refused, refused])

    assert isinstance(reply, Reply)
    assert isinstance(failure, PayerRefused)
    assert (len(twice), len(and_no_more)) == (2, 2)
    assert twice[0].content == twice[1].content


@pytest.mark.parametrize(
    "body",
    [b"null", b"[]", b'{"controlNumber": "000000101", "payer": {"name": "X"}}', json.dumps(GOOD).encode()[:-9]],
)
async def test_json_that_says_nothing_is_unreadable(body: bytes) -> None:
    failure, _ = await exchange(httpx.Response(200, content=body))

    assert isinstance(failure, ReplyUnreadable)


async def test_a_large_reply_is_read_beside_the_loop() -> None:
    many = {**GOOD, "benefitsInformation": [{"code": "1", "planCoverage": "x" * 100}] * 3000}

    reply, _ = await exchange(httpx.Response(200, json=many))

    assert len(reply.people[0].lines) == 3000


@pytest.mark.parametrize("name", ["token_url", "client_id", "client_secret"])
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name.upper()):
        open_route(settings(**{name: None}))


def test_the_cap_is_longer_than_the_gateways_and_the_settings_may_change_it() -> None:
    assert (open_route(settings()).attempt_cap, open_route(settings(attempt_cap=9.0)).attempt_cap) == (115.0, 9.0)
