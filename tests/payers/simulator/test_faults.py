"""The fault: each kind does what it says, whether a member id, a switch or the dice ask for it."""

import gzip
import json
from typing import Any

import pytest

from payers.simulator.faults import NO_FAULT, Fault, FaultKind, FaultSource, fault_in, plain_member_id
from payers.x12 import read_interchange


@pytest.mark.parametrize(
    ("member_id", "fault", "plain"),
    [
        ("W900000101", NO_FAULT, "W900000101"),
        ("SIM-HANG-W900000101", Fault(FaultKind.HANG), "W900000101"),
        ("sim-slow3-W900000101", Fault(FaultKind.SLOW, 3), "W900000101"),
        ("SIM-STATUS503-XJQH90000101", Fault(FaultKind.STATUS, 503), "XJQH90000101"),
        ("SIM-NOBODYKNOWS-W900000101", NO_FAULT, "W900000101"),
        ("SIM-SLOW", NO_FAULT, "SIM-SLOW"),
    ],
)
def test_a_key_before_the_member_id_chooses_the_fault(member_id: str, fault: Fault, plain: str) -> None:
    assert fault_in(member_id) == fault
    assert plain_member_id(member_id).upper() == plain


def test_the_dice_fall_as_often_as_they_are_told_to_and_alike_for_one_seed() -> None:
    first, again = (FaultSource(swap=0.01, duplicate=0.02, seed=7) for _ in range(2))

    rolled = [first.fault_for("W1").kind for _ in range(10_000)]

    assert rolled == [again.fault_for("W1").kind for _ in range(10_000)]
    assert 60 <= rolled.count(FaultKind.SWAP) <= 140
    assert 140 <= rolled.count(FaultKind.DUPLICATE) <= 260


def asked_in(fault: str, about: Any, scenario: str = "covered_by_wording") -> Any:
    return about(scenario, key=f"SIM-{fault}-")


@pytest.mark.loopback
@pytest.mark.parametrize("fault", ["HANG", "SLOW30", "STALL", "DRIP"])
def test_a_reply_that_does_not_come_leaves_the_connection_open(simulator: Any, about: Any, fault: str) -> None:
    came = simulator.ask(asked_in(fault, about), seconds=0.7)

    begun = {"STALL": 200, "DRIP": 1}.get(fault, 0)
    assert came.ended == "open"
    assert len(came.body) >= begun
    assert b"IEA" not in came.body


@pytest.mark.loopback
def test_a_slow_reply_comes_whole_after_its_seconds(simulator: Any, about: Any) -> None:
    came = simulator.ask(asked_in("SLOW1", about))
    sooner = simulator.ask(asked_in("DELAY300", about))

    assert came.seconds >= 1
    assert sooner.seconds >= 0.3
    assert read_interchange(came.fields["Payload"]).echo.faults == ()


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("fault", "ended", "begins"),
    [
        ("RESET", "reset", b""),
        ("CLOSE", "closed", b""),
        ("CUT", "reset", b"HTTP/1.1 200"),
        ("GARBAGE", "closed", b"\0"),
    ],
)
def test_a_connection_breaks_where_the_fault_says(
    simulator: Any, about: Any, fault: str, ended: str, begins: bytes
) -> None:
    came = simulator.ask(asked_in(fault, about))

    assert came.ended == ended
    assert came.raw.startswith(begins)
    assert b"IEA" not in came.raw


@pytest.mark.loopback
def test_a_body_without_a_length_ends_in_its_midst_as_if_it_were_whole(simulator: Any, about: Any) -> None:
    came = simulator.ask(asked_in("UNSIZED", about))

    assert (came.status, came.ended) == (200, "closed")
    assert b"content-length" not in came.head.lower()
    assert b"IEA" not in came.body


@pytest.mark.loopback
def test_headers_never_end(simulator: Any, about: Any) -> None:
    came = simulator.ask(asked_in("HEADERS", about))

    assert len(came.raw) >= 1_000_000
    assert b"\r\n\r\n" not in came.raw


@pytest.mark.loopback
@pytest.mark.parametrize(("fault", "found"), [("TRUNCATED", "truncated"), ("COUNT", "se01")])
def test_a_damaged_interchange_stands_in_a_whole_envelope(simulator: Any, about: Any, fault: str, found: str) -> None:
    fields = simulator.ask(asked_in(fault, about)).fields

    assert fields["ErrorCode"] == b"Success"
    assert found in read_interchange(fields["Payload"]).echo.faults


@pytest.mark.loopback
def test_a_swapped_reply_is_another_members_even_when_nobody_asked_before(start: Any, about: Any) -> None:
    asked = asked_in("SWAP", about)

    people, echo = read_interchange(start().ask(asked).fields["Payload"])

    assert people[0].patient.last_name != asked.person.last_name
    assert people[0].patient.member_id != asked.person.member_id
    assert asked.numbers.trace not in [trace.number for trace in people[0].traces]
    assert (echo.faults, echo.transaction != asked.numbers.transaction) == ((), True)


@pytest.mark.loopback
def test_a_swapped_reply_is_never_an_earlier_one_of_the_same_member(start: Any, about: Any) -> None:
    simulator = start()
    simulator.ask(about("inactive", "cigna"))
    simulator.ask(asked_in("NONE", about))

    people = read_interchange(simulator.ask(asked_in("SWAP", about)).fields["Payload"]).people

    assert people[0].patient.last_name == "ENDERS"


@pytest.mark.loopback
def test_a_duplicate_is_the_same_reply_twice_on_one_connection(simulator: Any, about: Any) -> None:
    raw = simulator.ask(asked_in("DUPLICATE", about)).raw

    assert raw[: len(raw) // 2] == raw[len(raw) // 2 :]


@pytest.mark.loopback
@pytest.mark.parametrize(("fault", "code", "loop"), [("BUSY", "42", "2100A"), ("AAA51", "51", "2100B")])
def test_a_payer_refuses_with_an_aaa(simulator: Any, about: Any, fault: str, code: str, loop: str) -> None:
    payload = simulator.ask(asked_in(fault, about)).fields["Payload"]

    (rejection,) = read_interchange(payload).people[0].rejections
    assert (rejection.code, rejection.loop) == (code, loop)


@pytest.mark.loopback
@pytest.mark.parametrize("fault", ["REJECTED", "INTERCHANGE"])
def test_an_acknowledgment_comes_in_place_of_a_reply(simulator: Any, about: Any, fault: str) -> None:
    acknowledgment = read_interchange(simulator.ask(asked_in(fault, about)).fields["Payload"]).people[0].acknowledgment

    assert acknowledgment is not None
    assert not acknowledgment.accepted


@pytest.mark.loopback
def test_an_envelope_is_refused_without_a_payload(simulator: Any, about: Any) -> None:
    fields = simulator.ask(asked_in("ENVELOPE", about)).fields

    assert fields["ErrorCode"] == b"UnAuthorized"
    assert "Payload" not in fields


@pytest.mark.loopback
@pytest.mark.parametrize("status", [500, 502, 503, 429, 401, 404])
def test_a_gateway_answers_with_a_bare_status(simulator: Any, about: Any, status: int) -> None:
    came = simulator.ask(asked_in(f"STATUS{status}", about))

    assert (came.status, came.body) == (status, b"")
    assert (b"retry-after: 120" in came.head.lower()) == (status in {429, 503})


@pytest.mark.loopback
def test_whoever_follows_a_redirect_is_counted(start: Any, about: Any) -> None:
    simulator = start()

    came = simulator.ask(asked_in("REDIRECT", about))
    simulator.request("POST", "/elsewhere")

    assert (came.status, b"\r\nlocation: /elsewhere" in came.head.lower()) == (308, True)
    assert json.loads(simulator.request("GET", "/control/counters").body)["astray"] == 1


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("fault", "media_type", "begins"),
    [
        ("HTML", b"text/html", b"<!DOCTYPE"),
        ("MEDIA", b"image/png", b"\x89PNG"),
        ("LONG", b"application/edi-x12", b"ISAISA"),
        ("EMPTY", None, b""),
    ],
)
def test_something_else_comes_in_place_of_an_envelope(
    simulator: Any, about: Any, fault: str, media_type: bytes | None, begins: bytes
) -> None:
    came = simulator.ask(asked_in(fault, about))

    assert came.status == 200
    assert came.body.startswith(begins)
    assert media_type is None or b"content-type: " + media_type in came.head.lower()


@pytest.mark.loopback
def test_a_bomb_is_small_on_the_wire_and_large_when_opened(simulator: Any, about: Any) -> None:
    came = simulator.ask(asked_in("GZIP", about))

    assert b"content-encoding: gzip" in came.head.lower()
    assert len(gzip.decompress(came.body)) >= 500 * len(came.body)


@pytest.mark.loopback
def test_the_switch_sets_the_fault_of_all_and_the_counters_tell_no_member(start: Any, about: Any) -> None:
    simulator = start()
    asked = about("covered_by_wording")

    simulator.request("POST", "/control/fault", b'{"kind": "status", "number": 502}')
    first = simulator.ask(asked)
    simulator.request("POST", "/control/fault", b'{"kind": null}')
    second = simulator.ask(asked)

    assert (first.status, second.status) == (502, 200)
    counted = simulator.request("GET", "/control/counters").body
    assert json.loads(counted) == {"exchanges": 2, "status": 1, "none": 1, "astray": 0, "violations": []}
    assert asked.person.member_id.encode() not in counted
