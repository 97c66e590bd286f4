"""SQLite: one file, write-ahead log, every commit flushed to the disk, one process that serves it."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

from service.store import files
from service.store.engine import EngineDialect, Lane

BUSY_SHARE = 0.7
"""The part of a caller's patience that is spent on waiting for another process's lock."""

BATCH = 256
"""Units committed together at most."""

READERS = 2
"""Threads that read. More bring nothing: what they do, they do holding the interpreter's lock."""


def sqlite_dialect(path: Path, *, patience: float, confirm: Callable[[], None]) -> EngineDialect:
    """The engine of the file ``path``; ``confirm`` raises ``OSError`` when nothing may be written to it any more."""
    writing, reading = (_engine(path, patience, writable=writable) for writable in (True, False))

    def begin(connection: sa.Connection) -> None:
        confirm()
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(writing, "begin", begin)
    return EngineDialect(
        name="sqlite",
        writing=Lane(writing, threads=1, batch=BATCH, commits=True),
        reading=Lane(reading, threads=READERS, batch=1, commits=False),
    )


def _engine(path: Path, patience: float, *, writable: bool) -> sa.Engine:
    return sa.create_engine(
        "sqlite://",
        creator=partial(_connect, path, patience, writable=writable),
        poolclass=sa.NullPool,
        hide_parameters=True,
    )


def _connect(path: Path, patience: float, *, writable: bool) -> sqlite3.Connection:
    """Open the file, which is there. Transactions are begun and ended by statements alone."""
    files.check(path)
    connection = sqlite3.connect(
        uri(path, "rw" if writable else "ro"),
        uri=True,
        isolation_level=None,
        timeout=patience * BUSY_SHARE,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # Deleted rows are overwritten, so that nothing of a member stays on free pages.
            connection.execute("PRAGMA secure_delete = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def uri(path: Path, mode: str) -> str:
    """The name under which SQLite opens ``path``: ``mode`` is ``rw`` or ``ro``, and neither makes a file."""
    return f"{path.absolute().as_uri()}?mode={mode}"
