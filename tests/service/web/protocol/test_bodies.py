"""What a connection promises of bodies and answers: each is bounded, and neither is waited for without end."""

import asyncio

import pytest

from tests.service.staging import until
from tests.service.web.protocol.serving import (
    HEAD,
    SEEN,
    Served,
    closed_while,
    said,
)

pytestmark = pytest.mark.loopback


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


async def test_a_body_in_chunks_after_a_whole_head_is_let_in_however_long(port: int) -> None:
    chunks = b"".join(b"400\r\n" + b"b" * 0x400 + b"\r\n" for _ in range(8)) + b"0\r\n\r\n"

    answer = await said(port, HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n", chunks)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"8192")


@pytest.mark.parametrize("chunk", [b"1;" + b"x" * 40_000, b"0" * 40_000, b"1\r\nb\r\n" * 10_000])
async def test_signs_between_chunks_are_bounded(port: int, chunk: bytes) -> None:
    parts = [chunk[place : place + 500] for place in range(0, len(chunk), 500)]

    assert await closed_while(port, HEAD + b"transfer-encoding: chunked\r\n\r\n", parts, 0)


async def test_the_answer_before_the_end_of_a_body_is_read_whole_and_ends_the_connection(port: int) -> None:
    early = b"POST /early HTTP/1.1\r\nhost: service\r\ncontent-length: 100000\r\n\r\n"

    answer = await said(port, early, b"b" * 10_000)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in answer
    assert answer.endswith(b"early")


async def test_the_rest_of_a_body_is_not_waited_for(port: int) -> None:
    early = b"POST /early HTTP/1.1\r\nhost: service\r\ncontent-length: 100000\r\n\r\n"

    assert await closed_while(port, early, [b"b"] * 50)


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
