"""A database whose rows have no digest yet gets them once, however many there are."""

from collections.abc import Callable
from typing import Any

import pytest

from service.security.encryption import Sealer
from service.store import (
    Store,
    StoreUnavailable,
    row_digests,
)
from service.store.key_ring import _place
from service.store.row_digests import COVERED
from tests.service.kept import change, rows_of

from .conftest import KEY, STAFF, intent

Opening = Callable[..., Any]


@pytest.fixture
async def before(database: str, opened: Opening) -> str:
    """The address of a database in which no row has a digest yet, with a verification in it, and a key."""
    store: Store = await opened()
    await store.intend(intent("Before", idempotency_key="k"))
    for table in COVERED:
        await change(store, f"UPDATE {table} SET mac = NULL")  # noqa: S608 - names of ours
    ring = Sealer({"k1": KEY})
    place = _place("k1")
    [row] = await rows_of(store, "key_ring")
    old = ring.seal(ring.open(row["sealed_index_key"], place)[:32], place)
    await change(store, "UPDATE key_ring SET sealed_index_key = :old", old=old)
    await store.stop()
    return database


async def test_a_database_of_before_gets_its_digests_once(before: str, opened: Opening) -> None:
    store: Store = await opened()
    again = await store.intend(intent("Before", idempotency_key="k"))
    assert await store.fetch(again.verification_id, STAFF) is not None
    await change(store, "UPDATE verifications SET caller_id = 'else', mac = NULL")
    await store.stop()

    second: Store = await opened()
    with pytest.raises(StoreUnavailable):
        await second.fetch(again.verification_id, STAFF)


async def test_more_rows_than_are_read_at_once_all_get_their_digests(
    before: str, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_digests, "_CHUNK", 2)
    store: Store = await opened()
    for number in range(7):
        await store.intend(intent(f"N{number}", idempotency_key=f"k{number}"))
    for table in COVERED:
        await change(store, f"UPDATE {table} SET mac = NULL")  # noqa: S608 - names of ours

    await store._writer.do(lambda session: row_digests.authenticate(session, store._sealer))

    for table in COVERED:
        for row in await rows_of(store, table):
            row_digests.check(store._sealer, table, row)
