"""An application behind the bounded protocol, in little time and space, and callers that write bytes to it."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from service.security.access import Credential
from service.web.connections import Connections
from service.web.key_lookups import KeyRecord
from service.web.overload import Overload
from service.web.protocol import BoundedProtocol

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

    def is_possible(self, coming: int = 0) -> bool:
        return bool(CROWD)

    def refuses_question(self, headers: Iterable[tuple[bytes, bytes]], coming: int = 0) -> bool:
        return True


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
