"""The simulator's HTTP: raw streams and h11, so that it can misbehave in ways that no framework allows."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import h11

from payers.simulator.desk import Desk
from payers.simulator.ends.availity_rest import AvailityRestEnd
from payers.simulator.ends.core_mime import CoreMimeEnd
from payers.simulator.ends.core_soap import CoreSoapEnd
from payers.simulator.ends.optum_json import OptumJsonEnd
from payers.simulator.ends.optum_real import OptumRealEnd
from payers.simulator.ends.stedi_json import StediJsonEnd
from payers.simulator.misbehaving import JSON, misbehave, write
from payers.simulator.speech import End, Request, Response, is_exchange
from payers.simulator.weather import FaultKind, Sky, Weather

MAX_BODY = 4_000_000

ENDS: tuple[Callable[[Sky, Desk], End], ...] = (
    CoreMimeEnd,
    CoreSoapEnd,
    AvailityRestEnd,
    OptumJsonEnd,
    OptumRealEnd,
    StediJsonEnd,
)
"""Every route's far end."""


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
        return await asyncio.start_server(self._handle_connection, host, port, backlog=2048)

    async def hang_up(self) -> None:
        """End every connection, the hung ones too."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _handle_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The task is ours and not the stream's, which complains of every connection that is ended from here.
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
        end = next((end for end in self._ends if any(f"{path}/".startswith(f"{it}/") for it in end.paths)), None)
        if end is None:
            self._counts["astray"] += 1
            await write(writer, connection, Response(status=404))
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
        asked = Request(request.method.decode("ascii"), path, headers, body)
        if is_exchange(end, asked):
            self._counts["exchanges"] += 1
        response = await end.answer(asked)
        self._counts[response.weather.kind.value.lower()] += 1
        await misbehave(writer, connection, response)

    def _control(self, path: str, body: bytes) -> Response:
        """``counters`` tells what was seen; ``weather`` takes ``{"kind": …, "number": …}``, or a null kind."""
        if path == "/control/counters":
            violations = [code for end in self._ends for code in end.violations]
            seen = {"exchanges": 0, "astray": 0, **self._counts, "violations": violations[:20]}
            return Response(headers=JSON, body=json.dumps(seen).encode())
        if path != "/control/weather":
            return Response(status=404)
        try:
            wanted = json.loads(body)
            kind, number = wanted.get("kind"), int(wanted.get("number") or 0)
            to = str(wanted.get("to") or "/elsewhere")
            self._sky.switched = Weather(FaultKind(str(kind).upper()), number, to) if kind else None
        except (ValueError, TypeError, AttributeError):
            return Response(status=400)
        return Response(status=204)


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
