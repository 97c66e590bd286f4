"""uvicorn's HTTP protocol with bounds of time and size: a connection that breaks one is refused or closed.

uvicorn waits forever for the head of a request, for the rest of a body that nobody reads, and for a caller that reads
no answer; httptools bounds nothing, and takes a field after a body (a trailer) for a header (``RELIABILITY.md`` A7).
"""

import asyncio
from functools import partial
from time import monotonic
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.web.api.batches import PATH as BATCHES
from service.web.api.sent_rosters import MAX_BYTES
from service.web.api.verifications import PATH as VERIFICATIONS
from service.web.arrivals import seconds_since_data
from service.web.closing import ClosingProtocol
from service.web.connections import Connections
from service.web.listener import Accepted
from service.web.overload import Overload
from service.web.pages.desk.navigation import BATCHES_PATH as DESK_BATCHES

HEAD_SECONDS = 10.0
"""Seconds in which the head of a request has to arrive, from its first byte or from the connection's beginning."""

HEAD_AT_MOST = 16 * 1024
"""Bytes of the longest head, of the longest trailers, and of framing that brings no byte of a body."""

FIELDS_AT_MOST = 100
"""Headers of a request, and its trailers."""

RAW_AT_MOST = 512 * 1024
"""Bytes of the longest request after its head, the framing of its chunks included."""

ROSTERS = frozenset({BATCHES.encode(), DESK_BATCHES.encode()})
"""The paths to which rosters are sent."""

RAW_OF_ROSTER = MAX_BYTES * 5 // 4
"""The same for a request that brings a roster; its endpoint bounds the roster itself."""

HEALTH = frozenset({b"/healthz", b"/readyz"})
"""Paths that are answered even when every other connection is in use."""

QUESTIONS = VERIFICATIONS.encode()
"""The path of questions, the only requests that are refused for overload before their key is read."""


class _Stop(Exception):
    """Parsing ends: the request is refused, or another one followed before its answer."""


class BoundedProtocol(ClosingProtocol):
    """uvicorn's protocol with bounds of time and size on everything that a caller sends or fails to read.

    One request is answered at a time: a caller that sends the next one before it has its answer gets that answer alone.
    """

    head_seconds = HEAD_SECONDS
    head_at_most = HEAD_AT_MOST
    fields_at_most = FIELDS_AT_MOST
    raw_at_most = RAW_AT_MOST
    raw_of_roster = RAW_OF_ROSTER
    overload: Overload

    def __init__(self, *given: Any, accepted: Accepted, **named: Any) -> None:  # noqa: ANN401 - as uvicorn makes it
        """Take what uvicorn passes, and the connection."""
        super().__init__(*given, **named)
        self._accepted = accepted
        self._refusal: tuple[int, str] = (400, "bad_request")
        self._steps = 0
        self._raw = 0
        self._trailers = self._trailer_bytes = 0
        self._head_whole = self._request_whole = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the time limit for the first head, or refuse a connection too many.

        What uvicorn does here is done here too, but for the addresses, which it would ask the transport for.
        """
        self.connections.add(self)
        self.transport, self.flow = transport, FlowControl(transport)
        self.client, self.server = self._accepted.client, self._accepted.server
        # TLS ends before us.
        self.scheme = "http"
        if self.places.enter(self, self.client[0]):
            self._set_timer(self.head_seconds, self._close)
            if self._accepted.first:
                self.data_received(self._accepted.first)
        else:
            # A connection too many is not read either.
            self._write(503, "overloaded")
            self._close()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and count the bytes that bring the request no further."""
        self._raw += len(data)
        if self._lingering:
            if self._raw > self.raw_at_most:
                self.transport.abort()
            return
        before = self._steps
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # What follows such a head may be another protocol's.
            self._last = True
        except httptools.HttpParserError:
            if self._request_whole and self._unfinished_cycle():
                # The answer to the request before it is still sent.
                self._last = True
                self.flow.pause_reading()
                return
            self._refuse(*self._refusal)
        self._unmoved = 0 if self._steps != before else self._unmoved + len(data)
        if self._unmoved > self.head_at_most:
            self._refuse(*((400, "bad_request") if self._head_whole else (431, "request_header_fields_too_large")))
        elif self._head_whole and not self._request_whole and self._raw > self._most_raw():
            self._refuse(413, "body_too_large")

    def on_message_begin(self) -> None:
        """Start the time limit for the next head, which may only follow the answer to the request before."""
        if self._unfinished_cycle():
            raise _Stop
        self._unset_keepalive_if_required()
        if self._head_whole:
            self._set_timer(self.head_seconds, self._close)
        self._raw = self._trailers = self._trailer_bytes = 0
        self._head_whole = self._request_whole = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is only counted."""
        if not self._head_whole:
            super().on_header(name, value)
            return
        self._trailers += 1
        self._trailer_bytes += len(name) + len(value)
        if self._trailers > self.fields_at_most or self._trailer_bytes > self.head_at_most:
            self._stop(431, "request_header_fields_too_large")

    def on_headers_complete(self) -> None:
        """Check a complete head, and start the request unless it breaks a bound or the service is full."""
        self._set_timer(None)
        self._steps += 1
        self._head_whole = True
        self._raw = 0
        long = len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.head_at_most
        if long or len(self.headers) > self.fields_at_most:
            self._stop(431, "request_header_fields_too_large")
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            self._stop(400, "bad_request")
        if self.parser.should_upgrade():
            self._last = True
            if any(name in {b"content-length", b"transfer-encoding"} for name, _ in self.headers):
                self._stop(400, "bad_request")
        if self._is_health():
            self.places.check(self)
        elif not self.places.serve(self) or self._is_too_much():
            self._stop(503, "overloaded")
        self.scope["state"]["arrived"] = monotonic() - seconds_since_data(self._accepted.connection)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body."""
        self._steps += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        self._steps += 1
        self._request_whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or close, also when the rest of this one has not arrived."""
        super().on_response_complete()
        if self._last or not self._request_whole:
            self._linger()
        elif not self.transport.is_closing():
            self.places.wait(self)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        del msg
        self._refuse(*self._refusal)

    def _is_health(self) -> bool:
        return self.url.partition(b"?")[0] in HEALTH

    def _most_raw(self) -> int:
        brings_roster = self.parser.get_method() == b"POST" and self.url.partition(b"?")[0] in ROSTERS
        return self.raw_of_roster if brings_roster else self.raw_at_most

    def _is_too_much(self) -> bool:
        if not self.overload.is_possible():
            return False
        if self._is_question():
            return self.overload.refuses_question(self.headers)
        return self.overload.refuses_others()

    def _is_question(self) -> bool:
        return bool(self.parser.get_method() == b"POST") and self.url.partition(b"?")[0] == QUESTIONS

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - of uvicorn's own types
        """Have the request wait for its start; a health check waits for nothing."""
        if self._is_health():
            super()._start_asgi_task(cycle, app)
        else:
            queue = self.overload.questions if self._is_question() else self.overload.others
            queue.add(partial(self._start, cycle, app))

    def _start(self, cycle: RequestResponseCycle, app: Any) -> bool:  # noqa: ANN401 - as above
        if cycle.disconnected:
            # The caller hung up, or was refused for the rest of its request.
            return False
        cycle.scope["state"]["is_whole"] = self._request_whole
        super()._start_asgi_task(cycle, app)
        return True

    def _stop(self, status: int, code: str) -> None:
        self._refusal = (status, code)
        raise _Stop


def bounded_protocol(places: Connections, overload: Overload) -> type[BoundedProtocol]:
    """Return the protocol class of one listener, whose connections are counted in ``places``."""
    return type("ListenerProtocol", (BoundedProtocol,), {"places": places, "overload": overload})
