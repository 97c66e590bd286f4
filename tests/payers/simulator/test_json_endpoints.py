"""The gateways' ends of the JSON routes: strict about the documents, and each fault has its own face there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from payers.routes.stored import read_stored
from payers.simulator.endpoints.optum_json.endpoint import PATH, TOKEN_PATH, OptumJsonEndpoint
from payers.simulator.endpoints.stedi_json.endpoint import API_KEY, IN_FLIGHT, PATH as STEDI_PATH, StediJsonEndpoint
from payers.simulator.faults import Fault, FaultKind, FaultSource
from payers.simulator.http_messages import Request, Response
from payers.simulator.payer_system import PayerSystem
from payers.simulator.payers import payer_called
from payers.simulator.people import PEOPLE
from payers.x12 import read_interchange

PERSON = next(person for person in PEOPLE if (person.payer, person.scenario) == ("aetna", "covered_by_wording"))
V3: dict[str, Any] = {
    "controlNumber": "000000101",
    "submitterTransactionIdentifier": "BHT1",
    "tradingPartnerServiceId": "60054",
    "provider": {"organizationName": "EXAMPLE CENTER", "npi": "1999999984", "providerType": "provider"},
    "subscriber": {
        "memberId": PERSON.member_id,
        "firstName": PERSON.first_name,
        "lastName": PERSON.last_name,
        "dateOfBirth": PERSON.birth_date.replace("-", ""),
    },
    "encounter": {"dateOfService": "20261124", "serviceTypeCodes": ["MH"]},
}
STEDI: dict[str, Any] = {
    "payerId": "60054",
    "provider": {"name": {"organization": "Example Center"}, "npi": "1999999984"},
    "subscriber": {
        "memberId": PERSON.member_id,
        "dateOfBirth": PERSON.birth_date,
        "name": {"person": {"firstName": PERSON.first_name, "lastName": PERSON.last_name}},
    },
    "encounter": {
        "services": [{"value": "MH", "system": "STC"}],
        "dates": {"service": {"start": "2026-11-24"}},
    },
}
GONE = object()


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """``body`` with another value at ``path``; without the field when that is ``GONE``."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    *above, last = path.split(".")
    node = copy
    for key in above:
        node = node[key]
    if value is GONE:
        del node[last]
    else:
        node[last] = value
    return copy


class Gateway:
    """One end under a faults of its own, with what it takes to be let in."""

    def __init__(self, kind: str, faults: FaultSource | None = None) -> None:
        self.kind = kind
        self.faults = faults or FaultSource()
        self.end: Any = (OptumJsonEndpoint if kind == "optum" else StediJsonEndpoint)(self.faults, PayerSystem())
        self.good = V3 if kind == "optum" else STEDI
        self.number = 0

    async def token(self, **form: str) -> Response:
        given = {"grant_type": "client_credentials", "client_id": "simulator", "client_secret": "simulator"} | form
        body = "&".join(f"{key}={value}" for key, value in given.items()).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response: Response = await self.end.answer(Request("POST", TOKEN_PATH, headers, body))
        return response

    async def ask(self, body: Any = None, **headers: str) -> Response:
        """The response to ``body`` under a fresh control number."""
        self.number += 1
        sent = self.good if body is None else body
        if self.kind == "optum" and isinstance(sent, dict) and sent.get("controlNumber") == V3["controlNumber"]:
            sent = {
                **sent,
                "controlNumber": f"{self.number:09d}",
                "submitterTransactionIdentifier": f"BHT{self.number}",
            }
        own = {"content-type": "application/json", "authorization": API_KEY}
        if self.kind == "optum":
            token = json.loads((await self.token()).body)["access_token"]
            own["authorization"] = f"Bearer {token}"
        path = PATH if self.kind == "optum" else STEDI_PATH
        raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        response: Response = await self.end.answer(Request("POST", path, own | headers, raw))
        return response

    async def in_fault(self, kind: FaultKind, number: int = 0) -> Response:
        self.faults.switched = Fault(kind, number)
        return await self.ask()


@pytest.fixture(params=["optum", "stedi"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    return Gateway(request.param)


async def test_a_right_request_gets_the_scenario_of_its_member(gateway: Gateway) -> None:
    response = await gateway.ask()

    (benefits,) = read_stored(response.body)
    assert (response.status, gateway.end.violations) == (200, [])
    assert (benefits.patient.last_name, benefits.patient.member_id) == (PERSON.last_name, PERSON.member_id)
    assert any("INTENSIVE OUTPATIENT" in said.text for line in benefits.lines for said in line.messages)


async def test_optum_answers_under_our_numbers() -> None:
    gateway = Gateway("optum")

    body = json.loads((await gateway.ask()).body)

    assert (body["controlNumber"], body["meta"]["outboundTraceId"]) == ("000000001", "BHT1")


async def test_stedi_hands_the_raw_reply_on_under_numbers_of_its_own() -> None:
    body = json.loads((await Gateway("stedi").ask()).body)

    reply = read_interchange(body["x12"].encode())
    assert reply.echo.faults == ()
    assert reply.echo.transaction == body["meta"]["subscriberTraceNumbers"][0]["referenceIdentification"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("controlNumber", "12345678"),
        ("controlNumber", GONE),
        ("controlNumber", 123456789),
        ("tradingPartnerServiceId", GONE),
        ("provider", GONE),
        ("provider.npi", "123"),
        ("provider.organizationName", GONE),
        ("provider.providerType", "doctor"),
        ("subscriber", GONE),
        ("subscriber.memberId", "W9 000"),
        ("subscriber.dateOfBirth", "1990-04-12"),
        ("subscriber.nickname", "OT"),
        ("encounter.dateOfService", "2026-11-24"),
        ("encounter.serviceTypeCodes", []),
        ("encounter.serviceTypeCodes", "MH"),
        ("dependents", [{"individualRelationshipCode": "18"}]),
        ("dependents", [{"firstName": "A"}, {"firstName": "B"}]),
        ("subscriber.bad-name", "x"),
    ],
)
async def test_optum_names_the_field_that_is_wrong(path: str, value: Any) -> None:
    gateway = Gateway("optum")

    response = await gateway.ask(changed(V3, path, value))

    assert response.status == 400
    (violation,) = gateway.end.violations
    assert violation.split(".")[0] == path.split(".", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("payerId", GONE),
        ("provider.npi", "123"),
        ("provider.name", GONE),
        ("subscriber.memberId", "W9 000"),
        ("subscriber.dateOfBirth", "19900412"),
        ("subscriber.name", "OTIS"),
        ("encounter.services", [{"value": "MH"}]),
        ("encounter.dates.service.start", "20261124"),
        ("dependent", {"name": {"person": {}}, "relationship": "NIECE"}),
        ("controlNumber", "000000101"),
    ],
)
async def test_stedi_points_at_the_field_that_is_wrong(path: str, value: Any) -> None:
    gateway = Gateway("stedi")

    response = await gateway.ask(changed(STEDI, path, value))

    assert response.status == 400
    assert json.loads(response.body)["errors"][0]["path"].startswith("/" + path.split(".", maxsplit=1)[0])
    assert len(gateway.end.violations) == 1


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"null"])
async def test_a_body_that_is_no_inquiry_is_refused(gateway: Gateway, body: bytes) -> None:
    assert (await gateway.ask(body)).status == 400
    assert gateway.end.violations == ["body"]


async def test_a_body_that_says_it_is_something_else_is_refused(gateway: Gateway) -> None:
    response = await gateway.ask(**{"content-type": "text/plain"})

    assert (response.status, gateway.end.violations) == (400, ["body"])


async def test_another_method_is_refused(gateway: Gateway) -> None:
    path = PATH if gateway.kind == "optum" else STEDI_PATH

    response = await gateway.end.answer(Request("GET", path, {}, b""))

    assert response.status in {403, 405}
    assert gateway.end.violations == ["method"]


async def test_nobody_is_let_in_without_the_right_key(gateway: Gateway) -> None:
    response = await gateway.ask(authorization="Bearer guess")

    # A token may have been withdrawn meanwhile, so a wrong one is no violation; a wrong key is one.
    assert (response.status, gateway.end.violations) == (
        (401, []) if gateway.kind == "optum" else (403, ["authorization"])
    )


async def test_a_token_is_for_the_right_secret() -> None:
    gateway = Gateway("optum")

    response = await gateway.token(client_secret="guess")

    assert (response.status, gateway.end.violations) == (401, ["token invalid_client"])


async def test_a_token_that_is_refused_costs_no_control_number() -> None:
    gateway = Gateway("optum")
    same = {**V3, "controlNumber": "000000777"}
    gateway.faults.switched = Fault(FaultKind.TOKEN, 1)

    refused, answered = await gateway.ask(same), await gateway.ask(same)

    assert (refused.status, answered.status, gateway.end.violations) == (401, 200, [])


async def test_a_control_number_is_used_once() -> None:
    gateway = Gateway("optum")
    twice = {**V3, "controlNumber": "000000777"}

    first, second = await gateway.ask(twice), await gateway.ask(twice)

    assert (first.status, second.status, gateway.end.violations) == (200, 400, ["controlNumber_reused"])


async def test_a_withdrawn_token_costs_no_control_number() -> None:
    gateway = Gateway("optum")
    same = {**V3, "controlNumber": "000000777"}
    gateway.faults.switched = Fault(FaultKind.ENVELOPE)

    refused = await gateway.ask(same)
    gateway.faults.switched = None
    answered = await gateway.ask(same)

    assert (refused.status, answered.status, gateway.end.violations) == (401, 200, [])


async def test_a_payer_that_nobody_knows_is_refused(gateway: Gateway) -> None:
    field = "tradingPartnerServiceId" if gateway.kind == "optum" else "payerId"

    response = await gateway.ask(changed(gateway.good, field, "00000"))

    assert response.status == 400
    if gateway.kind == "optum":
        assert [one.code for one in read_stored(response.body)[0].rejections] == ["79"]


async def test_more_checks_than_a_customer_may_have_are_turned_away() -> None:
    gateway = Gateway("stedi")
    gateway.end._under_way = IN_FLIGHT

    response = await gateway.ask()

    assert (response.status, json.loads(response.body)["code"]) == (429, "TOO_MANY_REQUESTS")


@pytest.mark.parametrize("kind", [FaultKind.REJECTED, FaultKind.ACCEPTED])
async def test_an_acknowledgment_has_a_face_of_its_own(gateway: Gateway, kind: FaultKind) -> None:
    (benefits,) = read_stored((await gateway.in_fault(kind)).body)

    assert benefits.acknowledgment is not None
    assert benefits.acknowledgment.accepted is (kind is FaultKind.ACCEPTED)


async def test_an_interchange_that_is_refused_has_a_face_of_its_own(gateway: Gateway) -> None:
    (benefits,) = read_stored((await gateway.in_fault(FaultKind.INTERCHANGE)).body)

    assert benefits.acknowledgment is not None
    assert not benefits.acknowledgment.accepted


async def test_an_envelope_that_is_refused_is_a_status(gateway: Gateway) -> None:
    response = await gateway.in_fault(FaultKind.ENVELOPE)

    assert response.status == (401 if gateway.kind == "optum" else 403)


@pytest.mark.parametrize(
    ("kind", "hurt"),
    [
        (FaultKind.TRUNCATED, lambda body: body[-1:] != b"}"),
        (FaultKind.COUNT, lambda body: b'"controlNumber": "777777777"' in body),
        (FaultKind.TWICE, lambda body: body[: len(body) // 2] == body[len(body) // 2 :]),
        (FaultKind.CODED, lambda body: body[:2] in {b"\xff\xfe", b"\xfe\xff"}),
    ],
)
async def test_damage_to_an_interchange_is_damage_to_optums_json(
    kind: FaultKind, hurt: Callable[[bytes], bool]
) -> None:
    assert hurt((await Gateway("optum").in_fault(kind)).body)


@pytest.mark.parametrize(
    ("kind", "fault"), [(FaultKind.TRUNCATED, "truncated"), (FaultKind.COUNT, "se01"), (FaultKind.GROUP, "ge02")]
)
async def test_damage_to_an_interchange_stands_in_stedis_raw_reply(kind: FaultKind, fault: str) -> None:
    body = json.loads((await Gateway("stedi").in_fault(kind)).body)

    assert fault in read_interchange(body["x12"].encode()).echo.faults


async def test_a_raw_reply_that_stedi_cannot_read_stands_alone() -> None:
    body = json.loads((await Gateway("stedi").in_fault(FaultKind.CODED, 1)).body)

    assert (body["errors"], "plans" in body) == ([], False)


async def test_a_swapped_reply_is_another_members_under_the_others_number() -> None:
    gateway = Gateway("optum")

    body = json.loads((await gateway.in_fault(FaultKind.SWAP)).body)

    assert body["subscriber"]["lastName"] != PERSON.last_name
    assert (body["controlNumber"], body["meta"]["outboundTraceId"] == "BHT1") == ("999999999", False)


@pytest.mark.parametrize(("bits", "ours"), [(4, False), (3, True)])
async def test_a_crossing_may_touch_the_control_number_alone(bits: int, ours: bool) -> None:
    gateway = Gateway("optum")

    body = json.loads((await gateway.in_fault(FaultKind.CROSS, bits)).body)

    assert (body["controlNumber"] == "000000001") is ours


async def test_a_name_that_the_payer_cannot_write_is_no_reply(gateway: Gateway) -> None:
    path = "subscriber.lastName" if gateway.kind == "optum" else "subscriber.name.person.lastName"

    (benefits,) = read_stored((await gateway.ask(changed(gateway.good, path, "SPECI\u00d1EN"))).body)

    assert benefits.acknowledgment is not None
    assert gateway.end.violations[0].startswith("unwritable")


@pytest.mark.parametrize(
    ("member_id", "payer"), [("900700101", "optum"), ("900000101", "unitedhealthcare"), ("X", "unitedhealthcare")]
)
def test_sister_companies_under_one_id_are_distinguished_by_the_member(member_id: str, payer: str) -> None:
    found = payer_called("87726", member_id)

    assert found is not None
    assert found.id == payer


def test_a_company_with_an_id_of_its_own_is_known_by_it_whoever_is_asked_about() -> None:
    found = payer_called("OPTUM-UNITED-BH", "900000101")

    assert found is not None
    assert found.id == "optum"
