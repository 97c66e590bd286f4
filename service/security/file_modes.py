"""Who may read a file of ours: its owner alone."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import structlog

log = structlog.get_logger()

OWNER_ALONE = 0o600


def open_for_owner(path: Path) -> TextIO:
    """Open ``path`` to be written anew, readable by its owner alone. Raises ``OSError``."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "w", newline="")
    with suppress(FileNotFoundError):
        tighten(path)
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
