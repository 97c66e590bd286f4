"""What a guard promises: a question that its process never settled gets a step, and many questions share a guard."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from dbos import DBOS

from service.scheduler import LaterStep
from service.scheduler.guards import Guard, GuardState
from tests.service.scheduler.staging import ONLY_SQLITE, Starting, changed_rows, ended

MADE_AT = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


@ONLY_SQLITE
async def test_one_guard_stands_for_all_questions_of_two_seconds(start: Starting) -> None:
    running = await start()
    for number, seconds in enumerate((0.0, 0.7, 1.9, 2.0)):
        await running.plan(f"job_{number}", 90.0, made_at=MADE_AT + timedelta(seconds=seconds))

    guards = await DBOS.list_workflows_async()

    assert [one.name for one in guards] == ["guard", "guard"]


async def test_a_guard_runs_when_the_pause_of_the_last_of_its_questions_is_over(start: Starting) -> None:
    running = await start()
    began = time.monotonic()
    made_at = MADE_AT + timedelta(seconds=0.01)
    await running.plan("job_1", 1.0, made_at=made_at)

    since, until = await running.steps.until_guarded()

    assert since <= made_at < until
    assert time.monotonic() - began >= 1.0
    assert running.steps.ran == []


async def test_a_guard_stands_and_falls_with_its_transaction(start: Starting) -> None:
    running = await start()
    step = LaterStep("job_1", "acme", 1, 1.0, made_at=MADE_AT)

    def enqueue_and_fail(connection: sa.Connection) -> None:
        running.scheduler.enqueue(connection, step)
        raise LookupError

    with pytest.raises(LookupError):
        await running.store.transact(enqueue_and_fail)
    fallen = await DBOS.list_workflows_async()
    await running.store.transact(partial(running.scheduler.enqueue, step=step))

    assert fallen == []
    assert (await running.steps.until_guarded())[0] <= MADE_AT


@ONLY_SQLITE
async def test_a_guard_that_ran_or_is_about_to_run_stands_for_no_further_question(
    start: Starting, database: str
) -> None:
    running = await start()
    await running.plan("job_1", 0.2, made_at=MADE_AT)
    await running.steps.until_guarded()
    await running.plan("job_2", 0.2, made_at=MADE_AT)
    ran = list(await running.steps.until(1))

    await running.plan("job_3", 60.0, made_at=MADE_AT)
    soon = time.time_ns() // 1_000_000 + 20_000
    assert changed_rows(database, f"UPDATE workflow_status SET delay_until_epoch_ms = {soon} WHERE status = 'DELAYED'")  # noqa: S608 - ours
    await running.plan("job_4", 60.0, made_at=MADE_AT)
    waiting = [one.name for one in await DBOS.list_workflows_async(status="DELAYED")]

    assert ran == ["job_2"]
    assert sorted(waiting) == ["finish", "guard"]


@ONLY_SQLITE
async def test_a_guard_is_looked_for_once_in_a_transaction(start: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    running = await start()
    looked: list[str] = []
    state_in = Guard.state_in

    def note(guard: Guard, connection: sa.Connection) -> GuardState:
        looked.append(guard.name)
        return state_in(guard, connection)

    def enqueue_three(connection: sa.Connection) -> None:
        for number in range(3):
            step = LaterStep(f"job_{number}", "acme", 1, 90.0, made_at=MADE_AT)
            running.scheduler.enqueue(connection, step)

    monkeypatch.setattr(Guard, "state_in", note)
    await running.store.transact(enqueue_three)
    await running.store.transact(enqueue_three)

    assert len(looked) == 2
    assert len(set(looked)) == 1
    assert [one.name for one in await DBOS.list_workflows_async()] == ["guard"]


async def test_a_question_gets_one_step_however_many_guards_stand_for_it(start: Starting) -> None:
    """Each thread of each process has a guard of its own, and they run within the same moment."""
    running = await start()
    await asyncio.gather(*(running.plan("job_1", by_guard=True) for _ in range(4)))
    await running.plan("job_1", by_guard=True)
    steps = await DBOS.list_workflows_async()

    assert [one.workflow_id.split(":")[0] for one in steps] == ["job_1"]


async def test_a_guard_is_run_by_the_next_process(start: Starting) -> None:
    first = await start()
    await first.plan("job_1", 1.0, made_at=MADE_AT)
    await ended(first)
    second = await start()

    assert (await second.steps.until_guarded())[0] <= MADE_AT
