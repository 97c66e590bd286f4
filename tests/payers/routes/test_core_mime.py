"""What the CORE MIME road promises: one exchange, a typed error for every fault, no doubt about what was sent."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import httpx
import pytest
import respx

from contracts import (
    AttemptNumbers,
    Inquiry,
    Member,
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Provider,
    ReplyMismatched,
    ReplyUnreadable,
    RoadSettings,
)
from payers.routes.core_mime import open_route
from payers.routes.http import checked_url
from payers.routes.lookup import Resolver
from payers.x12 import read_270

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
TEXT_X12 = {"content-type": "application/edi-x12"}


def settings(url: str = URL, **more: object) -> RoadSettings:
    return RoadSettings.model_validate({"url": url, "username": "u", "password": "secret", "sender_id": "ME", **more})


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


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(answers(content=b"--x", content_type="multipart/form-data"), ReplyUnreadable, id="no boundary"),
        pytest.param(enveloped(b""), ReplyUnreadable, id="no payload"),
        pytest.param(enveloped(b"NOT X12"), ReplyUnreadable, id="no interchange"),
        pytest.param(enveloped(b"", ErrorCode="UnAuthorized"), PayerRefused, id="envelope refuses us"),
        pytest.param(enveloped(b"", ErrorCode="Receiver"), PayerSilent, id="their failure"),
        pytest.param(enveloped(b"ISA", PayloadId="another"), ReplyMismatched, id="another envelope's id"),
    ],
)
@respx.mock
async def test_every_fault_of_the_envelope_is_a_typed_error(reply: httpx.Response, error: type[PayerError]) -> None:
    respx.post(URL).mock(return_value=reply)

    with pytest.raises(error) as failure:
        await exchange()

    assert failure.value.sent


@respx.mock
async def test_retry_after_is_obeyed_for_an_hour_at_most() -> None:
    respx.post(URL).mock(return_value=answers(503, retry_after="999999"))

    with pytest.raises(PayerBusy) as failure:
        await exchange()

    assert failure.value.retry_at is not None
    assert (failure.value.retry_at - datetime.now(UTC)).total_seconds() <= 3600


async def test_a_name_that_cannot_be_written_is_the_members_to_mend() -> None:
    asked = INQUIRY.model_copy(update={"member": Member(last_name="AB~CD", member_id="W1")})

    with pytest.raises(MemberRejected) as failure:
        await exchange(asked=asked)

    assert (failure.value.fields, failure.value.sent) == (("last_name",), False)


@pytest.mark.parametrize("url", ["http://payer.example/x", "ftp://127.0.0.1", "nonsense", "https://a:b@payer.example"])
def test_an_unsafe_address_is_refused_by_its_setting(url: str) -> None:
    with pytest.raises(ValueError, match=r"^URL"):
        checked_url(url)


def test_a_password_is_needed() -> None:
    with pytest.raises(ValueError, match=r"^USERNAME"):
        open_route(RoadSettings(url=URL))


async def test_hung_lookups_are_bounded() -> None:
    with pytest.raises(PayerUnreachable, match="lookups_hang"):
        await Resolver(limit=0).addresses("payer.invalid", 443)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length.group(1)) if length else 0)
            await handler(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/core/mime"


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/edi-x12\r\n\r\n")
    while True:
        writer.write(b"I")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"y" * 1000 + b"\r\n")
        await writer.drain()


async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nISA*")
    await writer.drain()


async def compressed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")
    await writer.drain()


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("handler", "error"),
    [(drip, PayerSilent), (endless_headers, ReplyUnreadable), (cut, PayerSilent), (compressed, ReplyUnreadable)],
)
async def test_a_bad_neighbour_on_a_real_socket_ends_in_time(handler: Handler, error: type[PayerError]) -> None:
    async with served(handler) as url:
        with pytest.raises(error) as failure:
            await exchange(url, seconds=0.6)

    assert failure.value.sent


@pytest.mark.loopback
async def test_nobody_there_is_certainly_not_sent() -> None:
    with pytest.raises(PayerUnreachable) as failure:
        await exchange("http://127.0.0.1:9/core/mime", seconds=2)

    assert not failure.value.sent
