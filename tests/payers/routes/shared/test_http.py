"""What the way out promises: certainty about what was sent, bounds on what comes back, and no way but the one set."""

import asyncio
import datetime as dt
import gc
import socket
import struct
import zlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from email.utils import format_datetime
from typing import Any

import h11
import httpx
import pytest
import respx
import uvloop

from contracts import PayerBusy, PayerError, PayerRefused, PayerSilent, ReplyUnreadable
from payers.routes.shared.failures import retry_at
from payers.routes.shared.http import HttpClient, Received, parse_safe_url, refuse_status
from payers.routes.shared.intake import MAX_BODY

SECRET = b"W900000011"
Served = Callable[..., AbstractAsyncContextManager[Any]]
Writer = asyncio.StreamWriter
Reader = asyncio.StreamReader


def says(reply: bytes, *, endless: bytes = b"") -> Callable[[Reader, Writer], Any]:
    async def handler(_: Reader, writer: Writer) -> None:
        writer.write(reply)
        while endless:
            writer.write(endless)
            await writer.drain()
        await writer.drain()

    return handler


def dribbles(reply: bytes) -> Callable[[Reader, Writer], Any]:
    """``reply``, and then a byte at a time for ever, faster than any read timeout."""

    async def handler(reader: Reader, writer: Writer) -> None:
        writer.write(reply)
        while not reader.at_eof():
            writer.write(b"y")
            await writer.drain()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await reader.read(1)

    return handler


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok")


# --- what was sent ---


@pytest.mark.loopback
async def test_each_request_has_a_connection_of_its_own_and_no_cookie(neighbour: Served) -> None:
    async with neighbour(GOOD) as there:
        client = HttpClient(there.url())

        replies = [await client.send("POST", seconds=5, content=SECRET) for _ in range(2)]

    assert [(reply.status, reply.body) for reply in replies] == [(200, b"ok")] * 2
    assert len(there.heads) == 2
    for head in there.heads:
        assert b"connection: close" in head.lower()
        assert b"accept-encoding: identity" in head.lower()
        assert b"cookie" not in head.lower()


def exchanged() -> int:
    """How many requests and replies of httpx there are."""
    return sum(isinstance(one, httpx.Response | httpx.Request) for one in gc.get_objects())


@pytest.mark.loopback
async def test_a_reply_that_was_read_leaves_nothing_to_the_collector(neighbour: Served) -> None:
    async with neighbour(GOOD) as there:
        client = HttpClient(there.url())
        await client.send("POST", seconds=5, content=SECRET)
        gc.collect()
        before = exchanged()
        gc.disable()
        try:
            await client.send("POST", seconds=5, content=SECRET)
            after = exchanged()
        finally:
            gc.enable()

    assert after == before


@pytest.mark.loopback
async def test_a_cookie_does_not_come_along_with_the_second_request_of_a_call(neighbour: Served) -> None:
    class Twice(httpx.Auth):
        async def async_auth_flow(self, request: httpx.Request) -> Any:
            yield request
            yield request

    async with neighbour(GOOD) as there:
        await HttpClient(there.url()).send("POST", seconds=5, content=SECRET, auth=Twice())

    assert len(there.heads) == 2
    assert b"cookie" not in b"".join(there.heads).lower()


@pytest.mark.loopback
async def test_a_redirect_is_not_followed(neighbour: Served) -> None:
    async with neighbour(GOOD) as elsewhere:
        moved = f"HTTP/1.1 308 Moved\r\nLocation: {elsewhere.url()}\r\nContent-Length: 0\r\n\r\n".encode()
        async with neighbour(says(moved)) as there:
            received = await HttpClient(there.url()).send("POST", seconds=5, content=SECRET)

    assert elsewhere.heads == []
    with pytest.raises(PayerRefused):
        refuse_status(received)


@pytest.mark.loopback
async def test_proxies_of_the_environment_are_ignored(neighbour: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async with neighbour(GOOD) as proxy, neighbour(GOOD) as there:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await HttpClient(there.url()).send("POST", seconds=5, content=SECRET)

    assert (len(there.heads), len(proxy.heads)) == (1, 0)


async def test_a_poll_of_another_origin_is_never_made() -> None:
    client = HttpClient("https://payer.example/v1")

    with pytest.raises(PayerRefused, match="elsewhere") as failure:
        await client.send("GET", seconds=5, url=httpx.URL("https://payer.example:8443/v1/1"))

    assert not failure.value.sent


async def test_a_header_that_cannot_be_written_shows_nothing_and_is_not_sent() -> None:
    with pytest.raises(PayerRefused, match="illegal_header") as failure:
        await HttpClient("https://127.0.0.1:9").send("GET", seconds=5, headers={"x-api-key": "Señor"})

    assert not failure.value.sent
    assert "Se" not in repr(failure.value)
    assert failure.value.__context__ is None


@pytest.mark.loopback
async def test_a_line_break_in_a_header_is_refused(neighbour: Served) -> None:
    async with neighbour(GOOD) as there:
        with pytest.raises(PayerRefused, match="illegal_request"):
            await HttpClient(there.url()).send("GET", seconds=5, headers={"x-api-key": "a\r\nX-More: b"})

    assert there.heads == []


@respx.mock
async def test_an_error_does_not_hang_on_the_request() -> None:
    respx.post("https://127.0.0.1:9/").mock(side_effect=httpx.ReadTimeout("slow"))

    with pytest.raises(PayerSilent) as failure:
        await HttpClient("https://127.0.0.1:9").send("POST", seconds=5, content=SECRET)

    assert (failure.value.__context__, failure.value.__cause__) == (None, None)


@pytest.mark.loopback
async def test_a_cancelled_call_ends_as_cancelled_and_hangs_up(neighbour: Served) -> None:
    began, left = asyncio.Event(), asyncio.Event()

    async def mute(reader: Reader, _: Writer) -> None:
        began.set()
        await reader.read()
        left.set()

    async with neighbour(mute) as there:
        call = asyncio.create_task(HttpClient(there.url()).send("POST", seconds=30, content=SECRET))
        await began.wait()
        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call
        await left.wait()


@pytest.mark.loopback
def test_the_loop_that_serves_carries_a_request_as_well(neighbour: Served) -> None:
    async def ask() -> list[Received]:
        async with neighbour(GOOD) as there, neighbour(dribbles(HEAD)) as slow:
            client = HttpClient(there.url())
            with pytest.raises(PayerSilent, match="timeout"):
                await HttpClient(slow.url()).send("POST", seconds=0.1, content=SECRET)
            return [await client.send("POST", seconds=5, content=SECRET) for _ in range(3)]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        replies = runner.run(ask())

    assert {(reply.status, reply.body) for reply in replies} == {(200, b"ok")}


@pytest.mark.loopback
async def test_what_came_before_a_reset_is_read(neighbour: Served) -> None:
    async def resets(_: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )

    async with neighbour(resets) as there:
        received = await HttpClient(there.url()).send("POST", seconds=5, content=SECRET)

    assert received.body == b"ok"


# --- what comes back ---

BOMB = zlib.compress(b"\0" * 20_000_000)


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("handler", "error", "detail"),
    [
        pytest.param(dribbles(b"HTTP/1.1 200 OK\r\nX-Slow: "), PayerSilent, "timeout", id="a dribbled header"),
        pytest.param(dribbles(b"HTTP/1.1 200 OK\r\n\r\n"), PayerSilent, "timeout", id="a dribbled body"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + BOMB),
            ReplyUnreadable,
            "compressed",
            id="bomb",
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\n\r\n", endless=b"x" * 60_000), ReplyUnreadable, "too_long", id="an endless body"
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\n", endless=b"X-More: " + b"y" * 999 + b"\r\n"),
            ReplyUnreadable,
            "long_head",
            id="headers",
        ),
        pytest.param(says(HEAD + b"a:\r\n" * 9_000 + b"\r\n"), ReplyUnreadable, "long_head", id="short headers"),
        pytest.param(
            says(b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
            ReplyUnreadable,
            "long_head",
            id="endless interim",
        ),
        pytest.param(says(CHUNKED, endless=b"1\r\nx\r\n" * 500), ReplyUnreadable, "too_many_pieces", id="small chunks"),
        pytest.param(
            says(CHUNKED, endless=b"1;a=b\r\nx\r\n" * 500), ReplyUnreadable, "too_many_pieces", id="chunks with words"
        ),
        pytest.param(
            says(CHUNKED + b"1\r\nx\r\n0\r\n" + b"a:\r\n" * 20_000 + b"\r\n"),
            ReplyUnreadable,
            "long_trailer",
            id="trailers",
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nok"),
            ReplyUnreadable,
            "no_http",
            id="lengths",
        ),
        pytest.param(says(b"SSH-2.0-nothing\r\n\r\n"), ReplyUnreadable, "no_http", id="another protocol"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nIS"), PayerSilent, "cut_off", id="cut short"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nIS"),
            PayerSilent,
            "cut_off",
            id="half a chunk",
        ),
        pytest.param(says(b""), PayerSilent, "cut_off", id="nothing"),
    ],
)
async def test_a_bad_neighbour_is_bounded_in_time_and_size(
    neighbour: Served, handler: object, error: type[PayerError], detail: str
) -> None:
    async with neighbour(handler) as there:
        with pytest.raises(error) as failure:
            await HttpClient(there.url()).send("POST", seconds=1.0, content=SECRET)

    assert (failure.value.detail, failure.value.sent) == (detail, True)


@pytest.mark.loopback
async def test_a_body_that_comes_byte_by_byte_is_read_so_many_times(neighbour: Served) -> None:
    async def single(_: Reader, writer: Writer) -> None:
        writer.write(HEAD + b"\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)

    async with neighbour(single) as there:
        with pytest.raises(ReplyUnreadable, match="too_many_reads"):
            await HttpClient(there.url()).send("POST", seconds=60, content=SECRET)


@pytest.mark.loopback
async def test_interim_replies_and_a_chunk_for_each_segment_are_taken(neighbour: Served) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 5
    chunks = b"8\r\nEB*1**30\r\n" * 2_000 + b"0\r\nDigest: x\r\n\r\n"

    async with neighbour(says(interim + CHUNKED + chunks)) as there:
        received = await HttpClient(there.url()).send("POST", seconds=10, content=SECRET)

    assert received.body == b"EB*1**30" * 2_000


@pytest.mark.loopback
async def test_the_usual_exchange_makes_no_parser(neighbour: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a parser was made")

    monkeypatch.setattr(h11, "Connection", refuse)

    async with neighbour(GOOD) as there:
        usual = {"Content-Type": "multipart/form-data; boundary=form-1"}
        received = await HttpClient(there.url()).send("POST", seconds=5, headers=usual, content=SECRET)

    assert (received.status, received.headers["set-cookie"], received.body) == (200, "a=b", b"ok")


@pytest.mark.loopback
@pytest.mark.parametrize("split", [1, 20, 58, 60, 9_000])
async def test_a_body_of_a_stated_length_is_whole_wherever_its_reply_is_split(neighbour: Served, split: int) -> None:
    reply = HEAD + b"X-A: b\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000 + b"what follows"

    async def halves(reader: Reader, writer: Writer) -> None:
        writer.write(reply[:split])
        await writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await reader.read(1)
        writer.write(reply[split:])
        await writer.drain()

    async with neighbour(halves) as there:
        received = await HttpClient(there.url()).send("POST", seconds=10, content=SECRET)

    assert (received.status, received.headers["x-a"], received.body) == (200, "b", b"x" * 20_000)


@pytest.mark.loopback
async def test_a_body_of_the_longest_length_is_taken(neighbour: Served) -> None:
    async with neighbour(says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MAX_BODY)) as there:
        received = await HttpClient(there.url()).send("POST", seconds=10, content=SECRET)

    assert len(received.body) == MAX_BODY
    assert "xxx" not in repr(received)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *[(status, PayerRefused) for status in (301, 302, 307, 308, 400, 401, 403, 404, 415)],
        *[(status, PayerBusy) for status in (429, 503)],
        *[(status, PayerSilent) for status in (408, 500, 502, 504)],
    ],
)
def test_a_status_means_what_the_answer_says(status: int, error: type[PayerError]) -> None:
    with pytest.raises(error, match=f"^http_{status}$") as failure:
        refuse_status(Received(status, {}, SECRET))

    assert failure.value.sent


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_left_to_the_route(status: int) -> None:
    refuse_status(Received(status, {}, b""))


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("30", 25, 30),
        ("0", -5, 0),
        ("000000000030", 25, 30),
        ("999999999", 3590, 3600),
        ("1000000000", 3590, 3600),
        pytest.param("9" * 5000, 3590, 3600, id="five thousand digits"),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 3590, 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", -5, 0),
    ],
)
def test_a_pause_is_between_now_and_an_hour(said: str, least: int, most: int) -> None:
    at = retry_at({"retry-after": said})

    assert at is not None
    assert least <= (at - dt.datetime.now(dt.UTC)).total_seconds() <= most


@pytest.mark.parametrize("said", ["", "soon", "-5", "Wed, 99 Oct 2015", "1e9", "²"])
def test_a_pause_that_cannot_be_read_is_none(said: str) -> None:
    assert retry_at({"retry-after": said}) is None


@pytest.mark.parametrize("days", [3, -3])
def test_an_instant_to_come_back_at_is_read_by_the_clock_of_whoever_says_it(days: int) -> None:
    theirs = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    said = {"date": format_datetime(theirs), "retry-after": format_datetime(theirs + dt.timedelta(seconds=90))}

    at = retry_at(said)

    assert at is not None
    assert (at - dt.datetime.now(dt.UTC)).total_seconds() == pytest.approx(90, abs=2)


# --- where it may go ---


@pytest.mark.parametrize(
    "url",
    [
        *("http://payer.example/x", "ftp://127.0.0.1", "nonsense", "https://a:b@payer.example", "file:///etc/hosts"),
        *("https://169.254.169.254/", "https://[fe80::1]/", "https://0.0.0.0/", "http://2130706433/", "https://"),
        *("http://127.0.0.1.payer.example/", "http://localhost.payer.example/", "https://224.0.0.1/", "http://[::1"),
    ],
)
def test_an_unsafe_address_is_refused_by_its_setting(url: str) -> None:
    with pytest.raises(ValueError, match=r"^TOKEN_URL: "):
        parse_safe_url(url, "TOKEN_URL")


@pytest.mark.parametrize(
    "url", ["https://payer.example/x", "http://127.0.0.1:8/x", "http://[::1]:8/", "http://localhost:8/"]
)
def test_a_safe_address_is_taken(url: str) -> None:
    assert parse_safe_url(url).host
