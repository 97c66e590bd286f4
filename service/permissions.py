"""Who may read a file of ours: its owner alone."""

import stat
from pathlib import Path

import structlog

log = structlog.get_logger()

OWNER_ALONE = 0o600


def tighten(path: Path) -> None:
    """Take the rights of everybody but the owner off ``path``, and log that. Raises ``OSError`` when it can't."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(OWNER_ALONE)
        log.warning("permissions.tightened", file=path.name)
