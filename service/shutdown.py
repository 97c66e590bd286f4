"""Shutdown: a thread beside the loop hears signals, and a limit that no plugin can put off ends the process.

A plugin may swallow its cancellation, block the loop, replace the handlers of signals, or leave threads, executors and
exit handlers behind; each of them alone keeps a Python process from ending. So signals are blocked in every thread but
one that waits for them, a second thread cuts the process off when its grace is over, and a timer of the interpreter's
own, which needs no lock, does so when that thread never gets its turn. Where the interpreter was held before the signal
came, nobody hears it; then another process ends this one (``forced_exit``). What was accepted lies in the store, and is
taken up by the next process as after a crash.
"""

import asyncio
import atexit
import faulthandler
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Any, Self, TextIO

import structlog

from service import forced_exit
from service.entry_points import sources
from service.telemetry.culprits import UNKNOWN, find_culprits
from service.telemetry.logs import log_writer

log = structlog.get_logger()

HURRY_SECONDS = 3.0
"""Seconds that a second signal leaves: enough for the engine and the store to close."""

SAME_SIGNAL_SECONDS = 0.25
"""Seconds within which signals count as one: who sends to a process and to its group sends two."""

CUT_OFF_CODE = 1
"""The exit code of a process that had to be cut off."""

BACKSTOP_SECONDS = 1.0
"""Seconds after which the interpreter's own timer ends a process whose threads get no turn any more."""

HEARTBEAT = 0.1
"""Seconds between two heartbeats for ``forced_exit``, and between two looks for a signal."""

LAST_LINE_SECONDS = 0.5
"""Seconds that the last line may take: a stream may be full, and a lock of logging may be held for ever."""


class Shutdown:
    """Hears signals for the main thread, and ends the process when ``grace`` seconds have gone by since the first.

    SIGTERM and SIGINT begin the end, and so does SIGHUP unless it was ignored from outside; a second SIGTERM or SIGINT
    hurries it. Before ``on_signal`` was called, a signal ends the process at once: nothing was accepted yet.
    """

    def __init__(self, grace: float) -> None:
        """Take the grace in seconds; it may be changed until the first signal comes."""
        self.grace = grace
        self.loop: asyncio.AbstractEventLoop | None = None
        self._begin: Callable[[], object] | None = None
        self._hurry: Callable[[], object] | None = None
        self._ends_at: float | None = None
        self._asked_at: float | None = None
        self._changed = threading.Condition()
        self._is_asked, self._is_over, self._is_logged = threading.Event(), threading.Event(), threading.Event()
        self._main: int | None = None
        self._null_file: TextIO = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
        self._code: int | None = None
        self._before: set[signal.Signals] = set()
        self._released = False
        self._threads: tuple[threading.Thread, ...] = ()
        self._forced_exit: subprocess.Popen[bytes] | None = None
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Begin to hear. To be called in the main thread before anything of a plugin runs."""
        self._main = threading.get_ident()
        signals = {signal.SIGTERM, signal.SIGINT}
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signals.add(signal.SIGHUP)
        # Blocked here, it is blocked in every thread made from here on, whatever handler a plugin puts in its place.
        self._before = {*map(signal.Signals, signal.pthread_sigmask(signal.SIG_BLOCK, signals))}
        atexit.register(self._exit_process)
        self._forced_exit = _start_forced_exit(signals)
        self._threads = (
            threading.Thread(target=self._listen, args=(signals,), name="signals", daemon=True),
            threading.Thread(target=self._enforce_deadline, name="ending", daemon=True),
            # Made now: at the very end of a process no thread can be started any more.
            threading.Thread(target=self._log_culprits, name="last-line", daemon=True),
        )
        for thread in self._threads:
            thread.start()
        # A thread that is older than this may get one all the same, and hands it on.
        self._handlers = {number: signal.signal(number, self._forward) for number in signals}
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Give what is left, threads and exit handlers, the rest of the grace; nothing is left where nothing began."""
        if self._begin is None:
            self._release()
            return
        if kind is None:
            self._code = 0
        self._end_within(self.grace)

    def on_signal(self, begin: Callable[[], object], hurry: Callable[[], object]) -> None:
        """Have ``begin`` called at the first signal and ``hurry`` at the second, each in a thread of its own."""
        self._begin, self._hurry = begin, hurry
        if self._forced_exit is None:
            log.warning("service.without_forced_exit")

    def _release(self) -> None:
        """Cut nothing off, and give the signals back."""
        with self._changed:
            self._released = True
            self._changed.notify_all()
        self._is_asked.set()
        self._is_over.set()
        self._forward(signal.SIGTERM, None)
        for thread in self._threads:
            thread.join()
        atexit.unregister(self._exit_process)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)
        self._null_file.close()
        if self._forced_exit is not None:
            self._forced_exit.communicate()

    def _listen(self, signals: set[signal.Signals]) -> None:
        while True:
            # A signal is taken by a thread that has its turn: one that still waits tells ``forced_exit`` that none has.
            while not signal.sigpending() & signals:
                self._send_heartbeat()
                sleep(HEARTBEAT)
            number = signal.Signals(signal.sigwait(signals))
            if self._released:
                return
            log.info("service.signaled", signal=number.name)
            if self._begin is None:
                log_writer().flush(LAST_LINE_SECONDS)
                os._exit(128 + number)
            # A loop that is closed already has nothing to begin or to hurry.
            with suppress(RuntimeError):
                if self._ends_at is None:
                    self._end_within(self.grace)
                    self._begin()
                if number is not signal.SIGHUP:
                    first = self._asked_at = self._asked_at or monotonic()
                    if monotonic() - first > SAME_SIGNAL_SECONDS and self._hurry is not None:
                        self._end_within(HURRY_SECONDS)
                        self._hurry()

    def _send_heartbeat(self) -> None:
        if self._forced_exit is not None and self._forced_exit.stdin is not None:
            # It may have been killed; this process then goes on without it.
            with suppress(OSError):
                os.write(self._forced_exit.stdin.fileno(), b"%f\n" % self.grace)

    def _forward(self, number: int, frame: FrameType | None) -> None:
        del frame
        hearing = self._threads[0].ident
        if hearing is not None:
            signal.pthread_kill(hearing, number)

    def _end_within(self, seconds: float) -> None:
        """Set the limit, or bring it nearer; it never moves away."""
        with self._changed:
            at = monotonic() + seconds
            if self._released or (self._ends_at is not None and self._ends_at <= at):
                return
            self._ends_at = at
            self._changed.notify_all()
        self._is_asked.set()
        faulthandler.dump_traceback_later(seconds + BACKSTOP_SECONDS, exit=True, file=self._null_file)

    def _enforce_deadline(self) -> None:
        with self._changed:
            while not self._released and (self._ends_at is None or monotonic() < self._ends_at):
                self._changed.wait(None if self._ends_at is None else self._ends_at - monotonic())
            if self._released:
                return
        self._is_over.set()
        self._is_logged.wait(LAST_LINE_SECONDS)
        os._exit(CUT_OFF_CODE)

    def _log_culprits(self) -> None:
        """Write the last line: in a thread of its own, since whoever is to be named may hold the log as well."""
        self._is_asked.wait()
        # Looked up ahead: reading what is installed takes longer than there is time for at the end.
        known = tuple(sources())
        self._is_over.wait()
        if self._released:
            return
        found = find_culprits(self.loop, self._main, known)
        log.error(
            "service.cut_off",
            plugin=[culprit.plugin for culprit in found] or UNKNOWN,
            function=[culprit.place for culprit in found] or UNKNOWN,
            seconds=self.grace,
        )
        log_writer().flush(LAST_LINE_SECONDS)
        self._is_logged.set()

    def _exit_process(self) -> None:
        """End here, as the last of the exit handlers: of what is left only the teardown of modules would come."""
        if self._code is not None:
            log_writer().flush(LAST_LINE_SECONDS)
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(self._code)


def _start_forced_exit(signals: set[signal.Signals]) -> "subprocess.Popen[bytes] | None":
    """Start ``forced_exit``, which has the signals blocked as well; None where there is no ``/proc``, or no process."""
    if sys.platform != "linux":
        return None
    mask = sum(1 << (number - 1) for number in signals)
    command = [sys.executable, "-I", "-S", forced_exit.__file__, str(os.getpid()), str(mask)]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 - our own file
    except OSError:
        return None
    if process.stdin is not None:
        # One that is stopped reads nothing, and must keep nobody here waiting.
        os.set_blocking(process.stdin.fileno(), False)
    return process
