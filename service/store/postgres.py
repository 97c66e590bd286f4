"""PostgreSQL: any number of processes, one database, synchronous commits."""

import sqlalchemy as sa
from sqlalchemy import event

from service.store.engine import EngineDialect, Lane

WRITERS = 4
READERS = 4
"""Connections of each kind that one process holds."""


def postgres_dialect(url: str, *, patience: float) -> EngineDialect:
    """The engine of the server at ``url``, which itself gives up a statement or a lock within ``patience`` seconds."""
    writing, reading = (_engine(url, patience, writable=writable) for writable in (True, False))
    event.listen(writing, "begin", _begin)
    return EngineDialect(
        name="postgresql",
        writing=Lane(writing, threads=WRITERS, batch=1, commits=True),
        reading=Lane(reading, threads=READERS, batch=1, commits=False),
    )


def engine_url(url: str) -> sa.URL:
    """The address under which SQLAlchemy reaches the server at ``url``."""
    return sa.make_url(url).set(drivername="postgresql+psycopg")


def _engine(url: str, patience: float, *, writable: bool) -> sa.Engine:
    milliseconds = round(patience * 1000)
    return sa.create_engine(
        engine_url(url),
        poolclass=sa.NullPool,
        hide_parameters=True,
        connect_args={
            "autocommit": True,
            "connect_timeout": 2,
            "application_name": "benefits",
            "tcp_user_timeout": milliseconds,
            "options": (
                f"-c statement_timeout={milliseconds * 9 // 10} -c lock_timeout={milliseconds * 7 // 10}"
                " -c synchronous_commit=on -c timezone=UTC"
                f" -c default_transaction_read_only={'off' if writable else 'on'}"
            ),
        },
    )


def _begin(connection: sa.Connection) -> None:
    """Begin at once: the driver would with the first statement, and a connection that died is to be noticed before."""
    connection.exec_driver_sql("BEGIN")
