"""One exchange at Availity: what the form holds, what its coverage says, and what turns it away."""

import json
from collections.abc import Callable

import httpx
import pytest

from contracts import (
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    Relationship,
    Subscriber,
)
from payers.aetna import CARD
from payers.routes.availity_rest import AvailityRest
from payers.routes.availity_rest.request import write_form
from service.gateway.correlation import SentInquiry, judge
from tests.payers.routes.availity_rest.edge import (
    DEMO,
    ID,
    INQUIRY,
    LOCATION,
    NUMBERS,
    SETTINGS,
    URL,
    Edge,
    Said,
    accepted,
    coverage,
    done,
    set_of,
    working,
)

# --- The form ---


def test_the_form_holds_what_availity_documents_and_nothing_else() -> None:
    assert write_form(INQUIRY) == {
        "payerId": "60054",
        "providerLastName": "EXAMPLE RECOVERY CENTER",
        "providerNpi": "1999999984",
        "providerTaxId": "999999999",
        "memberId": "W900000011",
        "patientLastName": "FICTIONAL",
        "patientFirstName": "IMAGINETTA",
        "patientBirthDate": "1990-04-12",
        "subscriberRelationship": "18",
        "asOfDate": "2026-11-24",
        "serviceType": ["MH"],
    }


@pytest.mark.parametrize(
    ("relationship", "code"), [(Relationship.SPOUSE, "01"), (Relationship.CHILD, "19"), (Relationship.OTHER, "34")]
)
def test_a_dependent_is_the_patient_under_the_subscribers_id(relationship: Relationship, code: str) -> None:
    holder = Subscriber(first_name="Parent", last_name="Other", member_id="W900000012", relationship=relationship)
    child = INQUIRY.member.model_copy(update={"member_id": None})

    form = write_form(INQUIRY.model_copy(update={"member": child, "subscriber": holder}))

    assert (form["memberId"], form["subscriberRelationship"]) == ("W900000012", code)
    assert (form["patientFirstName"], form["patientBirthDate"]) == ("IMAGINETTA", "1990-04-12")
    assert "OTHER" not in form.values()


async def test_every_service_type_is_a_field_of_its_own(edge: Edge) -> None:
    await edge.exchange(INQUIRY.model_copy(update={"service_types": ("30", "MH")}))

    (request,) = edge.posts
    assert httpx.QueryParams(request.content.decode()).get_list("serviceType") == ["30", "MH"]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept"] == "application/json"
    assert request.headers["authorization"] == "Bearer token-1"
    assert "Imaginetta".upper() not in str(request.url).upper()


@pytest.mark.parametrize(
    ("name", "sent"),
    [("O'Donnell", "ODONNELL"), ("Smith-Jones", "SMITH-JONES"), ("Łuczak, Jr.", "LUCZAK JR"), ("A<b>&c", "A B C")],
)
def test_a_name_is_sent_without_signs_that_are_turned_away(name: str, sent: str) -> None:
    member = INQUIRY.member.model_copy(update={"last_name": name})

    assert write_form(INQUIRY.model_copy(update={"member": member}))["patientLastName"] == sent


def test_an_id_is_sent_without_spaces_and_otherwise_as_it_is() -> None:
    member = INQUIRY.member.model_copy(update={"member_id": "w90 0000-01", "group_number": "0908.765/A"})

    form = write_form(INQUIRY.model_copy(update={"member": member}))

    assert (form["memberId"], form["groupNumber"]) == ("W900000-01", "0908.765/A")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("member_id", "W90*0000"),
        ("member_id", "W900000011\u0130"),
        ("last_name", "想像"),
        ("first_name", "!!"),
        ("last_name", "X" * 61),
        ("group_number", "1&2"),
    ],
)
async def test_what_cannot_be_written_is_named_and_nothing_is_sent(edge: Edge, field: str, value: str) -> None:
    member = INQUIRY.member.model_copy(update={field: value})

    with pytest.raises(MemberRejected) as failure:
        await edge.exchange(INQUIRY.model_copy(update={"member": member}))

    assert (failure.value.fields, failure.value.sent) == ((field,), False)
    assert not edge.posts
    assert value not in f"{failure.value!r}"


async def test_a_providers_name_that_cannot_be_written_is_ours_to_mend(edge: Edge) -> None:
    provider = INQUIRY.provider.model_copy(update={"name": "想像"})

    with pytest.raises(PayerRefused, match="unwritable:provider") as failure:
        await edge.exchange(INQUIRY.model_copy(update={"provider": provider}))

    assert not failure.value.sent


# --- At once, or later ---


async def test_a_coverage_that_is_there_at_once_is_the_reply(edge: Edge) -> None:
    edge.post = lambda: set_of(coverage())

    reply = await edge.exchange()

    assert not edge.polls
    assert (reply.traced, reply.media_type) == (False, "application/json")
    assert json.loads(reply.raw)["coverages"][0]["id"] == ID
    assert judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD)).lines[0].service_types == ("30",)


async def test_an_accepted_form_is_polled_at_its_location_after_1_2_5_and_every_10_seconds(edge: Edge) -> None:
    edge.get = lambda number: accepted() if number < 7 else done()

    reply = await edge.exchange()

    assert [at for at, _ in edge.polls] == [1, 3, 8, 18, 28, 38, 48]
    assert {str(request.url) for _, request in edge.polls} == {f"{URL}/{ID}"}
    assert len(edge.posts) == 1
    assert reply.echo.request_id == ID
    assert judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD)).trace == "40012345"


@pytest.mark.parametrize("code", ["0", "R1", "1", "13", "15", "20", "99"])
async def test_a_coverage_that_is_worked_on_is_polled_whatever_its_status(edge: Edge, code: str) -> None:
    edge.get = lambda number: httpx.Response(200, json=working(code)) if number < 3 else done()

    await edge.exchange()

    assert len(edge.polls) == 3


async def test_a_form_that_is_answered_by_work_in_progress_is_polled_by_its_id(edge: Edge) -> None:
    edge.post = lambda: set_of(working())

    await edge.exchange()

    assert [str(request.url) for _, request in edge.polls] == [f"{URL}/{ID}"]


async def test_a_summary_is_followed_by_the_whole_at_once(edge: Edge) -> None:
    edge.post = lambda: set_of(coverage(plans=[{"statusCode": "1"}]))

    reply = await edge.exchange()

    assert [at for at, _ in edge.polls] == [0]
    assert len(reply.people[0].lines) == 2


async def test_a_summary_whose_whole_is_no_longer_kept_is_the_reply(edge: Edge) -> None:
    edge.post, edge.get = lambda: set_of(coverage(plans=[{"statusCode": "6"}])), lambda _: httpx.Response(404)

    reply = await edge.exchange()

    assert [line.information for line in reply.people[0].lines] == ["6"]


@pytest.mark.parametrize(
    "first", [lambda: httpx.Response(502), lambda: httpx.Response(503), lambda: httpx.Response(200), accepted]
)
async def test_a_summary_whose_whole_does_not_come_at_once_is_polled(edge: Edge, first: Callable[[], Said]) -> None:
    edge.post = lambda: set_of(coverage(plans=[{"statusCode": "1"}]))
    edge.get = lambda number: first() if number == 1 else done()

    reply = await edge.exchange()

    assert [at for at, _ in edge.polls] == [0, 1]
    assert len(reply.people[0].lines) == 2


async def test_a_large_reply_is_read_beside_the_loop(edge: Edge) -> None:
    note = {"type": "MH", "statusCode": "1", "payerNotes": ["x" * 900] * 30}
    edge.get = lambda _: done(plans=[{"statusCode": "1", "benefits": [note]}])

    assert len((await edge.exchange()).people[0].lines) == 2


async def test_what_is_still_worked_on_at_the_cap_is_asked_about_again_later(edge: Edge) -> None:
    edge.get = lambda _: accepted()

    failure = await edge.failure()

    assert isinstance(failure, PayerBusy)
    # A time would keep everybody else away from this payer too; the schedule gives this member's.
    assert failure.retry_at is None
    assert (len(edge.posts), edge.now) == (1, 118)
    assert edge.now + 10 > 120


async def test_polls_take_their_time_from_the_seconds_handed_down(edge: Edge) -> None:
    edge.get = lambda _: accepted()

    assert isinstance(await edge.failure(seconds=5), PayerBusy)
    assert [at for at, _ in edge.polls] == [1, 3]


async def test_a_request_error_is_the_payers_word_on_the_member(edge: Edge) -> None:
    message = {"field": "patientBirthDate", "code": "71", "errorMessage": "Patient Birth Date Does Not Match"}
    edge.get = lambda _: done(status="19", plans=[], validationMessages=[message])

    (rejection,) = judge(await edge.exchange(), SentInquiry(INQUIRY, NUMBERS, CARD)).rejections

    assert (rejection.code, rejection.loop) == ("71", "2100C")


@pytest.mark.parametrize(("code", "leaf"), [("7", PayerSilent), ("19", PayerRefused)])
async def test_a_coverage_that_failed_without_a_word_is_an_acknowledgment(
    edge: Edge, code: str, leaf: type[PayerError]
) -> None:
    edge.get = lambda _: done(status=code, plans=[])
    reply = await edge.exchange()

    with pytest.raises(leaf):
        judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD))
    assert len(edge.posts) == 1


# --- Errors of the form ---


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_an_error_that_speaks_in_aaa_codes_is_the_payers_word(edge: Edge, status: int) -> None:
    error = {"field": "memberId", "code": "72", "errorMessage": "Invalid/Missing Subscriber/Insured ID", "index": 0}
    body = {"userMessage": "…", "developerMessage": "…", "reasonCode": 0, "statusCode": status, "errors": [error]}
    edge.post = lambda: httpx.Response(status, json=body)

    (rejection,) = judge(await edge.exchange(), SentInquiry(INQUIRY, NUMBERS, CARD)).rejections

    assert (rejection.code, rejection.loop, rejection.at) == ("72", "2100C", "$.errors[0]")


async def test_an_error_of_the_payers_may_come_to_a_poll(edge: Edge) -> None:
    body = {"userMessage": "…", "statusCode": 400, "errors": [{"field": "memberId", "code": "72"}]}
    edge.get = lambda _: httpx.Response(400, json=body)

    assert [one.code for one in (await edge.exchange()).people[0].rejections] == ["72"]


async def test_an_error_in_the_gateways_own_words_is_ours_to_mend(edge: Edge) -> None:
    error = {"field": "memberId", "code": "INJECTION", "errorMessage": "W900000011 is not allowed"}
    body = {"userMessage": "…", "developerMessage": "…", "statusCode": 400, "errors": [error]}
    edge.post = lambda: httpx.Response(400, json=body)

    failure = await edge.failure()

    assert isinstance(failure, PayerRefused)
    assert str(failure) == "http_400"


# --- Mock replies ---

MOCKED = {"x-api-mock-response": "true"}


@pytest.mark.parametrize("status", [200, 202, 400, 503])
async def test_a_mock_reply_outside_a_demo_scope_stops_the_route(edge: Edge, status: int) -> None:
    edge.post = lambda: set_of(coverage(), status=status, headers=MOCKED | LOCATION)

    failure = await edge.failure()

    assert isinstance(failure, PayerRefused)
    assert (str(failure), edge.polls) == ("mock_reply", [])


async def test_a_mock_reply_to_a_poll_stops_the_route_too(edge: Edge) -> None:
    edge.get = lambda _: httpx.Response(200, json=coverage(), headers=MOCKED)

    assert str(await edge.failure()) == "mock_reply"


async def test_a_demo_scope_must_see_that_its_replies_are_mocks(edge: Edge) -> None:
    edge.post = lambda: set_of(coverage())
    assert str(await edge.failure(DEMO)) == "no_mock_header"

    edge.post = lambda: set_of(coverage(), headers=MOCKED)
    assert (await edge.exchange(settings=DEMO)).people


async def test_a_gateway_that_fails_under_a_demo_scope_is_no_environment_at_fault(edge: Edge) -> None:
    edge.post = lambda: httpx.Response(502)

    assert isinstance(await edge.failure(DEMO), PayerSilent)


@pytest.mark.parametrize("setting", ["url", "token_url"])
def test_an_unsafe_address_is_named(setting: str) -> None:
    with pytest.raises(ValueError, match=f"^{setting.upper()}: "):
        AvailityRest(SETTINGS.model_copy(update={setting: "http://payer.example/x"}))
