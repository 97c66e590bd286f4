"""What was said in calls is kept beside the answer: sealed, counted, audited, and never changed."""

import asyncio

import pytest

from service.security.access import Caller, Role
from service.store import CallNotesChanged, CallNotesFull, Store, StoreUnavailable, call_notes
from tests.service.kept import change, rows_of

from .conftest import BATCH, STAFF, audit_of, intent

SECRET = b'{"representative": "Zqcanary"}'
CLERKS = tuple(Caller(id=f"clerk-{number}", role=Role.STAFF) for number in range(6))


async def test_notes_are_counted_and_kept_in_their_order(store: Store) -> None:
    asked = (await store.intend(intent())).verification_id

    numbers = [await store.add_call_note(asked, b"%d" % seen, seen=seen, caller=STAFF) for seen in range(3)]

    notes = await store.call_notes_of(asked)
    assert numbers == [one.number for one in notes] == [1, 2, 3]
    assert [one.content for one in notes] == [b"0", b"1", b"2"]
    assert {one.caller_id for one in notes} == {STAFF.id}


async def test_who_has_not_seen_the_last_note_is_told(store: Store) -> None:
    asked = (await store.intend(intent())).verification_id
    await store.add_call_note(asked, b"first", seen=0, caller=STAFF)

    for seen in (0, 2):
        with pytest.raises(CallNotesChanged) as refused:
            await store.add_call_note(asked, b"second", seen=seen, caller=STAFF)
        assert (refused.value.status, refused.value.code) == (412, "call_notes_changed")

    assert [one.content for one in await store.call_notes_of(asked)] == [b"first"]


async def test_of_clerks_who_write_at_once_one_is_kept_and_the_others_are_told(store: Store) -> None:
    asked = (await store.intend(intent())).verification_id

    results = await asyncio.gather(
        *(store.add_call_note(asked, one.id.encode(), seen=0, caller=one) for one in CLERKS), return_exceptions=True
    )

    assert results.count(1) == 1
    assert sum(isinstance(one, CallNotesChanged) for one in results) == len(CLERKS) - 1
    [note] = await store.call_notes_of(asked)
    assert note.content == note.caller_id.encode()


@pytest.mark.parametrize(("bound", "most"), [("MOST_NOTES", 2), ("MOST_BYTES", 200)])
async def test_notes_of_a_verification_are_bounded_in_number_and_size(
    store: Store, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(call_notes, bound, most)
    asked, other = [(await store.intend(intent(name))).verification_id for name in ("One", "Two")]
    for seen in range(2):
        await store.add_call_note(asked, b"said", seen=seen, caller=STAFF)

    with pytest.raises(CallNotesFull) as refused:
        await store.add_call_note(asked, b"more" * 30, seen=2, caller=STAFF)

    assert (refused.value.status, refused.value.code) == (409, "call_notes_full")
    assert len(await store.call_notes_of(asked)) == 2
    assert await store.add_call_note(other, b"said", seen=0, caller=STAFF) == 1


async def test_a_note_is_sealed_and_audited(store: Store) -> None:
    asked = (await store.intend(intent())).verification_id
    await store.add_call_note(asked, SECRET, seen=0, caller=STAFF)

    [row] = await rows_of(store, "call_notes")
    assert b"Zqcanary" not in row["sealed_note"]
    [line] = [one for one in await audit_of(store) if one["action"] == "call_note.added"]
    assert (line["actor"], line["verification_id"]) == (STAFF.id, asked)
    assert "Zqcanary" not in repr(await store.call_notes_of(asked))


async def test_who_may_not_see_a_verification_adds_nothing_to_it(store: Store) -> None:
    theirs = (await store.intend(intent("Theirs", STAFF))).verification_id

    assert await store.add_call_note(theirs, SECRET, seen=0, caller=BATCH) is None
    assert await store.add_call_note("ver_NOBODY", SECRET, seen=0, caller=STAFF) is None
    assert await rows_of(store, "call_notes") == []


async def test_a_note_that_was_put_under_another_verification_is_refused(store: Store) -> None:
    one, other = [(await store.intend(intent(name))).verification_id for name in ("One", "Other")]
    await store.add_call_note(one, SECRET, seen=0, caller=STAFF)
    await change(store, "UPDATE call_notes SET verification_id = :other", other=other)

    with pytest.raises(StoreUnavailable):
        await store.call_notes_of(other)
