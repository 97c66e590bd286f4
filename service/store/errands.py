"""Errands: units of work on their way through a lane, and the callers who wait for them for a limited time."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from service.store.errors import FAILURES, StoreUnavailable

Result = TypeVar("Result")


class Errand(Generic[Result]):
    """A unit on its way through a lane, and the caller who waits for it.

    Caller and lane decide in two threads whether anything may stand: whoever takes ``_decision`` first, decides.
    """

    __slots__ = ("_arguments", "_committing", "_decision", "_error", "_result", "_unit", "abandoned", "future", "loop")

    def __init__(
        self, unit: Callable[..., Result], arguments: tuple[Any, ...], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.future: asyncio.Future[Result] = loop.create_future()
        self.loop = loop
        self.abandoned = False
        self._unit = unit
        self._arguments = arguments
        self._decision = Lock()
        self._committing = False
        self._result: Result
        self._error: Exception | None = None

    def attempt(self, connection: Connection) -> bool:
        """Do the unit; false when it refuses, and then nothing of it may stand."""
        try:
            self._result = self._unit(connection, *self._arguments)
        except FAILURES:
            raise
        except Exception as refusal:  # noqa: BLE001 - it is the caller's to handle, in the caller's own place
            self._error = refusal
            return False
        self._error = None
        return True

    def abandon(self) -> bool:
        """The caller gives the unit up; false when it is too late for nothing to stand."""
        if self._decision.acquire(blocking=False):
            self.abandoned = True
        return self.abandoned

    def keep(self) -> bool:
        """From here on the unit is being committed; false when its caller has left."""
        self._committing = self._committing or self._decision.acquire(blocking=False)
        return self._committing

    def wait_again(self) -> None:
        """The unit was not committed after all, and will be done anew."""
        if self._committing:
            self._committing = False
            self._decision.release()

    def fail(self, error: Exception) -> None:
        """Let the caller be told of ``error``."""
        self._error = error

    def refuse(self, detail: str) -> None:
        """Tell the caller, who waits no longer, that the store is unavailable."""
        self.future.set_exception(StoreUnavailable(detail))

    def hand_over(self) -> None:
        """Tell the caller what became of the unit; to be called on the caller's loop."""
        if self.future.done() or self.abandoned:
            return
        if self._error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(self._error)


class Deadlines:
    """When the callers of one loop leave: each waits as long, so the first to come is the first to leave.

    One timer stands for all of them. A caller leaves after ``seconds``, or after as many again when the unit is being
    committed by then.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self._seconds = seconds
        self._waiting: deque[tuple[float, Errand[Any], str]] = deque()
        self._timer_is_set = False

    def add(self, errand: Errand[Any], detail: str = "too_late") -> None:
        """Have the caller of ``errand`` leave in time, who then reads ``detail``."""
        waiting = self._waiting
        while waiting and waiting[0][1].future.done():
            waiting.popleft()
        waiting.append((self.loop.time() + self._seconds, errand, detail))
        if not self._timer_is_set:
            self._set_timer()

    def _set_timer(self) -> None:
        self._timer_is_set = True
        # A result that came while somebody held the loop stands before it in the loop's queue.
        self.loop.call_at(self._waiting[0][0], self.loop.call_soon, self._expire)

    def _expire(self) -> None:
        waiting, now = self._waiting, self.loop.time()
        self._timer_is_set = False
        while waiting and (waiting[0][0] <= now or waiting[0][1].future.done()):
            _, errand, detail = waiting.popleft()
            if errand.future.done():
                continue
            if detail == "in_doubt" or errand.abandon():
                errand.refuse(detail)
            else:
                self.add(errand, "in_doubt")
        if waiting and not self._timer_is_set:
            self._set_timer()


def deliver(batch: list[Errand[Any]]) -> None:
    """Tell the callers of ``batch`` what became of their units: one call for all those of a loop."""
    for loop, errands in groupby(batch, attrgetter("loop")):
        # The loop may have been closed by a stop that did not wait.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_hand_over, list(errands))


def _hand_over(batch: list[Errand[Any]]) -> None:
    for errand in batch:
        errand.hand_over()
