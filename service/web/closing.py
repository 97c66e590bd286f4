"""How a connection ends: never before its answer was taken, and never later than its time.

uvicorn closes at once, which costs a caller that still sends its answer; or it waits for ever for one that reads none.
"""

import asyncio
import fcntl
import termios
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.web.connections import Connections
from service.web.problems import raw_problem

LINGER_SECONDS = 2.0
"""Seconds for which a connection that is being closed still takes what its caller sends, lest the answer be lost."""

WRITE_SECONDS = 10.0
"""Seconds within which a caller has to take what was written for it."""


class ClosingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which closes by our rules."""

    linger_seconds = LINGER_SECONDS
    write_seconds = WRITE_SECONDS
    places = Connections()

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn makes it
        """Take what uvicorn hands over."""
        super().__init__(*given, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._last = False
        self._lingering = False
        self._unmoved = 0
        """Bytes that came and got a request no further."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self.places.leave(self)
        self._after(None)
        self._await_reader(None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a caller that takes nothing some time."""
        super().pause_writing()
        self._await_reader(self.write_seconds)

    def resume_writing(self) -> None:
        """Go on: the caller takes what was written."""
        self._await_reader(None)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was kept for nothing."""
        self._close()

    def give_up(self) -> bool:
        """Close at once, for the sake of another connection; false when a whole request may have come meanwhile."""
        if not (self._lingering or self._unmoved) and _unread(self.transport):
            return False
        self.transport.abort()
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - of uvicorn's own types
        super()._start_asgi_task(cycle, partial(self._answer, cycle, app))

    async def _answer(
        self, cycle: RequestResponseCycle, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have ``app`` answer, and keep the closing of the connection to ourselves."""

        async def sending(message: Message) -> None:
            if message["type"] != "http.response.start":
                await send(message)
                return
            own = {name for name, _ in message.get("headers", ())}
            # What a response says itself stands in place of what every response says.
            cycle.default_headers = [field for field in cycle.default_headers if field[0] not in own]
            cycle.keep_alive &= not (self._last or cycle.more_body)
            await send(message)
            # uvicorn would close at once, and what still comes in then costs the caller the answer.
            self._last |= not cycle.keep_alive
            cycle.keep_alive = True

        try:
            await app(scope, receive, sending)
        except BaseException as failure:
            # uvicorn would answer in plain text; it still notes the failure.
            if not cycle.response_started:
                ending = isinstance(failure, asyncio.CancelledError)
                self._refuse(*((503, "draining") if ending else (500, "internal_error")))
            raise

    def _refuse(self, status: int, code: str) -> None:
        """Answer in place of the application, and close; nothing of what came is repeated."""
        if self._lingering or self.transport.is_closing():
            return
        answering = self._answering()
        if answering is not None:
            answering.disconnected = True
            answering.message_event.set()
        if answering is None or not answering.response_started:
            self._write(status, code)
        self._linger()

    def _answering(self) -> RequestResponseCycle | None:
        """What is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _write(self, status: int, code: str) -> None:
        self.places.refusals.count(code)
        self.transport.write(raw_problem(status, code, self.server_state.default_headers))

    def _linger(self) -> None:
        """Say that nothing more is written, take what still comes for a while, and close."""
        if self._lingering or self.transport.is_closing():
            return
        self._lingering = True
        self._unset_keepalive_if_required()
        self._after(self.linger_seconds, self.transport.abort)
        self.places.wait(self)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _close(self) -> None:
        """Close; a caller that does not take what was written is not waited for."""
        self._after(self.linger_seconds, self.transport.abort)
        self.transport.close()

    def _after(self, seconds: float | None, act: Callable[[], None] | None = None) -> None:
        """Do ``act`` in ``seconds``, and nothing else that was to be done."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None or act is None else self.loop.call_later(seconds, act)

    def _await_reader(self, seconds: float | None) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
        self._write_timer = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


def _unread(transport: asyncio.Transport) -> bool:
    """Whether bytes have come that the loop had no time to read yet."""
    count = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4))
    return any(count)
