"""What a listener promises: a turn accepts all who came, a question too many is refused at once, arrivals are known."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from socket import create_connection, create_server, socket
from time import monotonic, sleep
from typing import NamedTuple

import pytest

from service.security.access import Role
from service.verification.admission import Admission
from service.web import listener as listening_module
from service.web.arrivals import seconds_since_data
from service.web.early_refusals import EarlyRefusals
from service.web.key_lookups import KeyLookups
from service.web.listener import Accepted, Listener
from service.web.overload import Overload
from tests.service.staging import until
from tests.service.web.test_overload import OneKey

pytestmark = pytest.mark.loopback

QUESTION = b"POST /v1/verifications HTTP/1.1\r\nHost: service\r\nPrefer: wait=1\r\nContent-Length: 2\r\n\r\nhi"
UNFINISHED = QUESTION.replace(b"Length: 2", b"Length: 100000")
ROOM = 8
LOOK = b"GET /healthz HTTP/1.1\r\nHost: service\r\n\r\n"


class Greeter(asyncio.Protocol):
    """Notes what comes, and answers with one word."""

    def __init__(self, seen: list[tuple[bytes, float]], accepted: Accepted) -> None:
        self._seen = seen
        self._accepted = accepted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._accepted.first:
            self.data_received(self._accepted.first)

    def data_received(self, data: bytes) -> None:
        self._seen.append((data, seconds_since_data(self._accepted.connection)))
        self._transport.write(b"served")  # type: ignore[attr-defined]
        self._transport.close()


class Full(Overload):
    """Refuses every question that waits a second."""

    def is_possible(self, coming: int = 0) -> bool:
        return True

    def refuses_every_question(self, coming: int = 0) -> bool:
        return False

    def refuses_question(self, headers: Iterable[tuple[bytes, bytes]], coming: int = 0) -> bool:
        return dict(headers).get(b"prefer") == b"wait=1"


class Opened(NamedTuple):
    address: tuple[str, int]
    seen: list[tuple[bytes, float]]
    refusals: EarlyRefusals

    def ask(self, request: bytes) -> socket:
        """A connection on which ``request`` was sent; nobody has accepted it yet."""
        connection = create_connection(self.address, timeout=5.0)
        connection.sendall(request)
        return connection


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    seen: list[tuple[bytes, float]] = []
    refusals = EarlyRefusals()
    overload = Full(Admission(ROOM), KeyLookups(OneKey(Role.STAFF)), dict.fromkeys(Role, 8.0))
    listening = create_server(("127.0.0.1", 0), backlog=512)
    listener = Listener(listening, lambda accepted: Greeter(seen, accepted), overload, refusals)
    listener.start()
    yield Opened(listening.getsockname(), seen, refusals)
    listener.close()


async def read(connection: socket) -> bytes:
    """All that comes until the other end closes."""
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        async with asyncio.timeout(5.0):
            return await reader.read()
    finally:
        writer.close()


async def test_one_turn_accepts_all_who_came(opened: Opened) -> None:
    connections = [opened.ask(QUESTION) for _ in range(100)]

    # The loop looks for what came at the end of this turn, and acts on it in the next.
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert opened.refusals._counts["overloaded"] == 100
    for connection in connections:
        connection.close()


async def test_of_those_who_come_in_one_turn_no_more_are_let_in_than_there_is_room_for(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("is_possible", "refuses_every_question", "refuses_question"):
        monkeypatch.setattr(Full, name, getattr(Overload, name))
    connections = [opened.ask(QUESTION) for _ in range(100)]
    await until(lambda: len(opened.seen) == ROOM)

    assert opened.refusals._counts["overloaded"] == 100 - ROOM
    assert await read(opened.ask(QUESTION)) == b"served"
    for connection in connections:
        connection.close()


async def test_those_who_come_in_one_turn_are_told_apart_by_what_they_bring(opened: Opened) -> None:
    patient = QUESTION.replace(b"wait=1", b"wait=9")
    connections = [opened.ask(request) for request in (QUESTION, patient, QUESTION, patient)]
    answers = [(await read(connection))[:12] for connection in connections]

    assert answers == [b"HTTP/1.1 503", b"served", b"HTTP/1.1 503", b"served"]


async def test_headers_are_known_in_any_case_and_with_blanks_around_them(opened: Opened) -> None:
    answer = await read(opened.ask(QUESTION.replace(b"Prefer: wait=1", b"PREFER:\t wait=1 ")))

    assert answer.startswith(b"HTTP/1.1 503 ")


async def test_a_question_too_many_is_told_so_and_has_no_protocol(opened: Opened) -> None:
    answer = await read(opened.ask(QUESTION))

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 2\r\n" in answer
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.endswith(b'"code":"overloaded","errors":[]}')
    assert opened.seen == []


@pytest.mark.parametrize(
    "request_", [LOOK, QUESTION.replace(b"POST", b"GET"), QUESTION.replace(b"wait=1", b"wait=9"), b"POST /v1/ver"]
)
async def test_everything_else_is_served(opened: Opened, request_: bytes) -> None:
    assert await read(opened.ask(request_)) == b"served"
    assert [data for data, _ in opened.seen] == [request_]


async def test_a_caller_who_still_sends_reads_why_he_is_refused(opened: Opened) -> None:
    connection = opened.ask(UNFINISHED)
    await until(lambda: opened.refusals._counts["overloaded"] == 1)
    connection.sendall(b"b" * 50_000)

    assert (await read(connection)).startswith(b"HTTP/1.1 503 ")


async def test_refused_connections_are_closed_in_the_end(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening_module, "LINGER_SECONDS", 0.05)
    connection = opened.ask(UNFINISHED)
    await until(lambda: opened.refusals._counts["overloaded"] == 1)
    connection.settimeout(0.0)

    def is_reset() -> bool:
        # Written to a connection that nobody holds any more, it comes back as a reset.
        with suppress(BlockingIOError):
            connection.send(b"b")
        return False

    with pytest.raises(OSError):
        await until(is_reset)
    connection.close()


async def test_of_many_refused_connections_the_oldest_is_closed_first(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening_module, "CLOSING_AT_MOST", 2)
    connections = [opened.ask(UNFINISHED) for _ in range(5)]

    assert all([(await read(connection)).startswith(b"HTTP/1.1 503 ") for connection in connections])


async def test_a_wait_begins_when_the_request_came_and_not_when_a_blocked_loop_reads_it(opened: Opened) -> None:
    began = monotonic()
    connection = opened.ask(LOOK)
    sleep(0.2)  # noqa: ASYNC251 - the loop is held up
    held = monotonic() - began

    assert await read(connection) == b"served"
    assert opened.seen[0][1] >= held - 0.1


async def test_a_process_without_descriptors_accepts_again_when_it_has_some(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening_module, "PAUSE_SECONDS", 0.01)
    accept = socket.accept
    failures = [OSError(24, "too many open files"), ConnectionAbortedError()]

    def fail_first(self: socket) -> object:
        if failures:
            raise failures.pop(0)
        return accept(self)

    monkeypatch.setattr(socket, "accept", fail_first)

    assert await read(opened.ask(LOOK)) == b"served"


def test_a_connection_shows_nothing_of_what_was_read() -> None:
    with socket() as connection:
        shown = repr(Accepted(connection, ("127.0.0.1", 1), ("127.0.0.1", 2), b"IMA MEMBER"))

    assert shown == "Accepted(bytes=10)"
