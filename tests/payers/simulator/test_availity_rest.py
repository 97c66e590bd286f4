"""Availity's end: strict about the form, true to the scenario, and wrong only in the ways that the fault asks for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts import Answer, Benefits
from payers import aetna, cigna, florida_blue, optum, unitedhealthcare
from payers.reading import conclude
from payers.routes.availity_rest import reply as availity
from payers.routes.shared.json_replies.tree import parse_json
from payers.simulator.endpoints.availity_rest.endpoint import PATH, TOKEN_PATH, AvailityRestEndpoint
from payers.simulator.faults import Fault, FaultKind, FaultSource
from payers.simulator.http_messages import Request, Response
from payers.simulator.payer_system import PayerSystem
from payers.simulator.payers import BY_ID
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.replies import reply_to
from payers.simulator.setup import UNSAID
from payers.x12 import read_270, read_interchange

ADAPTERS = {one.CARD.id: one.adapter for one in (aetna, cigna, florida_blue, optum, unitedhealthcare)}
IDS = {
    "aetna": "60054",
    "cigna": "62308",
    "florida_blue": "BCBSF",
    "optum": "OPTUM-UNITED-BH",
    "unitedhealthcare": "87726",
}
CLIENT = {"grant_type": "client_credentials", "client_id": "simulator", "client_secret": "simulator"}
STANDARD = "healthcare-hipaa-transactions healthcare-hipaa-transactions-standard"
DEMO = "healthcare-hipaa-transactions-demo"
FORM = "application/x-www-form-urlencoded"
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


class Client:
    """Speaks to an end of its own, without a socket."""

    def __init__(self, faults: FaultSource | None = None) -> None:
        self.faults = faults or FaultSource()
        self.end = AvailityRestEndpoint(self.faults, PayerSystem())
        self.token = ""

    async def call(self, method: str, path: str, body: str = "", **headers: str) -> Response:
        return await self.end.answer(Request(method, path, {"content-type": FORM, **headers}, body.encode()))

    async def grant(self, **form: str) -> tuple[int, dict[str, Any]]:
        response = await self.call("POST", TOKEN_PATH, urlencode({**CLIENT, "scope": STANDARD, **form}))
        said: dict[str, Any] = json.loads(response.body)
        self.token = said.get("access_token", "")
        return response.status, said

    async def post(self, form: dict[str, Any]) -> Response:
        if not self.token:
            await self.grant()
        body = urlencode(form, doseq=True)
        return await self.call("POST", PATH, body, authorization=f"Bearer {self.token}", accept="application/json")

    async def get(self, path: str, method: str = "GET") -> Response:
        return await self.call(method, path, authorization=f"Bearer {self.token}")

    @property
    def violations(self) -> list[str]:
        return self.end.violations


def person_of(scenario: str, payer: str = "aetna") -> ImaginaryPerson:
    return next(person for person in PEOPLE if (person.payer, person.scenario) == (payer, scenario))


def form_about(person: ImaginaryPerson, *service_types: str, key: str = "", **more: Any) -> dict[str, Any]:
    return {
        "payerId": IDS[person.payer],
        "providerLastName": "EXAMPLE CENTER",
        "providerNpi": "1999999984",
        "memberId": key + person.member_id,
        "patientLastName": person.last_name,
        "patientFirstName": person.first_name,
        "patientBirthDate": person.birth_date,
        "subscriberRelationship": "19" if person.holder else "18",
        "asOfDate": "2026-11-24",
        "serviceType": list(service_types or ("MH",)),
        **more,
    }


def header(response: Response, name: str) -> str | None:
    return next((value for key, value in response.headers if key.lower() == name.lower()), None)


@pytest.fixture
def client() -> Client:
    return Client()


# --- The same scenario as over CORE ---


def answer_to(payer: str, said: Benefits) -> Answer:
    adapter = ADAPTERS[payer]
    return conclude((said,), card=adapter.card, dialect=adapter.dialect, service_date=AT.date(), as_of=AT)


def essence(answer: Answer) -> dict[str, Any]:
    """All that an answer claims, without where in the reply it was read."""
    said = answer.model_dump(mode="json", exclude={"evidence", "answered_by", "findings", "as_of"})

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if key != "evidence"}
        return [plain(inner) for inner in value] if isinstance(value, list) else value

    found = plain(said)
    assert isinstance(found, dict)
    return found


def is_sayable(person: ImaginaryPerson) -> bool:
    """Whether a coverage has a field for all of the scenario; of the others the journeys compare what it can say."""
    lacking = {pattern.partition(":")[0] for pattern in UNSAID["availity_rest"] if not pattern.endswith(":*")}
    return person.scenario not in lacking


@pytest.mark.parametrize(
    "person", [one for one in PEOPLE if is_sayable(one)], ids=lambda person: f"{person.payer}-{person.scenario}"
)
async def test_a_coverage_comes_to_the_same_answer_as_the_271(
    client: Client, about: Callable[..., Any], person: ImaginaryPerson
) -> None:
    for service_type in ("30", "MH", "AI", "BB"):
        response = await client.post(form_about(person, service_type))
        if response.status == 202:
            response = await client.get(header(response, "location") or "")

        (said,) = availity.read(parse_json(response.body))
        over_core = reply_to(read_270(about(person.scenario, person.payer, service_type).raw), BY_ID[person.payer], AT)
        expected = essence(answer_to(person.payer, read_interchange(over_core).people[-1]))
        assert essence(answer_to(person.payer, said)) == expected


# --- Tokens ---


async def test_a_token_lives_as_long_as_the_faults_says(client: Client) -> None:
    assert (await client.grant())[1]["expires_in"] == 300

    short = Client(FaultSource(token_life=0.0))
    response = await short.post(form_about(person_of("inactive")))

    assert response.status == 401
    assert not short.violations


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"scope": "hipaa"}, 400, "invalid_scope"),
        ({"scope": f"{STANDARD} {DEMO}"}, 400, "unauthorized_client"),
    ],
)
async def test_a_wrong_request_for_a_token_is_named(
    client: Client, wrong: dict[str, str], status: int, error: str
) -> None:
    assert await client.grant(**wrong) == (status, {"error": error})
    assert client.violations == [f"token {error}"]


async def test_a_demo_scope_marks_every_reply_as_a_mock(client: Client) -> None:
    await client.grant(scope=DEMO)

    assert header(await client.post(form_about(person_of("inactive"))), "X-Api-Mock-Response") == "true"
    await client.grant()
    assert header(await client.post(form_about(person_of("inactive"))), "X-Api-Mock-Response") is None


@pytest.mark.parametrize(("kind", "status"), [(FaultKind.TOKENDOWN, 503), (FaultKind.TOKENREFUSED, 401)])
async def test_the_switch_takes_the_tokens_away(client: Client, kind: FaultKind, status: int) -> None:
    client.faults.switched = Fault(kind)

    assert (await client.grant())[0] == status


# --- The form ---


@pytest.mark.parametrize("field", list(form_about(PEOPLE[0])))
async def test_a_field_that_is_missing_is_named(client: Client, field: str) -> None:
    form = {name: value for name, value in form_about(PEOPLE[0]).items() if name != field}

    response = await client.post(form)

    assert response.status == 400
    assert json.loads(response.body)["errors"][0]["field"] == field
    assert client.violations == [field]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"patientBirthDate": "19900412"}, "patientBirthDate"),
        ({"asOfDate": "11/24/2026"}, "asOfDate"),
        ({"providerNpi": "19999"}, "providerNpi"),
        ({"subscriberRelationship": "self"}, "subscriberRelationship"),
        ({"patientLastName": "O*NEIL"}, "patientLastName"),
        ({"memberId": "W9<script>"}, "memberId"),
        ({"memberId": ["W900000101", "W900000102"]}, "memberId"),
        ({"member_id": "W900000101"}, "unknown"),
    ],
)
async def test_a_field_that_is_wrong_is_named(client: Client, wrong: dict[str, Any], named: str) -> None:
    response = await client.post(form_about(PEOPLE[0], **wrong))

    assert (response.status, client.violations) == (400, [named])
    assert b"W9" not in response.body


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", PATH, {"content-type": "application/json"}, 415),
        ("POST", PATH, {"accept": "text/html"}, 406),
        ("PUT", PATH, {}, 405),
        ("GET", PATH, {}, 405),
        ("GET", f"{PATH}/1/2", {}, 405),
        ("GET", f"{PATH}/1", {}, 404),
        ("GET", TOKEN_PATH, {}, 405),
    ],
)
async def test_what_is_no_request_of_the_document_gets_a_status(
    client: Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    await client.grant()

    response = await client.call(method, path, authorization=f"Bearer {client.token}", **headers)

    assert response.status == status
    assert len(client.violations) == 1


async def test_nobody_is_answered_without_a_token(client: Client) -> None:
    assert (await client.call("POST", PATH)).status == 401
    assert (await client.call("GET", f"{PATH}/1", authorization="Bearer guess")).status == 401


async def test_a_payer_that_nobody_simulates_is_an_error_79(client: Client) -> None:
    response = await client.post(form_about(PEOPLE[0], payerId="00000"))

    assert (response.status, json.loads(response.body)["errors"][0]["code"]) == (400, "79")


# --- Polls ---


async def test_a_slow_payer_accepts_first_and_is_polled_at_the_location(client: Client) -> None:
    accepted = await client.post(form_about(person_of("inactive", "florida_blue")))
    location = header(accepted, "location") or ""
    done = await client.get(location)

    assert accepted.status == 202
    assert json.loads(accepted.body)["coverages"][0]["statusCode"] == "0"
    assert location == f"{PATH}/{json.loads(done.body)['id']}"
    assert json.loads(done.body)["plans"][0]["statusCode"] == "6"
    assert client.violations == ["polled_early"]


async def test_a_coverage_can_be_deleted(client: Client) -> None:
    location = header(await client.post(form_about(person_of("inactive", "florida_blue"))), "location") or ""

    assert (await client.get(location, "DELETE")).status == 204
    assert (await client.get(location)).status == 404


# --- Fault ---


async def polled(client: Client, key: str, times: int = 1) -> list[Response]:
    accepted = await client.post(form_about(person_of("inactive"), key=f"SIM-{key}-"))
    assert accepted.status == 202
    return [await client.get(header(accepted, "location") or "") for _ in range(times)]


async def test_what_was_accepted_and_nothing_more_stays_in_progress(client: Client) -> None:
    assert [response.status for response in await polled(client, "ACCEPTED", 3)] == [202, 202, 202]


async def test_a_poll_fails_and_the_next_succeeds(client: Client) -> None:
    assert [response.status for response in await polled(client, "POLL502", 2)] == [502, 200]


async def test_a_coverage_comes_back_under_another_id(client: Client) -> None:
    accepted = await client.post(form_about(person_of("inactive"), key="SIM-OTHERID-"))
    location = header(accepted, "location") or ""

    assert json.loads((await client.get(location)).body)["id"] != location.rpartition("/")[2]


async def test_a_location_leads_elsewhere(client: Client) -> None:
    accepted = await client.post(form_about(person_of("inactive"), key="SIM-LOCATION-"))

    assert header(accepted, "location") == "/elsewhere"


async def test_a_token_is_refused_once_for_each_of_two_forms_about_one_member(client: Client) -> None:
    plan, mental = (form_about(person_of("inactive"), code, key="SIM-TOKEN1-") for code in ("30", "MH"))

    # Side by side, as a service asks them: the other form's repeat comes between a form and its own.
    statuses = [(await client.post(form)).status for form in (plan, mental, plan, mental)]

    assert statuses == [401, 401, 202, 202]


async def test_a_token_is_refused_as_often_as_the_fault_says(client: Client) -> None:
    form = form_about(person_of("inactive"), key="SIM-TOKEN2-")

    assert [(await client.post(form)).status for _ in range(3)] == [401, 401, 202]


@pytest.mark.parametrize(("key", "status"), [("REJECTED", 400), ("INTERCHANGE", 422), ("ENVELOPE", 403)])
async def test_availity_refuses_in_its_own_way(client: Client, key: str, status: int) -> None:
    response = await client.post(form_about(person_of("inactive"), key=f"SIM-{key}-"))

    assert response.status == status
    assert "userMessage" in json.loads(response.body)


@pytest.mark.parametrize("key", ["COUNT", "TRAILER", "GROUP", "CONTROL"])
async def test_a_set_counts_what_it_does_not_hold(client: Client, key: str) -> None:
    body = json.loads((await client.post(form_about(person_of("inactive"), key=f"SIM-{key}-"))).body)

    assert (body["count"], len(body["coverages"])) == (99, 1)


@pytest.mark.parametrize(
    ("key", "damaged"),
    [
        ("TRUNCATED", lambda body: not body.endswith(b"}")),
        ("TWICE", lambda body: len(json.loads(body)["coverages"]) == 2),
        ("CODED1", lambda body: not body.isascii()),
        ("FLOOD3", lambda body: len(json.loads(body)["coverages"][0]["plans"][0]["benefits"]) > 3000),
        ("CODE7", lambda body: json.loads(body)["coverages"][0]["statusCode"] == "7"),
        ("AAA51", lambda body: json.loads(body)["coverages"][0]["validationMessages"][0]["code"] == "51"),
        ("BUSY", lambda body: json.loads(body)["coverages"][0]["validationMessages"][0]["code"] == "42"),
        ("BESIDE72", lambda body: json.loads(body)["coverages"][0]["plans"] != []),
        ("SWAP", lambda body: json.loads(body)["coverages"][0]["patient"]["lastName"] != "ENDERS"),
        ("NONSENSE", lambda body: b"1e309" in body),
    ],
)
async def test_the_fault_damages_a_coverage(client: Client, key: str, damaged: Callable[[bytes], bool]) -> None:
    response = await client.post(form_about(person_of("inactive"), key=f"SIM-{key}-"))

    assert response.status == 200
    assert damaged(response.body)


async def test_the_fault_of_the_network_goes_to_the_server(client: Client) -> None:
    response = await client.post(form_about(person_of("inactive"), key="SIM-HANG-"))

    assert response.fault == Fault(FaultKind.HANG)
