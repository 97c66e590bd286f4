"""The simulator's HTTP: raw streams and h11, so that it can misbehave in ways that no framework allows."""

import asyncio
import gzip
import json
import re
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache

import h11

from payers.simulator.desk import Desk
from payers.simulator.ends.core_mime import CoreMimeEnd
from payers.simulator.speech import End, Request, Response
from payers.simulator.weather import Kind, Sky, Weather

MAX_BODY = 4_000_000
_PAGE = b"<!DOCTYPE html><html><body><h1>503</h1><p>Member not found. EB*6**30~</p></body></html>"
_DRIP_SECONDS = 0.4

ENDS: tuple[Callable[[Sky, Desk], End], ...] = (CoreMimeEnd,)
"""Every road's far end."""


class Simulator:
    """All payers' ends under one sky, and the switch that tests turn."""

    def __init__(self, sky: Sky) -> None:
        """Stand under ``sky``; nothing listens yet."""
        self._sky = sky
        desk = Desk()
        self._ends = tuple(end(sky, desk) for end in ENDS)
        self._counts: Counter[str] = Counter()
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen. Raises ``OSError`` when the port is taken."""
        return await asyncio.start_server(self._connected, host, port, backlog=2048)

    async def hang_up(self) -> None:
        """End every connection, the hung ones too."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The task is ours and not the stream's, which complains of every connection that is ended from here.
        task = asyncio.create_task(self._held(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _held(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, h11.ProtocolError, asyncio.IncompleteReadError):
            try:
                await self._one(reader, writer)
            finally:
                writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its response; the connection is closed after it."""
        connection = h11.Connection(h11.SERVER)
        request, body = await _received(connection, reader)
        if request is None:
            return
        path = request.target.decode("ascii", "replace").partition("?")[0]
        if path.startswith("/control/"):
            await _write(writer, connection, self._control(path, body))
            return
        end = next((end for end in self._ends if any(f"{path}/".startswith(f"{it}/") for it in end.paths)), None)
        if end is None:
            self._counts["astray"] += 1
            await _write(writer, connection, Response(status=404))
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
        if (request.method, path) == (b"POST", end.asked_at):
            self._counts["exchanges"] += 1
        response = await end.answer(Request(request.method.decode("ascii"), path, headers, body))
        self._counts[response.weather.kind.value.lower()] += 1
        await _misbehave(writer, connection, response)

    def _control(self, path: str, body: bytes) -> Response:
        """``counters`` tells what was seen; ``weather`` takes ``{"kind": …, "number": …}``, or a null kind."""
        if path == "/control/counters":
            violations = [code for end in self._ends for code in end.violations]
            seen = {"exchanges": 0, "astray": 0, **self._counts, "violations": violations[:20]}
            return Response(headers=_JSON, body=json.dumps(seen).encode())
        if path != "/control/weather":
            return Response(status=404)
        try:
            wanted = json.loads(body)
            kind, number = wanted.get("kind"), int(wanted.get("number") or 0)
            self._sky.switched = Weather(Kind(str(kind).upper()), number) if kind else None
        except (ValueError, TypeError, AttributeError):
            return Response(status=400)
        return Response(status=204)


_JSON = (("Content-Type", "application/json"),)
_EDI = (("Content-Type", "application/edi-x12"),)


async def _received(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytes]:
    request: h11.Request | None = None
    parts: list[bytes] = []
    length = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            length += len(event.data)
            if length > MAX_BODY:
                return None, b""
            parts.append(bytes(event.data))
        else:
            return (request if isinstance(event, h11.EndOfMessage) else None), b"".join(parts)


def _head(connection: h11.Connection, response: Response, length: int) -> bytes:
    headers = [*response.headers, ("Connection", "close"), ("Content-Length", str(length))]
    sent = connection.send(h11.Response(status_code=response.status, headers=headers, reason=b""))
    return sent or b""


async def _write(writer: asyncio.StreamWriter, connection: h11.Connection, response: Response) -> None:
    writer.write(_head(connection, response, len(response.body)) + response.body)
    await writer.drain()


async def _misbehave(writer: asyncio.StreamWriter, connection: h11.Connection, response: Response) -> None:
    """Send ``response`` through the weather that it stands in."""
    weather = response.weather
    if weather.kind in _REPLACED:
        response = _REPLACED[weather.kind](weather)
    broken = _BROKEN.get(weather.kind)
    if broken is None:
        await _write(writer, connection, response)
    else:
        await broken(writer, _head(connection, response, len(response.body)), response.body)


async def _hang(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del writer, head, body
    await asyncio.sleep(3600)


async def _stall(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    writer.write(head + body[: len(body) // 2])
    await writer.drain()
    await asyncio.sleep(3600)


async def _reset_at_once(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del head, body
    _reset(writer)


async def _close(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del writer, head, body


async def _cut(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    writer.write(head + body[: len(body) // 2])
    await writer.drain()
    _reset(writer)


async def _unsized(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    """Close in the midst of a body whose length was never given: to HTTP it is whole."""
    writer.write(re.sub(rb"(?i)content-length: \d+\r\n", b"", head) + body[: len(body) // 2])
    await writer.drain()


async def _duplicate(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    writer.write((head + body) * 2)
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    writer.write(head)
    for at in range(len(body)):
        writer.write(body[at : at + 1])
        await writer.drain()
        await asyncio.sleep(_DRIP_SECONDS)


async def _endless_headers(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del head, body
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"y" * 4000 + b"\r\n")
        await writer.drain()


async def _garbage(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del head, body
    writer.write(b"\x00\x01 this is no HTTP\r\n\r\n")
    await writer.drain()


_BROKEN: dict[Kind, Callable[[asyncio.StreamWriter, bytes, bytes], Awaitable[None]]] = {
    Kind.HANG: _hang,
    Kind.STALL: _stall,
    Kind.RESET: _reset_at_once,
    Kind.CLOSE: _close,
    Kind.CUT: _cut,
    Kind.UNSIZED: _unsized,
    Kind.DUPLICATE: _duplicate,
    Kind.DRIP: _drip,
    Kind.HEADERS: _endless_headers,
    Kind.GARBAGE: _garbage,
}


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection: without a time to linger the peer is sent a reset, and no orderly end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@cache
def _bomb() -> bytes:
    return gzip.compress(b"\0" * 50_000_000, compresslevel=9)


def _status(weather: Weather) -> Response:
    """A bare status; 500 when the number is none that ends an exchange."""
    status = weather.number if 200 <= weather.number <= 599 else 500
    return Response(status=status, headers=(("Retry-After", "120"),) if status in {429, 503} else ())


def _redirect(weather: Weather) -> Response:
    """To a path that counts whoever comes as ``astray``."""
    status = weather.number if 300 <= weather.number <= 399 else 308
    return Response(status=status, headers=(("Location", "/elsewhere"),))


_REPLACED: dict[Kind, Callable[[Weather], Response]] = {
    Kind.HTML: lambda _: Response(headers=(("Content-Type", "text/html"),), body=_PAGE),
    Kind.EMPTY: lambda _: Response(),
    Kind.STATUS: _status,
    Kind.REDIRECT: _redirect,
    Kind.GZIP: lambda _: Response(headers=(*_EDI, ("Content-Encoding", "gzip")), body=_bomb()),
    Kind.MEDIA: lambda _: Response(headers=(("Content-Type", "image/png"),), body=b"\x89PNG"),
    Kind.LONG: lambda _: Response(headers=_EDI, body=b"ISA" * 1_000_000),
}
