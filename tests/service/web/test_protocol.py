"""What a connection promises: its requests come in time and within bounds, or it is refused and closed."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import NamedTuple

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from service.security.access import Credential, Role
from service.verification.admission import Admission
from service.web.connections import Connections
from service.web.key_lookups import KeyLookups, KeyRecord
from service.web.overload import Overload
from service.web.problems import safety_headers
from service.web.protocol import BoundedProtocol
from tests.service.staging import until

pytestmark = pytest.mark.loopback

HEAD = b"POST / HTTP/1.1\r\nhost: service\r\n"
CHUNKED = HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
WHOLE = HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nhi"
SEEN: list[dict[bytes, bytes]] = []
HELD: list[asyncio.Event] = []
CROWD: list[str] = []
"""Non-empty when the service is full."""

QUESTION = b"POST /v1/verifications?x HTTP/1.1\r\nhost: service\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"


class Served(NamedTuple):
    port: int
    places: Connections


class Impatient(BoundedProtocol):
    head_seconds = 0.2
    head_at_most = 1_000
    fields_at_most = 20
    raw_at_most = 20_000
    raw_of_roster = 60_000
    linger_seconds = 0.3
    write_seconds = 0.3


class Nobody:
    """No keys at all."""

    async def find_caller(self, credential: Credential) -> None:
        del credential

    async def list_keys(self) -> list[KeyRecord]:
        return []


class Crowded(Overload):
    """Full for questions when a test says so."""

    def is_possible(self) -> bool:
        return bool(CROWD)

    def refuses_question(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return b"host" in dict(headers)


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that counts the bytes of a body, unless it is told by its path to do something else."""
    SEEN.append(dict(scope["headers"]))
    if scope["path"] == "/early":
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"early"})
        return
    if scope["path"] == "/page":
        await send({"type": "http.response.start", "status": 204, "headers": [(b"content-security-policy", b"own")]})
        await send({"type": "http.response.body"})
        return
    if scope["path"] == "/fault":
        raise RuntimeError("imaginary")
    if scope["path"] == "/ended":
        raise asyncio.CancelledError
    if scope["path"] == "/busy":
        HELD.append(asyncio.Event())
        await HELD[-1].wait()
    if scope["path"] == "/much":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(100):
            await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
        await send({"type": "http.response.body"})
        return
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    places = Connections(most=20, per_peer=10, spare=2, fair=0.0)
    overload = Crowded(Admission(64), KeyLookups(Nobody()), dict.fromkeys(Role, 8.0))
    protocol = type("Bounded", (Impatient,), {"places": places, "overload": overload})
    config = uvicorn.Config(
        answering,
        port=0,
        log_config=None,
        access_log=False,
        lifespan="off",
        http=protocol,
        headers=safety_headers(strict_transport=False),
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    SEEN.clear()
    HELD.clear()
    CROWD.clear()
    await server.startup()
    server.server_state.default_headers = config.encoded_headers
    yield Served(server.servers[0].sockets[0].getsockname()[1], places)
    for held in HELD:
        held.set()
    server.should_exit = True
    await server.shutdown()


@pytest.fixture
def port(server: Served) -> int:
    return server.port


async def said(port: int, *parts: bytes) -> bytes:
    """What comes back until the connection is closed, or stays quiet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(2.0):
            return await reader.read()
    finally:
        writer.close()


async def closed_while(port: int, first: bytes, rest: Iterable[bytes], pause: float = 0.02) -> bool:
    """Whether we close a connection that goes on to send ``rest``, a part each ``pause`` seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        writer.write(first)
        for part in rest:
            writer.write(part)
            await writer.drain()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    while await reader.read(65536):
                        pass
                    await asyncio.sleep(pause)
        writer.transport.abort()
        return False
    return True


async def test_a_head_that_never_ends_is_closed_without_an_answer(port: int) -> None:
    assert await said(port, HEAD) == b""


async def test_a_question_too_many_is_refused_before_its_key_is_read(server: Served) -> None:
    CROWD.append("everybody")

    with capture_logs() as logs:
        answers = [await said(server.port, QUESTION) for _ in range(3)]
        elsewhere = [await said(server.port, WHOLE), await said(server.port, QUESTION.replace(b"POST", b"GET"))]
        server.places.refusals.report()
        server.places.refusals.report()

    assert {answer.split(b"\r\n", 1)[0] for answer in answers} == {b"HTTP/1.1 503 Service Unavailable"}
    assert all(b"retry-after: 2\r\n" in answer and b'"code":"overloaded"' in answer for answer in answers)
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in elsewhere)
    assert len(SEEN) == len(elsewhere)
    assert logs == [{"event": "connection.refused", "code": "overloaded", "count": 3, "log_level": "info"}]


async def test_a_question_is_let_in_as_soon_as_another_one_ends(port: int) -> None:
    CROWD.append("everybody")
    refused = await said(port, QUESTION)
    CROWD.clear()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert (await said(port, QUESTION)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("request_line", "parts", "status"),
    [
        ("POST /v1/batches", 5, b"200"),
        ("POST /desk/batches", 5, b"200"),
        ("POST /v1/batches", 7, b"413"),
        ("POST /v1/batches/bat_A/start", 3, b"413"),
        ("GET /v1/batches", 3, b"413"),
        ("POST /v1/verifications", 3, b"413"),
    ],
)
async def test_only_a_roster_may_be_long(port: int, request_line: str, parts: int, status: bytes) -> None:
    # Of a body that is too long no more is sent than it takes to know.
    length = parts * 10_000 if status == b"200" else 500_000
    head = f"{request_line} HTTP/1.1\r\nhost: service\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode())
    for _ in range(parts):
        await asyncio.sleep(0.02)
        writer.write(b"x" * 10_000)
    async with asyncio.timeout(2.0):
        answer = await reader.read(12)
    writer.close()

    assert answer == b"HTTP/1.1 " + status


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert await said(port) == b""


@pytest.mark.parametrize("end", [b"", b"\r\n"])
async def test_a_head_that_is_too_long_is_refused_whole_or_not(port: int, end: bytes) -> None:
    answer = await said(port, HEAD + b"x-long: " + b"a" * 1_100 + b"\r\n" + end)

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_body_in_chunks_after_a_whole_head_is_let_in_however_long(port: int) -> None:
    chunks = b"".join(b"400\r\n" + b"b" * 0x400 + b"\r\n" for _ in range(8)) + b"0\r\n\r\n"

    answer = await said(port, HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n", chunks)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"8192")


async def test_the_second_head_of_a_kept_connection_has_its_own_time(port: int) -> None:
    answer = await said(port, HEAD + b"content-length: 2\r\n\r\nhi", HEAD)

    assert answer.count(b"HTTP/1.1 200 ") == 1


async def test_no_header_comes_from_a_trailer(port: int) -> None:
    answer = await said(port, CHUNKED + b"authorization: Bearer x\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert [b"authorization" in headers for headers in SEEN] == [False]


@pytest.mark.parametrize(
    "trailers",
    [
        [b"a: b\r\n" * 50] * 200,
        [b"a: ", *[b"b" * 500] * 2_000],
        [*[b"a" * 500] * 2_000],
    ],
    ids=["many", "a long value", "a long name"],
)
async def test_endless_trailers_end_the_connection(port: int, trailers: list[bytes]) -> None:
    assert await closed_while(port, CHUNKED, trailers, 0)


@pytest.mark.parametrize("chunk", [b"1;" + b"x" * 40_000, b"0" * 40_000, b"1\r\nb\r\n" * 10_000])
async def test_signs_between_chunks_are_bounded(port: int, chunk: bytes) -> None:
    parts = [chunk[place : place + 500] for place in range(0, len(chunk), 500)]

    assert await closed_while(port, HEAD + b"transfer-encoding: chunked\r\n\r\n", parts, 0)


async def test_headers_are_bounded_in_number(port: int) -> None:
    answer = await said(port, HEAD + b"a: b\r\n" * 30 + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_the_answer_before_the_end_of_a_body_is_read_whole_and_ends_the_connection(port: int) -> None:
    early = b"POST /early HTTP/1.1\r\nhost: service\r\ncontent-length: 100000\r\n\r\n"

    answer = await said(port, early, b"b" * 10_000)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in answer
    assert answer.endswith(b"early")


async def test_the_rest_of_a_body_is_not_waited_for(port: int) -> None:
    early = b"POST /early HTTP/1.1\r\nhost: service\r\ncontent-length: 100000\r\n\r\n"

    assert await closed_while(port, early, [b"b"] * 50)


async def test_empty_lines_keep_no_connection_open(port: int) -> None:
    assert await closed_while(port, b"", [b"\r\n"] * 50)


async def test_a_caller_that_reads_nothing_is_closed(port: int, server: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(b"GET /much HTTP/1.1\r\nhost: service\r\n\r\n")

    await until(lambda: len(server.places) == 1)
    await until(lambda: len(server.places) == 0)

    writer.close()
    del reader


async def test_who_asks_again_before_the_answer_gets_the_first_answer_alone(port: int) -> None:
    answer = await said(port, (HEAD + b"content-length: 2\r\n\r\nhi") * 1_000)

    assert answer.count(b"HTTP/1.1 200 ") == 1
    assert b"connection: close" in answer
    assert len(SEEN) == 1


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        HEAD + b"content-length: 2\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\nhi",
    ],
)
async def test_what_is_no_request_of_ours_is_a_problem(port: int, request_: bytes) -> None:
    answer = await said(port, request_)

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/problem+json\r\n" in answer
    assert answer.endswith(b'"status":400,"code":"bad_request","errors":[]}')
    assert SEEN == []


@pytest.mark.parametrize(("path", "status"), [("/fault", b"500"), ("/ended", b"503")])
async def test_an_application_that_fails_or_is_ended_is_a_problem(port: int, path: str, status: bytes) -> None:
    answer = await said(port, f"GET {path} HTTP/1.1\r\nhost: service\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"content-type: application/problem+json\r\n" in answer
    assert b"imaginary" not in answer


async def test_a_broken_chunk_ends_a_request_with_one_problem(port: int) -> None:
    answer = await said(port, HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n", b"nonsense\r\n")

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_what_a_response_says_itself_stands_in_place_of_what_all_say(port: int) -> None:
    page = await said(port, b"GET /page HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n")
    other = await said(port, WHOLE)

    assert [line for line in page.split(b"\r\n") if b"policy:" in line.lower()] == [
        b"referrer-policy: no-referrer",
        b"cross-origin-resource-policy: same-origin",
        b"cross-origin-opener-policy: same-origin",
        b"permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        b"content-security-policy: own",
    ]
    assert b"content-security-policy: default-src 'none'" in other


async def test_a_request_of_the_old_protocol_needs_no_host(port: int) -> None:
    assert (await said(port, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_connection_that_waits_gives_its_place_to_a_new_one(port: int, server: Served) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]

    let_in = await said(port, WHOLE)

    assert let_in.startswith(b"HTTP/1.1 200 ")
    assert len(server.places) <= 10
    for _, writer in held:
        writer.close()


async def test_a_health_check_is_answered_when_every_other_place_is_taken(port: int) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    for _, writer in held:
        writer.write(b"GET /busy HTTP/1.1\r\nhost: service\r\n\r\n")
    await until(lambda: len(HELD) == 8)

    ordinary = await said(port, WHOLE)
    junk = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    healthy = await said(port, b"GET /healthz HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n")
    for event in HELD:
        event.set()
    answers = [await reader.readuntil(b"\r\n") for reader, _ in held]

    assert ordinary.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2\r\n" in ordinary
    assert ordinary.endswith(b'"code":"overloaded","errors":[]}')
    assert healthy.startswith(b"HTTP/1.1 200 ")
    assert set(answers) == {b"HTTP/1.1 200 OK\r\n"}
    for _, writer in held + junk:
        writer.close()


async def test_slow_heads_hold_up_nobody_else(port: int) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(15)]
    for _, writer in slow:
        writer.write(HEAD)

    answers = [await said(port, WHOLE) for _ in range(10)]

    for _, writer in slow:
        writer.close()
        await writer.wait_closed()
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
