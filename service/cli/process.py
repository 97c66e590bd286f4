"""A command as a process of its own: what it is told by, and how it prints when nobody may be reading."""

import sys
from contextlib import suppress
from typing import TextIO

PROCESS = "process"
"""What a command finds as its context's object when it has the process to itself, and no test around it."""


def print_line(line: str, stream: TextIO | None = None) -> None:
    """Print ``line`` for whoever reads, on stdout or ``stream``; nobody need, and the command goes on."""
    stream = stream or sys.stdout
    if stream is not None:
        with suppress(OSError, ValueError):
            stream.write(line + "\n")
            stream.flush()
