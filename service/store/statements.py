"""Runs statements that are made once: SQLAlchemy compiles each one once for an engine, and the driver runs it.

SQLAlchemy's own way to the driver costs four times as much processor time as the driver, and a question has about
thirty statements. What is handed over is what SQLAlchemy would: no column of ours has a type that it converts.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from service.store.tables import Row

Statement = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete
ByDialect = Mapping[str, Statement]
"""A statement for each dialect, by its name."""

MOST = 256
"""Compiled statements that are kept; the modules of this package have about fifty."""


class _Compiled(NamedTuple):
    """A statement as the driver takes it, and what makes its parameters of the values: in their order, or by name."""

    text: str
    parameters: Callable[[Mapping[str, Any]], Any]


Insert = sqlite.Insert | postgresql.Insert


def upsert(table: sa.Table, on_conflict: Callable[[Any], Insert]) -> Mapping[str, Insert]:
    """An insert into ``table`` for each dialect, by its name, since each has an ``ON CONFLICT`` of its own."""
    inserts: tuple[Insert, Insert] = (sqlite.insert(table), postgresql.insert(table))
    return {name: on_conflict(insert) for name, insert in zip(("sqlite", "postgresql"), inserts, strict=True)}


def has_one_writer(connection: Connection) -> bool:
    """Whether nobody else writes while a transaction of ``connection`` lasts: so it is on SQLite."""
    return connection.dialect.name == "sqlite"


def execute(connection: Connection, statement: Statement | ByDialect, values: Mapping[str, Any] | None = None) -> int:
    """Run an insert, update or delete; returns how many rows it changed."""
    count: int = _run(connection, statement, values or {}).rowcount
    return count


def fetch_all(connection: Connection, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Row]:
    """Run a statement; returns its rows."""
    cursor = _run(connection, statement, values or {})
    names = _names(cursor)
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_tuples(connection: Connection, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Any]:
    """Run a statement; returns its rows as the driver has them."""
    rows: list[Any] = _run(connection, statement, values or {}).fetchall()
    return rows


def fetch_first(
    connection: Connection, statement: Statement | ByDialect, values: Mapping[str, Any] | None = None
) -> Row | None:
    """Run a statement that has one row at most; returns it."""
    cursor = _run(connection, statement, values or {})
    row = cursor.fetchone()
    return None if row is None else dict(zip(_names(cursor), row, strict=True))


def fetch_scalars(connection: Connection, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Any]:
    """Run a statement; returns the first column of its rows."""
    return [row[0] for row in _run(connection, statement, values or {}).fetchall()]


def fetch_scalar(connection: Connection, statement: Statement, values: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - any column
    """Run a statement; returns the first column of its first row, None when there is none."""
    row = _run(connection, statement, values or {}).fetchone()
    return None if row is None else row[0]


def run_text(connection: Connection, text: str, values: Any = ()) -> Any:  # noqa: ANN401 - the driver's own
    """Hand ``text`` to the driver; returns its cursor. Raises what SQLAlchemy would."""
    driver: Any = connection.connection.dbapi_connection
    dialect = connection.dialect
    try:
        return driver.execute(text, values)
    except dialect.loaded_dbapi.Error as failure:
        is_lost = dialect.is_disconnect(failure, driver, None)
        raise DBAPIError.instance(
            text,
            None,
            failure,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        ) from failure


def _run(connection: Connection, statement: Statement | ByDialect, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    dialect = connection.dialect
    if not isinstance(statement, sa.Executable):
        statement = statement[dialect.name]
    compiled = _compile(statement, dialect, tuple(values))
    return run_text(connection, compiled.text, compiled.parameters(values))


@lru_cache(MOST)
def _compile(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=names or None)
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required and name not in names}
    order = compiled.positiontup
    if order is None:
        return _Compiled(str(compiled), lambda values: {**values, **constants})
    if len(order) < 2:
        return _Compiled(str(compiled), lambda values: [{**values, **constants}[name] for name in order])
    in_order = itemgetter(*order)
    return _Compiled(str(compiled), (lambda values: in_order({**values, **constants})) if constants else in_order)


def _names(cursor: Any) -> list[str]:  # noqa: ANN401 - the driver's own
    return [column[0] for column in cursor.description]
