"""The simulator's HTTP: raw streams and h11, so that it can misbehave in ways that no framework allows."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import h11

from payers.simulator.ends import core_mime
from payers.simulator.ends.core_mime import CoreMimeEnd, Response
from payers.simulator.weather import Kind, Sky, Weather

MAX_BODY = 4_000_000
_PAGE = b"<!DOCTYPE html><html><body><h1>503</h1><p>Member not found. EB*6**30~</p></body></html>"
_DRIP_SECONDS = 0.4

End = Callable[[str, bytes], Awaitable[Response]]


class Simulator:
    """All payers' ends under one sky, and the switch that tests turn."""

    def __init__(self, sky: Sky) -> None:
        """Stand under ``sky``; nothing listens yet."""
        self._sky = sky
        self._mime = CoreMimeEnd(sky)
        self._ends: dict[str, End] = {core_mime.PATH: self._mime.answer}
        self._counts: Counter[str] = Counter()

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen."""
        return await asyncio.start_server(self._connected, host, port, backlog=2048)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
        end = self._ends.get(path)
        if end is None:
            await _write(writer, connection, Response(status=404))
            return
        content_type = next((value for name, value in request.headers if name == b"content-type"), b"")
        response = await end(content_type.decode("latin-1"), body)
        self._counts["exchanges"] += 1
        self._counts[response.weather.kind.value.lower()] += 1
        await _misbehave(writer, connection, response)

    def _control(self, path: str, body: bytes) -> Response:
        """``counters`` tells what was seen; ``weather`` takes ``{"kind": …, "number": …}``, or a null kind."""
        if path == "/control/counters":
            seen = {**self._counts, "violations": self._mime.violations[:20]}
            return Response(headers=_JSON, body=json.dumps(seen).encode())
        if path == "/control/weather":
            wanted = json.loads(body or b"{}").get("kind")
            number = int(json.loads(body or b"{}").get("number", 0))
            self._sky.switched = Weather(Kind[wanted.upper()], number) if wanted else None
            return Response(status=204)
        return Response(status=404)


_JSON = (("Content-Type", "application/json"),)


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


def _head(connection: h11.Connection, response: Response, length: int | None) -> bytes:
    headers = [*response.headers, ("Connection", "close")]
    if length is not None:
        headers.append(("Content-Length", str(length)))
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


async def _reset_at_once(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del head, body
    _reset(writer)


async def _close(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    del writer, head, body


async def _cut(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    writer.write(head + body[: len(body) // 2])
    await writer.drain()
    _reset(writer)


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
    Kind.RESET: _reset_at_once,
    Kind.CLOSE: _close,
    Kind.CUT: _cut,
    Kind.DUPLICATE: _duplicate,
    Kind.DRIP: _drip,
    Kind.HEADERS: _endless_headers,
    Kind.GARBAGE: _garbage,
}


def _reset(writer: asyncio.StreamWriter) -> None:
    transport = writer.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()


_REPLACED: dict[Kind, Callable[[Weather], Response]] = {
    Kind.HTML: lambda _: Response(headers=(("Content-Type", "text/html"),), body=_PAGE),
    Kind.EMPTY: lambda _: Response(),
    Kind.STATUS: lambda weather: Response(
        status=weather.number or 500, headers=(("Retry-After", "120"),) if weather.number in {429, 503} else ()
    ),
    Kind.REDIRECT: lambda _: Response(status=308, headers=(("Location", "https://elsewhere.invalid/"),)),
    Kind.GZIP: lambda _: Response(
        headers=(("Content-Type", "application/edi-x12"), ("Content-Encoding", "gzip")),
        body=gzip.compress(b"\0" * 50_000_000, compresslevel=9),
    ),
    Kind.MEDIA: lambda _: Response(headers=(("Content-Type", "image/png"),), body=b"\x89PNG"),
    Kind.LONG: lambda _: Response(headers=(("Content-Type", "application/edi-x12"),), body=b"ISA" * 1_000_000),
}
