"""Lines of the audit go after their time, what is left verifies, and no other loss passes for that."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.security.signed_heads import SignedHead
from service.store import AuditEntry, Store, audit_retention, audit_verification, chain
from service.store.audit_marks import MarkKind, marks
from service.store.audit_retention import AuditNotWhole
from service.store.audit_verification import Broken, Damage
from service.store.identifiers import stamp
from service.store.tables import AUDIT
from tests.service.kept import change, rows_of

from .conftest import Clock, audit_of
from .test_audit_chain import ONLY_SQLITE, checked, head_of

Opening = Callable[..., Any]
YEARS = timedelta(days=2192)


async def years_of_lines(store: Store, clock: Clock, *, years: int = 8, each: int = 3) -> None:
    for _ in range(years):
        for number in range(each):
            await store.note(AuditEntry("somebody", "staff", "something.done", outcome=str(number)))
        clock.pass_by(365 * 86_400)


async def remove(store: Store, clock: Clock) -> int:
    return await store.remove_audit_lines(stamp(clock.now - YEARS), lambda *_: None)


async def removed_up_to(store: Store) -> dict[int, int]:
    found = await store._read(lambda connection: marks(connection, store._sealer, MarkKind.REMOVED))
    return {strand: mark.seq for strand, mark in found.items()}


async def test_what_is_older_than_its_time_goes_and_the_rest_is_whole(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_retention, "LINES", 2)
    monkeypatch.setattr(audit_retention, "_LINES", audit_retention._LINES.limit(2))
    early = await head_of(store)
    await years_of_lines(store, clock)
    before, oldest = await head_of(store), stamp(clock.now - YEARS)
    due = await store.due_audit_lines(oldest)

    count = await remove(store, clock)

    state = await checked(store, (early, before, await head_of(store)))
    left = [line for line in await audit_of(store) if line["action"] == "something.done"]
    said = [line for line in await audit_of(store) if line["action"] == "audit.lines_removed"]
    # Of each strand its last line stays, however old it is.
    assert 24 - 9 <= len(left) <= 24 - 6 + 3
    assert count == due == 24 - len(left) == state.removed == sum(line["times"] for line in said)
    assert state.broken == ()
    assert (await remove(store, clock), await store.due_audit_lines(oldest)) == (0, 0)


async def test_the_audit_goes_on_behind_what_was_removed(opened: Opening, clock: Clock) -> None:
    store = await opened()
    await years_of_lines(store, clock)
    await remove(store, clock)
    await store.stop()
    again = await opened()
    await years_of_lines(again, clock, years=8)

    assert (await checked(again)).broken == ()
    assert await remove(again, clock) > 15
    assert (await checked(again)).broken == ()


@ONLY_SQLITE
async def test_a_strand_of_which_everything_is_old_keeps_its_last_line(store: Store, clock: Clock) -> None:
    await years_of_lines(store, clock, years=1, each=5)
    clock.pass_by(10 * 365 * 86_400)

    # The line that says so comes behind it, and then it goes as well.
    assert await remove(store, clock) == 5
    assert [line["action"] for line in await audit_of(store)] == ["audit.lines_removed"] * 2


@ONLY_SQLITE
async def test_what_says_that_lines_were_removed_is_not_removed_in_turn(store: Store, clock: Clock) -> None:
    await years_of_lines(store, clock, years=1, each=5)

    assert await store.remove_audit_lines(stamp(clock.now) + 10**9, lambda *_: None) == 5


@ONLY_SQLITE
async def test_lines_that_are_not_what_was_written_are_kept(store: Store, clock: Clock) -> None:
    await years_of_lines(store, clock)
    await change(store, "UPDATE audit SET actor = 'nobody' WHERE seq = 4")

    with pytest.raises(AuditNotWhole, match="line 4 "):
        await remove(store, clock)

    assert len(await audit_of(store)) == 24


REST = ", ".join(column.name for column in AUDIT.columns if column.name != "seq")
MOVED_ON = "UPDATE audit_marks SET seq = 9, line_mac = (SELECT mac FROM audit WHERE seq = 9) WHERE kind = 'removed'"
ATTACKS: dict[str, tuple[str, ...]] = {
    "more is removed": ("DELETE FROM audit WHERE seq <= 9",),
    "the mark is removed": ("DELETE FROM audit_marks WHERE kind = 'removed'",),
    "the mark is moved on": (MOVED_ON, "DELETE FROM audit WHERE seq <= 9"),
    "the mark of an end serves": (
        "DELETE FROM audit_marks WHERE kind = 'removed'",
        "UPDATE audit_marks SET kind = 'removed'",
        "DELETE FROM audit WHERE seq <= 24",
    ),
    "all is removed": ("DELETE FROM audit",),
    "the rest is cut off": ("DELETE FROM audit WHERE seq > 7",),
    "an old line is put back": (f"INSERT INTO audit SELECT seq - 5, {REST} FROM audit WHERE seq = 8",),  # noqa: S608 - ours
}


async def unnoticed(store: Store, clock: Clock) -> set[str]:
    """The attacks that pass for a removal after its time."""
    await years_of_lines(store, clock)
    await store.heartbeat()
    assert await remove(store, clock) == 6
    assert await removed_up_to(store) == {0: 6}
    missed = set()

    def attack(connection: Any) -> None:
        for name, statements in ATTACKS.items():
            with connection.begin_nested() as saved:
                for statement in statements:
                    assert connection.exec_driver_sql(statement).rowcount, name
                found = audit_verification.verify(connection, store._sealer).broken
                saved.rollback()
            if not found:
                missed.add(name)

    with store._write_by_itself("test") as connection:
        attack(connection)
    assert (await checked(store)).broken == ()
    return missed


@ONLY_SQLITE
async def test_no_other_loss_passes_for_a_removal_after_its_time(store: Store, clock: Clock) -> None:
    assert await unnoticed(store, clock) == set()


@ONLY_SQLITE
async def test_marks_that_anybody_may_write_are_found_out(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.audit_marks._is_authentic", lambda *_: True)

    assert await unnoticed(store, clock) == {"the mark is moved on", "the mark of an end serves"}


async def cut_tail(store: Store) -> int:
    """Cut the last two lines off the longest strand; returns the first that is gone."""
    rows = await audit_of(store)
    strands = [chain.strand_of(row["seq"]) for row in rows]
    longest = max(strands, key=strands.count)
    first = sorted(row["seq"] for row in rows if chain.strand_of(row["seq"]) == longest)[-2]
    statement = "DELETE FROM audit WHERE seq >= :first AND seq < :end"
    assert await change(store, statement, first=first, end=chain.first_of(longest + 1)) == 2
    return int(first)


async def test_a_tail_that_was_cut_off_after_a_heartbeat_is_noticed_without_a_signed_head(opened: Opening) -> None:
    store = await opened()
    for number in range(12):
        await store.note(AuditEntry("somebody", "staff", "something.done", outcome=str(number)))
    await store.heartbeat()
    first = await cut_tail(store)

    [broken] = (await checked(await opened(serving=False))).broken
    assert (broken.seq, broken.damage) == (first, Damage.CUT_OFF)


async def test_a_tail_that_is_cut_off_while_a_process_writes_leaves_a_gap(opened: Opening) -> None:
    store = await opened()
    for number in range(12):
        await store.note(AuditEntry("somebody", "staff", "something.done", outcome=str(number)))
    first = await cut_tail(store)
    for number in range(12):
        await store.note(AuditEntry("somebody", "staff", "something.done", outcome=str(number)))

    assert (await checked(store)).broken == (Broken(first + 2, Damage.REMOVED_BEFORE),)


@ONLY_SQLITE
@pytest.mark.parametrize("mutant", ["keep_committed", "forget_head"])
async def test_a_process_that_forgets_what_it_committed_is_found_out(
    opened: Opening, mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"service.store.sqlite.{mutant}", lambda connection: connection.info.clear())
    store = await opened()
    for number in range(6):
        await store.note(AuditEntry("somebody", "staff", "something.done", outcome=str(number)))
    await cut_tail(store)
    await store.note(AuditEntry("somebody", "staff", "something.done"))

    assert (await checked(store)).broken == ()


async def test_a_head_that_was_signed_before_lines_were_removed_still_counts(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await years_of_lines(store, clock)
    honest = await head_of(store)
    await remove(store, clock)
    (seq, _), *others = honest.ends
    forged = SignedHead(honest.at, ((seq, bytes(32)), *others))

    assert (await checked(store, (honest,))).broken == ()
    assert (await checked(store, (forged,))).broken == (Broken(seq, Damage.REWRITTEN, honest.at),)


async def test_marks_are_of_the_lines_that_stand(store: Store) -> None:
    await store.note(AuditEntry("somebody", "staff", "something.done"))
    for _ in range(2):
        await store.heartbeat()

    [mark] = await rows_of(store, "audit_marks")
    [line] = await audit_of(store)
    assert (mark["seq"], bytes(mark["line_mac"])) == (line["seq"], bytes(line["mac"]))
