"""What a forged row would gain: a key lets nobody in, and no question is shown, or joined, that is not its caller's."""

import hashlib
from typing import Any

import pytest

from service.security.access import Role
from service.store import (
    Store,
    StoreUnavailable,
)
from tests.service.kept import change, rows_of

from .conftest import BATCH, STAFF, audit_of, intent


async def test_a_key_that_was_inserted_is_nobodys_and_audited(store: Store) -> None:
    statement = """INSERT INTO api_keys (id, digest, role, label, created_at, mac)
        VALUES ('feedfacecafe', :digest, 'staff', '', 1, :mac)"""
    theirs = await store.create_key(Role.BATCH)
    [row] = await rows_of(store, "api_keys")
    for mac in (None, b"", bytes(32), row["mac"]):
        await change(store, "DELETE FROM api_keys WHERE id = 'feedfacecafe'")
        await change(store, statement, digest=hashlib.sha256(b"secret").digest(), mac=mac)

        assert await store.find_key("bv_feedfacecafe_secret") is None

    assert await store.find_key(theirs) is not None
    assert not next(one for one in await store.list_keys() if one.id == "feedfacecafe").authentic
    [line] = [line for line in await audit_of(store) if line["action"] == "row.refused"]
    assert (line["actor"], line["outcome"]) == ("key:feedfacecafe", "row_forged:api_keys")


async def test_a_revocation_that_was_taken_back_lets_nobody_in(store: Store) -> None:
    plain = await store.create_key(Role.STAFF)
    await store.revoke_key(plain.split("_")[1])
    await change(store, "UPDATE api_keys SET revoked_at = NULL")

    assert await store.find_key(plain) is None
    assert not await store.any_keys()


async def test_a_key_under_another_name_lets_nobody_in(store: Store) -> None:
    plain = await store.create_key(Role.BATCH)
    await change(store, "UPDATE api_keys SET id = 'feedfacecafe'")

    assert await store.find_key(f"bv_feedfacecafe_{plain.split('_', 2)[2]}") is None


async def test_ending_a_forged_key_makes_it_no_better(store: Store) -> None:
    plain = await store.create_key(Role.BATCH)
    key_id = plain.split("_")[1]
    await change(store, "UPDATE api_keys SET role = 'staff'")
    assert await store.revoke_key(key_id)
    await change(store, "UPDATE api_keys SET revoked_at = NULL")

    assert await store.find_key(plain) is None


async def test_another_members_job_is_shown_to_nobody(store: Store) -> None:
    theirs = await store.intend(intent("Theirs", STAFF))
    own = await store.intend(intent("Own", BATCH))
    await change(
        store, "UPDATE verifications SET job_id = :job WHERE id = :id", job=theirs.job_id, id=own.verification_id
    )

    with pytest.raises(StoreUnavailable) as refused:
        await store.fetch(own.verification_id, BATCH)

    assert refused.value.detail == "seal:row_forged:verifications"
    assert not [line for line in await audit_of(store) if line["action"] == "verification.shown"]


async def test_a_question_never_joins_a_job_that_was_put_in_its_way(store: Store) -> None:
    theirs = await store.intend(intent("Theirs", STAFF))
    [row] = await rows_of(store, "jobs")
    await change(store, "UPDATE jobs SET twin_key = :key", key=bytes(32))
    own = await store.intend(intent("Own", BATCH))
    [mine] = [one for one in await rows_of(store, "jobs") if one["id"] == own.job_id]
    await change(store, "DELETE FROM verifications WHERE job_id = :id", id=own.job_id)
    await change(store, "DELETE FROM jobs WHERE id = :id", id=own.job_id)
    await change(store, "UPDATE jobs SET twin_key = :key WHERE id = :id", key=mine["twin_key"], id=row["id"])

    with pytest.raises(StoreUnavailable):
        await store.intend(intent("Own", BATCH))
    assert theirs.job_id == row["id"]


async def test_a_reader_makes_one_line_a_minute_of_a_row_that_is_not_ours(store: Store, clock: Any) -> None:
    own = await store.intend(intent())
    await change(store, "UPDATE verifications SET role = 'batch'")
    for seconds in (0, 1, 60):
        clock.pass_by(seconds)
        with pytest.raises(StoreUnavailable):
            await store.fetch(own.verification_id, STAFF)

    lines = [line for line in await audit_of(store) if line["action"] == "row.refused"]
    assert [line["verification_id"] for line in lines] == [own.verification_id] * 2
