"""A scheduler with a store beside it and what its steps came to, for the tests of the scheduler."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from dbos import DBOS

from service.scheduler import LaterStep, Scheduler
from service.scheduler.sqlite import sqlite_engine
from service.store import Store, postgres

ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ONLY_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

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


def with_threads() -> None:
    """DBOS ends the threads of the loop with its own."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


async def ended(running: Running) -> None:
    """Both are stopped as a process does it."""
    await running.scheduler.stop()
    with_threads()
    await running.store.stop()


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


async def status_becomes(job_id: str, status: str) -> Any:
    """The only step of ``job_id``, once it has that status, or when that takes too long."""
    ends = time.monotonic() + ENOUGH
    while True:
        steps = await DBOS.list_workflows_async(workflow_id_prefix=job_id)
        if [step.status for step in steps] == [status] or time.monotonic() > ends:
            return steps[0]
        await asyncio.sleep(0.02)
