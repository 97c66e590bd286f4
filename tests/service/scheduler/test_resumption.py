"""What a process leaves when it stops or dies is run by another one; what a living process runs is left to it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.scheduler import scheduler
from service.store import Store, StoreUnavailable
from tests.service.kept import change
from tests.service.scheduler.staging import (
    ENOUGH,
    ONLY_POSTGRES,
    SILENCE,
    Starting,
    changed_rows,
    ended,
)

REPOSITORY = Path(__file__).parents[3]

LEAVING = """
import asyncio, sys
from functools import partial
import structlog
from service.scheduler import Scheduler, LaterStep
from service.security.encryption import Sealer
from service.store import Tuning, open_store

# On the standard output stands what is done with steps, and nothing else.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))

async def main(url, silence, seconds):
    store = open_store(url, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(silence=silence, patience=10.0))
    await store.start()
    scheduler = Scheduler(url, store, heartbeat_seconds=0.1)
    async def finish(job_id, at):
        print("runs", job_id, flush=True)
        await asyncio.sleep(60)
    scheduler.register(finish, finish)
    await scheduler.start()
    await store.transact(partial(scheduler.enqueue, step=LaterStep("job_1", "acme", 1, seconds)))
    print("planned", flush=True)
    await asyncio.sleep(60)

asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
"""


def leaving(database: str, seconds: float) -> "subprocess.Popen[str]":
    """A process that plans a step in so many seconds, and never ends it."""
    process = subprocess.Popen(
        [sys.executable, "-c", LEAVING, database, str(SILENCE), str(seconds)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "planned\n"
    return process


@pytest.mark.fault
async def test_a_step_that_waits_outlives_the_process_that_planned_it(database: str, start: Starting) -> None:
    process = await asyncio.to_thread(leaving, database, 3.0)
    process.kill()
    output, _ = await asyncio.to_thread(process.communicate)

    running = await start()

    assert output == ""
    assert await running.steps.until(1) == ["job_1"]


@pytest.mark.fault
async def test_a_step_that_was_running_when_its_process_died_runs_again(database: str, start: Starting) -> None:
    """The next process on a file resumes it; beside a server, one that is there already."""
    process = await asyncio.to_thread(leaving, database, 0.0)
    assert process.stdout is not None
    said = await asyncio.to_thread(process.stdout.readline)
    process.kill()
    await asyncio.to_thread(process.communicate)

    running = await start()

    assert said == "runs job_1\n"
    assert await running.steps.until(1) == ["job_1"]


@ONLY_POSTGRES
@pytest.mark.fault
async def test_a_step_of_a_process_that_died_after_it_was_taken_for_dead_runs_again(
    database: str, start: Starting
) -> None:
    running = await start()
    await running.plan("job_waiting", 3600.0)
    owned = "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'proc_gone' WHERE queue_name = 'steps'"
    assert await change(running.store, owned) == 1

    assert await running.steps.until(1) == ["job_waiting"]


@ONLY_POSTGRES
@pytest.mark.fault
async def test_a_step_that_a_living_process_runs_is_left_to_it(database: str, start: Starting) -> None:
    process = await asyncio.to_thread(leaving, database, 0.0)
    try:
        assert process.stdout is not None
        said = await asyncio.to_thread(process.stdout.readline)
        running = await start()
        await asyncio.sleep(SILENCE * 3)
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)

    assert said == "runs job_1\n"
    assert running.steps.ran == []


async def test_a_process_that_stops_leaves_its_steps_to_the_next_one_at_once(start: Starting) -> None:
    first = await start("job_running")
    await first.plan("job_running")
    await first.plan("job_waiting", 1.0)
    await first.steps.until(1)
    await ended(first)

    second = await start()

    assert sorted(await second.steps.until(2)) == ["job_running", "job_waiting"]
    assert first.steps.ran == ["job_running"]


async def test_a_step_that_an_earlier_version_ran_without_a_queue_is_resumed(database: str, start: Starting) -> None:
    running = await start()
    await running.plan("job_1", 60.0)
    changed_rows(
        database, "UPDATE workflow_status SET status = 'PENDING', queue_name = NULL, executor_id = 'proc_gone'"
    )
    await change(running.store, "INSERT INTO processes (name, seen_at) VALUES ('proc_gone', 0)")

    assert await running.steps.until(1) == ["job_1"]


async def test_a_process_that_looks_after_others_for_long_still_gives_heartbeats(
    start: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hang(store: Store) -> list[str]:
        begun.set()
        await asyncio.Event().wait()
        return []

    silent = Store.silent_processes
    monkeypatch.setattr(Store, "silent_processes", hang)
    running = await start()
    await begun.wait()
    await asyncio.sleep(SILENCE * 1.5)

    # On a busy machine a heartbeat may be late; a process that gives none is silent whenever it is looked at.
    looks = []
    for _ in range(20):
        looks.append(await silent(running.store))
        await asyncio.sleep(0.05)
    assert [] in looks


async def test_steps_of_a_dead_process_are_resumed_after_a_resumption_that_failed(
    database: str, start: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever found the dead one may fail, or die, before its steps are enqueued again."""
    running = await start()
    resume, tried = scheduler._resume_steps_of, asyncio.Event()

    async def fail_once(process: str) -> None:
        if not tried.is_set():
            tried.set()
            raise StoreUnavailable("imaginary")
        await resume(process)

    monkeypatch.setattr(scheduler, "_resume_steps_of", fail_once)
    await running.plan("job_1", 60.0)
    changed_rows(database, "UPDATE workflow_status SET status = 'PENDING', executor_id = 'proc_gone'")
    await change(running.store, "INSERT INTO processes (name, seen_at) VALUES ('proc_gone', 0)")

    assert await running.steps.until(1) == ["job_1"]
    assert tried.is_set()


@pytest.mark.parametrize("failure", [StoreUnavailable("imaginary"), FileNotFoundError(), sa.exc.SQLAlchemyError()])
async def test_what_fails_is_tried_again_the_next_time(
    failure: Exception, start: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0
    done = asyncio.Event()

    async def fail_twice(store: Store) -> list[str]:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise failure
        done.set()
        return []

    monkeypatch.setattr(Store, "silent_processes", fail_twice)
    await start()

    async with asyncio.timeout(ENOUGH):
        await done.wait()
