"""uvicorn's HTTP protocol with rules of our own for closing: after the answer was read, and within a time limit.

uvicorn closes at once, which costs a caller that is still sending its answer, or waits forever for one that reads none.
"""

import asyncio
import fcntl
import termios
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.web.connections import Connections
from service.web.held_head import HeldHead
from service.web.problems import raw_problem

LINGER_SECONDS = 2.0
"""Seconds for which a closing connection still reads what its caller sends, so that the answer is not lost."""

WRITE_SECONDS = 10.0
"""Seconds in which a caller has to read what was written."""


class ClosingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which lingers before it closes."""

    linger_seconds = LINGER_SECONDS
    write_seconds = WRITE_SECONDS
    places = Connections()

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn makes it
        """Take what uvicorn passes."""
        super().__init__(*given, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._last = False
        self._lingering = False
        self._unmoved = 0
        """Bytes that arrived and brought a request no further."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up the place and the timers."""
        self.places.leave(self)
        self._set_timer(None)
        self._await_reader(None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the time limit for a caller that does not read."""
        super().pause_writing()
        self._await_reader(self.write_seconds)

    def resume_writing(self) -> None:
        """Stop the time limit: the caller reads."""
        self._await_reader(None)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection."""
        self._close()

    def give_up(self) -> bool:
        """Close at once to make room for another connection; false when a request may have arrived meanwhile."""
        if not (self._lingering or self._unmoved) and _has_unread_bytes(self.transport):
            return False
        self.transport.abort()
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - of uvicorn's own types
        super()._start_asgi_task(cycle, partial(self._answer, cycle, app))

    async def _answer(
        self, cycle: RequestResponseCycle, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have ``app`` answer, and keep uvicorn from closing the connection."""

        async def send_and_note(message: Message) -> None:
            if message["type"] != "http.response.start":
                await send(message)
                return
            own = {name for name, _ in message.get("headers", ())}
            # A header of the response replaces the one that every response has.
            cycle.default_headers = [field for field in cycle.default_headers if field[0] not in own]
            cycle.keep_alive &= not (self._last or cycle.more_body)
            if scope["method"] != "HEAD":
                cycle.transport = cast("asyncio.Transport", HeldHead(self.transport))
            await send(message)
            # uvicorn would close at once, and bytes that still arrive would cost the caller its answer.
            self._last |= not cycle.keep_alive
            cycle.keep_alive = True

        try:
            await app(scope, receive, send_and_note)
        except BaseException as failure:
            # uvicorn would answer in plain text; it still logs the failure.
            if not cycle.response_started:
                ending = isinstance(failure, asyncio.CancelledError)
                self._refuse(*((503, "draining") if ending else (500, "internal_error")))
            raise

    def _refuse(self, status: int, code: str) -> None:
        """Answer in place of the application, and close. Nothing of the request is repeated."""
        if self._lingering or self.transport.is_closing():
            return
        cycle = self._unfinished_cycle()
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or not cycle.response_started:
            self._write(status, code)
        self._linger()

    def _unfinished_cycle(self) -> RequestResponseCycle | None:
        """Return the request that is being answered, if any."""
        cycle: RequestResponseCycle | None = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _write(self, status: int, code: str) -> None:
        self.places.refusals.count(code)
        self.transport.write(raw_problem(status, code, self.server_state.default_headers))

    def _linger(self) -> None:
        """Half-close, read what still arrives for a while, and close."""
        if self._lingering or self.transport.is_closing():
            return
        self._lingering = True
        self._unset_keepalive_if_required()
        self._set_timer(self.linger_seconds, self.transport.abort)
        self.places.wait(self)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _close(self) -> None:
        """Close, and do not wait for long for a caller that does not read."""
        self._set_timer(self.linger_seconds, self.transport.abort)
        self.transport.close()

    def _set_timer(self, seconds: float | None, act: Callable[[], None] | None = None) -> None:
        """Call ``act`` in ``seconds``, in place of what the timer was set for."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None or act is None else self.loop.call_later(seconds, act)

    def _await_reader(self, seconds: float | None) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
        self._write_timer = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


def _has_unread_bytes(transport: asyncio.Transport) -> bool:
    """Whether bytes have arrived that the event loop has not read yet."""
    count = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4))
    return any(count)
