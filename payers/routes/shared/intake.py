"""Limits on what one exchange may read: bytes and lines of a reply's head, reads, and pieces of its body.

The parser limits the head of one reply, not how many come before the last one (``100 Continue``), and it parses all
that a read returned before anything else runs on the loop. Here each read is small, the loop runs between two of
them, and a reply with more than any payer sends is unreadable.
"""

import asyncio
from collections.abc import AsyncIterable

from contracts import ReplyUnreadable
from payers.routes.shared.connection import Connection

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

_READS_AT_ONCE = 2
"""Reads without a turn for the loop between them: a usual reply has no more."""

_PIECES_A_TURN = 50


class Intake:
    """Counts what one exchange has read. Raises ``ReplyUnreadable`` at the read that would be too many."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._reads = 0
        # Bytes and lines of the head that is being read; None once it is whole.
        self._head: tuple[int, int] | None = (0, 0)
        # Bytes that came since the last piece of the body: a chunk's own line, or what follows the last chunk.
        self._idle = 0

    def begin_head(self) -> None:
        """Note that a reply is to come."""
        self._head = (0, 0)

    def end_head(self) -> None:
        """Note that the head of the reply is whole."""
        self._head = None

    async def read(self, connection: Connection) -> bytes:
        """Return what comes next of a reply; nothing when the peer has ended.

        Raises ``ReplyUnreadable`` when that would be too much, and what ``Connection.read`` raises.
        """
        self._reads += 1
        if self._reads > MAX_READS:
            raise ReplyUnreadable("too_many_reads")
        if self._reads > _READS_AT_ONCE:
            # A read of data that is already here does not yield to the loop.
            await asyncio.sleep(0)
        if self._head is None:
            if self._idle > _BODY_READ:
                raise ReplyUnreadable("long_trailer")
            came = await connection.read(_BODY_READ)
            self._idle += len(came)
            return came
        length, lines = self._head
        if length > MAX_HEAD or lines > MAX_HEAD_LINES:
            raise ReplyUnreadable("long_head")
        came = await connection.read(_HEAD_READ)
        self._head = (length + len(came), lines + came.count(b"\n"))
        return came

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
