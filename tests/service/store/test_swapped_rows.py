"""Rows and sealed values that changed places: whatever stands under another record's name is refused, never shown."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from service.security import encryption
from service.security.encryption import SealBroken
from service.store import Store, row_digests, sealed_values
from service.store.data_keys import DATA_KEYS
from service.store.row_digests import COVERED
from service.store.sealed_values import SEALED, place_of
from service.store.tables import METADATA
from tests.service.kept import rows_of

from .kept_rows import Kept, kept, keys_of, where

Opening = Callable[..., Any]
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def pairs(store: Store, here: Kept, table: str) -> list[tuple[Any, Any]]:
    """The row that is read, with each other row of the table."""
    rows, key = await rows_of(store, table), keys_of(table)[0]
    [own] = [row for row in rows if row[key] == here.ids[table]]
    return [(own, other) for other in rows if other is not own]


def put(connection: sa.Connection, table: str, at: Any, values: dict[str, Any]) -> None:
    setting = ", ".join(f"{name} = :{name}" for name in values)
    its = {f"was_{name}": at[name] for name in keys_of(table)}
    connection.execute(sa.text(f"UPDATE {table} SET {setting} WHERE {where(table)}"), {**values, **its})  # noqa: S608


ASIDE: dict[type, Any] = {str: "aside", bytes: b"aside", int: -1}


async def write(store: Store, table: str, *contents: tuple[Any, Any]) -> None:
    """Write into each row all that another one holds but its name, in one transaction; what is unique stands aside."""
    columns = [column for column in METADATA.tables[table].columns if column.name not in keys_of(table)]
    unique = {name for index in METADATA.tables[table].indexes if index.unique for name, _ in index.columns.items()}
    aside = {
        column.name: ASIDE[column.type.python_type]
        for column in columns
        if (column.unique or column.name in unique) and not column.foreign_keys
    }

    def exchange(connection: sa.Connection) -> None:
        if aside:
            put(connection, table, contents[0][0], aside)
        for at, content in reversed(contents):
            put(connection, table, at, {column.name: content[column.name] for column in columns})

    await store._writer.do(exchange)


class Tried(NamedTuple):
    """How many pairs of rows changed places, by table.

    ``believed`` are the tables of which one row was taken for the other; ``lost`` are those that are refused even when
    everything is back in its place.
    """

    swaps: dict[str, int]
    believed: set[str]
    lost: set[str]


async def swap_whole_rows(store: Store) -> Tried:
    """Exchange all of two rows but their names, for every table and pair, and read the one; then put them back."""
    here = await kept(store)
    tried = Tried(dict.fromkeys(COVERED, 0), set(), set())
    for table in COVERED:
        for own, other in await pairs(store, here, table):
            await write(store, table, (own, other), (other, own))
            if not await here.refuses(table):
                tried.believed.add(table)
            await write(store, table, (own, own), (other, other))
            tried.swaps[table] += 1
        if await here.refuses(table):
            tried.lost.add(table)
    return tried


async def test_a_row_with_all_that_stood_in_another_one_is_refused(store: Store) -> None:
    tried = await swap_whole_rows(store)

    assert (tried.believed, tried.lost) == (set(), set())
    assert all(tried.swaps.values()), tried.swaps


def sealed_elsewhere(rows: dict[str, list[Any]]) -> Iterator[tuple[bytes, str, Any, str]]:
    """Every sealed value with every other place where a sealed value stands."""
    values = [
        (row[column], (table, row, column)) for table in SEALED for row in rows[table] for column in SEALED[table]
    ]
    for (blob, _), (theirs, place) in permutations(values, 2):
        if blob and theirs:
            yield blob, *place


async def opened_elsewhere(store: Store) -> tuple[int, int]:
    """How many sealed values were tried in another one's place, and how many opened there."""
    await kept(store)
    rows = {table: await rows_of(store, table) for table in SEALED}
    assert all(len(found) > 1 for found in rows.values())
    tried = opened = 0
    for blob, table, row, column in sealed_elsewhere(rows):
        tried += 1
        try:
            store._sealer.open(blob, place_of(table, row, column))
        except SealBroken:
            continue
        opened += 1
    return tried, opened


async def test_no_sealed_value_opens_in_any_other_place_where_one_stands(store: Store) -> None:
    tried, opened = await opened_elsewhere(store)

    assert opened == 0
    assert tried > 300


async def test_a_data_key_in_another_ones_place_opens_nothing(opened: Opening) -> None:
    store = await opened()
    here = await kept(store)
    reply, other = await rows_of(store, "replies")
    engine = store._backend.data_keys._engine
    names = [encryption.key_id_of(row["sealed_body"]) for row in (reply, other)]
    assert not await here.refuses("replies")

    with engine.begin() as connection:
        found = connection.execute(sa.select(DATA_KEYS.c.id, DATA_KEYS.c.wrapped)).mappings()
        wrapped = {row["id"]: row["wrapped"] for row in found}
        for name, theirs in (names, reversed(names)):
            connection.execute(sa.update(DATA_KEYS).where(DATA_KEYS.c.id == name).values(wrapped=wrapped[theirs]))
    store._backend.data_keys._known.clear()

    assert await here.refuses("replies")


def without_row(place: encryption.Place, algorithm: int, form: int, key_id: str) -> bytes:
    """Associated data that leave the row out."""
    return f"{place.table}|{place.column}|{form}|{algorithm}|{key_id}".encode()


@ONLY_SQLITE
async def test_a_sealer_that_binds_to_no_row_is_found_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "_bound_to", without_row)

    _, opened = await opened_elsewhere(store)

    assert opened > 0


@ONLY_SQLITE
async def test_digests_that_leave_the_names_of_rows_out_are_found_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless = {table: tuple(name for name in COVERED[table] if name not in keys_of(table)) for table in COVERED}
    monkeypatch.setattr(row_digests, "COVERED", nameless)
    monkeypatch.setattr(sealed_values, "COVERED", nameless)
    monkeypatch.setattr(encryption, "_bound_to", without_row)

    tried = await swap_whole_rows(store)

    assert tried.believed >= {"verifications", "jobs", "replies", "call_notes", "consents", "batch_items"}
