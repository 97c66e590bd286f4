"""Faults of the network and of a gateway: all that can be done to a response without knowing its payer."""

import asyncio
import re
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache, partial
from itertools import chain, repeat
from typing import NamedTuple

import h11

from payers.simulator.faults import Fault, FaultKind
from payers.simulator.hostile_xml import HOSTILE_XML
from payers.simulator.http_messages import JSON, Response

EDI = (("Content-Type", "application/edi-x12"),)

_PAGE = b"<!DOCTYPE html><html><body><h1>503</h1><p>Member not found. EB*6**30~</p></body></html>"
_DRIP_SECONDS = 0.4
_MEGABYTE = 1_000_000


def _head(connection: h11.Connection, response: Response, length: int) -> bytes:
    headers = [*response.headers, ("Connection", "close"), ("Content-Length", str(length))]
    sent = connection.send(h11.Response(status_code=response.status, headers=headers, reason=b""))
    return sent or b""


async def write(writer: asyncio.StreamWriter, connection: h11.Connection, response: Response) -> None:
    """Send ``response`` as it is."""
    writer.write(_head(connection, response, len(response.body)) + response.body)
    await writer.drain()


async def send_with_fault(writer: asyncio.StreamWriter, connection: h11.Connection, response: Response) -> None:
    """Send ``response`` with its fault, as far as that is one of the network's."""
    fault = response.fault
    if fault.kind in _REPLACED:
        response = _REPLACED[fault.kind](fault)
    if fault.kind in _ADDED:
        response = response._replace(headers=(*response.headers, *_ADDED[fault.kind]()))
    broken = _BROKEN.get(fault.kind)
    if broken is None:
        await write(writer, connection, response)
    else:
        await broken.send(writer, _head(connection, response, len(response.body)), response.body)


async def _close(_: asyncio.StreamWriter) -> None:
    """Leave the connection to be closed in order."""


async def _hang(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def _reset(writer: asyncio.StreamWriter) -> None:
    """Reset the connection: without time to linger the peer gets a reset and no orderly end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class _Broken(NamedTuple):
    """How a response is broken off: the pieces that are sent of head and body, seconds after each, and the end."""

    pieces: Callable[[bytes, bytes], Iterable[bytes]]
    end: Callable[[asyncio.StreamWriter], Awaitable[None]] = _close
    pause: float = 0.0

    async def send(self, writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
        for piece in self.pieces(head, body):
            writer.write(piece)
            await writer.drain()
            if self.pause:
                await asyncio.sleep(self.pause)
        await self.end(writer)


def _nothing(*_: bytes) -> Iterable[bytes]:
    return ()


def _half(head: bytes, body: bytes) -> Iterable[bytes]:
    return (head + body[: len(body) // 2],)


def _unsized_half(head: bytes, body: bytes) -> Iterable[bytes]:
    """Return half a body without a declared length: to HTTP it is complete."""
    return _half(_without_length(head), body)


def _without_length(head: bytes) -> bytes:
    return re.sub(rb"(?i)content-length: \d+\r\n", b"", head)


def _each_byte(content: bytes) -> Iterable[bytes]:
    return (content[at : at + 1] for at in range(len(content)))


def _endless_headers(*_: bytes) -> Iterable[bytes]:
    return chain((b"HTTP/1.1 200 OK\r\n",), repeat(b"X-More: " + b"y" * 4000 + b"\r\n"))


def _with_header(line: bytes, head: bytes, body: bytes) -> Iterable[bytes]:
    """Return the response with one more line in its head, however illegal."""
    return (head.removesuffix(b"\r\n") + line + b"\r\n\r\n" + body,)


def _bad_chunks(head: bytes, body: bytes) -> Iterable[bytes]:
    chunked = re.sub(rb"(?i)content-length: \d+", b"Transfer-Encoding: chunked", head)
    return (chunked, b"5\r\n" + body[:5] + b"\r\nnot a size\r\n" + body[5:])


def _stream(head: bytes, body: bytes) -> Iterable[bytes]:
    """Return 500 MB without a declared length; a careful reader disconnects long before the end."""
    return chain((_without_length(head) + body,), repeat(b"\0" * _MEGABYTE, 500))


_BROKEN: dict[FaultKind, _Broken] = {
    FaultKind.HANG: _Broken(_nothing, _hang),
    FaultKind.STALL: _Broken(_half, _hang),
    FaultKind.RESET: _Broken(_nothing, _reset),
    FaultKind.CLOSE: _Broken(_nothing),
    FaultKind.CUT: _Broken(_half, _reset),
    FaultKind.UNSIZED: _Broken(_unsized_half),
    FaultKind.DUPLICATE: _Broken(lambda head, body: ((head + body) * 2,)),
    FaultKind.DRIP: _Broken(lambda head, body: (head + body[:1], *_each_byte(body[1:])), pause=_DRIP_SECONDS),
    FaultKind.HEADERS: _Broken(_endless_headers),
    FaultKind.GARBAGE: _Broken(lambda *_: (b"\x00\x01 this is no HTTP\r\n\r\n",)),
    FaultKind.MUTE: _Broken(lambda head, _: (head,), _hang),
    FaultKind.DRIPHEAD: _Broken(lambda head, body: _each_byte(head + body), pause=_DRIP_SECONDS),
    FaultKind.LENGTHS: _Broken(partial(_with_header, b"Content-Length: 12")),
    FaultKind.INJECTED: _Broken(partial(_with_header, b"X-Note: a\0b\rSet-Cookie: c=d")),
    FaultKind.MANYHEADERS: _Broken(
        partial(_with_header, b"\r\n".join(b"X-%d: y" % number for number in range(50_000)))
    ),
    FaultKind.CHUNKS: _Broken(_bad_chunks),
    FaultKind.STREAM: _Broken(_stream),
}


@cache
def _bomb(megabytes: int, *, gzipped: bool) -> bytes:
    """Return so many megabytes of zeros, packed; each block is independent, which makes them cheap to make."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = b"\0" * (10 * _MEGABYTE)
    times = max(1, megabytes // 10)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * times + packer.flush(zlib.Z_FINISH)
    if not gzipped:
        check = 1
        for _ in range(times):
            check = zlib.adler32(zeros, check)
        return b"\x78\xda" + packed + struct.pack(">I", check)
    check = 0
    for _ in range(times):
        check = zlib.crc32(zeros, check)
    head = b"\x1f\x8b\x08" + b"\0" * 6 + b"\x03"
    return head + packed + struct.pack("<II", check, times * len(zeros) % 2**32)


def _pack_with(coding: str) -> Callable[[Fault], Response]:
    def response(fault: Fault) -> Response:
        body = b"\x8b" * 1000 if coding == "br" else _bomb(fault.number or 50, gzipped=coding == "gzip")
        return Response(headers=(*EDI, ("Content-Encoding", coding)), body=body)

    return response


_NO_ANSWERS = (
    *(b"null", b"{}", b"[]", b'"benefits"', b"12", b"true", b'{"a":', b"[" * 100_000, b'{"a":' * 100_000),
    *(b'{"benefitsInformation": null, "planStatus": {}}', b'{"coverages": [{"plans": 5}]}', b"NaN", b"1e999999"),
    *(b'{"errors": [{"code": {}}]}', b"\xff\xfe{\0}\0", b'{"controlNumber": 1e309, "benefitsInformation": [[[]]]}'),
)
"""JSON that is no reply, or no JSON. Source: ``RELIABILITY.md`` 5.2, P2."""

_PAUSES = ("1", "Wed, 21 Oct 2026 07:28:00 GMT", None, "1000000000", "-5", "soon", "0", "120")
"""Forms of ``Retry-After``. Source: ``RELIABILITY.md`` 5.3, L4."""


def _after(fault: Fault) -> Response:
    value = _PAUSES[fault.number % len(_PAUSES)]
    return Response(status=429, headers=(("Retry-After", value),) if value is not None else ())


def _a_day_off() -> tuple[tuple[str, str], ...]:
    return (("Date", format_datetime(datetime.now(UTC) - timedelta(days=1))),)


def _status(fault: Fault) -> Response:
    """Return a bare status; 500 when the number is none that ends an exchange."""
    status = fault.number if 200 <= fault.number <= 599 else 500
    return Response(status=status, headers=(("Retry-After", "120"),) if status in {429, 503} else ())


def _redirect(fault: Fault) -> Response:
    """Redirect to a path at which requests count as ``astray``, or to the one that the switch names."""
    status = fault.number if 300 <= fault.number <= 399 else 308
    return Response(status=status, headers=(("Location", fault.to),))


_REPLACED: dict[FaultKind, Callable[[Fault], Response]] = {
    **HOSTILE_XML,
    FaultKind.HTML: lambda _: Response(headers=(("Content-Type", "text/html"),), body=_PAGE),
    FaultKind.EMPTY: lambda _: Response(),
    FaultKind.STATUS: _status,
    FaultKind.REDIRECT: _redirect,
    FaultKind.GZIP: _pack_with("gzip"),
    FaultKind.DEFLATE: _pack_with("deflate"),
    FaultKind.BROTLI: _pack_with("br"),
    FaultKind.JSON: lambda fault: Response(headers=JSON, body=_NO_ANSWERS[fault.number % len(_NO_ANSWERS)]),
    FaultKind.AFTER: _after,
    FaultKind.MEDIA: lambda _: Response(headers=(("Content-Type", "image/png"),), body=b"\x89PNG"),
    FaultKind.LONG: lambda _: Response(headers=EDI, body=b"ISA" * 1_000_000),
}

_ADDED: dict[FaultKind, Callable[[], tuple[tuple[str, str], ...]]] = {
    FaultKind.SKEWED: _a_day_off,
    FaultKind.MOCK: lambda: (("X-Api-Mock-Response", "true"),),
}
"""Headers beside those of a right response."""
