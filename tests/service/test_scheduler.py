"""What outlives a process: a step runs at its time, once, whoever is there then."""

import asyncio
import os
import pickle
import stat
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from dbos import DBOS

from service.scheduler import Durable, sqlite_engine
from service.security.encryption import Sealer
from service.store import Store, StoreUnavailable, Tuning, open_store

ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONLY_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
REPOSITORY = Path(__file__).parents[2]
ENOUGH = 20.0
SILENCE = 0.6


def soon(seconds: float = 0.0) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


class Steps:
    """A step that notes for whom it ran, and may refuse."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.refusing = 0
        self.changed = asyncio.Event()

    async def __call__(self, job_id: str) -> None:
        self.ran.append(job_id)
        self.changed.set()
        if self.refusing:
            self.refusing -= 1
            raise StoreUnavailable("imaginary Zqcanary")

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(ENOUGH):
            while len(self.ran) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.ran


class Running(NamedTuple):
    durable: Durable
    steps: Steps
    store: Store


Starting = Callable[..., Any]


@pytest.fixture
async def start(database: str) -> AsyncIterator[Starting]:
    """Starts the engine with a store beside it; both are stopped at the end."""
    async with AsyncExitStack() as stack:

        async def started(*rounds: Callable[[], Any]) -> Running:
            store = open_store(
                database, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(silence=SILENCE, patience=10.0)
            )
            await store.start()
            stack.push_async_callback(store.stop)
            durable, steps = Durable(database, store, round_seconds=0.1), Steps()
            durable.register("finish", steps)
            for one in rounds:
                durable.each_round(one)
            stack.callback(with_threads)
            stack.push_async_callback(durable.stop)
            await durable.start()
            return Running(durable, steps, store)

        yield started


def with_threads() -> None:
    """The engine ends the threads of the loop with its own."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


async def test_a_step_runs_at_its_time_and_once_for_its_name(start: Starting) -> None:
    running = await start()
    at = soon(0.3)
    for _ in range(3):
        await running.durable.schedule("job_1:1", "finish", "job_1", at)
    before = list(running.steps.ran)
    await running.steps.until(1)
    late = (datetime.now(UTC) - at).total_seconds()
    await running.durable.schedule("job_1:1", "finish", "job_1", at)
    await running.durable.schedule("job_2:1", "finish", "job_2", soon())

    assert await running.steps.until(2) == ["job_1", "job_2"]
    assert before == []
    assert 0 <= late < 5


async def test_a_step_whose_time_has_passed_runs_at_once(start: Starting) -> None:
    running = await start()
    await running.durable.schedule("job_1:1", "finish", "job_1", soon(-1000))

    assert await running.steps.until(1) == ["job_1"]


LEAVING = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from service.scheduler import Durable
from service.security.encryption import Sealer
from service.store import Tuning, open_store

async def main(url, silence):
    store = open_store(url, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(silence=silence, patience=10.0))
    await store.start()
    durable = Durable(url, store, round_seconds=0.1)
    async def finish(job_id):
        print("ran", job_id, flush=True)
    durable.register("finish", finish)
    await durable.start()
    await durable.schedule("job_1:1", "finish", "job_1", datetime.now(UTC) + timedelta(seconds=2))
    print("scheduled", flush=True)
    await asyncio.sleep(60)

asyncio.run(main(sys.argv[1], float(sys.argv[2])))
"""


def leaving(database: str) -> "subprocess.Popen[str]":
    """A process that schedules a step and waits for it."""
    process = subprocess.Popen(
        [sys.executable, "-c", LEAVING, database, str(SILENCE)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "scheduled\n"
    return process


@pytest.mark.fault
async def test_a_step_outlives_the_process_that_was_killed_waiting_for_it(database: str, start: Starting) -> None:
    """The next process on a file takes it up; beside a server, one that is there already."""
    process = await asyncio.to_thread(leaving, database)
    process.kill()
    output, _ = await asyncio.to_thread(process.communicate)

    running = await start()

    assert output == ""
    assert await running.steps.until(1) == ["job_1"]


@ONLY_POSTGRES
@pytest.mark.fault
async def test_the_step_of_a_process_that_lives_is_left_to_it(database: str, start: Starting) -> None:
    running = await start()
    process = await asyncio.to_thread(leaving, database)
    assert process.stdout is not None
    said = await asyncio.to_thread(process.stdout.readline)
    process.kill()
    await asyncio.to_thread(process.communicate)

    assert said == "ran job_1\n"
    assert running.steps.ran == []


async def test_a_process_that_stops_leaves_its_steps_to_the_next_one_at_once(start: Starting) -> None:
    first = await start()
    await first.durable.schedule("job_1:1", "finish", "job_1", soon(1.0))
    await first.durable.stop()
    with_threads()
    await first.store.stop()

    second = await start()

    assert await second.steps.until(1) == ["job_1"]
    assert first.steps.ran == []


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
        await first.durable.schedule(f"{job_id}:1", "finish", job_id, soon(1.0))
    await first.durable.stop()
    with_threads()
    await first.store.stop()
    harm = b64encode(pickle.dumps({"args": (Harm(tmp_path / "harmed"),), "kwargs": {}})).decode()
    written = [
        rewritten(database, f"UPDATE {table} SET {assignment} WHERE workflow_uuid = 'job_1:1'", harm)  # noqa: S608 - ours
        for table, assignment in [
            ("workflow_status", "serialization = 'py_pickle'"),
            (COLUMNS[column], f"{column} = :harm"),
        ]
    ]

    second = await start()
    await second.steps.until(1)
    with suppress(Exception):
        await DBOS.list_workflows_async(workflow_ids=["job_1:1"])
    with suppress(Exception):
        await (await DBOS.retrieve_workflow_async("job_1:1")).get_result()

    assert written == [1, 1]
    assert not (tmp_path / "harmed").exists()
    assert second.steps.ran == ["job_2"]


def rewritten(database: str, statement: str, harm: str) -> int:
    """Rows of the engine that somebody changed who can write the database, and nothing else of ours."""
    if database.startswith("sqlite"):
        engine = sqlite_engine(Path(f"{database.removeprefix('sqlite:///')}.jobs"))
    else:
        engine = sa.create_engine(sa.make_url(database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        if not database.startswith("sqlite"):
            connection.execute(sa.text("SET search_path TO dbos"))
        count: int = connection.execute(sa.text(statement), {"harm": harm} if ":harm" in statement else {}).rowcount
    engine.dispose()
    return count


async def test_every_round_is_made_also_after_one_that_failed(start: Starting) -> None:
    made = asyncio.Event()
    rounds = 0

    async def look() -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            raise StoreUnavailable("imaginary")
        made.set()

    await start(look)
    async with asyncio.timeout(ENOUGH):
        await made.wait()

    assert rounds >= 3


async def test_a_process_whose_round_takes_long_still_gives_signs_of_life(start: Starting) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    running = await start(hang)
    await begun.wait()
    await asyncio.sleep(SILENCE * 1.5)

    # On a busy machine a sign may be late; a process that gives none is silent whenever it is looked at.
    looks = []
    for _ in range(20):
        looks.append(await running.store.silent())
        await asyncio.sleep(0.05)
    assert [] in looks


async def test_before_its_start_the_engine_takes_no_step(database: str) -> None:
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}))
    durable = Durable(database, store)

    await durable.schedule("job_1:1", "finish", "job_1", soon())
    await durable.stop()


async def test_an_engine_that_cannot_stand_says_no_address(start: Starting) -> None:
    first = await start()
    await first.durable.stop()
    with_threads()
    nowhere = Durable("postgresql://someone:secret@/nothing?host=/nowhere", first.store)

    with pytest.raises(StoreUnavailable) as refused:
        await nowhere.start()
    with_threads()

    assert refused.value.detail.startswith("durable:")
    assert "secret" not in f"{refused.value!r} {refused.value.detail}"


async def test_ids_and_instants_are_all_that_is_kept_of_a_step_also_of_one_that_fails(
    database: str, start: Starting
) -> None:
    running = await start()
    running.steps.refusing = 1
    await running.durable.schedule("job_1:1", "finish", "job_1", soon())
    await running.steps.until(1)
    ends = time.monotonic() + ENOUGH
    [kept] = await DBOS.list_workflows_async(workflow_ids=["job_1:1"])
    while kept.status != "ERROR" and time.monotonic() < ends:
        await asyncio.sleep(0.02)
        [kept] = await DBOS.list_workflows_async(workflow_ids=["job_1:1"])

    assert kept.status == "ERROR"
    assert "job_1" in repr(vars(kept))
    assert "canary" not in repr(vars(kept))
    assert kept.app_version == "1"
    assert kept.name == "finish"


async def test_steps_that_ended_long_ago_are_cleared_away(start: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.scheduler.KEPT", timedelta(seconds=-60))
    running = await start()
    await running.durable.schedule("job_1:1", "finish", "job_1", soon())
    await running.durable.schedule("job_2:1", "finish", "job_2", soon(60.0))
    await running.steps.until(1)

    assert await kept_becomes(1) == ["job_2:1"]


async def kept_becomes(count: int) -> list[str]:
    ends = time.monotonic() + ENOUGH
    while True:
        kept = await DBOS.list_workflows_async()
        if len(kept) == count or time.monotonic() > ends:
            return [workflow.workflow_id for workflow in kept]
        await asyncio.sleep(0.05)


def test_the_file_of_the_engine_is_safe_its_clock_is_fine_and_it_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a b?.jobs"
    engine = sqlite_engine(path)
    with engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        ask = "SELECT strftime('%s', 'now')" if sys.version_info < (3, 12) else "SELECT unixepoch('subsec')"
        moments = {connection.exec_driver_sql(ask).scalar() for _ in range(100)}
    engine.dispose()

    assert pragmas == ["wal", 2]
    assert len(moments) > 2
    assert abs(max(moments) - time.time()) < 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
