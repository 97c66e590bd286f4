"""What a row of a batch costs beside asking: checked, kept, taken, ended; against the bare engine in one run."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from time import process_time

import pytest

from contracts import State, answer_without_reply
from service.scheduler import LaterStep, Scheduler
from service.security.encryption import Sealer
from service.store import Store, Tuning, open_store
from service.store.batches import Taking
from tests.service.batches.staging import BatchOffice, batch_office, member

ROWS = 400
MOST = 1.0
"""Times the bare engine's processor time: a step that is enqueued in a transaction of ours, run, and ended."""

PARTITIONS = 16


async def engine_seconds(folder: Path) -> float:
    """Processor seconds of a step that does nothing."""
    url = f"sqlite:///{folder}/engine.sqlite"
    store = open_store(url, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(patience=10.0))
    await store.start()
    scheduler, ran, all_ran = Scheduler(url, store), 0, asyncio.Event()

    async def run(_: str, __: datetime | None) -> None:
        nonlocal ran
        ran += 1
        if ran == ROWS:
            all_ran.set()

    async def guard(_: datetime, __: datetime) -> None:
        """No question is made here that could need one."""

    scheduler.register(run, guard)
    await scheduler.start()
    try:
        began = process_time()
        for number in range(ROWS):
            step = LaterStep(f"job_{number}", f"payer{number % PARTITIONS}", priority=3, seconds=0.0)
            await store.transact(partial(scheduler.enqueue, step=step))
        await all_ran.wait()
        return (process_time() - began) / ROWS
    finally:
        await scheduler.stop()
        # DBOS made its own threads the loop's, and has just ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await store.stop()


async def settle(store: Store, job_id: str, here: BatchOffice) -> None:
    answer = answer_without_reply(
        payer="acme", service_date=here.office.time.now().date(), as_of=here.office.time.now(), problems=()
    )
    await store.settle(job_id, answer, state=State.FINAL, next_at=None)


async def work_through(here: BatchOffice, rows: int, batch_id: str = "") -> float:
    """Processor seconds of ``rows`` rows, from taking them to their outcome, without asking.

    They are those of a batch that runs, or of one that is made of them: then its making counts too.
    """
    began, batch_id = process_time(), batch_id or await here.start([member(number) for number in range(rows)])
    left = rows
    while left:
        found = await here.store.take_items(Taking(batch_id, "acme", min(16, left), 900.0, 0.0, then=lambda *_: None))
        for intended in found:
            await settle(here.store, intended.job_id, here)
        left -= len(found)
    await here.store.finish_batch(batch_id)
    return process_time() - began


async def row_seconds(here: BatchOffice) -> float:
    """Processor seconds of a row, from the file to its outcome, with the record of its question and without asking."""
    return await work_through(here, ROWS) / ROWS


@pytest.mark.timeout(120)
async def test_a_row_costs_no_more_than_the_bare_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ratios, table = list[float](), list[dict[str, float]]()
    for round_number in range(2):
        engine = await engine_seconds(tmp_path)
        async with batch_office(tmp_path / str(round_number)) as here:
            row = await row_seconds(here)
        ratios.append(row / engine)
        table.append({"row_ms": row * 1000, "engine_ms": engine * 1000})
    with capsys.disabled():
        print("\n" + json.dumps({"id": "batch_bookkeeping", "ratio": round(min(ratios), 2), "rounds": table}))

    assert min(ratios) <= MOST
