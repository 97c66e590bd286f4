"""Nothing of a member is kept in clear, and nothing that was moved or changed is taken for anybody's."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import ExchangeOutcome, State
from service.security.encryption import Sealer, key_id_of
from service.store import NotReady, SealingKeyNeeded, Store, StoreUnavailable, key_ring
from service.store.attempts import Closing
from tests.leaks.scanner import Scanner
from tests.service.evidence import kept_reply
from tests.service.kept import change, kept_bytes, rows_of

from .conftest import KEY, STAFF, Clock, answer, answered, attempt, intent

Opening = Callable[..., Any]
CANARY = "Zqcanarius"
OLD, NEW = bytes(reversed(KEY)), bytes(32)


async def fill(store: Store) -> str:
    asked = intent(CANARY, reference=CANARY, idempotency_key=CANARY)
    intended = await store.intend(asked)
    attempt_id, _ = await attempt(store, intended.job_id)
    await answered(store, attempt_id, f"NM1*IL*1*{CANARY}~".encode())
    mixed, _ = await attempt(store, intended.job_id)
    await store.close_attempt(
        Closing(
            mixed, ExchangeOutcome.MISMATCHED, sent=True, ms=1, raw=f"NM1*IL*1*{CANARY}~".encode(), quarantined=True
        )
    )
    await store.settle(intended.job_id, answer(CANARY), state=State.FINAL, next_at=None)
    return intended.job_id


async def test_no_byte_of_a_member_lies_in_what_is_kept(database: str, store: Store) -> None:
    job_id = await fill(store)

    kept = kept_bytes(database)

    assert job_id.encode() in kept
    assert Scanner({"member": CANARY}).scan("store", kept) == set()


@pytest.mark.leaks
async def test_a_member_in_clear_would_be_found(database: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of the promise above: a sealer that seals nothing."""
    monkeypatch.setattr(Sealer, "seal", lambda self, value, place, **chosen: value)
    monkeypatch.setattr(Sealer, "open", lambda self, blob, place: blob)
    await fill(store)

    kept = kept_bytes(database)

    assert Scanner({"member": CANARY}).scan("store", kept)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_is_deleted_is_overwritten_on_the_disk(store: Store, database: str) -> None:
    await change(store, "INSERT INTO counters (name, value) VALUES (:name, 0)", name="zqdeleted")
    before = kept_bytes(database)
    await change(store, "DELETE FROM counters WHERE name = :name", name="zqdeleted")
    await store.stop()

    assert b"zqdeleted" in before
    assert b"zqdeleted" not in kept_bytes(database)


def harmed(blob: bytes, other: bytes) -> dict[str, bytes]:
    """What may have become of ``blob``; ``other`` stands in the same column of another member's row."""
    return {
        "swapped": other,
        "changed": blob[:-1] + bytes((blob[-1] ^ 1,)),
        "cut": blob[:9],
        "empty": b"",
        "clear": b'{"payer":"acme"}',
    }


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("jobs", "id", "sealed_question"),
        ("jobs", "id", "sealed_answer"),
        ("replies", "attempt_id", "sealed_body"),
        ("verifications", "id", "sealed_reference"),
    ],
)
async def test_a_row_that_was_tampered_with_is_an_error_and_never_another_members_data(
    store: Store, table: str, row: str, column: str
) -> None:
    ids: list[dict[str, str]] = []
    for name in ("First", "Second"):
        intended = await store.intend(intent(name, reference=f"R-{name}"))
        attempt_id, _ = await attempt(store, intended.job_id)
        await answered(store, attempt_id, name.encode(), name.encode())
        await store.settle(intended.job_id, answer(name), state=State.FINAL, next_at=None)
        ids.append({"jobs": intended.job_id, "replies": attempt_id, "verifications": intended.verification_id})
    first, second = ids
    blobs = {one[row]: one[column] for one in await rows_of(store, table)}
    statement = f"UPDATE {table} SET {column} = :blob WHERE {row} = :id"  # noqa: S608 - names of ours

    for harm, blob in harmed(blobs[first[table]], blobs[second[table]]).items():
        await change(store, statement, blob=blob, id=first[table])
        read = kept_reply(store, first["replies"]) if table == "replies" else store.fetch(first["verifications"], STAFF)
        with pytest.raises(StoreUnavailable) as refused:
            await read

        assert (refused.value.status, refused.value.code) == (503, "store_unavailable"), harm
        assert refused.value.detail.startswith("seal:"), harm
    unharmed = await store.fetch(second["verifications"], STAFF)
    assert unharmed is not None
    assert unharmed.question.member.last_name == "Second"
    assert await kept_reply(store, second["replies"]) == b"Second"


async def test_without_a_key_nothing_is_kept_at_all(opened: Opening, clock: Clock) -> None:
    store = await opened(keys={})

    with pytest.raises(NotReady) as refused:
        await store.intend(intent())

    assert (refused.value.status, refused.value.code) == (503, "not_ready")
    assert await store.trouble() == "no_sealing_key"
    assert not await store.ready()
    for table in ("jobs", "verifications", "idempotency", "audit", "key_ring"):
        assert await rows_of(store, table) == []
    for refused_too in (
        lambda: store.settle("job", answer(), state=State.FINAL, next_at=clock.now + timedelta(1)),
        lambda: store.close_attempt(Closing("att", None, sent=True, ms=1, raw=b"raw")),
    ):
        with pytest.raises(NotReady):
            await refused_too()


async def test_a_key_that_is_not_there_any_more_makes_the_store_not_ready(opened: Opening) -> None:
    first = await opened()
    await first.intend(intent())
    await first.stop()

    store = await opened(keys={"k2": NEW})

    assert await store.trouble() == "sealing_key_absent: k1"
    with pytest.raises(NotReady):
        await store.intend(intent())


async def test_other_bytes_under_the_same_name_make_the_store_not_ready(opened: Opening) -> None:
    first = await opened()
    intended = await first.intend(intent())
    await first.stop()

    store = await opened(keys={"k1": NEW})

    assert await store.trouble() == "sealing_key_differs"
    with pytest.raises(NotReady):
        await store.intend(intent())
    with pytest.raises(NotReady):
        await store.fetch(intended.verification_id, STAFF)


async def test_a_store_that_is_not_ready_signs_no_head_and_stops_as_any_other(opened: Opening, tmp_path: Path) -> None:
    first = await opened()
    await first.stop()
    store = await opened(keys={"k1": NEW}, heads=tmp_path / "heads")

    with pytest.raises(NotReady):
        await store.sign_head()
    await store.stop()

    assert not (tmp_path / "heads").exists()


async def test_after_a_new_key_everything_reads_as_before_and_is_found_as_before(opened: Opening) -> None:
    first = await opened()
    before = await first.intend(intent(idempotency_key="k", reference="R-1"))
    attempt_id, _ = await attempt(first, before.job_id)
    await answered(first, attempt_id, b"reply")
    await first.stop()

    store = await opened(keys={"k2": NEW, "k1": KEY})

    assert await store.ready()
    twin = await store.intend(intent())
    assert twin.job_id == before.job_id
    assert (await store.intend(intent(idempotency_key="k", reference="R-1"))).verification_id == before.verification_id
    found = await store.fetch(before.verification_id, STAFF)
    assert found is not None
    assert found.question == intent(reference="R-1").question
    assert await kept_reply(store, attempt_id) == b"reply"
    await store.settle(before.job_id, answer("new"), state=State.FINAL, next_at=None)
    [row] = await rows_of(store, "jobs")
    assert key_id_of(row["sealed_question"]) == key_id_of(row["sealed_answer"])
    assert [one["id"] for one in await rows_of(store, "key_ring ORDER BY id")] == ["k1", "k2"]


async def test_the_order_of_keys_may_be_turned_back(opened: Opening) -> None:
    for keys in ({"k1": KEY}, {"k2": NEW, "k1": KEY}, {"k1": KEY, "k2": NEW}, {"k3": OLD, "k1": KEY, "k2": NEW}):
        store = await opened(keys=keys)
        assert await store.ready()
        await store.intend(intent())
        await store.stop()


async def test_a_sealing_key_is_retired_once_it_seals_nothing(opened: Opening) -> None:
    first = await opened()
    await first.intend(intent())
    await first.stop()
    store: Store = await opened(keys={"k2": NEW, "k1": KEY})
    sealed = await store._read(key_ring.seals)
    for key_id, why in (("k1", "still seals 1 values"), ("k2", "it is the key that seals"), ("k9", "no sealing key")):
        with pytest.raises(SealingKeyNeeded, match=why):
            await store.retire_sealing_key(key_id)
    while store._backend.data_keys.rewrap_some():
        pass

    assert await store.retire_sealing_key("k1") == 0
    await store.stop()

    assert sealed == {"k1": 0, "k2": 0}
    assert await (await opened(keys={"k2": NEW})).ready()


async def test_without_a_lost_key_the_service_goes_on_where_another_one_opens_the_database(opened: Opening) -> None:
    first = await opened()
    lost = await first.intend(intent("Lost"))
    await first.stop()
    second: Store = await opened(keys={"k2": NEW, "k1": KEY})
    kept = await second.intend(intent("Kept"))
    await second.stop()

    store: Store = await opened(keys={"k2": NEW})
    assert await store.trouble() == "sealing_key_absent: k1"
    assert await store.retire_sealing_key("k1", lost=True) == 1
    await store.stop()
    after: Store = await opened(keys={"k2": NEW})

    assert await after.ready()
    assert await after.fetch(kept.verification_id, STAFF) is not None
    with pytest.raises(StoreUnavailable, match="store_unavailable"):
        await after.fetch(lost.verification_id, STAFF)


async def test_the_only_key_is_never_retired(opened: Opening) -> None:
    await (await opened()).stop()
    store: Store = await opened(keys={"k2": NEW, "k1": KEY})
    await store.stop()
    other: Store = await opened(keys={"k3": OLD})

    with pytest.raises(SealingKeyNeeded, match="no other key opens"):
        await other.retire_sealing_key("k1", lost=True)
