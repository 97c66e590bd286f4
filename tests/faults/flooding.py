"""Floods: callers without manners, each kind on many raw connections of one address, until they are told to end."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from secrets import token_hex, token_urlsafe
from typing import Any, NamedTuple

PAUSE = 0.02
"""Seconds between two bytes, or two tries, of one caller: so many callers cost the machine little."""

ASK = b"POST /v1/verifications HTTP/1.1\r\nHost: flood.example\r\nContent-Type: application/json\r\n"


class Flood(NamedTuple):
    """One kind: what each of ``callers`` does over a connection of its own, again whenever it ends."""

    name: str
    callers: int
    call: Callable[[Any, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _drip(writer: asyncio.StreamWriter, part: bytes, pause: float = 1.0) -> None:
    for _ in itertools.count():
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(pause)


async def heads_without_end(_: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A head that goes on and on."""
    del reader
    writer.write(ASK)
    await _drip(writer, b"X-Slow: 1\r\n")


async def rests_of_bodies(_: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body that nobody reads any more, since its request was answered, 250 bytes a second."""
    writer.write(ASK + b"Content-Length: 100000000\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await _drip(writer, bytes(250))


async def bodies_without_end(deployment: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body that never ends, of somebody with a key."""
    del reader
    writer.write(ASK + f"Authorization: Bearer {deployment.batch}\r\nContent-Length: 10000\r\n\r\n".encode())
    await _drip(writer, b" ", 0.2)


async def trailers_without_end(deployment: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Fields behind a body in chunks, as fast as they are taken."""
    del reader
    head = f"Authorization: Bearer {deployment.batch}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n"
    writer.write(ASK + head.encode())
    await _drip(writer, b"x-more: and more\r\n" * 5_000, 0.01)


async def readers_of_nothing(deployment: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request after the other, and no answer read."""
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    await _drip(writer, (b"GET /openapi.json HTTP/1.1\r\nHost: flood.example\r\n\r\n") * 500, 0.1)
    del deployment


async def idle_connections(_: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Nothing but an empty line now and then, after one answer."""
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: flood.example\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await _drip(writer, b"\r\n")


async def guesses(_: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A key that is none, another one each time."""
    key = f"bv_{token_hex(6)}_{token_urlsafe(32)}"
    writer.write(ASK + f"Authorization: Bearer {key}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
    await reader.read()


async def asks_of_one_key(deployment: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Requests of one key, as many as it can make."""
    head = f"Authorization: Bearer {deployment.batch}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    writer.write(ASK + head.encode())
    await reader.read()


FLOODS = [
    Flood("heads without end", 400, heads_without_end),
    Flood("rests of bodies", 400, rests_of_bodies),
    Flood("bodies without end", 100, bodies_without_end),
    Flood("trailers without end", 4, trailers_without_end),
    Flood("readers of nothing", 20, readers_of_nothing),
    Flood("idle connections", 400, idle_connections),
    Flood("guesses", 4, guesses),
    Flood("asks of one key", 4, asks_of_one_key),
]


@asynccontextmanager
async def flooded(deployment: Any, flood: Flood) -> AsyncIterator[None]:
    """The flood, from when every caller has tried once until the block ends."""
    port, ready = int(deployment.service.rpartition(":")[2]), asyncio.Semaphore(0)

    async def once(begun: Callable[[], None]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            begun()
            await flood.call(deployment, reader, writer)
        finally:
            writer.transport.abort()

    async def again_and_again() -> None:
        begun = [ready.release]
        while True:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await once(lambda: begun.pop()() if begun else None)
            await asyncio.sleep(PAUSE)

    tasks = [asyncio.create_task(again_and_again()) for _ in range(flood.callers)]
    try:
        for _ in tasks:
            await ready.acquire()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
