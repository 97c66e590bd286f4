"""SQLite: one file, write-ahead log, every commit flushed to the disk, one process that serves it."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from service.store import files
from service.store.engine import EngineDialect, Lane, Row, Value

BUSY_SHARE = 0.7
"""The part of a caller's patience that is spent on waiting for another process's lock."""

BATCH = 256
"""Units committed together at most."""

READERS = 2
"""Threads that read. More bring nothing: what they do, they do holding the interpreter's lock."""

BEGIN = "BEGIN IMMEDIATE"

_LOCKING = re.compile(r" FOR UPDATE\b")


class SqliteSession:
    """A connection to the file. Transactions are begun and ended by statements alone."""

    failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: Path, *, writable: bool, patience: float, confirm: Callable[[], None]) -> None:
        """Open the file, which is there; ``confirm`` is asked before each transaction that writes."""
        files.check(path)
        self._confirm = confirm
        self._connection = sqlite3.connect(
            uri(path, "rw" if writable else "ro"),
            uri=True,
            isolation_level=None,
            timeout=patience * BUSY_SHARE,
            cached_statements=256,
        )
        self._connection.row_factory = _by_name
        try:
            self._connection.execute("PRAGMA foreign_keys = ON")
            if writable:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                # Deleted rows are overwritten, so that nothing of a member stays on free pages.
                self._connection.execute("PRAGMA secure_delete = ON")
        except sqlite3.Error:
            self._connection.close()
            raise

    def all(self, statement: str, **values: Value) -> Sequence[Row]:
        """Every row that ``statement`` returns."""
        rows: list[Row] = self._connection.execute(_plain(statement), values).fetchall()
        return rows

    def one(self, statement: str, **values: Value) -> Row | None:
        """The first row that ``statement`` returns, if any."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def run(self, statement: str, **values: Value) -> int:
        """Execute ``statement``; returns the number of rows that it changed."""
        if statement == BEGIN:
            self._confirm()
        return self._connection.execute(_plain(statement), values).rowcount

    def alive(self) -> bool:
        """A file does not die while it is idle."""
        return True

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        self._connection.close()


def uri(path: Path, mode: str) -> str:
    """The name under which SQLite opens ``path``: ``mode`` is ``rw`` or ``ro``, and neither makes a file."""
    return f"{path.absolute().as_uri()}?mode={mode}"


@lru_cache(maxsize=256)
def _plain(statement: str) -> str:
    """SQLite locks the whole file for a writer, and knows no lock of a row."""
    return _LOCKING.sub("", statement)


def _by_name(cursor: sqlite3.Cursor, row: tuple[Value, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def sqlite_dialect(path: Path, *, patience: float, confirm: Callable[[], None]) -> EngineDialect:
    """The engine of the file ``path``; ``confirm`` raises ``OSError`` when nothing may be written to it any more."""

    def connect(writable: bool) -> SqliteSession:  # noqa: FBT001 - the shape is the dialect's
        return SqliteSession(path, writable=writable, patience=patience, confirm=confirm)

    return EngineDialect(
        name="sqlite",
        connect=connect,
        failures=SqliteSession.failures,
        writing=Lane(threads=1, batch=BATCH, begin=BEGIN),
        reading=Lane(threads=READERS, batch=1, begin=None),
    )
