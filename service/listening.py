"""One connection to our door: its head comes in time and within bounds, or it is closed.

uvicorn waits for ever for the head of a request, and httptools bounds none; a few hundred clients that send a byte a
minute would hold as many connections (``reliability.md`` A7).
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""Seconds within which the head of a request has to come, from its first byte or from the connection's beginning."""

HEAD_AT_MOST = 16 * 1024
"""Bytes of the longest head of a request."""


CONNECTIONS_AT_MOST = 1_000
"""Connections beyond which a new one is shed at once: each holds a file, and payers' connections need some too."""

TOO_LONG = b"431 Request Header Fields Too Large"
_SHED = b'{"type":"about:blank","title":"Service Unavailable","status":503,"code":"overloaded","errors":[]}'


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit of time and of size on the head of a request, and one of connections."""

    head_seconds = HEAD_SECONDS
    head_at_most = HEAD_AT_MOST
    connections_at_most = CONNECTIONS_AT_MOST

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn makes it
        """Take what uvicorn hands over."""
        super().__init__(*given, **named)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        if len(self.connections) > self.connections_at_most:
            self._refuse(
                b"503 Service Unavailable", b"content-type: application/problem+json\r\nretry-after: 2\r\n", _SHED
            )
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head that is not whole yet."""
        if self._refused:
            return
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > self.head_at_most:
            self._refuse(TOO_LONG)

    def on_message_begin(self) -> None:
        """Begin to wait for a later head of a connection that is kept."""
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is whole: let the request in, unless it is too long."""
        self._head_came()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.head_at_most:
            self._refuse(TOO_LONG)
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on the body of a request that was let in."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body of a request that was let in."""
        if not self._refused:
            super().on_message_complete()

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(self.head_seconds, self._too_late)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_late(self) -> None:
        self._head_timer = None
        self.transport.close()

    def _refuse(self, status: bytes, headers: bytes = b"", body: bytes = b"") -> None:
        """Answer in place of the application, and close; nothing of what came is repeated."""
        self._refused = True
        self._head_came()
        length = b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + headers + length + body)
        self.transport.close()
