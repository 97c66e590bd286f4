"""What is too much is refused before it is read, and a place goes to whoever needs it most."""

import asyncio

import pytest
from structlog.testing import capture_logs

from tests.service.staging import until
from tests.service.web.protocol.serving import (
    CROWD,
    HELD,
    QUESTION,
    SEEN,
    WHOLE,
    Served,
    said,
)

pytestmark = pytest.mark.loopback


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
