"""The files of a SQLite database: made once with a tight mode, never opened beside a connection, served by one process.

POSIX takes every lock that a process has on a file away when the process closes any descriptor of it. So a file that
SQLite locks is opened by SQLite alone; what is to be known of it is asked by its path. Source: sqlite.org,
"How To Corrupt An SQLite Database File", 2.2; fcntl(2), "Record locking" (read 2026-11-28).
"""

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from threading import Lock

import structlog

from service.security.file_modes import OWNER_ALONE, tighten
from service.store.errors import FileMoved, LockLost, StoreFileUnfit, StoreInUse

log = structlog.get_logger()

COMPANIONS = ("-wal", "-shm", "-journal", ".lock")
"""What lies beside a database: SQLite's own files, and the lock of the process that serves it."""

_making = Lock()


def make(path: Path) -> None:
    """Make an empty file of mode 600 unless there is one, and ``check`` it. Raises ``OSError``.

    A file that is there is not opened. A new one is nobody's yet, and closed before this process can connect to it.
    """
    with _making:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, OWNER_ALONE))
        check(path)


def check(path: Path) -> None:
    """Tighten the modes of ``path`` and its companions. Raises ``StoreFileUnfit`` for what may not be used.

    A file with a second name is refused: SQLite names its log after the file, so each name would have a log of its own.
    """
    _check(path)
    for suffix in COMPANIONS:
        with suppress(FileNotFoundError):
            _check(path.with_name(path.name + suffix))


def _check(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise StoreFileUnfit(f"{path.name} is no file of its own, but a link, a folder or a device")
    if found.st_nlink > 1:
        raise StoreFileUnfit(f"{path.name} has a second name (a hard link): remove one of them, or copy the file")
    try:
        tighten(path)
    except PermissionError:
        raise StoreFileUnfit(f"{path.name} may be read by others, and its mode can't be changed: chmod 600") from None


class FileGuard:
    """Knows which file this process works on, and, when it serves it, that nobody else does.

    The right to serve is a lock on a file beside the database, given back by the system when the process dies.
    """

    def __init__(self, path: Path, *, serving: bool) -> None:
        """Guard the database ``path``; nothing is touched before ``take``."""
        self._path = path
        self._lock_path = path.with_name(f"{path.name}.lock")
        self._serving = serving
        self._lock: int | None = None
        self._known: tuple[int, int] | None = None
        self._known_lock: tuple[int, int] | None = None

    def take(self) -> None:
        """Begin. Raises ``StoreInUse`` when another process serves the file, ``OSError`` when it can't be made."""
        if self._serving:
            self._lock = self._take_lock()
            self._known_lock = _identity(self._lock)
        make(self._path)
        self._known = _identity(self._path)
        if self._path.parent.stat().st_mode & stat.S_IWOTH:
            log.warning("store.folder_open_to_others", file=self._path.name)

    def confirm(self) -> None:
        """Look before something is written. Raises ``FileMoved`` and ``LockLost``, and then nothing may be.

        What is written to a file that lost its name would be answered for and found by nobody.
        """
        if self._known is None or _identity(self._path) != self._known:
            raise FileMoved
        if self._lock is None or _identity(self._lock_path) == self._known_lock:
            return
        try:
            again = self._take_lock()
        except StoreInUse:
            raise LockLost from None
        os.close(self._lock)
        self._lock, self._known_lock = again, _identity(again)

    def release(self) -> None:
        """Give the lock back. Its file stays: removing it would let two processes hold two locks of one name."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> int:
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, OWNER_ALONE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise StoreInUse(
                "another process serves this SQLite database, and one at a time may; "
                "for several processes set BENEFITS_DATABASE_URL to postgresql://…"
            ) from None
        return lock


def _identity(place: Path | int) -> tuple[int, int] | None:
    """Which file it is, by path or by descriptor; None when there is none."""
    try:
        found = os.stat(place)  # noqa: PTH116 - a descriptor has no Path
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
