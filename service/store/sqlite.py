"""SQLite: one file, write-ahead log, every commit flushed to the disk, one process that serves it."""

import sqlite3
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

from service.store import files, held_rows
from service.store.chain import forget_head, keep_committed
from service.store.engine import Lane
from service.store.statements import run_text

BUSY_SHARE = 0.7
"""The part of a caller's patience that is spent on waiting for another process's lock."""

BATCH = 256
"""Units committed together at most."""

CACHE_KIB, WRITER_CACHE_KIB = 512, 1024
"""Pages that a connection keeps, in KiB, and the one that writes, which changes some hundred pages in a transaction;
SQLite's own measure is 2,000. There are up to a dozen connections; a batch of a hundred thousand rows would fill them
all. What is not kept is copied from the system's cache."""

READERS = 2
"""Threads that read. More bring nothing: what they do, they do holding the interpreter's lock."""


def sqlite_lanes(path: Path, *, patience: float, confirm: Callable[[], None]) -> tuple[Lane, Lane]:
    """The writing and the reading lane of the file ``path``.

    ``confirm`` raises ``OSError`` when nothing may be written to it any more.
    """
    timeout = patience * BUSY_SHARE
    writing, reading = engine(path, timeout=timeout), engine(path, timeout=timeout, writable=False)
    event.listen(writing, "connect", _widen_cache)
    event.listen(writing, "begin", lambda _: confirm())
    event.listen(writing, "begin", begin)
    event.listen(writing, "begin", forget_head)
    event.listen(writing, "begin", held_rows.hold)
    event.listen(writing, "commit", held_rows.write)
    event.listen(writing, "commit", keep_committed)
    return (
        Lane(writing, threads=1, batch=BATCH, commits=True, gathers=True),
        Lane(reading, threads=READERS, batch=1, commits=False),
    )


def _widen_cache(connection: sqlite3.Connection, _: object) -> None:
    connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")


def engine(path: Path, *, timeout: float, writable: bool = True) -> sa.Engine:
    """An engine without a pool on the file ``path``; ``connect`` says more."""
    return sa.create_engine(
        "sqlite://",
        creator=partial(connect, path, timeout=timeout, writable=writable),
        poolclass=sa.NullPool,
        hide_parameters=True,
    )


def key_engine(path: Path, *, patience: float) -> sa.Engine:
    """An engine on the file of the data keys, whose connections are kept."""
    made = sa.create_engine(
        "sqlite://",
        creator=partial(connect, path, timeout=patience * BUSY_SHARE),
        poolclass=sa.QueuePool,
        pool_size=2,
        max_overflow=6,
        hide_parameters=True,
    )
    event.listen(made, "begin", begin)
    return made


def begin(connection: sa.Connection) -> None:
    """Begin a transaction that writes, with the lock that it needs."""
    run_text(connection, "BEGIN IMMEDIATE")


def connect(path: Path, *, timeout: float, writable: bool = True) -> sqlite3.Connection:
    """Open the file, which is there and is never made here. Transactions are begun and ended by statements alone.

    Another connection's lock is waited for ``timeout`` seconds.
    """
    files.check(path)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'rw' if writable else 'ro'}",
        uri=True,
        isolation_level=None,
        timeout=timeout,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # Deleted rows are overwritten, so that nothing of a member stays on free pages.
            connection.execute("PRAGMA secure_delete = ON")
            # What a statement may have to undo is kept in memory, and in no file elsewhere.
            connection.execute("PRAGMA temp_store = MEMORY")
            _give_fine_clock(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _give_fine_clock(connection: sqlite3.Connection) -> None:
    """Let DBOS's statements tell fractions of a second: it asks SQLite in ways that count whole ones, or know none.

    Source: ``dbos/_migration.py``, ``get_sqlite_timestamp_expr`` (read 2026-11-28).
    """
    if sys.version_info >= (3, 12):  # pragma: no cover - the older Python is the one that is measured
        if sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", 1, lambda _: time.time())
    else:
        connection.create_function("strftime", 2, lambda form, _: time.time() if form == "%s" else None)
