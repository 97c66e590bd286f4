"""Who may read a file of ours: its owner alone."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO

import structlog

log = structlog.get_logger()

OWNER_ALONE = 0o600


def open_for_owner(path: Path) -> TextIO:
    """Open ``path`` to be written anew, readable by its owner alone. Raises ``OSError``."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "w", newline="")
    with suppress(FileNotFoundError):
        tighten(path)
    return file


def open_own_file(path: Path, flags: int) -> BinaryIO:
    """Open ``path`` for reading and writing; made when ``flags`` say so, readable by its owner alone.

    Raises ``OSError`` for a link, a second name of another file, and what is no file at all: who may write to the
    folder would have us write into a file of their choice, or wait for a pipe for ever.
    """
    file = os.fdopen(os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, OWNER_ALONE), "rb+")
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        file.close()
        raise OSError(errno.EINVAL, "not an ordinary file of this one name", path.name)
    return file


def tighten(path: Path) -> None:
    """Take the rights of everybody but the owner off ``path``, and log that. Raises ``OSError`` when it can't."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(OWNER_ALONE)
        log.warning("permissions.tightened", file=path.name)


def warn_of_readers(path: Path) -> None:
    """Log that others than the owner and its group may read or change ``path``; whoever put it there chose its mode."""
    with suppress(OSError):
        if stat.S_IMODE(path.stat().st_mode) & 0o007:
            log.warning("permissions.loose", file=path.name)
