"""The one way from an event to the log: a thread that writes lines, so that no reader of the log holds anybody up.

A pipe whose reader is gone, a full disk, a reader that does not read: the line is lost, the loss is counted, and
whoever logged it goes on. ``/readyz`` shows it while it lasts.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Event, RLock, Thread
from time import monotonic, sleep
from typing import TextIO

import orjson

MOST_WAITING = 10_000
"""Lines that wait to be written at most, a few megabytes; beyond them lines are lost."""

MOST_AT_ONCE = 256
"""Lines written by one call of the system at most."""

GATHER_SECONDS = 0.02
"""How long the thread lets lines gather once there is one: waking it for each costs more than the line does."""

STUCK_SECONDS = 5.0
"""A write that takes longer counts as failing."""

PAUSE = 0.05
"""Seconds between two tries on a descriptor that somebody else made non-blocking."""


class LogWriter:
    """Writes lines to a stream. No method raises, and none but ``flush`` waits.

    ``lost`` is how many lines never reached the stream since the start of the process.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """Take the stream. One without a descriptor is written at once; with none at all every line is lost."""
        self.lost = 0
        self._stream = stream
        self._descriptor = _descriptor_of(stream)
        self._lines: SimpleQueue[bytes | Event] = SimpleQueue()
        # Reentrant: a line may be logged by a destructor that runs while its own thread counts.
        self._lock = RLock()
        self._thread: Thread | None = None
        self._writing_since: float | None = None
        self._failed = False
        self._unreported = 0
        self._is_cut = False

    @property
    def is_failing(self) -> bool:
        """Whether lines are being lost: the last write failed, or one hangs."""
        since = self._writing_since
        return self._failed or (since is not None and monotonic() - since > STUCK_SECONDS)

    def write(self, line: str) -> None:
        """Have ``line``, which has no line end, written in its turn; lost when too many wait."""
        data = line.encode("utf-8", "replace") + b"\n"
        if self._descriptor is None:
            self._write_now(line)
        elif self._lines.qsize() >= MOST_WAITING:
            self._lose(1)
        else:
            self._lines.put(data)
            self._start()

    def flush(self, seconds: float) -> bool:
        """Wait until what was logged so far is written, ``seconds`` at most; false when it is not."""
        if self._thread is None:
            return True
        written = Event()
        self._lines.put(written)
        return written.wait(seconds)

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = Thread(target=self._work, name="log", daemon=True)
        # Where no thread can be had any more (at the very end of a process) the line stays unwritten.
        with suppress(RuntimeError):
            self._thread.start()

    def _work(self) -> None:
        while True:
            following: bytes | Event | None = self._lines.get()
            if isinstance(following, bytes) and self._lines.qsize() < MOST_AT_ONCE:
                sleep(GATHER_SECONDS)
            lines: list[bytes] = []
            while isinstance(following, bytes) and len(lines) < MOST_AT_ONCE:
                lines.append(following)
                try:
                    following = self._lines.get_nowait()
                except Empty:
                    following = None
            if isinstance(following, bytes):
                lines.append(following)
            if lines:
                self._put(b"".join(lines))
            if isinstance(following, Event):
                following.set()

    def _put(self, data: bytes) -> None:
        if self._is_cut:
            # The rest of a line was lost; what follows must not become a part of it.
            data = b"\n" + data
        rest = memoryview(data)
        self._writing_since = monotonic()
        try:
            while rest:
                rest = rest[self._some(rest) :]
        except OSError:
            self._is_cut = len(rest) < len(data) and data[len(data) - len(rest) - 1] != ord("\n")
            self._lose(bytes(rest).count(b"\n"))
        else:
            self._is_cut = False
            self._recover()
        finally:
            self._writing_since = None

    def _some(self, rest: memoryview) -> int:
        """Write some of ``rest``; returns how many bytes. Raises ``OSError``."""
        descriptor = -1 if self._descriptor is None else self._descriptor
        tries = round(STUCK_SECONDS / PAUSE)
        for _ in range(tries):
            try:
                return os.write(descriptor, rest)
            except BlockingIOError:
                sleep(PAUSE)
        raise TimeoutError

    def _lose(self, count: int) -> None:
        with self._lock:
            self.lost += count
            self._unreported += count
            self._failed = True

    def _recover(self) -> None:
        """Say in the log itself how many lines are missing before the ones that follow."""
        with self._lock:
            missing, self._unreported, self._failed = self._unreported, 0, False
        if missing:
            now = datetime.now(UTC).isoformat()
            event = {"event": "log.lines_lost", "level": "error", "count": missing, "timestamp": now}
            self._lines.put(orjson.dumps(event) + b"\n")

    def _write_now(self, line: str) -> None:
        if self._stream is None:
            self._lose(1)
            return
        try:
            self._stream.write(line + "\n")
        except (OSError, ValueError):
            self._lose(1)


def _descriptor_of(stream: TextIO | None) -> int | None:
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None
