"""Whoever writes the database gains nothing: a row that grants or links is ours, or it is refused and audited."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from service.security.encryption import Sealer
from service.store import (
    Store,
    StoreUnavailable,
    row_digests,
)
from service.store.row_digests import COVERED, COVERED_WHERE_FILLED, UNCOVERED, RowForged
from tests.service.kept import change, rows_of

from .conftest import KEY, STAFF, audit_of
from .kept_rows import kept, keys_of, where

NOT_COVERED = {
    "data_keys",
    "alembic_version",
    "sqlite_sequence",
    "counters",
    "key_ring",
    "processes",
    "audit",
    "used_sign_ins",
    "identity_tries",
}
"""Tables that grant nothing, or are sealed themselves; the audit is for reading alone, what was used refuses, and what
was counted too."""


def flipped(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, int):
        return value + 1
    return (
        bytes((value[0] ^ 1,)) + value[1:]
        if isinstance(value, bytes)
        else value[:-1] + ("A" if value[-1:] != "A" else "B")
    )


ALLOWED = {"state": ("pending", "final"), "role": ("staff", "batch")}
"""Columns in which the database itself takes certain words alone."""


def others(column: str, row: Mapping[str, Any], other: Mapping[str, Any]) -> list[Any]:
    """What may stand in place of a column's value: something else, another row's, nothing, or something for nothing."""
    value = row[column]
    if column in ALLOWED:
        return [word for word in ALLOWED[column] if word != value]
    return [new for new in (flipped(value), other[column], None if value is not None else 1) if new != value]


async def test_a_row_that_was_changed_in_any_column_is_refused_and_audited(store: Store) -> None:
    here = await kept(store)
    tried = 0
    for table in COVERED:
        rows = await rows_of(store, table)
        key = keys_of(table)[0]
        [row] = [one for one in rows if one[key] == here.ids[table]]
        other = next(one for one in rows if one[key] != here.ids[table])
        assert not await here.refuses(table), table
        # A row under another name is not found by its own, and there is nothing to refuse: see the next tests.
        keys = keys_of(table)
        for column in {*COVERED[table], *COVERED_WHERE_FILLED.get(table, ()), "mac"} - set(keys):
            for value in others(column, row, other):
                was = {f"was_{name}": row[name] for name in keys}
                statement = f"UPDATE {table} SET {column} = :value WHERE {where(table)}"  # noqa: S608 - names of ours
                try:
                    await change(store, statement, value=value, **was)
                except StoreUnavailable:
                    continue
                tried += 1
                assert await here.refuses(table), f"{table}.{column}"
                assert await change(store, statement, value=row[column], **was) == 1
        assert not await here.refuses(table), table
    lines = [
        ":".join(line["outcome"].split(":")[:2]) for line in await audit_of(store) if line["action"] == "row.refused"
    ]
    assert tried > 60
    # Of a mark of the audit only its verification speaks: a heartbeat, which reads it, fails for nobody's sake.
    assert {f"row_forged:{table}" for table in COVERED if table != "audit_marks"} <= set(lines)


@pytest.mark.parametrize("value", ["?", b"\xff", 2**62, -(2**62)], ids=repr)
async def test_a_value_that_no_column_holds_is_refused_and_no_fault(store: Store, value: object) -> None:
    here = await kept(store)
    lists: tuple[Callable[[], Awaitable[object]], ...] = (
        store.list_keys,
        store.list_staff,
        lambda: store.list_batches(STAFF, 10),
        lambda: store.visitor_requests(STAFF),
    )
    tried = 0
    for table, columns in UNCOVERED.items():
        rows = await rows_of(store, table)
        for column in columns:
            try:
                await change(store, f"UPDATE {table} SET {column} = :value", value=value)  # noqa: S608 - ours
            except StoreUnavailable:
                continue
            tried += 1
            await here.refuses(table)
            for read in lists:
                await read()
            for row in rows:
                was = {f"was_{name}": row[name] for name in keys_of(table)}
                statement = f"UPDATE {table} SET {column} = :value WHERE {where(table)}"  # noqa: S608 - ours
                await change(store, statement, value=row[column], **was)
            assert not await here.refuses(table), f"{table}.{column}"
    assert tried > 5


def test_every_column_of_every_table_is_covered_or_said_not_to_be(migrated: str) -> None:
    inspector = sa.inspect(
        sa.create_engine(migrated.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    )
    tables = set(inspector.get_table_names()) - NOT_COVERED

    assert tables == set(COVERED)
    for table in tables:
        columns = {column["name"] for column in inspector.get_columns(table)}
        later = COVERED_WHERE_FILLED.get(table, ())
        assert columns == {*COVERED[table], *later, *UNCOVERED.get(table, ()), "mac"}, table


def test_values_of_two_types_are_two() -> None:
    sealer = Sealer({"k1": KEY})
    sealer.adopt_index_key(KEY)
    row = dict.fromkeys(COVERED["replies"], None)
    seen = {
        row_digests.row_digest(sealer, "replies", {**row, "media_type": value})
        for value in (None, "-", b"-", "1", 1, b"1")
    }

    assert len(seen) == 6
    with pytest.raises(RowForged):
        row_digests.check(sealer, "replies", {**row, "mac": None})
