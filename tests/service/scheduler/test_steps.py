"""What the scheduler promises: a step is committed with its fact, and runs once its time has come."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from dbos import DBOS

from service.errors import ServiceRefusal
from service.scheduler import STEPS_OF_PAYER, LaterStep, StepBlocked
from service.store import StoreUnavailable
from tests.service.scheduler.staging import (
    ENOUGH,
    ONLY_SQLITE,
    Starting,
    changed_rows,
    ended,
    status_becomes,
)


async def test_a_step_runs_at_its_time_and_knows_for_when_it_was_planned(start: Starting) -> None:
    running = await start()
    at = datetime.now(UTC) + timedelta(seconds=1.5)
    await running.plan("job_1", 1.5, at=at)
    await running.plan("job_2")

    assert await running.steps.until(2) == ["job_2", "job_1"]
    assert running.steps.planned == [None, at]
    assert 0 <= (datetime.now(UTC) - at).total_seconds() < 5


async def test_a_step_whose_time_has_passed_runs_at_once(start: Starting) -> None:
    running = await start()
    await running.plan("job_1", -1000)

    assert await running.steps.until(1) == ["job_1"]


async def test_a_step_stands_and_falls_with_its_transaction(start: Starting) -> None:
    running = await start()

    def refuse(connection: sa.Connection) -> None:
        running.scheduler.enqueue(connection, LaterStep("job_1", "acme", 1, 0.0))
        raise StoreUnavailable("imaginary")

    with pytest.raises(ServiceRefusal):
        await running.store.transact(refuse)
    await running.plan("job_2")

    assert await running.steps.until(1) == ["job_2"]
    assert [one.workflow_id.split(":")[0] for one in await DBOS.list_workflows_async()] == ["job_2"]


async def test_the_steps_of_one_payer_run_a_few_at_a_time_and_hold_no_other_payer_up(start: Starting) -> None:
    many = [f"job_{number}" for number in range(STEPS_OF_PAYER + 5)]
    running = await start(*many)
    for job_id in many:
        await running.plan(job_id)
    await running.steps.until(STEPS_OF_PAYER)
    await running.plan("job_other", payer="other")
    await running.steps.until(STEPS_OF_PAYER + 1)

    assert running.steps.ran[-1] == "job_other"
    assert len(running.steps.ran) == STEPS_OF_PAYER + 1


async def test_the_more_urgent_of_those_that_wait_run_first(start: Starting) -> None:
    running = await start()
    for priority in (3, 2, 1):
        await running.plan(f"job_{priority}", 0.5, priority=priority)

    assert await running.steps.until(3) == ["job_1", "job_2", "job_3"]


async def test_a_scheduler_that_is_paused_begins_no_step(start: Starting) -> None:
    first = await start()
    first.scheduler.pause()
    await first.plan("job_1")
    await status_becomes("job_1", "PENDING")
    await ended(first)

    second = await start()

    assert await second.steps.until(1) == ["job_1"]
    assert first.steps.ran == []


async def test_a_step_that_is_blocked_holds_no_place_and_is_kept_for_the_next_start(start: Starting) -> None:
    first = await start()
    first.steps.failures = [StepBlocked() for _ in range(STEPS_OF_PAYER)]
    for number in range(STEPS_OF_PAYER):
        await first.plan(f"job_{number}")
    await first.steps.until(STEPS_OF_PAYER)
    await first.plan("job_next")
    await first.steps.until(STEPS_OF_PAYER + 1)
    await status_becomes("job_next", "SUCCESS")
    await ended(first)

    second = await start()

    assert len(await second.steps.until(STEPS_OF_PAYER)) == STEPS_OF_PAYER


async def test_a_step_that_a_wrong_clock_put_days_away_runs_now(database: str, start: Starting) -> None:
    running = await start()
    await running.plan("job_1", 60.0)
    days = 3 * 86_400_000
    moved = f"created_at = created_at + {days}, delay_until_epoch_ms = delay_until_epoch_ms + {days}"
    changed_rows(database, f"UPDATE workflow_status SET {moved}")  # noqa: S608 - ours

    assert await running.steps.until(1) == ["job_1"]


@ONLY_SQLITE
async def test_what_came_due_while_nobody_ran_comes_due_bit_by_bit(
    database: str, start: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.scheduler.sqlite.DUE_IN_A_SECOND", 1)
    first = await start()
    many = [f"job_{number}" for number in range(4)]
    for job_id in many:
        await first.plan(job_id, 60.0)
    await ended(first)
    changed_rows(database, "UPDATE workflow_status SET delay_until_epoch_ms = 1")

    second = await start()
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        due = {row[0] for row in connection.execute("SELECT delay_until_epoch_ms FROM workflow_status")}

    assert len(due) == len(many)
    assert max(due) - min(due) == 3000
    assert sorted(await second.steps.until(4)) == many


async def test_steps_that_ended_long_ago_are_cleared_away(start: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.scheduler.scheduler.KEPT", timedelta(seconds=-60))
    running = await start()
    await running.plan("job_1")
    await running.plan("job_2", 60.0)
    await running.steps.until(1)

    assert [step.partition(":")[0] for step in await steps_become(1)] == ["job_2"]


async def steps_become(count: int) -> list[str]:
    ends = time.monotonic() + ENOUGH
    while True:
        kept = await DBOS.list_workflows_async()
        if len(kept) == count or time.monotonic() > ends:
            return [workflow.workflow_id for workflow in kept]
        await asyncio.sleep(0.05)
