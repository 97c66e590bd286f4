"""What the scheduler promises: a step is committed with its fact, and runs at its time, whoever is there then."""

import asyncio
import os
import pickle
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from dbos import DBOS

from service.errors import ServiceRefusal
from service.scheduler import STEPS_OF_PAYER, LaterStep, Scheduler, StepBlocked, scheduler
from service.scheduler.sqlite import sqlite_engine
from service.security.encryption import Sealer
from service.store import Store, StoreUnavailable, Tuning, files, open_store, postgres
from tests.service.kept import change

ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONLY_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
REPOSITORY = Path(__file__).parents[2]
ENOUGH = 20.0
SILENCE = 0.6


class Steps:
    """What runs steps: it notes for whom, may refuse, and may take until it is let go."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.planned: list[datetime | None] = []
        self.guarded: list[tuple[datetime, datetime]] = []
        self.failures: list[Exception] = []
        self.holding: set[str] = set()
        self.changed = asyncio.Event()

    async def __call__(self, job_id: str, at: datetime | None) -> None:
        self.ran.append(job_id)
        self.planned.append(at)
        self.changed.set()
        if self.failures:
            raise self.failures.pop()
        if job_id in self.holding:
            await asyncio.Event().wait()

    async def guard(self, since: datetime, until: datetime) -> None:
        """What runs guards: it notes which questions they stand for."""
        self.guarded.append((since, until))
        self.changed.set()

    async def until_guarded(self) -> tuple[datetime, datetime]:
        """From when until when the first guard stood that ran."""
        async with asyncio.timeout(ENOUGH):
            while not self.guarded:
                self.changed.clear()
                await self.changed.wait()
        return self.guarded[0]

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(ENOUGH):
            while len(self.ran) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.ran


class Running(NamedTuple):
    scheduler: Scheduler
    steps: Steps
    store: Store

    async def plan(self, job_id: str, seconds: float = 0.0, **more: Any) -> None:
        """Enqueue a step in a transaction of its own."""
        step = LaterStep(job_id, **{"payer": "acme", "priority": 1, "seconds": seconds, **more})
        await self.store.transact(partial(self.scheduler.enqueue, step=step))


Starting = Callable[..., Any]


@pytest.fixture
async def start(database: str) -> AsyncIterator[Starting]:
    """Starts a scheduler with a store beside it; both are stopped at the end."""
    async with AsyncExitStack() as stack:

        async def started(*holding: str) -> Running:
            store = open_store(
                database, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(silence=SILENCE, patience=10.0)
            )
            await store.start()
            stack.push_async_callback(store.stop)
            scheduler, steps = Scheduler(database, store, heartbeat_seconds=0.1), Steps()
            steps.holding.update(holding)
            scheduler.register(steps, steps.guard)
            stack.callback(with_threads)
            stack.push_async_callback(scheduler.stop)
            await scheduler.start()
            return Running(scheduler, steps, store)

        yield started


def with_threads() -> None:
    """DBOS ends the threads of the loop with its own."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


async def ended(running: Running) -> None:
    """Both are stopped as a process does it."""
    await running.scheduler.stop()
    with_threads()
    await running.store.stop()


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


LEAVING = """
import asyncio, sys
from functools import partial
from service.scheduler import Scheduler, LaterStep
from service.security.encryption import Sealer
from service.store import Tuning, open_store

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


async def test_a_step_that_an_earlier_version_ran_without_a_queue_is_resumed(database: str, start: Starting) -> None:
    running = await start()
    await running.plan("job_1", 60.0)
    changed_rows(
        database, "UPDATE workflow_status SET status = 'PENDING', queue_name = NULL, executor_id = 'proc_gone'"
    )
    await change(running.store, "INSERT INTO processes (name, seen_at) VALUES ('proc_gone', 0)")

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


class Harm:
    """What runs code when it is read as a pickle: it makes a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self._path),)


COLUMNS = {"inputs": "workflow_input", "output": "workflow_status", "error": "workflow_status"}


@pytest.mark.parametrize("column", COLUMNS)
async def test_who_can_write_the_engines_rows_has_no_code_run_by_them(
    database: str, start: Starting, tmp_path: Path, column: str
) -> None:
    first = await start()
    for job_id in ("job_1", "job_2"):
        await first.plan(job_id, 1.0)
    (step_id,) = [one.workflow_id for one in await DBOS.list_workflows_async(workflow_id_prefix="job_1:")]
    await ended(first)
    harm = b64encode(pickle.dumps({"args": (Harm(tmp_path / "harmed"),), "kwargs": {}})).decode()
    written = [
        changed_rows(database, f"UPDATE {table} SET {assignment} WHERE workflow_uuid LIKE 'job_1:%'", harm)  # noqa: S608 - ours
        for table, assignment in [
            ("workflow_status", "serialization = 'py_pickle'"),
            (COLUMNS[column], f"{column} = :harm"),
        ]
    ]

    second = await start()
    await second.steps.until(1)
    with suppress(Exception):
        await DBOS.list_workflows_async(workflow_id_prefix="job_1:")
    with suppress(Exception):
        await (await DBOS.retrieve_workflow_async(step_id)).get_result()

    assert written == [1, 1]
    assert not (tmp_path / "harmed").exists()
    assert second.steps.ran == ["job_2"]


def changed_rows(database: str, statement: str, harm: str | None = None) -> int:
    """Rows of DBOS that somebody changed who can write the database, and nothing else of ours."""
    if database.startswith("sqlite"):
        engine = sqlite_engine(Path(database.removeprefix("sqlite:///")))
    else:
        engine = postgres.engine(database)
    with engine.begin() as connection:
        if not database.startswith("sqlite"):
            connection.execute(sa.text("SET search_path TO dbos"))
        count: int = connection.execute(sa.text(statement), {"harm": harm} if ":harm" in statement else {}).rowcount
    engine.dispose()
    return count


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


async def test_an_engine_that_cannot_stand_says_no_address(start: Starting) -> None:
    first = await start()
    await first.scheduler.stop()
    with_threads()
    nowhere = Scheduler("postgresql://someone:secret@/nothing?host=/nowhere", first.store)

    with pytest.raises(StoreUnavailable) as refused:
        await nowhere.start()
    with_threads()

    assert refused.value.detail.startswith("scheduler:")
    assert "secret" not in f"{refused.value!r} {refused.value.detail}"


async def test_ids_and_instants_are_all_that_is_kept_of_a_step_also_of_one_that_fails(
    database: str, start: Starting
) -> None:
    running = await start()
    running.steps.failures = [StoreUnavailable("imaginary Zqcanary")]
    await running.plan("job_1")
    kept = await status_becomes("job_1", "ERROR")

    assert kept.status == "ERROR"
    assert "job_1" in repr(vars(kept))
    assert "canary" not in repr(vars(kept))
    assert kept.app_version == "1"
    assert kept.name == "finish"


async def status_becomes(job_id: str, status: str) -> Any:
    """The only step of ``job_id``, once it has that status, or when that takes too long."""
    ends = time.monotonic() + ENOUGH
    while True:
        steps = await DBOS.list_workflows_async(workflow_id_prefix=job_id)
        if [step.status for step in steps] == [status] or time.monotonic() > ends:
            return steps[0]
        await asyncio.sleep(0.02)


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


def test_the_scheduler_connects_to_the_file_as_safely_as_the_store_and_with_a_fine_clock(tmp_path: Path) -> None:
    path = tmp_path / "a b?.sqlite"
    files.make(path)
    engine = sqlite_engine(path)
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "secure_delete")
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        ask = "SELECT strftime('%s', 'now')" if sys.version_info < (3, 12) else "SELECT unixepoch('subsec')"
        moments = {connection.exec_driver_sql(ask).scalar() for _ in range(100)}
    engine.dispose()

    assert pragmas == ["wal", 2, 1]
    assert len(moments) > 2
    assert abs(max(moments) - time.time()) < 10
