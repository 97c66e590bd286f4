"""A watchdog for the event loop: a heartbeat on the loop, and a thread that names who keeps it from beating.

A plugin that blocks the loop stops every caller, and nothing in the process can take the loop away from it; what can be
done is to say whose fault it is (``RELIABILITY.md`` A3, M11). One that holds the interpreter (a regular expression
without end) lets no thread say so and no signal be heard: another process ends this one (``service/forced_exit.py``).
"""

import asyncio
import sys
import sysconfig
import threading
from collections import Counter
from time import monotonic
from types import FrameType

import structlog

from service.telemetry.places import place_of_frame

log = structlog.get_logger()

LIMIT = 0.25
"""Seconds without a beat after which the loop counts as blocked."""

BEAT = 0.05
"""Seconds between two beats, and between two looks of the thread."""

_PLUGINS = ("payer:", "route:")
"""How the tasks of plugins are named; see ``call_adapter`` and ``run_guarded``."""

_LIBRARY = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


class Watchdog:
    """Watches the loop on which it is started. ``worst`` and ``blocked`` are gauges: seconds, and times by culprit."""

    def __init__(self, *, limit: float = LIMIT, beat: float = BEAT) -> None:
        """Prepare; nothing runs before ``start``."""
        self.worst = 0.0
        self.blocked: Counter[str] = Counter()
        self._limit = limit
        self._beat = beat
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = monotonic()

    def start(self) -> None:
        """Begin to watch the running loop."""
        loop = asyncio.get_running_loop()
        self._turn(loop)
        watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, args=(loop, watched), name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; the next beat is the last."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._last = monotonic()
        if not self._ended.is_set():
            loop.call_later(self._beat, self._turn, loop)

    def _watch(self, loop: asyncio.AbstractEventLoop, watched: int) -> None:
        reported = 0.0
        while not self._ended.wait(self._beat):
            last = self._last
            lag = monotonic() - last - self._beat
            if lag <= self._limit:
                continue
            self.worst = max(self.worst, lag)
            if last != reported:
                # Once for each time that the loop is held up, and while it still is: the culprit is on the stack.
                reported = last
                self._report(_plugin_of(loop), _place(sys._current_frames().get(watched)), lag)  # noqa: SLF001 - the one way

    def _report(self, plugin: str, place: str, lag: float) -> None:
        self.blocked[plugin] += 1
        log.error("loop.blocked", plugin=plugin, function=place, ms=round(lag * 1000))


def _plugin_of(loop: asyncio.AbstractEventLoop) -> str:
    """The plugin whose task the loop is in; ``none`` when it is in no plugin's."""
    task = asyncio.current_task(loop)
    name = "" if task is None else task.get_name()
    return name if name.startswith(_PLUGINS) else "none"


def _place(frame: FrameType | None) -> str:
    """The innermost function on the stack that is no standard library's, as ``module:function``."""
    while (
        frame is not None
        and frame.f_code.co_filename.startswith(_LIBRARY)
        and "-packages" not in frame.f_code.co_filename
    ):
        frame = frame.f_back
    return place_of_frame(frame)
