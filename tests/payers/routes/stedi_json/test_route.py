"""What the Stedi route promises: a right request, the raw reply believed when it is whole, nobody else's answer."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
import respx

from contracts import (
    AttemptNumbers,
    Inquiry,
    Member,
    PayerBusy,
    PayerError,
    PayerRefused,
    Provider,
    Relationship,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
    RouteSettings,
    Subscriber,
)
from payers.routes.stedi_json import open_route

URL = "https://127.0.0.1:9443/2026-06-01/eligibility-check"
NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="TRACE1",
    originator="9123456789",
    transaction="BHT1",
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)
INQUIRY = Inquiry(
    payer="example",
    payer_id="62308",
    member=Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W900000011"),
    provider=Provider(npi="1999999984", name="Example Recovery Center"),
    service_date=date(2026, 11, 24),
    service_types=("MH",),
)
GOOD: dict[str, Any] = {
    "id": "ec_1",
    "payerId": "62308",
    "subscriber": {
        "memberId": "W900000011",
        "dateOfBirth": "1990-04-12",
        "name": {"person": {"firstName": "OTIS", "lastName": "SPECIMEN"}},
    },
    "plans": [{"benefits": {"statuses": [{"status": "INACTIVE", "service": {"value": "30", "system": "STC"}}]}}],
}


async def exchange(reply: httpx.Response, asked: Inquiry = INQUIRY) -> tuple[Any, list[Any]]:
    """What one exchange came to, and its requests."""
    with respx.mock(assert_all_called=False) as edge:
        route = edge.post(URL).mock(return_value=reply)
        try:
            route_name = open_route(RouteSettings(url=URL, api_key="k3y"))
            came: Any = await route_name.exchange(asked, NUMBERS, seconds=5)
        except PayerError as error:
            came = error
        return came, [call.request for call in route.calls]


async def test_the_inquiry_is_written_as_the_document_says() -> None:
    reply, (request,) = await exchange(httpx.Response(200, json=GOOD))

    assert isinstance(reply, Reply)
    assert request.headers["authorization"] == "k3y"
    assert json.loads(request.content) == {
        "payerId": "62308",
        "provider": {"name": {"organization": "Example Recovery Center"}, "npi": "1999999984"},
        "subscriber": {
            "memberId": "W900000011",
            "name": {"person": {"firstName": "OTIS", "lastName": "SPECIMEN"}},
            "dateOfBirth": "1990-04-12",
        },
        "encounter": {
            "services": [{"value": "MH", "system": "STC"}],
            "dates": {"service": {"start": "2026-11-24"}},
        },
    }


@pytest.mark.parametrize(
    ("relationship", "word"),
    [(Relationship.SPOUSE, "SPOUSE"), (Relationship.CHILD, "CHILD"), (Relationship.OTHER, "OTHER_ADULT")],
)
async def test_a_dependent_stands_beside_the_subscriber(relationship: Relationship, word: str) -> None:
    holder = Subscriber(first_name="Parent", last_name="Specimen", member_id="W900000012", relationship=relationship)

    _, (request,) = await exchange(httpx.Response(200, json=GOOD), INQUIRY.model_copy(update={"subscriber": holder}))

    body = json.loads(request.content)
    assert body["subscriber"] == {
        "memberId": "W900000012",
        "name": {"person": {"firstName": "PARENT", "lastName": "SPECIMEN"}},
    }
    assert body["dependent"] == {
        "name": {"person": {"firstName": "OTIS", "lastName": "SPECIMEN"}},
        "dateOfBirth": "1990-04-12",
        "relationship": word,
    }


async def test_the_raw_reply_is_believed_when_it_is_whole(text: Callable[..., bytes]) -> None:
    reply, _ = await exchange(httpx.Response(200, json={**GOOD, "x12": text(["EB*1**30"]).decode()}))

    assert [one.information for one in reply.people[0].lines] == ["1"]
    assert (reply.echo.faults, reply.traced) == ((), False)


async def test_a_raw_reply_that_was_cut_off_is_broken_whatever_the_json_says(text: Callable[..., bytes]) -> None:
    torn = text(["EB*1**30"]).decode()[:-40]

    reply, _ = await exchange(httpx.Response(200, json={**GOOD, "x12": torn}))

    assert "truncated" in reply.echo.faults


@pytest.mark.parametrize("ends", ["...~", "GS*"])
async def test_a_raw_reply_that_is_only_hinted_at_is_none(text: Callable[..., bytes], ends: str) -> None:
    hint = "ISA*00*...~" if ends == "...~" else text(["EB*1**30"]).decode().partition(ends)[0]

    reply, _ = await exchange(httpx.Response(200, json={**GOOD, "x12": hint}))

    assert (reply.echo.faults, [one.information for one in reply.people[0].lines]) == ((), ["6"])


@pytest.mark.parametrize("field", ["memberId", "dateOfBirth", "name"])
async def test_a_raw_reply_about_somebody_else_is_a_crossing(text: Callable[..., bytes], field: str) -> None:
    other = {"memberId": "W900000099", "dateOfBirth": "1991-04-12", "name": {"person": {"lastName": "SAMPLE"}}}
    person = {**GOOD["subscriber"], field: other[field]}

    failure, _ = await exchange(
        httpx.Response(200, json={**GOOD, "subscriber": person, "x12": text(["EB*1**30"]).decode()})
    )

    assert isinstance(failure, ReplyMismatched)


async def test_a_reply_that_names_nobody_is_ours_only_by_a_trace() -> None:
    nobody = {key: value for key, value in GOOD.items() if key != "subscriber"}

    reply, _ = await exchange(httpx.Response(200, json=nobody))

    assert reply.traced


async def test_a_rejection_comes_inside_a_200() -> None:
    error = {"code": "72", "location": "SUBSCRIBER", "followupAction": "Please Correct and Resubmit"}

    reply, _ = await exchange(httpx.Response(200, json={**GOOD, "plans": [], "errors": [error]}))

    assert [(one.loop, one.code) for one in reply.people[0].rejections] == [("2100C", "72")]


async def test_a_raw_acknowledgment_answers_under_stedis_number() -> None:
    raw = (
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*STEDI          *261124*1000*^*00501*000000009*0*P*:~"
        "TA1*000000009*261124*1000*R*006~IEA*0*000000009~"
    )

    reply, _ = await exchange(httpx.Response(200, json={"id": "ec_1", "payerId": "62308", "x12": raw}))

    said = reply.people[0].acknowledgment
    assert (said.kind, said.accepted, said.answers) == ("TA1", False, "")


@pytest.mark.parametrize(
    ("status", "body", "leaf"),
    [
        (400, {"message": "Payer not found"}, PayerRefused),
        (
            400,
            {"message": "Invalid request", "errors": [{"path": "/subscriber/dateOfBirth", "message": "x"}]},
            PayerRefused,
        ),
        (403, {"message": "Forbidden"}, PayerRefused),
        (429, {"message": "Rate exceeded", "code": "TOO_MANY_REQUESTS"}, PayerBusy),
        (200, {"message": "hello"}, ReplyUnreadable),
        (200, {"id": "ec_1", "payerId": "62308"}, ReplyUnreadable),
    ],
)
async def test_what_is_no_reply_is_a_typed_error(status: int, body: Any, leaf: type[PayerError]) -> None:
    failure, _ = await exchange(httpx.Response(status, json=body))

    assert type(failure) is leaf


async def test_a_request_that_is_wrong_about_the_provider_is_the_providers() -> None:
    body = {"message": "Invalid request", "errors": [{"path": "/provider/npi", "message": "must be valid"}]}

    failure, _ = await exchange(httpx.Response(400, json=body))

    assert (type(failure), failure.responsible) == (PayerRefused, Responsible.PROVIDER)


@pytest.mark.parametrize("key", [None, "", "  ", "k\u00e9y", "k\ney"])
def test_a_key_that_is_none_is_named(key: str | None) -> None:
    with pytest.raises(ValueError, match="API_KEY"):
        open_route(RouteSettings(url=URL, api_key=key))


def test_the_cap_is_longer_than_stedis_and_the_settings_may_change_it() -> None:
    routes = (open_route(RouteSettings(url=URL, api_key="k", attempt_cap=cap)) for cap in (None, 9.0))

    assert [route_name.attempt_cap for route_name in routes] == [75.0, 9.0]
