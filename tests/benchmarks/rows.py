"""Very many rows of a SQLite database, made from one that a service wrote."""

import sqlite3
from collections.abc import Mapping

_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) "


def copy(
    connection: sqlite3.Connection, table: str, key: str, value: str, count: int, changed: Mapping[str, str]
) -> None:
    """Copy the row of ``table`` whose ``key`` is ``value``, with expressions of ``n`` for the columns ``changed``."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(column, column) for column in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) {_NUMBERS.format(count=count)}"  # noqa: S608 - names of the schema
        f"SELECT {values} FROM {table}, numbers WHERE {key} = ?",
        [value],
    )
