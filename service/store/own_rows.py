"""Rows as this connection wrote them, so that they are changed by one statement without being read first.

A question's job and attempt are changed seconds after they were made, nearly always by the process that made them. The
statement that changes such a row names each value under its digest, and the digest, as they were written, and changes
nothing unless all of them stand there still. Then the row is authentic, as one whose digest was recomputed is. Where
any of them differs (the row was changed by somebody else, or the transaction that made it was undone) nothing happens,
and the row is read and checked as any other is.

Rows are remembered on SQLite alone: PostgreSQL lets others write meanwhile, and a row is locked before it is changed.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service.store.row_digests import covered_columns
from service.store.statements import has_one_writer
from service.store.tables import Row

MOST = 512
"""Rows of a table that are remembered; the oldest gives way. So many questions are hardly ever under way at once."""

_REMEMBERED = "own_rows"


def remember(connection: Connection, table: sa.Table, row: Row) -> None:
    """Remember a ``row`` that was just inserted: by its ``id``, with each column that ``stands_as_written`` names."""
    if not has_one_writer(connection):
        return
    rows: dict[str, Row] = connection.info.setdefault(_REMEMBERED, {}).setdefault(table.name, {})
    if len(rows) >= MOST:
        del rows[next(iter(rows))]
    rows[row["id"]] = row


def take(connection: Connection, table: sa.Table, row_id: str) -> Row | None:
    """Return the row as it was written, and forget it; None when it is not remembered."""
    rows: dict[str, Row] | None = connection.info.get(_REMEMBERED, {}).get(table.name)
    return None if rows is None else rows.pop(row_id, None)


def stands_as_written(table: sa.Table, *others: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a row is as it was written, in what its digest covers and in ``others``."""
    columns = [*covered_columns(table), *others]
    return [one.is_not_distinct_from(sa.bindparam(f"was_{one.name}", type_=one.type)) for one in columns]


def as_written(row: Row) -> dict[str, Any]:
    """Return the values for ``stands_as_written``."""
    return {f"was_{name}": value for name, value in row.items()}
