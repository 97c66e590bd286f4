"""Rows that a transaction inserts right before it is committed, all those of a table by one statement.

Lines of the audit and replies wait so: nothing reads them within their transaction. What fails then, fails the whole
transaction, whose units are done anew each alone; and no row of a transaction that was undone is left.
"""

from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import Connection

from service.store.statements import run_text
from service.store.tables import Value

MOST_AT_ONCE = 64
"""Rows that one statement inserts."""

_HELD = "held_rows"


def hold(connection: Connection) -> None:
    """Begin a transaction, whose rows ``write`` inserts."""
    connection.info[_HELD] = {}


def insert(connection: Connection, table: sa.Table, row: tuple[Value, ...]) -> None:
    """Insert a row, with a value for each column of ``table``, before the transaction is committed."""
    held: dict[sa.Table, list[tuple[Value, ...]]] | None = connection.info.get(_HELD)
    if held is None:
        _write(connection, table, [row])
    else:
        held.setdefault(table, []).append(row)


def write(connection: Connection) -> None:
    """Insert the rows of the transaction, which is about to be committed."""
    for table, rows in connection.info.pop(_HELD, {}).items():
        for begins in range(0, len(rows), MOST_AT_ONCE):
            _write(connection, table, rows[begins : begins + MOST_AT_ONCE])


def _write(connection: Connection, table: sa.Table, rows: list[tuple[Value, ...]]) -> None:
    text = _insert_of(table, len(rows), "?" if connection.dialect.name == "sqlite" else "%s")
    run_text(connection, text, [value for row in rows for value in row])


@lru_cache(4 * MOST_AT_ONCE)
def _insert_of(table: sa.Table, count: int, mark: str) -> str:
    names = [column.name for column in table.columns]
    row = f"({', '.join([mark] * len(names))})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([row] * count)}"  # noqa: S608 - names of ours
