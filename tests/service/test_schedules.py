"""What the scheduler promises of crons: each time is run once, by name, however many processes there are."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime

from dbos import DBOS

from service.scheduler import Scheduler
from service.security.encryption import Sealer
from service.store import open_store

ENOUGH = 20.0
EACH_SECOND = "* * * * * *"


class Runs:
    """What runs schedules: it notes which, and when."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, datetime]] = []
        self.changed = asyncio.Event()

    async def __call__(self, name: str, at: datetime) -> None:
        self.ran.append((name, at))
        self.changed.set()

    async def until(self, count: int) -> list[tuple[str, datetime]]:
        async with asyncio.timeout(ENOUGH):
            while len(self.ran) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.ran


async def nothing(*_: object) -> None:
    """Run no step."""


@asynccontextmanager
async def running(database: str, crons: dict[str, str]) -> AsyncIterator[Runs]:
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}))
    await store.start()
    scheduler, runs = Scheduler(database, store), Runs()
    scheduler.register(nothing, nothing)
    scheduler.schedule(crons, runs)
    await scheduler.start()
    try:
        yield runs
    finally:
        await scheduler.stop()
        # DBOS ends the threads of the loop with its own.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await store.stop()


async def test_each_time_of_a_cron_is_run_once_by_its_name(database: str) -> None:
    async with running(database, {"nightly": EACH_SECOND}) as runs:
        ran = await runs.until(3)

    assert {name for name, _ in ran} == {"nightly"}
    times = [at for _, at in ran]
    assert len(set(times)) == len(times)
    assert all(at.tzinfo is not None and at.microsecond == 0 for at in times)


async def test_a_schedule_that_the_settings_no_longer_name_is_gone(database: str) -> None:
    async with running(database, {"nightly": EACH_SECOND, "weekly": "0 0 3 * * 1"}):
        assert {one["schedule_name"] for one in await asyncio.to_thread(DBOS.list_schedules)} == {"nightly", "weekly"}
    async with running(database, {"weekly": "0 0 3 * * 1"}):
        assert {one["schedule_name"] for one in await asyncio.to_thread(DBOS.list_schedules)} == {"weekly"}
