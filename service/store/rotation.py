"""Changes the sealing key while the service runs: everything is brought under the newest one, a little at a time.

Data keys are wrapped anew, and the values they sealed stay as they are. A value that an earlier version sealed under
the sealing key itself is sealed anew under a data key. Each step is a transaction of its own, and what is to be done is
read from the database, so a rotation that was killed goes on where it stood. Every value opens at every moment, since
the settings name both keys until the rotation is over.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import MARKER_AT, SealBroken, Sealer, key_id_of, marker_of
from service.store.row_digests import check, covered_columns, row_digest
from service.store.sealed_values import SEALED, is_sealed_under, place_of
from service.store.tables import METADATA, Row

ROWS = 100
"""Rows that are sealed anew in one transaction."""


class Rotated(NamedTuple):
    """What a rotation did: data keys that were wrapped anew, values that were sealed anew, sealing keys that ended."""

    data_keys: int
    values: int
    retired: tuple[str, ...]


Progress = Callable[[int, int], None]
"""Is called with the number of data keys and of values that were done so far."""


class ResealStep(NamedTuple):
    """What one step did to a table: how many values it sealed anew, and after which row the next one begins."""

    values: int
    after: tuple[Any, ...] | None
    """None when the table was gone through."""


def reseal_some(connection: Connection, sealer: Sealer, name: str, after: tuple[Any, ...]) -> ResealStep:
    """Seal values of the table ``name`` anew that are under a sealing key itself, in rows after ``after``.

    A row that somebody else wrote stays as it is.
    """
    table = METADATA.tables[name]
    keys = list(table.primary_key.columns)
    rows = _rows(connection, sealer, table, after)
    update = sa.update(table).where(*(key == sa.bindparam(f"its_{key.name}") for key in keys))
    count = 0
    for row in rows:
        fresh = _reseal_row(sealer, name, row)
        if fresh:
            its = {f"its_{key.name}": row[key.name] for key in keys}
            mac = row_digest(sealer, name, {**row, **fresh})
            connection.execute(update, {**its, **fresh, "mac": mac})
            count += len(fresh)
    return ResealStep(count, None if len(rows) < ROWS else tuple(rows[-1][key.name] for key in keys))


def _rows(connection: Connection, sealer: Sealer, table: sa.Table, after: tuple[Any, ...]) -> Sequence[Row]:
    keys = list(table.primary_key.columns)
    columns = [table.c[column] for column in SEALED[table.name]]
    markers = [marker_of(key_id) for key_id in sealer.key_ids]
    under = [is_sealed_under(column, marker, MARKER_AT) for column in columns for marker in markers]
    select = sa.select(*covered_columns(table)).where(sa.or_(*under)).order_by(*keys).limit(ROWS).with_for_update()
    if after:
        last = sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(after, keys, strict=True)))
        select = select.where(sa.tuple_(*keys) > last)
    return connection.execute(select).mappings().all()


def _reseal_row(sealer: Sealer, name: str, row: Row) -> dict[str, bytes]:
    """The values of ``row`` that are under a sealing key itself, under one data key."""
    fresh: dict[str, bytes] = {}
    try:
        check(sealer, name, row)
        for column in SEALED[name]:
            blob: bytes | None = row[column]
            if blob and key_id_of(blob) in sealer.key_ids:
                place, beside = place_of(name, row, column), next(iter(fresh.values()), None)
                fresh[column] = sealer.seal(sealer.open(blob, place), place, beside=beside)
    except SealBroken:
        return {}
    return fresh
