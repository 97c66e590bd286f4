"""What a process of ours does first: nothing of its memory may reach a file, and no stray variable may steer it.

A core dump holds members and the sealing key. A log of TLS keys opens what was recorded on the network. A descriptor
that was closed when we started is given to the next file that is opened, and what is printed would be written there.
"""

import ctypes
import os
import resource
import sys
from collections.abc import MutableMapping

_STEERING = ("DBOS_", "UVICORN_", "WEB_CONCURRENCY")
"""Beginnings of variables that would make DBOS or the server another one than we set up."""

_LISTENING_IN = "SSLKEYLOGFILE"

_PR_SET_DUMPABLE = 4
"""Of Linux's ``prctl``; the number is that of ``linux/prctl.h``."""


def harden() -> None:
    """Harden this process. What the system does not know (another one than Linux) is left out."""
    keep_descriptors()
    clear_environment(os.environ)
    forbid_dumps()


def clear_environment(environment: MutableMapping[str, str]) -> None:
    """Remove the variables that would have libraries write secrets down, or do other than we set up."""
    for name in tuple(environment):
        if name == _LISTENING_IN or name.startswith(_STEERING):
            del environment[name]


def forbid_dumps() -> None:
    """Leave no core dump, and let no other process of this user look into our memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def keep_descriptors() -> None:
    """Give the three standard descriptors something to stand for when the one who started us closed them."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free number is taken, which is this very one.
            os.open(os.devnull, os.O_RDWR)
