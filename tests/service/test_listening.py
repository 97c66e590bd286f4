"""What a connection to our door promises: its head comes in time and within bounds, or it is closed."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from service.listening import PatientProtocol

pytestmark = pytest.mark.loopback

HEAD = b"POST / HTTP/1.1\r\nhost: service\r\n"


class Impatient(PatientProtocol):
    head_seconds = 0.2
    head_at_most = 1_000
    connections_at_most = 20


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that counts the bytes of a body."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(answering, port=0, log_config=None, access_log=False, lifespan="off", http=Impatient)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await server.shutdown()


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


async def test_a_head_that_never_ends_is_closed_without_an_answer(port: int) -> None:
    assert await said(port, HEAD) == b""


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


async def test_a_connection_too_many_is_shed_at_once_and_the_next_is_let_in_when_there_is_room(port: int) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
    shed = await said(port)
    for _, writer in held:
        writer.close()
        await writer.wait_closed()
    whole = HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nhi"
    let_in = await said(port, whole)

    assert shed.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in shed
    assert shed.endswith(b'"code":"overloaded","errors":[]}')
    assert let_in.startswith(b"HTTP/1.1 200 ")


async def test_slow_heads_hold_up_nobody_else(port: int) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(15)]
    for _, writer in slow:
        writer.write(HEAD)
    whole = HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nhi"

    answers = [await said(port, whole) for _ in range(10)]

    for _, writer in slow:
        writer.close()
        await writer.wait_closed()
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
