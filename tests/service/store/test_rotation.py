"""Sealing keys are changed while the store is in use: every value opens at every moment, and the old key then ends."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import Purpose, State
from service.security.encryption import SealBroken, Sealer, key_id_of
from service.store import Store, StoreUnavailable, data_keys, rotation
from service.store.data_keys import DataKeys
from service.store.identifiers import stamp
from service.store.sealed_values import SEALED, place_of
from service.store.tables import METADATA
from tests.service.evidence import kept_reply
from tests.service.kept import change, kept_bytes, rows_of

from .conftest import KEY, STAFF, Clock, answer, answered, attempt, audit_of, intent

Opening = Callable[..., Any]
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NEW = bytes(range(64, 96))
BOTH = {"k2": NEW, "k1": KEY}
NO_PROGRESS: Callable[..., None] = lambda *_: None  # noqa: E731 - one line says it


async def whole_question(store: Store, name: str) -> dict[str, str]:
    """A question with everything that may be kept of it."""
    asked = await store.intend(intent(name, reference=f"R-{name}"))
    attempt_id, _ = await attempt(store, asked.job_id)
    await answered(store, attempt_id, name.encode(), name.encode())
    await store.settle(asked.job_id, answer(name), state=State.FINAL, next_at=None)
    await store.add_call_note(asked.verification_id, name.encode(), seen=0, caller=STAFF)
    return {"verification": asked.verification_id, "job": asked.job_id, "attempt": attempt_id, "name": name}


async def reads_whole(store: Store, ids: dict[str, str]) -> None:
    """Everything that was kept of a question opens, and is its own."""
    name = ids["name"]
    fetched = await store.fetch(ids["verification"], STAFF)
    assert fetched is not None
    assert (fetched.question.member.last_name, fetched.reference) == (name, f"R-{name}")
    assert fetched.job.answer == answer(name)
    assert await kept_reply(store, ids["attempt"]) == name.encode()
    [note] = await store.call_notes_of(ids["verification"])
    assert note.content == name.encode()


async def sealed_as_before(opened: Opening, monkeypatch: pytest.MonkeyPatch, count: int) -> list[dict[str, str]]:
    """Questions of a version that sealed values under the sealing key itself."""
    monkeypatch.setattr(Sealer, "adopt_data_keys", lambda *_: None)
    earlier = await opened()
    made = [await whole_question(earlier, f"Before{number}") for number in range(count)]
    await earlier.stop()
    monkeypatch.undo()
    return made


async def test_a_rotation_brings_everything_under_the_new_key_and_ends_the_old_one(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "ROWS", 2)
    before = await sealed_as_before(opened, monkeypatch, 3)
    monkeypatch.setattr(rotation, "ROWS", 2)
    first = await opened()
    before += [await whole_question(first, f"Now{number}") for number in range(3)]
    await first.stop()

    store: Store = await opened(keys=BOTH)
    before.append(await whole_question(store, "Late"))
    done = await store.rotate_sealing(NO_PROGRESS)
    again = await store.rotate_sealing(NO_PROGRESS)
    await store.stop()

    assert (done.values, done.retired) == (3 * 5, ("k1",))
    assert done.data_keys >= 3
    assert (again.data_keys, again.values, again.retired) == (0, 0, ())
    after = await opened(keys={"k2": NEW})
    assert await after.trouble() is None
    for ids in before:
        await reads_whole(after, ids)
    lines = [line["action"] for line in await audit_of(after) if line["action"].startswith("sealing_key")]
    assert lines == ["sealing_key.retired", "sealing_key.rotated", "sealing_key.rotated"]


@ONLY_SQLITE
async def test_no_read_fails_while_the_key_is_rotated(opened: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = await sealed_as_before(opened, monkeypatch, 20)
    monkeypatch.setattr(rotation, "ROWS", 3)
    monkeypatch.setattr(data_keys, "REWRAPPED", 3)
    store: Store = await opened(keys=BOTH)
    rotating = asyncio.create_task(store.rotate_sealing(NO_PROGRESS))
    reads = 0
    while not rotating.done():
        await reads_whole(store, kept[reads % len(kept)])
        reads += 1
        if reads % 5 == 0:
            kept.append(await whole_question(store, f"Meanwhile{reads}"))

    done = await rotating
    assert done.values == 100
    assert reads >= 10
    for ids in kept:
        await reads_whole(store, ids)


@ONLY_SQLITE
async def test_a_rotation_that_drops_the_old_key_first_fails_reads(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the old key is taken away before everything is under the new one."""
    [ids] = await sealed_as_before(opened, monkeypatch, 1)
    store: Store = await opened(keys=BOTH)
    del store._sealer._keys["k1"]

    with pytest.raises(StoreUnavailable):
        await reads_whole(store, ids)


async def test_new_values_are_sealed_under_data_keys_wrapped_by_the_newest_key(opened: Opening) -> None:
    store: Store = await opened(keys=BOTH)
    await whole_question(store, "Imaginary")

    assert {*store._backend.data_keys.count_by_sealing_key()} == {"k2"}
    for table, columns in SEALED.items():
        for row in await rows_of(store, table):
            for column in columns:
                if row[column]:
                    assert key_id_of(row[column]) not in BOTH


async def test_every_sealed_value_is_bound_to_its_place_and_opens_at_no_other(store: Store) -> None:
    """Swapped values: of any two rows, columns and tables none opens in the other's place."""
    for name in ("First", "Second"):
        await whole_question(store, name)
    values = []
    for table, columns in SEALED.items():
        for row in await rows_of(store, table):
            values += [(place_of(table, row, column), row[column]) for column in columns if row[column]]
    assert len(values) == 10

    opened = sum(_opens(store, blob, place) for place, _ in values for _, blob in values)

    assert opened == len(values)


def _opens(store: Store, blob: bytes, place: Any) -> bool:
    try:
        store._sealer.open(blob, place)
    except SealBroken:
        return False
    return True


async def test_values_bound_to_nothing_open_anywhere(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: without the associated data swapped values are taken."""
    monkeypatch.setattr("service.security.encryption._bound_to", lambda *_: b"")

    with pytest.raises(AssertionError):
        await test_every_sealed_value_is_bound_to_its_place_and_opens_at_no_other(store)


@ONLY_SQLITE
async def test_a_database_without_its_data_keys_is_not_ready(opened: Opening, database: str) -> None:
    store = await opened()
    ids = await whole_question(store, "Imaginary")
    await store.stop()
    keys, aside = (Path(database.removeprefix("sqlite:///") + suffix) for suffix in (".keys", ".aside"))
    move(keys, aside)

    without = await opened()
    assert await without.trouble() == "data_keys_absent"
    assert without.inspect().trouble == "data_keys_absent"
    await without.stop()

    move(aside, keys)
    await reads_whole(await opened(), ids)


async def test_data_keys_under_a_key_that_the_settings_do_not_name_keep_the_store_from_being_ready(
    opened: Opening,
) -> None:
    """A process of the old settings may have made some after the old key had ended."""
    old = await opened()
    beside = await opened(keys=BOTH, serving=False)
    await beside.rotate_sealing(NO_PROGRESS)
    old._backend.data_keys.fill(300)
    ids = await whole_question(old, "Imaginary")
    await old.stop()
    await beside.stop()

    lacking = await opened(keys={"k2": NEW})
    assert await lacking.trouble() == lacking.inspect().trouble == "sealing_key_absent: k1"
    await lacking.stop()
    await reads_whole(await opened(keys=BOTH, serving=False), ids)


@ONLY_SQLITE
async def test_keys_that_nobody_took_are_deleted_at_the_end(opened: Opening) -> None:
    store: Store = await opened()
    await whole_question(store, "Imaginary")
    await store.stop()

    again: Store = await opened()
    assert again._backend.data_keys.count_by_sealing_key() == {"k1": 3}


def move(path: Path, to: Path) -> None:
    """Give a file another name; there was none of that name."""
    assert not to.exists()
    path.rename(to)


def contents(path: Path) -> bytes:
    """The bytes of a file that nobody has open, none when it is not there."""
    return path.read_bytes() if path.exists() else b""


def restore(path: Path, backup: bytes) -> None:
    """Put a database back."""
    path.write_bytes(backup)


def limits(clock: Clock, days: float) -> dict[str, int]:
    """Everything that ended more than so many days ago is due."""
    before = stamp(clock.now) - round(days * 86_400_000_000)
    return dict.fromkeys(("replies", "rosters", *Purpose), before)


async def test_what_is_shredded_is_found_by_nobody_and_the_rest_stays(opened: Opening, clock: Clock) -> None:
    store: Store = await opened()
    old = await whole_question(store, "Oldperson")
    joined = await store.intend(intent("Oldperson", reference="R-too", fresh_seconds=900.0))
    clock.pass_by(100 * 86_400)
    young = await whole_question(store, "Youngperson")
    due = await store.due(limits(clock, 50))

    shredded = await store.shred(limits(clock, 50), NO_PROGRESS)

    assert (
        {one.kind: one.records for one in due} == shredded == {"replies": 1, "answers": 1, "rosters": 0, "visitors": 0}
    )
    assert await store.fetch(old["verification"], STAFF) is None
    assert await store.fetch(joined.verification_id, STAFF) is None
    assert await kept_reply(store, old["attempt"]) is None
    assert await store.add_call_note(old["verification"], b"{}", seen=0, caller=STAFF) is None
    await reads_whole(store, young)
    assert await store.shred(limits(clock, 50), NO_PROGRESS) == {
        "replies": 0,
        "answers": 0,
        "rosters": 0,
        "visitors": 0,
    }
    lines = [line for line in await audit_of(store) if line["action"] == "verification.shredded"]
    assert {line["verification_id"] for line in lines} == {old["verification"], joined.verification_id}
    assert all(line["member_key"] for line in lines)
    assert await rows_of(store, "shredding") == []


async def test_a_question_is_kept_for_the_longest_of_its_purposes(opened: Opening, clock: Clock) -> None:
    store: Store = await opened()
    kept = await whole_question(store, "Admitted")
    gone = await whole_question(store, "Prospect")
    again = intent("Admitted", reference="R-x", fresh_seconds=900.0)
    question = again.question.model_copy(update={"purpose": Purpose.ADMISSION})
    assert (await store.intend(again._replace(question=question))).job_id == kept["job"]
    clock.pass_by(100 * 86_400)
    longer = {**limits(clock, 50), **dict.fromkeys((Purpose.ADMISSION, Purpose.ACTIVE), 0), "replies": 0}

    assert (await store.shred(longer, NO_PROGRESS))["answers"] == 1
    await reads_whole(store, kept)
    assert await store.fetch(gone["verification"], STAFF) is None


async def test_a_question_that_was_asked_again_lately_is_kept(opened: Opening, clock: Clock) -> None:
    store: Store = await opened()
    ids = await whole_question(store, "Imaginary")
    clock.pass_by(40 * 86_400)
    again = await store.intend(intent("Imaginary", reference="R-x", fresh_seconds=50 * 86_400.0))
    clock.pass_by(40 * 86_400)

    assert again.job_id == ids["job"]
    assert (await store.shred(limits(clock, 50) | {"replies": 0}, NO_PROGRESS))["answers"] == 0
    await reads_whole(store, ids)


@ONLY_SQLITE
async def test_what_was_shredded_is_unreadable_in_an_old_backup(
    opened: Opening, clock: Clock, database: str, tmp_path: Path
) -> None:
    store = await opened()
    ids = await whole_question(store, "Imaginary")
    await store.stop()
    path = Path(database.removeprefix("sqlite:///"))
    backup = contents(path)

    again = await opened()
    clock.pass_by(100 * 86_400)
    shredded = await again.shred(limits(clock, 50), NO_PROGRESS)
    await again.stop()
    left = b"".join(contents(path.with_name(path.name + suffix)) for suffix in (".keys", ".keys-wal"))
    restore(path, backup)

    assert shredded["answers"] == 1
    restored = await opened()
    with pytest.raises(StoreUnavailable) as refused:
        await restored.fetch(ids["verification"], STAFF)
    assert refused.value.detail == "seal:key_unknown"
    for name in {key_id_of(row["sealed_question"]) for row in await rows_of(restored, "jobs")}:
        assert name.encode() not in left


@ONLY_SQLITE
async def test_a_shredding_that_leaves_the_keys_is_readable_in_an_old_backup(
    opened: Opening, clock: Clock, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the rows are emptied and the keys stay."""
    monkeypatch.setattr(DataKeys, "delete", lambda *_: None)

    with pytest.raises(pytest.fail.Exception):
        await test_what_was_shredded_is_unreadable_in_an_old_backup(opened, clock, database, tmp_path)


async def test_nothing_of_the_member_is_left_of_what_was_shredded(opened: Opening, clock: Clock, database: str) -> None:
    store = await opened()
    await whole_question(store, "Imaginary")
    before = await rows_of(store, "jobs")
    clock.pass_by(100 * 86_400)
    await store.shred(limits(clock, 50), NO_PROGRESS)
    [row] = await rows_of(store, "jobs")
    await store.stop()

    assert (row["sealed_question"], row["sealed_answer"]) == (b"", b"")
    assert {row["twin_key"], row["member_key"]} & {before[0]["twin_key"], before[0]["member_key"]} == set()
    assert before[0]["sealed_question"][40:] not in kept_bytes(database)


@pytest.mark.parametrize("moment", ["before_keys", "before_notes"])
async def test_a_shredding_that_was_interrupted_is_ended_by_the_next_start(
    opened: Opening, clock: Clock, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    store = await opened()
    ids = await whole_question(store, "Imaginary")
    clock.pass_by(100 * 86_400)
    where = {"before_keys": "data_keys.DataKeys.delete", "before_notes": "shredding.forget_keys"}[moment]
    monkeypatch.setattr(f"service.store.{where}", _stop_here)
    with pytest.raises(KeyboardInterrupt):
        await store.shred(limits(clock, 50), NO_PROGRESS)
    assert await rows_of(store, "shredding")
    monkeypatch.undo()
    await store.stop()

    again: Store = await opened()

    assert await rows_of(again, "shredding") == []
    assert await again.fetch(ids["verification"], STAFF) is not None
    assert (await again.shred(limits(clock, 50), NO_PROGRESS))["answers"] == 1
    assert await again.fetch(ids["verification"], STAFF) is None
    assert again._backend.data_keys.count_by_sealing_key() == {}


def _stop_here(*_: object) -> None:
    raise KeyboardInterrupt


async def test_a_note_of_a_key_that_somebody_else_wrote_deletes_nothing(opened: Opening) -> None:
    store: Store = await opened()
    ids = await whole_question(store, "Imaginary")
    [row] = await rows_of(store, "jobs")
    key_id = key_id_of(row["sealed_question"])
    await change(store, "INSERT INTO shredding (key_id, mac) VALUES (:key, :mac)", key=key_id, mac=bytes(32))
    await store.stop()

    again = await opened()
    await reads_whole(again, ids)


def test_every_sealed_column_is_gone_through() -> None:
    columns = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.startswith("sealed")
    }

    assert columns - {("key_ring", "sealed_index_key")} == {(t, c) for t, names in SEALED.items() for c in names}
