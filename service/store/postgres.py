"""PostgreSQL: any number of processes, one database, synchronous commits."""

import re
from collections.abc import Sequence
from functools import lru_cache

import psycopg
from psycopg.rows import dict_row

from service.store.engine import EngineDialect, Lane, Row, Value

WRITERS = 4
READERS = 4
"""Connections of each kind that one process holds."""

_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class PostgresSession:
    """A connection. Transactions are begun and ended by statements alone."""

    failures: tuple[type[Exception], ...] = (psycopg.Error, OSError)

    def __init__(self, url: str, *, writable: bool, patience: float) -> None:
        """Connect; the server itself gives up a statement or a lock within ``patience`` seconds."""
        milliseconds = round(patience * 1000)
        self._connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=2,
            application_name="benefits",
            tcp_user_timeout=milliseconds,
            options=(
                f"-c statement_timeout={milliseconds * 9 // 10} -c lock_timeout={milliseconds * 7 // 10}"
                " -c synchronous_commit=on -c timezone=UTC"
                f" -c default_transaction_read_only={'off' if writable else 'on'}"
            ),
        )

    def all(self, statement: str, **values: Value) -> Sequence[Row]:
        """Every row that ``statement`` returns."""
        return self._connection.execute(_convert_placeholders(statement), values or None).fetchall()

    def one(self, statement: str, **values: Value) -> Row | None:
        """The first row that ``statement`` returns, if any."""
        return self._connection.execute(_convert_placeholders(statement), values or None).fetchone()

    def run(self, statement: str, **values: Value) -> int:
        """Execute ``statement``; returns the number of rows that it changed."""
        return self._connection.execute(_convert_placeholders(statement), values or None).rowcount

    def alive(self) -> bool:
        """Whether the server has not closed the connection, as far as was noticed."""
        return not (self._connection.closed or self._connection.broken)

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        self._connection.close()


@lru_cache(maxsize=256)
def _convert_placeholders(statement: str) -> str:
    """The statement with psycopg's own marks for values. Statements are constants of this room, never built."""
    return _NAMED.sub(r"%(\1)s", statement)


def postgres_dialect(url: str, *, patience: float) -> EngineDialect:
    """The engine of the server at ``url``."""

    def connect(writable: bool) -> PostgresSession:  # noqa: FBT001 - the shape is the dialect's
        return PostgresSession(url, writable=writable, patience=patience)

    return EngineDialect(
        name="postgresql",
        connect=connect,
        failures=PostgresSession.failures,
        writing=Lane(threads=WRITERS, batch=1, begin="BEGIN"),
        reading=Lane(threads=READERS, batch=1, begin=None),
    )
