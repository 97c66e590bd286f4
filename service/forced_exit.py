"""A process beside the service that kills it when its interpreter is held for good.

A call that never gives the interpreter back (a regular expression without end, an extension that sleeps) lets no Python
code of its process run any more: nobody there hears a signal, sets a timer or writes a line. So this process looks from
outside. It is started before any plugin is loaded, runs as a file of its own with the standard library alone, and ends
with the service, whose end closes its standard input.

``python -I -S forced_exit.py PID SIGNALS`` watches the process ``PID``, which writes its grace in seconds to this
standard input as a heartbeat, ten times a second. It is killed in two cases: one of ``SIGNALS`` (a mask) has waited for
it for as long as the grace, or it used as many seconds of processor time since its last heartbeat. Processor time does
not pass for a process that was stopped or that a busy machine starves, which therefore lives on. Both clocks read
``/proc``.
"""

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from select import select
from time import monotonic

LOOK = 0.1
"""Seconds between two looks at a service whose heartbeat is missing."""

_INPUT, _LOG = 0, 2
_TICKS = os.sysconf("SC_CLK_TCK")


def watch(pid: int, signals: int) -> None:
    """Return when ``pid`` ended by itself, or was killed here. Raises ``OSError`` when it can't be looked at."""
    grace, unheard_since, used = float("inf"), None, 0.0
    while True:
        if select([_INPUT], [], [], LOOK)[0]:
            lines = os.read(_INPUT, 4096).split()
            if not lines:
                return
            grace, used = float(lines[-1]), processor_seconds(pid)
        now = monotonic()
        unheard_since = (unheard_since or now) if waiting_signals(pid) & signals else None
        if processor_seconds(pid) - used >= grace or now - (unheard_since or now) >= grace:
            log_cut_off(grace)
            kill(pid)
            return


def waiting_signals(pid: int) -> int:
    """The mask of the signals that were sent to the process ``pid`` and that it has not taken yet."""
    lines = _read(pid, "status").splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd:"))


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that the process ``pid`` has used."""
    # The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def log_cut_off(grace: float) -> None:
    """Write the line that the service can't write any more; nothing when its log takes none just now."""
    event = {
        "event": "service.cut_off",
        "level": "error",
        "plugin": "unknown",
        "function": "unknown",
        "why": "interpreter_held",
        "seconds": grace,
        "timestamp": datetime.now(UTC).isoformat(),
    }
    with suppress(OSError):
        if select([], [_LOG], [], LOOK)[1]:
            os.write(_LOG, json.dumps(event).encode() + b"\n")


def kill(pid: int) -> None:
    """Kill ``pid``. The first process of a container ignores SIGKILL from inside, but not a limit on processor time."""
    os.kill(pid, signal.SIGKILL)
    if not select([_INPUT], [], [], LOOK)[0]:
        resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))


def _read(pid: int, name: str) -> str:
    with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - the smaller import
        return file.read()


if __name__ == "__main__":
    # A service that is gone has no files to read any more.
    with suppress(OSError):
        watch(int(sys.argv[1]), int(sys.argv[2]))
