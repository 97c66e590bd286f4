"""PostgreSQL: any number of processes, one database, synchronous commits."""

from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from service.store import held_rows
from service.store.chain import forget_head, keep_committed
from service.store.engine import Lane
from service.store.statements import run_text

WRITERS = 4
READERS = 4
"""Connections of each kind that one process holds."""


def postgres_lanes(url: str, *, patience: float) -> tuple[Lane, Lane]:
    """The writing and the reading lane of the server at ``url``.

    The server itself gives up a statement or a lock within ``patience`` seconds.
    """
    writing, reading = (_lane_engine(url, patience, writable=writable) for writable in (True, False))
    event.listen(writing, "begin", _begin)
    event.listen(writing, "begin", held_rows.hold)
    event.listen(writing, "rollback", forget_head)
    event.listen(writing, "commit", held_rows.write)
    event.listen(writing, "commit", keep_committed)
    return (
        Lane(writing, threads=WRITERS, batch=1, commits=True),
        Lane(reading, threads=READERS, batch=1, commits=False),
    )


def engine(url: str, **arguments: Any) -> sa.Engine:  # noqa: ANN401 - as the driver takes them
    """An engine without a pool for the server at ``url``, which is read by the library that read it for the check."""
    return sa.create_engine(
        "postgresql+psycopg://",
        creator=partial(psycopg.connect, url, **arguments),
        poolclass=sa.NullPool,
        hide_parameters=True,
    )


def key_engine(url: str, *, patience: float) -> sa.Engine:
    """An engine for the table of the data keys, whose connections are kept."""
    made = sa.create_engine(
        "postgresql+psycopg://",
        creator=partial(psycopg.connect, url, **_options(patience, writable=True)),
        poolclass=sa.QueuePool,
        pool_size=2,
        max_overflow=6,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(made, "begin", _begin)
    return made


def _lane_engine(url: str, patience: float, *, writable: bool) -> sa.Engine:
    return engine(url, **_options(patience, writable=writable))


def _options(patience: float, *, writable: bool) -> dict[str, Any]:
    milliseconds = round(patience * 1000)
    return {
        "autocommit": True,
        "connect_timeout": 2,
        "application_name": "benefits",
        "tcp_user_timeout": milliseconds,
        "options": (
            f"-c statement_timeout={milliseconds * 9 // 10} -c lock_timeout={milliseconds * 7 // 10}"
            " -c synchronous_commit=on -c timezone=UTC"
            f" -c default_transaction_read_only={'off' if writable else 'on'}"
        ),
    }


def without_time_limit(connection: sa.Connection) -> None:
    """Let the statements of ``connection`` take as long as they need; nobody waits for them."""
    if connection.dialect.name == "postgresql":
        run_text(connection, "SET statement_timeout = 0")


def _begin(connection: sa.Connection) -> None:
    """Begin at once: the driver would with the first statement, and a connection that died is to be noticed before."""
    run_text(connection, "BEGIN")
