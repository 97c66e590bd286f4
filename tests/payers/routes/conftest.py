"""Neighbours on a real loopback socket: each does what its test says, and remembers who came."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import pytest

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Neighbour:
    """A server of one test: its port, and the head of each request that came."""

    def __init__(self) -> None:
        self.port = 0
        self.heads: list[bytes] = []

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}/core/mime"


async def good(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A whole reply that says "ok"."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    await writer.drain()


@pytest.fixture
def neighbour() -> Callable[..., AbstractAsyncContextManager[Neighbour]]:
    """Serve ``handler`` on loopback; it begins when a whole request has come."""

    @asynccontextmanager
    async def served(handler: Handler = good, tls: ssl.SSLContext | None = None) -> AsyncIterator[Neighbour]:
        found = Neighbour()
        calls: set[asyncio.Task[None]] = set()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.add(asyncio.ensure_future(handle(reader, writer)))

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                found.heads.append(head)
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length.group(1)) if length else 0)
                await handler(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                return
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
        found.port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                yield found
            finally:
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)

    return served
