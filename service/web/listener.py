"""Accepts connections, all that have come in each turn of the event loop, and refuses questions that are too many.

uvloop accepts one connection a turn. When a turn is long the others stand in the kernel, where nobody counts them. A
refusal has to cost next to nothing, or refusing ten times too many takes the time of those who are served: so it is
written to the socket itself, before anything is made for the connection.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM
from socket import MSG_DONTWAIT, SHUT_WR, socket
from typing import NamedTuple

import structlog

from service.web.api.verifications import PATH
from service.web.closing import LINGER_SECONDS
from service.web.early_refusals import EarlyRefusals
from service.web.overload import LOOKED_AT, Overload
from service.web.problems import raw_problem

log = structlog.get_logger()

AT_ONCE = 512
"""Connections that one turn accepts at most, so that those who are served have their turn as well."""

CLOSING_AT_MOST = 256
"""Refused connections that are kept open until their caller has read why; the oldest gives way to a new one."""

LOOK_AGAIN_SECONDS = 0.005
"""Seconds that a request may come after its connection before a protocol is made for it while there is overload."""

PAUSE_SECONDS = 1.0
"""Seconds without accepting when the process or the machine has no file descriptor or memory left."""

_NOTHING_LEFT = frozenset({EMFILE, ENFILE, ENOBUFS, ENOMEM})

_HEAD_BYTES = 16 * 1024

_QUESTION = re.compile(rb"POST " + re.escape(PATH.encode()) + rb"[? ]")

_TELLING_HEADER = re.compile(rb"\r\n(%s):([^\r\n]*)" % b"|".join(sorted(LOOKED_AT)), re.IGNORECASE)

_HEAD_ENDS = b"\r\n\r\n"

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?=\r\n|$)", re.IGNORECASE)


class Accepted(NamedTuple):
    """A connection that was accepted: from which address, at which one, and what was read of it at once.

    The event loop makes a transport of it, which has no socket of its own: to ask one for an address or an option makes
    a socket anew each time. Whatever is to be known of a connection is asked of ``connection``.
    """

    connection: socket
    client: tuple[str, int]
    server: tuple[str, int]
    first: bytes

    def __repr__(self) -> str:
        """Show no content."""
        return f"Accepted(bytes={len(self.first)})"


_RefusedHeaders = set[tuple[tuple[bytes, bytes], ...]]
"""The telling headers of questions that one turn refused. Nothing is begun within a turn, so that whoever brings the
same ones in it is refused too; and what they hold is forgotten with it."""


class _Refused(NamedTuple):
    connection: socket
    until: float


class Listener:
    """One listening socket on the running event loop."""

    def __init__(
        self,
        listening: socket,
        protocol: Callable[[Accepted], asyncio.Protocol],
        overload: Overload,
        refusals: EarlyRefusals,
    ) -> None:
        """Give each connection that is accepted a ``protocol`` of its own."""
        self._listening = listening
        self._address = listening.getsockname()[:2]
        self._protocol = protocol
        self._overload = overload
        self._refusals = refusals
        self._loop = asyncio.get_running_loop()
        self._connecting: set[asyncio.Task[None]] = set()
        self._coming = 0
        """Questions that were let in and are on their way to their protocol, which puts them in their queue."""
        self._closing: deque[_Refused] = deque()
        self._refusal_headers: list[tuple[bytes, bytes]] | None = None
        self._refusal_bytes = b""
        self.default_headers: Callable[[], list[tuple[bytes, bytes]]] = list

    def start(self) -> None:
        """Begin to accept."""
        self._listening.settimeout(0.0)
        self._loop.add_reader(self._listening.fileno(), self._accept_all)

    def close(self) -> None:
        """Accept nobody any more."""
        self._loop.remove_reader(self._listening.fileno())
        self._listening.close()
        while self._closing:
            self._closing.popleft().connection.close()

    def _accept_all(self) -> None:
        may_refuse, refused = self._overload.is_possible(self._coming), _RefusedHeaders()
        for _ in range(AT_ONCE):
            try:
                connection, address = self._listening.accept()
            except BlockingIOError:
                return
            except OSError as failure:
                if failure.errno in _NOTHING_LEFT:
                    self._pause(failure)
                    return
                # This one ended before it was accepted.
                continue
            accepted = Accepted(connection, address[:2], self._address, _read_first(connection))
            if not may_refuse:
                self._connect(accepted)
                may_refuse = self._overload.is_possible(self._coming)
            elif accepted.first:
                self._decide(accepted, refused)
            else:
                # Its request is on the way, and costs least when it is refused before anything is made for it.
                self._loop.call_later(LOOK_AGAIN_SECONDS, self._look_again, accepted)

    def _look_again(self, accepted: Accepted) -> None:
        accepted = accepted._replace(first=_read_first(accepted.connection))
        if accepted.first:
            self._decide(accepted, _RefusedHeaders())
        else:
            self._connect(accepted)

    def _decide(self, accepted: Accepted, refused: _RefusedHeaders) -> None:
        first = accepted.first
        end = first.find(_HEAD_ENDS)
        if end >= 0 and _QUESTION.match(first) and self._is_too_much(first[:end], refused):
            length = _LENGTH.search(first, 0, end)
            is_whole = length is not None and int(length[1]) == len(first) - end - len(_HEAD_ENDS)
            self._refuse(accepted.connection, is_whole=is_whole)
        else:
            self._connect(accepted)

    def _is_too_much(self, head: bytes, refused: _RefusedHeaders) -> bool:
        """Whether a question is one too many; with the same headers as one of ``refused`` it is."""
        telling = tuple(_TELLING_HEADER.findall(head))
        if telling in refused:
            return True
        if not self._overload.refuses_every_question(self._coming):
            headers = ((name.lower(), value.strip()) for name, value in telling)
            if not self._overload.refuses_question(headers, self._coming):
                return False
        refused.add(telling)
        return True

    def _pause(self, failure: OSError) -> None:
        log.error("listener.paused", error=type(failure).__name__, errno=failure.errno)
        self._loop.remove_reader(self._listening.fileno())
        self._loop.call_later(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._listening.fileno() >= 0:
            self.start()

    def _refuse(self, connection: socket, *, is_whole: bool) -> None:
        self._refusals.count("overloaded")
        with suppress(OSError):
            connection.send(self._refusal(), MSG_DONTWAIT)
        if is_whole:
            connection.close()
            return
        # Closed now, it would be reset by what still comes of the request, which would cost the caller its answer.
        with suppress(OSError):
            connection.shutdown(SHUT_WR)
        if not self._closing:
            self._loop.call_later(LINGER_SECONDS, self._close_refused)
        elif len(self._closing) >= CLOSING_AT_MOST:
            self._closing.popleft().connection.close()
        self._closing.append(_Refused(connection, self._loop.time() + LINGER_SECONDS))

    def _refusal(self) -> bytes:
        """Return the bytes of a refusal, which are others only when the headers of every response are."""
        headers = self.default_headers()
        if headers is not self._refusal_headers:
            self._refusal_headers, self._refusal_bytes = headers, raw_problem(503, "overloaded", headers)
        return self._refusal_bytes

    def _close_refused(self) -> None:
        while self._closing and self._closing[0].until <= self._loop.time():
            self._closing.popleft().connection.close()
        if self._closing:
            self._loop.call_at(self._closing[0].until, self._close_refused)

    def _connect(self, accepted: Accepted) -> None:
        accepted.connection.settimeout(0.0)
        questions = 1 if _QUESTION.match(accepted.first) else 0
        self._coming += questions
        task = self._loop.create_task(self._hand_over(accepted, questions))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _hand_over(self, accepted: Accepted, questions: int) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: self._protocol(accepted), accepted.connection)
        except OSError:
            accepted.connection.close()
        finally:
            self._coming -= questions


def _read_first(connection: socket) -> bytes:
    """Return what has come of the first request, at most as much as the longest head; nothing when none of it has."""
    try:
        return connection.recv(_HEAD_BYTES, MSG_DONTWAIT)
    except OSError:
        return b""
