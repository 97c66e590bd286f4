"""Starts requests one after the other, in turns of the event loop that are short enough for one more.

What was started shares the turns of the loop with all that was started before it. Were everything started at once, a
turn would last as long as all of it together, and nothing would be refused, answered or ended on time. So one request
is started in a turn, and only after a short one; the others wait here, where they are counted. This costs no
throughput: a long turn means that the loop is busy without them.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

SHORT_TURN = 0.005
"""Seconds of a turn after which one more request is started."""

LOOK_AGAIN = 0.005
"""Seconds until the next look when the threads beside the loop have no time for one more."""

BETWEEN_STARTS = 0.25
"""Seconds between two starts at most: a loop whose every turn is long has to go on all the same."""

WEIGHT = 0.125
"""Of the latest pause in the mean of pauses between two starts."""


class StartQueue:
    """Requests that wait for their start, first come first served."""

    def __init__(self, is_busy: Callable[[], bool] = lambda: False, clock: Callable[[], float] = monotonic) -> None:
        """Begin with nobody waiting. Nothing is started while ``is_busy`` says that work beside the loop piles up."""
        self._is_busy = is_busy
        self._clock = clock
        self._waiting: deque[Callable[[], bool]] = deque()
        self._turn_began = self._started = 0.0
        self._pause = 0.0

    def __len__(self) -> int:
        """Return how many wait for their start."""
        return len(self._waiting)

    def delay(self, coming: int = 0) -> float:
        """Return for how many seconds a request that comes now would wait for its start, as starts go at present.

        ``coming`` are those before it that are about to be added.
        """
        waiting = len(self._waiting)
        return (waiting + coming) * self._pause if waiting else 0.0

    def add(self, start: Callable[[], bool]) -> None:
        """Have ``start`` called when its turn has come; it returns false when there is nothing to start any more."""
        self._waiting.append(start)
        if len(self._waiting) == 1:
            self._started = self._clock()
            self._pause = 0.0
            self._begin_turn()

    def _turn(self) -> None:
        now = self._clock()
        pause, is_busy = now - self._started, self._is_busy()
        try:
            if pause >= BETWEEN_STARTS or not (is_busy or now - self._turn_began > SHORT_TURN):
                self._pause += WEIGHT * (pause - self._pause)
                self._started = now
                self._start_next()
        finally:
            # Whatever became of this one, the others go on.
            if self._waiting and is_busy:
                asyncio.get_running_loop().call_later(LOOK_AGAIN, self._begin_turn)
            elif self._waiting:
                self._begin_turn()

    def _begin_turn(self) -> None:
        self._turn_began = self._clock()
        asyncio.get_running_loop().call_soon(self._turn)

    def _start_next(self) -> None:
        while self._waiting:
            # It keeps its place until it was started: whoever is added meanwhile finds the turns going on.
            try:
                started = self._waiting[0]()
            finally:
                self._waiting.popleft()
            if started:
                return
