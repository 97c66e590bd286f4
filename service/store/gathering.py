"""Errands wait for company while the event loop is busy: what comes of its other work is committed with them.

A transaction costs as much processor time as several of its units, and the thread that works on it takes its turns of
the interpreter from the loop. While the loop has something else to do, more units are about to come, and nothing is
gained by beginning earlier. As soon as it has nothing else to do, there is nobody to wait for.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

from service.store.errands import Errand

IDLE = 0.0002
"""Seconds of a turn in which a loop does nothing but look whether it is idle; a step of a question takes longer."""

LONGEST = 0.04
"""Seconds that an errand waits for company at most."""


class Gathering:
    """The errands of one loop that wait for company."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        send: Callable[[Errand[Any]], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Hand each errand to ``send``, as early as the loop is idle."""
        self.loop = loop
        self._send = send
        self._clock = clock
        self._held: list[Errand[Any]] = []
        self._began = 0.0

    def add(self, errand: Errand[Any]) -> None:
        """Hold ``errand`` until the loop is idle."""
        self._held.append(errand)
        if len(self._held) == 1:
            self._began = self._clock()
            self.loop.call_soon(self._look, None)

    def release(self) -> None:
        """Send all that is held."""
        held, self._held = self._held, []
        for errand in held:
            self._send(errand)

    def _look(self, before: float | None) -> None:
        """Look for the end of a turn that began at ``before`` and in which nothing was done."""
        now = self._clock()
        is_idle = before is not None and now - before < IDLE
        if is_idle or now - self._began >= LONGEST:
            self.release()
        else:
            self.loop.call_soon(self._look, now)
