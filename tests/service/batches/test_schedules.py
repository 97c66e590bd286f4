"""Which members a schedule asks about again, when, and that each run makes one batch."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts import BenefitYear, BenefitYearKind, Purpose, Question
from contracts.wording import EASTERN
from service.batches.schedules import VERIFY_AGAIN_ENTRY, due_rule, planned_runs, run_schedule, times_of
from service.guidance.calls import Looking, sheet_of, wrong_answers
from service.guidance.vob_values import CallAnswer, CallContent
from service.security.access import Caller, Role
from service.settings.contract_roster import Roster
from service.settings.schedules import DueRule, ScheduleSettings
from service.store.batch_values import BatchState
from service.store.call_notes import KeptNote
from service.store.followed import FollowedMember
from tests.service.guidance.staging import answer, terms
from tests.service.staging import QUESTION, STAFF, START

from .staging import batch_office, member

ACTIVE = QUESTION.model_copy(update={"purpose": Purpose.ACTIVE})


def schedule(*due: DueRule, **more: Any) -> ScheduleSettings:
    return ScheduleSettings(name="nightly", cron="0 3 * * *", due=due or (DueRule.ALL,), **more)


def followed(question: Question = ACTIVE, *, note: str | None = None, **coverage: Any) -> FollowedMember:
    """A member who was asked about on June 1, 2026."""
    said = {
        "called_at": "2026-06-01T15:00:00Z",
        "representative": "Ann",
        "answers": [{"entry": VERIFY_AGAIN_ENTRY, "value": note, "remark": None}],
    }
    kept = KeptNote(1, "key-1", datetime(2026, 6, 1, 15, tzinfo=UTC), orjson.dumps(said))
    return FollowedMember(
        member_key=b"1",
        verification_id="ver_1",
        question=question,
        answer=answer(terms(), **coverage),
        asked_at=datetime(2026, 6, 1, 15, tzinfo=UTC),
        notes=(kept,) if note else (),
    )


RESETS = {"benefit_year": BenefitYear(kind=BenefitYearKind.PLAN, resets_on=date(2026, 7, 1))}


@pytest.mark.parametrize(
    ("one", "who", "on", "due"),
    [
        (schedule(), followed(), date(2026, 6, 2), DueRule.ALL),
        (schedule(), followed(), date(2026, 6, 1), None),
        (schedule(), followed(QUESTION), date(2026, 6, 2), None),
        (schedule(purposes=("prospect", "active")), followed(QUESTION), date(2026, 6, 2), DueRule.ALL),
        (schedule(payers=("cigna",)), followed(), date(2026, 6, 2), None),
        (schedule(DueRule.MONTH_END), followed(), date(2026, 6, 26), None),
        (schedule(DueRule.MONTH_END), followed(), date(2026, 6, 27), DueRule.MONTH_END),
        (schedule(DueRule.MONTH_END, days=30), followed(), date(2026, 6, 27), None),
        (schedule(DueRule.PLAN_YEAR_RESET), followed(**RESETS), date(2026, 6, 30), None),
        (schedule(DueRule.PLAN_YEAR_RESET), followed(**RESETS), date(2026, 7, 1), DueRule.PLAN_YEAR_RESET),
        (schedule(DueRule.COVERAGE_END), followed(ends_on=date(2026, 7, 31)), date(2026, 7, 27), None),
        (schedule(DueRule.COVERAGE_END), followed(ends_on=date(2026, 7, 31)), date(2026, 7, 28), DueRule.COVERAGE_END),
        (schedule(DueRule.COVERAGE_END), followed(ends_on=date(2026, 7, 31)), date(2026, 8, 1), None),
        (schedule(DueRule.COVERAGE_END), followed(), date(2026, 7, 28), None),
        (schedule(DueRule.VERIFY_AGAIN_BY), followed(note="2026-06-20"), date(2026, 6, 17), DueRule.VERIFY_AGAIN_BY),
        (schedule(DueRule.VERIFY_AGAIN_BY), followed(note="soon"), date(2026, 6, 17), None),
    ],
)
def test_a_member_is_due_once_the_day_has_come_and_nobody_asked_since(
    one: ScheduleSettings, who: FollowedMember, on: date, due: DueRule | None
) -> None:
    assert due_rule(one, who, on) is due


def test_the_day_to_verify_again_by_is_one_that_a_call_note_may_name() -> None:
    record = sheet_of(Looking("ver_1", answer(terms()), ACTIVE, None, Roster())).record
    said = CallContent(
        called_at=datetime(2026, 6, 1, 15, tzinfo=UTC),
        representative="Ann",
        answers=(CallAnswer(entry=VERIFY_AGAIN_ENTRY, value="2026-06-20"),),
    )

    assert wrong_answers(said, record) == []


def test_times_are_eastern_also_where_the_clocks_change() -> None:
    times = times_of("30 3 * * 1", datetime(2026, 10, 26, 12, tzinfo=UTC))

    assert [(at.isoformat(), at.tzinfo) for at in times] == [
        ("2026-11-02T03:30:00-05:00", EASTERN),
        ("2026-11-09T03:30:00-05:00", EASTERN),
    ]


@pytest.mark.parametrize("cron", ["nightly", "* * * * * *", "61 3 * * *", ""])
def test_a_cron_that_is_none_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        ScheduleSettings(name="nightly", cron=cron)


async def test_a_run_asks_about_everybody_who_is_due_in_one_batch(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        await here.start([(*member(1), "active"), (*member(2), "prospect"), (*member(3), "active")], purpose=True)
        await here.work()
        here.office.time.gone += 3 * 86_400
        at = here.office.time.now()

        (run,) = [
            one for one in await planned_runs(here.store, [schedule()], here.office.directory, at) if one.at > at
        ][:1]
        assert (run.members, run.by_rule) == (2, {"all": 2})

        batch_id = await run_schedule(here.batches, here.store, schedule(), at)
        assert await run_schedule(here.batches, here.store, schedule(), at) == batch_id
        await here.work()
        assert batch_id is not None
        view = await here.look(batch_id)
        assert (view.state, view.rows, view.answered) == (BatchState.FINISHED, 2, 2)


@pytest.mark.parametrize(("cells", "purposes"), [(("", "prospect"), {"active", "prospect"}), (None, {"active"})])
async def test_a_row_without_a_purpose_keeps_the_one_that_its_member_had(
    tmp_path: Path, cells: tuple[str, str] | None, purposes: set[str]
) -> None:
    async with batch_office(tmp_path) as here:
        await here.start([(*member(1), "active"), (*member(2), "active")], purpose=True)
        await here.work()
        here.office.time.gone += 86_400
        rows = [member(1), member(2)]
        again = rows if cells is None else [(*row, cell) for row, cell in zip(rows, cells, strict=True)]
        await here.start(again, purpose=cells is not None)
        await here.work()

        found, _ = await here.store.followed_members(b"", 10)
        assert {one.question.purpose.value for one in found} == purposes
        assert all(one.asked_at.date() == here.office.time.now().date() for one in found)


async def test_a_member_who_is_asked_about_for_the_first_time_without_a_purpose_is_a_prospect(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        await here.start([member(1)])
        await here.work()
        [one] = (await here.store.followed_members(b"", 10)).members
        assert one.question.purpose is Purpose.PROSPECT


async def test_a_run_that_died_while_it_made_its_batch_makes_it_anew(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        await here.start([(*member(1), "active")], purpose=True)
        await here.work()
        here.office.time.gone += 86_400
        at = here.office.time.now()
        died = await here.store.create_batch(Caller(id=f"schedule:nightly@{at.isoformat()}", role=Role.BATCH))

        batch_id = await run_schedule(here.batches, here.store, schedule(), at)

        assert batch_id is not None
        assert (await here.look(died)).state is BatchState.CANCELLED
        assert (await here.look(batch_id)).rows == 1


async def test_nobody_who_is_due_makes_no_batch(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        assert await run_schedule(here.batches, here.store, schedule(), START) is None
        assert (await here.batches.list_batches(STAFF)).batches == ()
