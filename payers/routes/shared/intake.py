"""Limits on what one exchange may read: bytes and lines of a reply's head, reads, and pieces of its body.

The libraries limit the head of one reply, not how many come before the last one (``100 Continue``), and they parse
all that a read returned before anything else runs on the loop. Here each read is small, the loop runs between two of
them, and a reply with more than any payer sends is unreadable.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Protocol, runtime_checkable

from contracts import ReplyUnreadable

MAX_BODY = 2_000_000
"""Bytes of a body."""

MAX_HEAD = 32_000
"""Bytes of a head, with all interim replies before it."""

MAX_HEAD_LINES = 300

MAX_READS = 10_000
MAX_PIECES = 10_000
"""Reads of an exchange, and pieces (chunks) of a body: a payer that sends one for each segment has some hundreds."""

_HEAD_READ = 2_000
_BODY_READ = 8_000
"""Bytes of one read: that much is parsed in about three milliseconds, however small its pieces are."""

_PIECES_A_TURN = 50

_CONNECTED = ("connect_tcp.complete", "start_tls.complete")
_REQUEST_BEGINS = "http11.send_request_headers.started"
_HEAD_ENDS = "http11.receive_response_headers.complete"

_Read = Callable[[int, float | None], Awaitable[bytes]]


@runtime_checkable
class Stream(Protocol):
    """A connection of httpcore."""

    read: Callable[..., Awaitable[bytes]]

    async def aclose(self) -> None:
        """Close it."""
        ...


class Intake:
    """Counts what one exchange has read. Raises ``ReplyUnreadable`` at the read that would be too many."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._reads = 0
        # Bytes and lines of the head that is being read; None once it is whole.
        self._head: tuple[int, int] | None = (0, 0)
        # Bytes that came since the last piece of the body: a chunk's own line, or what follows the last chunk.
        self._idle = 0

    def observe(self, event: str, stream: object) -> None:
        """Note one event of httpcore and what it returned; every read of a new connection is counted."""
        if event.endswith(_CONNECTED) and isinstance(stream, Stream):
            # The one place where httpx lets a connection be reached before it is read from.
            stream.read = self._bound_read(stream.read)
        elif event == _REQUEST_BEGINS:
            self._head = (0, 0)
        elif event == _HEAD_ENDS:
            self._head = None

    async def body(self, pieces: AsyncIterable[bytes]) -> bytes:
        """Return the whole body. Raises ``ReplyUnreadable`` when it is too long, or in too many pieces."""
        parts: list[bytes] = []
        length = 0
        async for piece in pieces:
            self._idle = 0
            length += len(piece)
            if length > MAX_BODY:
                raise ReplyUnreadable("too_long")
            parts.append(piece)
            if len(parts) > MAX_PIECES:
                raise ReplyUnreadable("too_many_pieces")
            if len(parts) % _PIECES_A_TURN == 0:
                await asyncio.sleep(0)
        return b"".join(parts)

    def _bound_read(self, read: _Read) -> Callable[..., Awaitable[bytes]]:
        async def read_within(max_bytes: int, timeout: float | None = None) -> bytes:
            self._reads += 1
            if self._reads > MAX_READS:
                raise ReplyUnreadable("too_many_reads")
            if self._head is None:
                if self._idle > _BODY_READ:
                    raise ReplyUnreadable("long_trailer")
                came = await read(min(max_bytes, _BODY_READ), timeout)
                self._idle += len(came)
                return came
            length, lines = self._head
            if length > MAX_HEAD or lines > MAX_HEAD_LINES:
                raise ReplyUnreadable("long_head")
            came = await read(min(max_bytes, _HEAD_READ), timeout)
            self._head = (length + len(came), lines + came.count(b"\n"))
            # A read of data that is already here does not yield to the loop.
            await asyncio.sleep(0)
            return came

        return read_within
