"""The payers' end of CORE SOAP: as strict as that of MIME, the same scenarios, and XML that no reader may believe."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import (
    AttemptNumbers,
    Inquiry,
    Member,
    PayerError,
    PayerRefused,
    PayerSilent,
    Provider,
    Reply,
    ReplyUnreadable,
    RouteSettings,
)
from payers.routes.core_soap import open_route
from payers.routes.core_soap.request import write_envelope
from payers.routes.shared.core_envelope import Outgoing
from payers.simulator.payers import PAYERS, SimulatedPayer
from payers.simulator.people import PEOPLE

pytestmark = pytest.mark.loopback

AT = datetime(2026, 11, 24, tzinfo=UTC)
HEAD = "application/soap+xml; charset=utf-8; action=RealTimeTransaction"


def numbers(number: int) -> AttemptNumbers:
    return AttemptNumbers(
        interchange=f"{number:09d}",
        group=str(number),
        trace=f"BV{number}",
        originator="9123456789",
        transaction=f"BT{number}",
        envelope_id=f"f81d4fae-7dec-41d0-a765-{number:012d}",
    )


async def ask(simulator: Any, payer: SimulatedPayer, key: str = "", number: int = 1) -> Reply:
    person = next(one for one in PEOPLE if (one.payer, one.scenario) == (payer.id, "covered_by_wording"))
    names = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date")}
    inquiry = Inquiry(
        payer=payer.id,
        payer_id=payer.payer_id,
        payer_name=payer.name,
        member=Member(**names, member_id=key + person.member_id),
        provider=Provider(npi="1999999984", name="Example Center"),
        service_date="2026-11-24",
        service_types=("MH",),
    )
    settings = RouteSettings(
        url=f"http://127.0.0.1:{simulator.port}/core/soap", username="simulator", password="simulator"
    )
    return await open_route(settings).exchange(inquiry, numbers(number), seconds=5)


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
async def test_the_route_brings_the_271_of_the_member_from_every_payer(simulator: Any, payer: SimulatedPayer) -> None:
    reply = await ask(simulator, payer)

    (benefits,) = reply.people
    assert reply.echo.faults == ()
    assert ("2", "BV1") in [(trace.kind, trace.number) for trace in benefits.traces]
    assert {"MH"} <= {code for line in benefits.lines for code in line.service_types}


@pytest.mark.parametrize("form", ["MTOM", "WRAPPED"])
async def test_a_reply_says_the_same_in_another_form(simulator: Any, form: str) -> None:
    plain, other = await ask(simulator, PAYERS[0]), await ask(simulator, PAYERS[0], key=f"SIM-{form}-")

    assert [line.text for line in other.people[0].lines] == [line.text for line in plain.people[0].lines]


@pytest.mark.parametrize(
    ("kind", "leaf", "detail"),
    [
        ("XMLBOMB", ReplyUnreadable, "xml:dtd"),
        ("ENTITY", ReplyUnreadable, "xml:dtd"),
        ("DEPTH", ReplyUnreadable, "xml:elements"),
        ("ATTRIBUTES", ReplyUnreadable, "xml:attributes"),
        ("FAULT", PayerSilent, "soap_fault:receiver"),
        ("ENVELOPE", PayerRefused, "envelope:unauthorized"),
        ("HTML", ReplyUnreadable, "media_type"),
        ("UNSIZED", ReplyUnreadable, "xml:malformed"),
        ("STATUS502", PayerSilent, "http_502"),
    ],
)
async def test_the_fault_is_what_it_says(simulator: Any, kind: str, leaf: type[PayerError], detail: str) -> None:
    with pytest.raises(leaf) as failure:
        await ask(simulator, PAYERS[0], key=f"SIM-{kind}-")

    assert failure.value.detail == detail


@pytest.fixture
def right(about: Callable[..., Any]) -> bytes:
    """The body of a right request."""
    asked = about("covered_by_wording")
    outgoing = Outgoing("BENEFITS", "SIMULATOR", AT, asked.numbers.envelope_id, asked.raw)
    return write_envelope(outgoing, "simulator", "simulator")


@pytest.mark.parametrize(
    ("before", "after", "status", "violation"),
    [
        (b"2003/05/soap-envelope", b"2001/12/soap-envelope", 500, "envelope"),
        (b"COREEnvelopeRealTimeRequest", b"COREEnvelopeBatchSubmission", 400, "operation"),
        (b"CORERule2.2.0.xsd", b"CORERule4.0.0.xsd", 400, "operation"),
        (b"<PayloadType>", b"<Extra/><PayloadType>", 400, "order"),
        (b"#PasswordText", b"#PasswordDigest", 400, "password_type"),
        (b"<ProcessingMode>RealTime</ProcessingMode>", b"", 200, "ProcessingModeRequired"),
        (b"simulator</", b"guess</", 200, "UnAuthorized"),
        (b">2.2.0<", b">4.0.0<", 500, "VersionMismatch"),
        (b"UsernameToken", b"BinarySecurityToken", 200, "UserNameRequired"),
        (b"ISA*", b"IS*", 200, "PayloadIllegal"),
        (b"<?xml version='1.0' encoding='utf-8'?>", b"<!DOCTYPE x>", 400, "xml"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(
    start: Any, right: bytes, before: bytes, after: bytes, status: int, violation: str
) -> None:
    simulator = start()
    assert before in right

    came = simulator.request("POST", "/core/soap", right.replace(before, after), HEAD)

    counted = json.loads(simulator.request("GET", "/control/counters").body)
    assert (came.status, counted["violations"]) == (status, [violation])
    assert b"ISA" not in came.body


@pytest.mark.parametrize(
    ("method", "head", "status"),
    [
        ("GET", HEAD, 405),
        ("POST", "text/xml; charset=utf-8", 415),
        ("POST", "application/soap+xml; action=BatchSubmitTransaction", 415),
    ],
)
def test_what_is_no_soap_of_this_operation_gets_a_status(
    simulator: Any, right: bytes, method: str, head: str, status: int
) -> None:
    assert simulator.request(method, "/core/soap", right, head).status == status


def test_a_right_request_leaves_no_violation(start: Any, right: bytes) -> None:
    simulator = start()

    came = simulator.request("POST", "/core/soap", right, HEAD)

    counted = json.loads(simulator.request("GET", "/control/counters").body)
    assert (came.status, counted["violations"], counted["exchanges"]) == (200, [], 1)
    assert b"application/soap+xml" in came.head
