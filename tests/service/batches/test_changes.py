"""What changed for the members of a batch since the last answer about each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from contracts import AttemptNumbers, Benefit, Benefits, Inquiry, Reply
from service.batches.changes import MORNING_LINES, ChangedRow, changed_rows, morning_summary
from service.batches.views import BatchView
from service.guidance.change_values import Actor, Change, ChangeCode, Severity
from service.security.access import Caller, Role
from service.store.batch_values import BatchState
from service.verification.replay import Replay
from tests.service.staging import STAFF, ScriptedRoute, reply

from .staging import BatchOffice, batch_office, member

ACTIVE = (Benefit(at=20, text="EB*1**30", information="1", service_types=("30",)),)
ENDED = (Benefit(at=20, text="EB*6**30", information="6", service_types=("30",)),)


class Payer:
    """A payer that says another thing each night, and what each of its replies reads today."""

    def __init__(self, *nights: Sequence[Benefit]) -> None:
        self.nights = nights
        self.night = 0
        self.kept: dict[bytes, tuple[Benefits, ...]] = {}
        self.today: dict[Sequence[Benefit], Sequence[Benefit]] = {}

    async def answer(self, inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
        said = reply(inquiry, numbers, lines=self.nights[self.night])
        self.kept[said.raw] = said.people
        return said

    def read(self, raw: bytes) -> Sequence[Benefits]:
        return [one._replace(lines=tuple(self.today.get(one.lines, one.lines))) for one in self.kept[raw]]


async def nights(here: BatchOffice, payer: Payer, rows: Sequence[Sequence[str]]) -> str:
    """The id of the last batch, after one batch a night."""
    batch_id = ""
    for night in range(len(payer.nights)):
        payer.night = night
        batch_id = await here.start(rows)
        await here.work()
        here.office.time.gone += 86_400
    return batch_id


async def changes_of(here: BatchOffice, payer: Payer, batch_id: str, caller: Caller = STAFF) -> list[ChangedRow]:
    replay = Replay(here.office.directory, here.store, payer.read)
    return [row async for row in changed_rows(here.store, replay, batch_id, caller)]


async def test_a_row_whose_answer_is_another_one_tells_what_changed(tmp_path: Path) -> None:
    payer = Payer(ACTIVE, ENDED)
    async with batch_office(tmp_path, ScriptedRoute(payer.answer)) as here:
        batch_id = await nights(here, payer, [member(1), member(2)])
        found = await changes_of(here, payer, batch_id)

    assert [(row.row, row.reference) for row in found] == [(2, "R-1"), (3, "R-2")]
    assert [one.code for one in found[0].changes] == [ChangeCode.COVERAGE_LOST]
    assert found[0].verification_id != found[0].earlier_verification_id


async def test_what_stayed_the_same_or_was_asked_for_the_first_time_is_no_change(tmp_path: Path) -> None:
    payer = Payer(ENDED, ENDED)
    async with batch_office(tmp_path, ScriptedRoute(payer.answer)) as here:
        batch_id = await nights(here, payer, [member(1)])
        assert await changes_of(here, payer, batch_id) == []
        new = await here.start([member(3)])
        await here.work()
        assert await changes_of(here, payer, new) == []


async def test_what_our_own_rules_changed_is_no_change_of_the_payer(tmp_path: Path) -> None:
    """The earlier reply reads today as the later one does."""
    payer = Payer(ACTIVE, ENDED)
    payer.today[ACTIVE] = ENDED
    async with batch_office(tmp_path, ScriptedRoute(payer.answer)) as here:
        batch_id = await nights(here, payer, [member(1)])
        assert await changes_of(here, payer, batch_id) == []


async def test_a_batch_key_learns_nothing_of_what_others_asked(tmp_path: Path) -> None:
    payer = Payer(ACTIVE, ENDED)
    async with batch_office(tmp_path, ScriptedRoute(payer.answer)) as here:
        batch_id = await nights(here, payer, [member(1)])
        assert await changes_of(here, payer, batch_id, Caller(id="batch-9", role=Role.BATCH)) == []


def view(**counts: int) -> BatchView:
    known = {"open": 0, "could_not_check": 0, "refused": 0, "duplicates": 0, "cancelled": 0, **counts}
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return BatchView(id="bat_1", state=BatchState.FINISHED, created_at=at, started_at=at, ended_at=at, **known)


def changed(*codes: ChangeCode) -> ChangedRow:
    changes = tuple(Change(code=code, severity=Severity.SOON, actor=Actor.BILLING, text="imaginary") for code in codes)
    return ChangedRow(
        row=2, reference=None, payer="acme", verification_id="ver_2", earlier_verification_id="ver_1", changes=changes
    )


def test_a_morning_has_twelve_lines_whatever_happened() -> None:
    lines = morning_summary(view(rows=3, answered=3), [changed(*ChangeCode), changed(ChangeCode.COVERAGE_LOST)])

    assert len(lines) == MORNING_LINES == 12
    assert lines[0].startswith("3 rows: 3 answered")
    assert lines[2].split() == ["2", "lost", "coverage"]
    assert "other kinds" in lines[-1]


def test_a_quiet_night_says_so() -> None:
    assert morning_summary(view(rows=3, answered=3), [])[1] == "Nothing changed."
