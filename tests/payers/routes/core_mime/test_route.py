"""What the CORE MIME route promises: one exchange, a typed error for every fault, no doubt about what was sent."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
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
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    RouteSettings,
    Subscriber,
)
from payers.routes.core_mime import open_route
from payers.routes.core_mime.reply import open_envelope
from payers.routes.shared.core_envelope import Outgoing, read_reply
from payers.routes.shared.http import Received
from payers.x12 import InterchangeEnvelope, read_270, write_999, write_ta1

URL = "https://127.0.0.1:9443/core/mime"
NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="BV1",
    originator="9123456789",
    transaction="BVT1",
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)
INQUIRY = Inquiry(
    payer="example",
    payer_id="60054",
    payer_name="EXAMPLE",
    member=Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W900000011"),
    provider=Provider(npi="1999999984", name="Example Recovery Center"),
    service_date=date(2026, 11, 24),
    service_types=("30",),
)
OUTGOING = Outgoing("ME", "60054", datetime(2026, 11, 24, tzinfo=UTC), NUMBERS.envelope_id, b"")
TEXT_X12 = {"content-type": "application/edi-x12"}


def settings(url: str = URL, **more: object) -> RouteSettings:
    return RouteSettings.model_validate({"url": url, "username": "u", "password": "secret", "sender_id": "ME", **more})


async def exchange(url: str = URL, seconds: float = 5.0, asked: Inquiry = INQUIRY) -> object:
    return await open_route(settings(url)).exchange(asked, NUMBERS, seconds=seconds)


def enveloped(payload: bytes, **changes: str) -> httpx.Response:
    fields = {
        "PayloadType": "X12_271_Response_005010X279A1",
        "PayloadId": NUMBERS.envelope_id,
        "ErrorCode": "Success",
    } | changes
    parts = [*fields.items(), ("Payload", payload.decode())]
    body = "".join(
        f'--CORE\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts
    )
    return httpx.Response(
        200, content=body + "--CORE--\r\n", headers={"content-type": 'multipart/form-data; boundary="CORE"'}
    )


@respx.mock
async def test_a_reply_in_an_envelope_is_read_and_the_inquiry_was_whole(text: Callable[..., bytes]) -> None:
    route = respx.post(URL).mock(return_value=enveloped(text(["EB*1**30"])))

    reply = await open_route(settings()).exchange(INQUIRY, NUMBERS, seconds=5)

    sent = route.calls.last.request
    assert (reply.people[0].lines[0].information, reply.sent_from, reply.sent_to) == ("1", "ME", "60054")
    assert reply.raw == text(["EB*1**30"])
    assert (sent.headers["connection"], sent.headers["accept-encoding"]) == ("close", "identity")
    for part in (b'name="CORERuleVersion"\r\n\r\n2.2.0', NUMBERS.envelope_id.encode(), b"RealTime"):
        assert part in sent.content
    payload = sent.content[sent.content.index(b"ISA") : sent.content.index(b"IEA*1*000000101~") + 16]
    assert read_270(payload).trace == "BV1"


@respx.mock
async def test_a_bare_interchange_is_read_too(text: Callable[..., bytes]) -> None:
    respx.post(URL).mock(return_value=httpx.Response(200, content=text(["EB*1**30"]), headers=TEXT_X12))

    reply = await open_route(settings()).exchange(INQUIRY, NUMBERS, seconds=5)

    assert len(reply.people) == 1


def answers(status: int = 200, content: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.Response(
        status, content=content, headers={name.replace("_", "-"): one for name, one in headers.items()}
    )


def multipart(*parts: tuple[str, str], kind: str = "form-data") -> httpx.Response:
    body = "".join(f"--CORE\r\n{head}\r\n\r\n{value}\r\n" for head, value in parts)
    return answers(content=(body + "--CORE--\r\n").encode(), content_type=f"multipart/{kind}; boundary=CORE")


PAYLOAD = "Content-Disposition: form-data; name=Payload"


@pytest.mark.parametrize(
    ("reply", "error", "detail"),
    [
        pytest.param(
            answers(content=b"--x", content_type="multipart/form-data"), ReplyUnreadable, "no_parts", id="no boundary"
        ),
        pytest.param(answers(content=b"<html>", content_type="text/html"), ReplyUnreadable, "media_type", id="a page"),
        pytest.param(answers(204), ReplyUnreadable, "media_type", id="nothing"),
        pytest.param(enveloped(b""), ReplyUnreadable, "no_payload", id="no payload"),
        pytest.param(enveloped(b"NOT X12"), ReplyUnreadable, "no_interchange", id="no interchange"),
        pytest.param(enveloped(b"", ErrorCode="UnAuthorized"), PayerRefused, "envelope:unauthorized", id="refuses us"),
        pytest.param(
            enveloped(b"", ErrorCode="PayloadIDRequired"), PayerRefused, "envelope:payloadidrequired", id="a field"
        ),
        pytest.param(enveloped(b"", ErrorCode="OtisSpecimen"), PayerRefused, "envelope:unknown", id="words of theirs"),
        pytest.param(
            enveloped(b"", ErrorCode="", PayloadType="CoreEnvelopeError"),
            PayerRefused,
            "envelope:unknown",
            id="no code",
        ),
        pytest.param(enveloped(b"", ErrorCode="Receiver"), PayerSilent, "envelope:receiver", id="their failure"),
        pytest.param(enveloped(b"ISA", PayloadId="another"), ReplyMismatched, "payload_id", id="another envelope's id"),
        pytest.param(
            multipart((PAYLOAD, "ISA*1"), (PAYLOAD, "ISA*2")), ReplyUnreadable, "repeated_part", id="two payloads"
        ),
        pytest.param(multipart(*[("X-Y: z", "")] * 65), ReplyUnreadable, "too_many_parts", id="many parts"),
        pytest.param(multipart((PAYLOAD, "\n" * 100_000)), ReplyUnreadable, "no_payload", id="many lines"),
        pytest.param(
            multipart((PAYLOAD + "; a=b" * 400, "ISA*1")), ReplyUnreadable, "long_header", id="a long disposition"
        ),
        pytest.param(
            multipart(*[(f"Content-Type: multipart/mixed; boundary={n}", f"--{n}") for n in range(9)]),
            *(ReplyUnreadable, "nested"),
            id="parts in parts",
        ),
        pytest.param(
            httpx.Response(200, content=b"x", headers=[(b"content-type", "multipart/x; charset*0=ł".encode())]),
            *(ReplyUnreadable, "no_parts"),
            id="an odd header",
        ),
    ],
)
@respx.mock
async def test_every_fault_of_the_envelope_is_a_typed_error(
    reply: httpx.Response, error: type[PayerError], detail: str
) -> None:
    respx.post(URL).mock(return_value=reply)

    with pytest.raises(error) as failure:
        await exchange()

    assert failure.value.sent
    assert failure.value.detail == detail


@respx.mock
async def test_names_of_fields_are_read_in_any_case_and_without_a_code(text: Callable[..., bytes]) -> None:
    payload = text(["EB*1**30"]).decode()
    parts = [
        ("Content-Type: text/plain", "a part of no name"),
        ('content-disposition: form-data; NAME="payloadid"', NUMBERS.envelope_id.upper()),
        ('CONTENT-DISPOSITION: FORM-DATA; name="PAYLOAD"\r\nContent-Type: text/plain', payload),
    ]
    respx.post(URL).mock(return_value=multipart(*parts, kind="mixed"))

    reply = await open_route(settings()).exchange(INQUIRY, NUMBERS, seconds=5)

    assert reply.raw == payload.encode()


@respx.mock
async def test_separators_that_are_no_letters_come_through_the_envelope(text: Callable[..., bytes]) -> None:
    payload = text(["EB*1**30"]).replace(b":~", b"\x1f\x1c").replace(b"~", b"\x1c")
    respx.post(URL).mock(return_value=enveloped(payload))

    reply = await open_route(settings()).exchange(INQUIRY, NUMBERS, seconds=5)

    assert reply.raw == payload
    assert reply.people[0].lines[0].information == "1"


BACK = InterchangeEnvelope(
    sender="60054", receiver="ME", interchange="000000007", group="7", at=datetime(2026, 11, 24, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("payload", "kind", "answers_to"),
    [
        (write_999(BACK, accepted=False, group=NUMBERS.group, transaction_set="0001"), "999", NUMBERS.group),
        (write_ta1(BACK, accepted=False, interchange=NUMBERS.interchange, note="006"), "TA1", NUMBERS.interchange),
    ],
    ids=["999", "TA1"],
)
@respx.mock
async def test_an_acknowledgment_in_place_of_a_reply_is_brought_back(
    payload: bytes, kind: str, answers_to: str
) -> None:
    respx.post(URL).mock(return_value=enveloped(payload))

    (said,) = (await open_route(settings()).exchange(INQUIRY, NUMBERS, seconds=5)).people

    assert said.acknowledgment is not None
    assert (said.acknowledgment.kind, said.acknowledgment.accepted) == (kind, False)
    assert said.acknowledgment.answers == answers_to


@respx.mock
async def test_a_large_reply_is_read_beside_the_loop_and_says_the_same(text: Callable[..., bytes]) -> None:
    payload = text(["EB*1**30"] * 19_000 + ["MSG*" + "A" * 100_000])
    respx.post(URL).mock(return_value=answers(content=payload, content_type="application/edi-x12"))

    reply = await open_route(settings()).exchange(INQUIRY, NUMBERS, seconds=30)

    assert len(reply.people[0].lines) == 19_000


async def test_a_reply_cut_off_anywhere_says_nothing_but_that(text: Callable[..., bytes]) -> None:
    payload = text(["EB*1**30"])
    whole = enveloped(payload)
    end_of_payload = whole.content.index(payload) + len(payload)

    for at in range(end_of_payload - 1):
        received = Received(200, dict(whole.headers), whole.content[:at])
        try:
            reply = await read_reply(received, open_envelope, NUMBERS, OUTGOING)
        except ReplyUnreadable:
            continue
        assert isinstance(reply, Reply), at
        assert reply.echo.faults, at


@pytest.mark.loopback
async def test_a_reply_cut_off_without_a_length_is_marked_for_the_gate(
    text: Callable[..., bytes], neighbour: Callable[..., AbstractAsyncContextManager[Any]]
) -> None:
    async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/edi-x12\r\n\r\n" + text(["EB*1**30"])[:-40])
        await writer.drain()

    async with neighbour(half) as there:
        reply = await open_route(settings(there.url())).exchange(INQUIRY, NUMBERS, seconds=5)

    assert reply.echo.faults


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member": Member(last_name="AB~CD", member_id="W1")}, "last_name"),
        ({"subscriber": Subscriber(last_name="AB~CD", member_id="W1")}, "subscriber.last_name"),
    ],
)
async def test_a_name_that_cannot_be_written_is_the_members_to_mend(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(MemberRejected) as failure:
        await exchange(asked=INQUIRY.model_copy(update=changes))

    assert (failure.value.fields, failure.value.sent) == ((field,), False)


async def test_a_set_up_that_cannot_be_written_is_ours_and_was_not_sent() -> None:
    route = open_route(settings(receiver_id="A_RECEIVER_OF_MORE_THAN_FIFTEEN"))

    with pytest.raises(PayerRefused) as failure:
        await route.exchange(INQUIRY, NUMBERS, seconds=5)

    assert not failure.value.sent


def test_a_password_is_needed() -> None:
    with pytest.raises(ValueError, match=r"^USERNAME"):
        open_route(RouteSettings(url=URL))


def test_the_settings_may_shorten_an_attempt() -> None:
    assert (open_route(settings()).attempt_cap, open_route(settings(attempt_cap=9.0)).attempt_cap) == (60.0, 9.0)
