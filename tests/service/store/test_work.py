"""The work list is counted and paged without opening an answer, and says who works on what."""

from datetime import date, timedelta

import pytest

from contracts import Answer, Coverage, CoverageStatus, State
from contracts.facts import OpenQuestion, Problem
from contracts.vocabulary import OpenQuestionCode, ProblemCode, Responsible
from service.security.access import Caller, Role
from service.store import Store, StoreUnavailable, WorkChange, WorkQuery, WorkView
from service.store.identifiers import stamp
from tests.service.kept import change, rows_of

from .conftest import BATCH, STAFF, START, Clock, answer, intent, question

OTHER = Caller(id="usr-other", role=Role.STAFF)
SINCE = stamp(START - timedelta(days=1))


def wanted(view: WorkView = WorkView.ALL, caller: Caller = STAFF, **more: object) -> WorkQuery:
    return WorkQuery(view, caller.id, SINCE, date(2026, 11, 23), **more)  # type: ignore[arg-type]


async def settled(store: Store, name: str = "Imaginary", caller: Caller = STAFF, *, given: Answer | None = None) -> str:
    made = await store.intend(intent(name, caller))
    await store.settle(made.job_id, given or answer(), state=State.FINAL, next_at=None)
    return made.verification_id


def ending(day: date) -> Answer:
    return answer().model_copy(update={"coverage": Coverage(status=CoverageStatus.ACTIVE, ends_on=day)})


def mistyped() -> Answer:
    problem = Problem(code=ProblemCode.MEMBER_REJECTED, responsible=Responsible.MEMBER, fields=("member_id",))
    return answer().model_copy(
        update={"coverage": Coverage(status=CoverageStatus.COULD_NOT_CHECK), "problems": (problem,)}
    )


def unanswered() -> Answer:
    left = OpenQuestion(code=OpenQuestionCode.IOP_COVERED, ask="Does the plan cover it?")
    return answer().model_copy(update={"open_questions": (left,)})


async def ids(store: Store, view: WorkView, caller: Caller = STAFF, **more: object) -> list[str]:
    return [one.fetched.verification_id for one in await store.list_work(wanted(view, caller, **more), caller, [])]


async def test_each_verification_stands_in_the_views_that_it_is_work_of(store: Store) -> None:
    call = await settled(store, "One", given=unanswered())
    correct = await settled(store, "Two", given=mistyped())
    end = await settled(store, "Three", given=ending(date(2026, 11, 30)))
    later = await settled(store, "Four", given=ending(date(2026, 12, 1)))
    waiting = (await store.intend(intent("Five"))).verification_id
    batch = await settled(store, "Six", BATCH)

    counts = await store.count_work(wanted())
    assert (counts[WorkView.WAITING], counts[WorkView.CORRECT], counts[WorkView.ENDING]) == (1, 1, 1)
    assert await ids(store, WorkView.WAITING) == [waiting]
    assert await ids(store, WorkView.CORRECT) == [correct]
    assert await ids(store, WorkView.ENDING) == [end]
    assert await ids(store, WorkView.CALL) == [call]
    assert set(await ids(store, WorkView.ALL)) == {call, correct, end, later, waiting}
    assert batch not in await ids(store, WorkView.ALL)


async def test_an_answer_that_differs_from_the_one_before_has_changed(store: Store, clock: Clock) -> None:
    for given in (answer(), answer("EB*1**30*another line"), ending(date(2026, 12, 31))):
        await settled(store, caller=BATCH, given=given)
        clock.pass_by(60)
    ended = await ids(store, WorkView.CHANGED)
    await settled(store, caller=BATCH, given=mistyped())
    clock.pass_by(60)
    await settled(store, caller=BATCH, given=ending(date(2026, 12, 31)))

    assert len(ended) == 1
    assert await ids(store, WorkView.CHANGED) == ended


async def test_a_verification_is_claimed_closed_and_opened_again(store: Store) -> None:
    one, two = [await settled(store, name, given=unanswered()) for name in ("One", "Two")]
    await store.change_work(WorkChange(one, "assigned", OTHER.id), STAFF)
    theirs = await ids(store, WorkView.MINE, OTHER)
    nobodys = await ids(store, WorkView.CALL, owner="nobody")
    await store.change_work(WorkChange(one, "closed", OTHER.id, is_closed=True), OTHER)

    assert theirs == [one]
    assert nobodys == [two]
    assert await ids(store, WorkView.CALL) == [two]
    assert one in await ids(store, WorkView.ALL)
    await store.change_work(WorkChange(one, "reopened", OTHER.id), OTHER)
    assert set(await ids(store, WorkView.CALL)) == {one, two}
    assert await store.change_work(WorkChange("ver_nothing", "assigned", OTHER.id), STAFF) is False


async def test_what_a_later_try_mends_is_no_work_any_more(store: Store) -> None:
    first = await settled(store, given=mistyped())
    await store.intend(intent(retries=first, payer="acme", reference="second"))

    assert await ids(store, WorkView.CORRECT) == []


async def test_nothing_of_a_member_is_in_the_columns_that_are_counted_by(store: Store) -> None:
    given = ending(date(2026, 11, 30)).model_copy(update={"open_questions": unanswered().open_questions})
    await settled(store, given=given)
    [row] = await rows_of(store, "jobs")

    assert row["next_step"] == "call"
    assert len(row["ends_key"]) == len(row["terms_key"]) == 32
    assert b"2026" not in row["ends_key"]


async def test_a_mark_that_somebody_else_wrote_is_refused(store: Store) -> None:
    one = await settled(store)
    await store.change_work(WorkChange(one, "assigned", OTHER.id), STAFF)
    await change(store, "UPDATE work_marks SET assignee = 'usr-thief'")

    with pytest.raises(StoreUnavailable) as refused:
        await store.work_mark(one)
    assert "row_forged" in refused.value.detail


async def test_the_same_member_is_found_to_have_been_asked_lately(store: Store, clock: Clock) -> None:
    one = await settled(store)
    clock.pass_by(7_200)
    found = await store.asked_lately(question(), START)

    assert found is not None
    assert (found.verification_id, found.asked_at, found.state) == (one, START, State.FINAL)
    assert await store.asked_lately(question(), clock.now) is None
    assert await store.asked_lately(question("Another"), START) is None
