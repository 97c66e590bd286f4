"""The transport under httpx: each request on a connection of its own, read within bounds, closed after it.

httpx's own transport costs three times as much for such a request, most of it for the pool that we must not use, and
it says neither whether a byte was sent nor lets its reads be bounded. The HTTP is h11's, as under httpx's own, but for
the usual messages, which are plain (``plain_http``).
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator

import h11
import httpx

from payers.routes.shared import plain_http
from payers.routes.shared.connection import Connection
from payers.routes.shared.failures import is_setup_fault
from payers.routes.shared.intake import Intake
from payers.routes.shared.lookup import Resolver

CONNECT_SECONDS = 5.0
"""How long connecting to one address may take, its TLS included."""

_LONGEST_EVENT = 100_000
"""Bytes that h11 keeps of what is not whole yet; ``Intake`` ends a head and a chunk's line long before."""


def host_of(url: httpx.URL) -> str:
    """Return the host as a name or an address without brackets, in ASCII."""
    return url.raw_host.decode("ascii").strip("[]")


def port_of(url: httpx.URL) -> int:
    """Return the port, also where it is the usual one of the scheme."""
    return url.port or (443 if url.scheme == "https" else 80)


class FreshConnections(httpx.AsyncBaseTransport):
    """Carries the requests of one call, which share its limits; to close it is to close every connection with it.

    ``has_sent`` is true from the moment at which a byte of a request may have left.
    """

    def __init__(self, resolver: Resolver, trust: ssl.SSLContext, proxy: httpx.Proxy | None = None) -> None:
        """Connect to nothing yet."""
        self.has_sent = False
        self.intake = Intake()
        self._resolver = resolver
        self._trust = trust
        self._proxy = proxy
        self._connections: list[Connection] = []

    async def aclose(self) -> None:
        """Close whatever is open."""
        for connection in self._connections:
            connection.abort()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` and return its reply once the head is whole; its stream reads the body.

        Raises errors of httpx, and what the resolver and ``Intake`` raise.
        """
        content = await request.aread()
        plain = plain_http.write_request(request, content)
        parser, message = _write(request, content) if plain is None else (None, plain)
        connection = await self._connect(request.url)
        self.has_sent = True
        connection.write(message)
        self.intake.begin_head()
        came = await _read(self.intake, connection)
        head = plain_http.read_head(came) if parser is None else None
        if head is not None:
            self.intake.end_head()
            body = _PlainBody(came[head.size :], head.length, connection, self.intake)
            return httpx.Response(head.status, headers=head.fields, stream=body)
        if parser is None:
            parser, _ = _write(request, content)
        reader = _EventReader(parser, connection, self.intake, came)
        reply = await self._read_head(reader)
        return httpx.Response(reply.status_code, headers=reply.headers.raw_items(), stream=_Body(reader))

    async def _read_head(self, reader: "_EventReader") -> h11.Response:
        # Interim replies come before the one that counts.
        while isinstance(head := await reader.next_event(), h11.InformationalResponse):
            pass
        if not isinstance(head, h11.Response):
            raise httpx.RemoteProtocolError("no reply")
        self.intake.end_head()
        return head

    async def _connect(self, url: httpx.URL) -> Connection:
        """Connect to the host's addresses in turn until one takes us; through a proxy, which looks the name up."""
        trust = self._trust if url.scheme == "https" else None
        if self._proxy is not None:
            return await self._connect_through(self._proxy, url, self._trust)
        host, port = host_of(url), port_of(url)
        *others, last = await self._resolver.addresses(host, port)
        for address in others:
            try:
                return await self._open(address, port, trust, host)
            except httpx.TransportError as error:
                if is_setup_fault(error):
                    raise
        return await self._open(last, port, trust, host)

    async def _open(self, address: str, port: int, trust: ssl.SSLContext | None, name: str) -> Connection:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await Connection.open(address, port, trust, name if trust else None)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("connecting took too long") from error
        except OSError as error:
            raise httpx.ConnectError("not connected") from error
        self._connections.append(connection)
        return connection

    async def _connect_through(self, proxy: httpx.Proxy, url: httpx.URL, trust: ssl.SSLContext) -> Connection:
        """Have ``proxy`` connect us to ``url``, and go on over TLS: it learns the host and the port alone."""
        connection = await self._open(host_of(proxy.url), port_of(proxy.url), None, "")
        target = f"{url.raw_host.decode('ascii')}:{port_of(url)}"
        parser, message = _write(httpx.Request("CONNECT", url, headers=_proxy_headers(proxy, target)), b"", target)
        connection.write(message)
        self.intake.begin_head()
        head = await self._read_head(_EventReader(parser, connection, self.intake))
        if head.status_code // 100 != 2:
            raise httpx.ProxyError(str(head.status_code))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.start_tls(trust, host_of(url))
        except TimeoutError as error:
            raise httpx.ConnectTimeout("TLS took too long") from error
        except OSError as error:
            raise httpx.ConnectError("no TLS") from error
        return connection


def _proxy_headers(proxy: httpx.Proxy, target: str) -> dict[str, str]:
    headers = {"Host": target, "Accept": "*/*"}
    if proxy.raw_auth is not None:
        headers["Proxy-Authorization"] = f"Basic {b64encode(b':'.join(proxy.raw_auth)).decode('ascii')}"
    return headers


def _write(request: httpx.Request, content: bytes, target: str | None = None) -> tuple[h11.Connection, bytes]:
    """Return the parser for the reply, and the bytes of a request: one piece, and not a packet for each of its parts.

    Raises ``httpx.LocalProtocolError``.
    """
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_EVENT)
    try:
        head = h11.Request(method=request.method, target=target or request.url.raw_path, headers=request.headers.raw)
        parts = [parser.send(head), parser.send(h11.Data(data=content)) if content else b""]
        parts.append(parser.send(h11.EndOfMessage()))
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from None
    return parser, b"".join(part or b"" for part in parts)


async def _read(intake: Intake, connection: Connection) -> bytes:
    """Return what comes next; nothing when the peer has ended. Raises ``httpx.ReadError``, and as ``Intake`` does."""
    try:
        return await intake.read(connection)
    except OSError as error:
        raise httpx.ReadError("broken off") from error


class _EventReader:
    """The events of a reply, one after the other; ``came`` is what was read of it already."""

    def __init__(
        self, parser: h11.Connection, connection: Connection, intake: Intake, came: bytes | None = None
    ) -> None:
        self._parser = parser
        self._connection = connection
        self._intake = intake
        if came is not None:
            self._take(came)

    async def next_event(self) -> object:
        """Return the next event. Raises ``httpx.RemoteProtocolError`` and ``httpx.ReadError``."""
        while True:
            try:
                event = self._parser.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from None
            if event is not h11.NEED_DATA:
                return event
            self._take(await _read(self._intake, self._connection))

    def _take(self, came: bytes) -> None:
        if not came and self._parser.their_state is h11.SEND_RESPONSE:
            raise httpx.RemoteProtocolError("disconnected without a reply")
        self._parser.receive_data(came)


class _Body(httpx.AsyncByteStream):
    """The pieces of a body, as they came."""

    def __init__(self, reader: _EventReader) -> None:
        self._reader = reader

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._reader.next_event(), h11.Data):
            yield bytes(event.data)


class _PlainBody(httpx.AsyncByteStream):
    """The pieces of a body of ``length`` bytes, of which ``came`` was read with the head."""

    def __init__(self, came: bytes, length: int, connection: Connection, intake: Intake) -> None:
        self._came = came
        self._length = length
        self._connection = connection
        self._intake = intake

    async def __aiter__(self) -> AsyncIterator[bytes]:
        came, missing = self._came, self._length
        while True:
            if came:
                yield came[:missing]
            missing -= len(came)
            if missing <= 0:
                return
            came = await _read(self._intake, self._connection)
            if not came:
                raise httpx.RemoteProtocolError("closed connection before the body was whole")
