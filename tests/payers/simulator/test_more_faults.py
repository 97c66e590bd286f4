"""The rarer fault: heads, streams, interchanges that contradict themselves, crossings field by field."""

import gzip
import zlib
from typing import Any

import pytest

from payers.simulator.interchange_faults import mix_up
from payers.x12 import read_270, read_interchange


def asked_in(fault: str, about: Any, payer: str = "aetna") -> Any:
    return about("covered_by_wording", payer, key=f"SIM-{fault}-")


@pytest.mark.loopback
@pytest.mark.parametrize(("fault", "whole"), [("MUTE", True), ("DRIPHEAD", False)])
def test_a_head_comes_and_no_body(simulator: Any, about: Any, fault: str, whole: bool) -> None:
    came = simulator.ask(asked_in(fault, about), seconds=0.7)

    assert (came.ended, came.body) == ("open", b"")
    assert came.raw.startswith(b"H")
    assert came.raw.endswith(b"\r\n\r\n") == whole


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("fault", "line"),
    [("LENGTHS", b"\r\nContent-Length: 12\r\n"), ("INJECTED", b"\0"), ("MANYHEADERS", b"\r\nX-49999: y\r\n")],
)
def test_a_head_holds_what_no_server_may_send(simulator: Any, about: Any, fault: str, line: bytes) -> None:
    came = simulator.ask(asked_in(fault, about))

    assert line in came.head + b"\r\n"
    assert came.head.lower().count(b"content-length") == (2 if fault == "LENGTHS" else 1)


@pytest.mark.loopback
def test_chunks_have_sizes_that_are_none(simulator: Any, about: Any) -> None:
    came = simulator.ask(asked_in("CHUNKS", about))

    assert b"transfer-encoding: chunked" in came.head.lower()
    assert b"\r\nnot a size\r\n" in came.body


@pytest.mark.loopback
def test_a_stream_does_not_end(simulator: Any, about: Any) -> None:
    came = simulator.ask(asked_in("STREAM", about))

    assert len(came.raw) >= 1_000_000
    assert came.ended == "open"


@pytest.mark.loopback
def test_bombs_come_in_every_coding_and_open(simulator: Any, about: Any) -> None:
    gzipped = simulator.ask(asked_in("GZIP20", about))
    deflated = simulator.ask(asked_in("DEFLATE20", about))

    assert len(gzip.decompress(gzipped.body)) == len(zlib.decompress(deflated.body)) == 20_000_000
    assert b"content-encoding: br" in simulator.ask(asked_in("BROTLI", about)).head.lower()


@pytest.mark.loopback
@pytest.mark.parametrize(("form", "said"), [(0, b"1"), (2, None), (4, b"-5"), (5, b"soon")])
def test_a_gateway_says_in_many_forms_when_to_come_back(
    simulator: Any, about: Any, form: int, said: bytes | None
) -> None:
    came = simulator.ask(asked_in(f"AFTER{form}", about))

    assert came.status == 429
    assert (said is None) == (b"retry-after" not in came.head.lower())
    assert said is None or b"retry-after: " + said + b"\r\n" in came.head.lower() + b"\r\n"


@pytest.mark.loopback
@pytest.mark.parametrize(("form", "body"), [(0, b"null"), (1, b"{}"), (6, b'{"a":')])
def test_json_comes_that_is_no_reply(simulator: Any, about: Any, form: int, body: bytes) -> None:
    came = simulator.ask(asked_in(f"JSON{form}", about))

    assert (came.status, came.body) == (200, body)
    assert b"content-type: application/json" in came.head.lower()


@pytest.mark.loopback
@pytest.mark.parametrize("payer", ["aetna", "florida_blue"])
@pytest.mark.parametrize(("fault", "found"), [("TRAILER", "iea02"), ("GROUP", "ge02"), ("CONTROL", "se02")])
def test_a_trailer_names_another_number(simulator: Any, about: Any, fault: str, found: str, payer: str) -> None:
    payload = simulator.ask(asked_in(fault, about, payer)).fields["Payload"]

    assert read_interchange(payload).echo.faults == (found,)


@pytest.mark.loopback
def test_two_interchanges_come_at_once(simulator: Any, about: Any) -> None:
    payload = simulator.ask(asked_in("TWICE", about)).fields["Payload"]

    assert read_interchange(payload).echo.interchanges == 2


@pytest.mark.loopback
@pytest.mark.parametrize("payer", ["aetna", "florida_blue"])
def test_lines_that_were_added_leave_the_envelope_whole(simulator: Any, about: Any, payer: str) -> None:
    fair, odd, flood, beside = (
        read_interchange(simulator.ask(asked_in(fault, about, payer)).fields["Payload"])
        for fault in ("NONE", "NONSENSE", "FLOOD2", "BESIDE42")
    )

    assert [one.echo.faults for one in (fair, odd, flood, beside)] == [()] * 4
    lines = len(fair.people[0].lines)
    assert len(odd.people[0].lines) > lines
    assert len(flood.people[0].lines) == lines + 2000
    assert [rejection.code for rejection in beside.people[0].rejections] == ["42"]
    assert len(beside.people[0].lines) == lines


@pytest.mark.loopback
def test_an_interchange_comes_in_another_encoding(simulator: Any, about: Any) -> None:
    began = [simulator.ask(asked_in(f"CODED{form}", about)).fields["Payload"][:3] for form in range(4)]

    assert began == [b"\xff\xfeI", b"\xc9\xe2\xc1", b"ISA", b"\xef\xbb\xbf"]


@pytest.mark.loopback
def test_an_acknowledgment_accepts_and_no_reply_comes(simulator: Any, about: Any) -> None:
    acknowledgment = (
        read_interchange(simulator.ask(asked_in("ACCEPTED", about)).fields["Payload"]).people[0].acknowledgment
    )

    assert acknowledgment is not None
    assert acknowledgment.accepted


@pytest.mark.loopback
def test_a_stale_reply_is_the_last_one_about_the_same_member(start: Any, about: Any) -> None:
    simulator = start()
    first = about("covered_by_wording")
    simulator.ask(first)

    people, echo = read_interchange(simulator.ask(asked_in("STALE", about)).fields["Payload"])

    assert people[0].traces[0].number == first.numbers.trace
    assert echo.transaction == first.numbers.transaction


@pytest.mark.parametrize("fields", range(64))
def test_a_crossing_changes_the_fields_that_it_names_and_no_other(about: Any, fields: int) -> None:
    asked = read_270(about("covered_by_wording").raw)

    other = mix_up(asked, fields)

    pairs = (
        (asked.trace, other.trace),
        (asked.transaction, other.transaction),
        (asked.interchange, other.interchange),
        (asked.subscriber.member_id, other.subscriber.member_id),
        (asked.subscriber.birth_date, other.subscriber.birth_date),
        (asked.subscriber.last_name, other.subscriber.last_name),
    )
    assert [place for place, (ours, theirs) in enumerate(pairs) if ours != theirs] == [
        place for place in range(6) if fields & 1 << place
    ]


@pytest.mark.loopback
def test_headers_are_added_to_a_right_reply(simulator: Any, about: Any) -> None:
    assert b"x-api-mock-response: true" in simulator.ask(asked_in("MOCK", about)).head.lower()
    assert b"\r\ndate: " in simulator.ask(asked_in("SKEWED", about)).head.lower()
