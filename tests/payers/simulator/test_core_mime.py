"""The payers' end of CORE MIME: a right request gets its 271, a wrong one the code of what is wrong with it."""

import json
from typing import Any

import pytest

from payers.simulator.payers import PAYERS
from payers.x12 import read_interchange

pytestmark = pytest.mark.loopback

REQUIRED = (
    *("PayloadType", "ProcessingMode", "PayloadID", "TimeStamp", "UserName", "Password"),
    *("SenderID", "ReceiverID", "CORERuleVersion", "Payload"),
)


def violations(simulator: Any) -> list[str]:
    found: list[str] = json.loads(simulator.request("GET", "/control/counters").body)["violations"]
    return found


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
def test_a_270_over_loopback_gets_the_271_of_its_member(simulator: Any, payer: Any, about: Any) -> None:
    asked = about("covered_by_wording", payer.id)

    came = simulator.ask(asked)

    fields = came.fields
    assert (came.status, came.ended) == (200, "closed")
    assert (fields["PayloadType"], fields["ErrorCode"]) == (b"X12_271_Response_005010X279A1", b"Success")
    assert (fields["SenderID"], fields["ReceiverID"]) == (b"SIMULATOR", b"BENEFITS")
    assert fields["PayloadID"].decode() == asked.numbers.envelope_id
    people, echo = read_interchange(fields["Payload"])
    assert (echo.faults, echo.transaction) == ((), asked.numbers.transaction)
    assert asked.numbers.trace in [trace.number for trace in people[0].traces]
    assert people[0].patient.member_id == asked.person.member_id


def test_several_service_types_are_answered_in_one_reply(simulator: Any, about: Any) -> None:
    reply = read_interchange(simulator.ask(about("likely_by_facility_line", "aetna", "MH", "AI")).fields["Payload"])

    said = {code for line in reply.people[0].lines for code in line.service_types}
    assert {"CH", "CJ"} <= said


@pytest.mark.parametrize("name", REQUIRED)
def test_a_field_that_is_missing_is_named(start: Any, about: Any, envelope: Any, name: str) -> None:
    simulator = start()
    fields = {key: value for key, value in envelope(about("covered_by_wording")).items() if key != name}

    came = simulator.post(fields)

    assert (came.fields["PayloadType"], came.fields["ErrorCode"]) == (b"CoreEnvelopeError", f"{name}Required".encode())
    assert "Payload" not in came.fields
    assert violations(simulator) == [f"{name}Required"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("PayloadType", b"X12_270_Request_005010X279", "PayloadTypeIllegal"),
        ("ProcessingMode", b"Batch", "ProcessingModeIllegal"),
        ("PayloadID", b"17", "PayloadIDIllegal"),
        ("TimeStamp", b"24.11.2026", "TimeStampIllegal"),
        ("SenderID", b"S" * 51, "SenderIDIllegal"),
        ("Password", b"guess", "UnAuthorized"),
        ("CORERuleVersion", b"4.0.0", "VersionMismatch"),
        ("Payload", b"<html>", "PayloadIllegal"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    simulator: Any, about: Any, envelope: Any, name: str, value: bytes, code: str
) -> None:
    fields = {**envelope(about("covered_by_wording")), name: value}

    came = simulator.post(fields).fields

    assert (came["PayloadType"], came["ErrorCode"]) == (b"CoreEnvelopeError", code.encode())


def test_part_names_are_known_in_any_case(simulator: Any, about: Any, envelope: Any) -> None:
    fields = {name.lower(): value for name, value in envelope(about("covered_by_wording")).items()}

    assert simulator.post(fields).fields["ErrorCode"] == b"Success"


def test_a_payer_that_nobody_simulates_is_rejected_by_a_999(simulator: Any, about: Any, envelope: Any) -> None:
    asked = about("covered_by_wording")
    stranger = asked._replace(raw=asked.raw.replace(b"PI*60054", b"PI*00000"))

    fields = simulator.post(envelope(stranger)).fields

    assert fields["PayloadType"] == b"X12_999_Response_005010X231A1"
    acknowledgment = read_interchange(fields["Payload"]).people[0].acknowledgment
    assert acknowledgment is not None
    assert not acknowledgment.accepted


def test_a_name_with_a_sign_that_the_payer_separates_with_is_answered(simulator: Any, about: Any) -> None:
    came = simulator.ask(about("covered_by_wording", "florida_blue", provider="Live > Well!"))

    assert read_interchange(came.fields["Payload"]).echo.faults == ()


@pytest.mark.parametrize(
    ("method", "path", "media_type", "status"),
    [
        ("POST", "/core/mime", "text/plain", 400),
        ("GET", "/core/mime", "multipart/form-data; boundary=x", 405),
        ("POST", "/elsewhere", "multipart/form-data; boundary=x", 404),
        ("POST", "/control/fault", "application/json", 400),
    ],
)
def test_what_is_no_request_of_ours_gets_a_status(
    simulator: Any, method: str, path: str, media_type: str, status: int
) -> None:
    assert simulator.request(method, path, b"no json", media_type).status == status
