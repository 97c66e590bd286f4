"""The simulator's HTTP: raw streams and h11, so that it can send_with_fault in ways that no framework allows."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import h11

from payers.simulator.endpoints import ENDPOINTS
from payers.simulator.faults import Fault, FaultKind, FaultSource
from payers.simulator.http_messages import Request, Response, is_exchange, respond_json
from payers.simulator.network_faults import send_with_fault, write
from payers.simulator.payer_system import PayerSystem

MAX_BODY = 4_000_000


class Simulator:
    """All endpoints in front of the same payers, with their faults and the switch that tests turn."""

    def __init__(self, faults: FaultSource) -> None:
        """Take the faults; nothing listens yet."""
        self._faults = faults
        payers = PayerSystem()
        self._endpoints = tuple(route.endpoint(faults, payers) for route in ENDPOINTS.values())
        self._counts: Counter[str] = Counter()
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen. Raises ``OSError`` when the port is taken."""
        return await asyncio.start_server(self._handle_connection, host, port, backlog=2048)

    async def hang_up(self) -> None:
        """End every connection, the hung ones too."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _handle_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: the stream's task complains of every connection that we end.
        task = asyncio.create_task(self._serve_connection(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, h11.ProtocolError, asyncio.IncompleteReadError):
            try:
                await self._one(reader, writer)
            finally:
                writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its response; the connection is closed after it."""
        connection = h11.Connection(h11.SERVER)
        request, body = await _receive(connection, reader)
        if request is None:
            return
        path = request.target.decode("ascii", "replace").partition("?")[0]
        if path.startswith("/control/"):
            await write(writer, connection, self._control(path, body))
            return
        endpoint = next((one for one in self._endpoints if _is_below(path, one.paths)), None)
        if endpoint is None:
            self._counts["astray"] += 1
            await write(writer, connection, Response(status=404))
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
        asked = Request(request.method.decode("ascii"), path, headers, body)
        if is_exchange(endpoint, asked):
            self._counts["exchanges"] += 1
        response = await endpoint.answer(asked)
        self._counts[response.fault.kind.value.lower()] += 1
        await send_with_fault(writer, connection, response)

    def _control(self, path: str, body: bytes) -> Response:
        """Answer a test: ``counters`` says what was seen; ``fault`` takes ``{"kind": …, "number": …}``, or null."""
        if path == "/control/counters":
            violations = [code for endpoint in self._endpoints for code in endpoint.violations]
            seen = {"exchanges": 0, "astray": 0, **self._counts, "violations": violations[:20]}
            return respond_json(200, seen)
        if path != "/control/fault":
            return Response(status=404)
        try:
            wanted = json.loads(body)
            kind, number = wanted.get("kind"), int(wanted.get("number") or 0)
            to = str(wanted.get("to") or "/elsewhere")
            self._faults.switched = Fault(FaultKind(str(kind).upper()), number, to) if kind else None
        except (ValueError, TypeError, AttributeError):
            return Response(status=400)
        return Response(status=204)


def _is_below(path: str, roots: Sequence[str]) -> bool:
    return any(f"{path}/".startswith(f"{root}/") for root in roots)


async def _receive(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytes]:
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
