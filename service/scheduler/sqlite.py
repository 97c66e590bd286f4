"""DBOS on a SQLite file: its connections, what came due while nobody ran, and a step enqueued for little."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from dbos._schemas import SCHEMA_PLACEHOLDER

from service.store.sqlite import connect
from service.store.statements import run_text

DUE_IN_A_SECOND = 200
"""Of the steps that came due while nobody ran them, so many come due in a second; as many as can be begun."""

POOL = 4
"""Connections to a file that DBOS holds at most; it has one writer at a time anyway."""


def sqlite_engine(path: Path) -> sa.Engine:
    """Return an engine for DBOS on the file ``path``: as the store connects to it, with DBOS's own transactions."""

    def open_connection() -> Any:  # noqa: ANN401 - a connection of the driver
        connection = connect(path, timeout=30.0)
        connection.isolation_level = "IMMEDIATE"
        return connection

    return sa.create_engine(
        "sqlite://",
        creator=open_connection,
        poolclass=sa.QueuePool,
        pool_size=POOL,
        max_overflow=0,
        hide_parameters=True,
    )


def spread_overdue_steps(engine: sa.Engine) -> None:
    """Let the steps that came due while nobody ran them come due bit by bit.

    DBOS moves all that are due in one statement, and a file has one writer at a time: callers would wait for it.
    """
    with engine.begin() as connection:
        if not sa.inspect(connection).has_table("workflow_status"):
            return
        overdue = "status = 'DELAYED' AND delay_until_epoch_ms <= :now"
        now = {"now": time.time_ns() // 1_000_000}
        count = connection.scalar(sa.text(f"SELECT count(*) FROM workflow_status WHERE {overdue}"), now) or 0  # noqa: S608 - ours
        seconds = count // DUE_IN_A_SECOND
        if seconds:
            spread = "delay_until_epoch_ms = :now + rowid % :seconds * 1000"
            statement = f"UPDATE workflow_status SET {spread} WHERE {overdue}"  # noqa: S608 - as above
            connection.execute(sa.text(statement), {**now, "seconds": seconds})


class EnqueueingConnection:
    """A connection to a file, as DBOS uses it to enqueue a step, which compiles each of its two inserts once.

    DBOS does that for PostgreSQL alone. For SQLite it has SQLAlchemy compile and rewrite them for every step, which
    costs more processor time than all other statements of a question. Source: ``dbos/_sys_db.py``,
    ``_execute_prepared`` (read 2026-11-29).
    """

    def __init__(self, connection: sa.Connection) -> None:
        """Insert over ``connection``, in its transaction."""
        self._connection = connection
        self.dialect = connection.dialect

    def get_execution_options(self) -> dict[str, Any]:
        """Return no options."""
        return {}

    def execution_options(self, **_: Any) -> None:  # noqa: ANN401 - as the engine calls it
        """Take DBOS's name of the schema, of which a file has none."""

    def execute(self, insert: Any, values: dict[str, Any]) -> "_Inserted":  # noqa: ANN401 - as the engine calls it
        """Insert ``values``."""
        key = (insert.table.name, *values)
        compiled = _INSERTS.get(key)
        if compiled is None:
            compiled = _INSERTS[key] = _CompiledInsert.of(insert, list(values), self.dialect)
        return _Inserted(run_text(self._connection, compiled.text, compiled.parameters(values)))


class _CompiledInsert(NamedTuple):
    """An insert of DBOS as the driver takes it: its text, and its parameters in their order with what converts them."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    @classmethod
    def of(cls, insert: sa.Insert, columns: list[str], dialect: sa.Dialect) -> "_CompiledInsert":
        """Compile ``insert``, without the name of a schema."""
        compiled = insert.compile(
            dialect=dialect,
            column_keys=columns,
            schema_translate_map={SCHEMA_PLACEHOLDER: None},
            render_schema_translate=True,
        )
        types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        order = compiled.positiontup or []
        return cls(str(compiled), tuple((name, types[name].bind_processor(dialect)) for name in order))

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """Return ``values`` in the order of the parameters."""
        return [values[name] if convert is None else convert(values[name]) for name, convert in self.columns]


_INSERTS: dict[tuple[str, ...], _CompiledInsert] = {}


class _Inserted:
    """What an insert returned, as DBOS reads it."""

    def __init__(self, cursor: Any) -> None:  # noqa: ANN401 - the driver's own
        self._cursor = cursor
        self._mapping: dict[str, Any] = {}

    def fetchone(self) -> "_Inserted | None":
        """Return the row, whose columns are in ``_mapping``."""
        row = self._cursor.fetchone()
        if row is None:
            return None
        self._mapping = dict(zip((column[0] for column in self._cursor.description), row, strict=True))
        return self
