"""One connection to a payer or a proxy: what came and was not read yet, and how it ended."""

import asyncio
import ssl
from typing import Self, cast

_MOST_BUFFERED = 64_000
"""Bytes that may wait to be read before the peer is held back."""


class Connection(asyncio.Protocol):
    """A TCP connection, with TLS over it where that was asked for. ``read`` has one caller at a time."""

    def __init__(self) -> None:
        """Start with nothing received; ``open`` is how to get one that is connected."""
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._has_ended = self._is_held_back = False
        self._failure: Exception | None = None
        self._reader: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, host: str, port: int, trust: ssl.SSLContext | None, server_name: str | None) -> Self:
        """Connect, over TLS when ``trust`` is given. Raises ``OSError``, ``ssl.SSLError`` among them."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, host, port, ssl=trust, server_hostname=server_name)
        return connection

    async def start_tls(self, trust: ssl.SSLContext, server_name: str) -> None:
        """Go on over TLS. Raises ``OSError``, ``ssl.SSLError`` among them."""
        if self._received or self._has_ended:
            raise ConnectionAbortedError
        loop = asyncio.get_running_loop()
        self._transport = cast(
            "asyncio.Transport", await loop.start_tls(self._transport, self, trust, server_hostname=server_name)
        )

    def write(self, message: bytes) -> None:
        """Send ``message``. That it could not be sent is known by reading."""
        self._transport.write(message)

    async def read(self, most: int) -> bytes:
        """Return up to ``most`` bytes; none when the peer has ended.

        Raises ``OSError`` for a connection that was broken off, after all that came before.
        """
        while not self._received and not self._has_ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if not self._received and self._failure is not None:
            raise self._failure
        taken = bytes(self._received[:most])
        del self._received[:most]
        if self._is_held_back and len(self._received) < _MOST_BUFFERED and not self._has_ended:
            self._is_held_back = False
            self._transport.resume_reading()
        return taken

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        # That of uvloop is one by its methods alone.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep what came until it is read."""
        self._received += data
        if len(self._received) >= _MOST_BUFFERED and not self._is_held_back:
            self._is_held_back = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Note that no more comes."""
        self._has_ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note how it ended."""
        self._has_ended = True
        self._failure = exc
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
