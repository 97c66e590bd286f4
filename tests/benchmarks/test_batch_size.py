"""What the size of a batch costs: twice the rows cost twice as much, memory stays flat, rows that wait cost nothing.

``pytest --full tests/benchmarks/test_batch_size.py`` measures the largest batch too, in a process of its own.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import NamedTuple

import pytest

from contracts.wait_limits import RESEND_AFTER
from tests.faults.batching import Api, roster as crowd_roster
from tests.faults.deployment import bare, key_of, memory, running, settings_for
from tests.service.batches.staging import BatchOffice, batch_office, member

from .test_batch_bookkeeping import work_through
from .test_waiting import MOST_CPU, NOWHERE, cpu_of

MOST_OF_TWICE = 2.1
ROUNDS = 3

FEW_BLOCKS = 8.0
"""Blocks of the heap that may stay for each row that was worked on, for keys and short texts, of which so many are
remembered and no more; a row that is held itself is dozens."""

LARGEST = 100_000
PREFLIGHT_SECONDS = 15.0
PREFLIGHT_MEMORY = 120e6
"""Of processor time, and bytes above those of the process before: what checking the largest roster may cost."""

WAITING_MEMORY = 150e6
"""Bytes that a process holds beside so many rows that wait: the one that checked them, and one that found them."""

Work = Callable[[BatchOffice, int], Awaitable[float]]


async def check(here: BatchOffice, rows: int) -> float:
    """Processor seconds of checking a roster."""
    began = process_time()
    await here.check([member(number) for number in range(rows)])
    return process_time() - began


@pytest.mark.parametrize(("work", "rows"), [(check, 1_000), (work_through, 200)], ids=["preflight", "work"])
@pytest.mark.timeout(120)
async def test_twice_the_rows_cost_twice_as_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], work: Work, rows: int
) -> None:
    ratios = list[float]()
    for round_number in range(ROUNDS):
        seconds = list[float]()
        for count in (rows, 2 * rows):
            async with batch_office(tmp_path / f"{round_number}-{count}") as here:
                gc.collect()
                seconds.append(await work(here, count))
        ratios.append(seconds[1] / seconds[0])
    ratio = min(ratios)
    with capsys.disabled():
        print("\n" + json.dumps({"id": f"batch_twice_{work.__name__}", "ratio": round(ratio, 3), "rows": rows}))

    assert ratio <= MOST_OF_TWICE


@pytest.mark.timeout(120)
async def test_memory_stays_flat_while_a_batch_is_worked_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, blocks = 800, list[int]()

    def note_blocks() -> None:
        gc.collect()
        blocks.append(sys.getallocatedblocks())

    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(rows)])
        for share in (4, 2, 4):
            # A quarter, three quarters, and all of them: what is made once is made in the first.
            await work_through(here, rows // share, batch_id)
            note_blocks()
    kept = (blocks[-1] - blocks[0]) / (rows * 3 / 4)
    with capsys.disabled():
        print("\n" + json.dumps({"id": "batch_memory", "blocks_per_row": round(kept, 3), "rows": rows}))

    assert kept <= FEW_BLOCKS


class Serving(NamedTuple):
    """A service whose payers are away."""

    api: Api
    pid: int

    def settled_rss(self) -> int:
        """Bytes that it holds once nothing moves."""
        time.sleep(3.0)
        return memory(self.pid)[0]


@contextmanager
def serving(home: Path) -> Iterator[Serving]:
    """A service over an empty database, all of whose payers are away."""
    given = {**bare(), **settings_for(NOWHERE, home)}
    with running(["serve", "--port", "0"], given, home) as (address, process):
        yield Serving(Api(address, key_of("staff", given, home)), process.pid)


@pytest.mark.timeout(900)
def test_the_largest_roster_is_checked_and_waits_for_payers_that_are_away(
    tmp_path: Path, full: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if not full:
        pytest.skip("takes minutes: --full")
    with serving(tmp_path) as here:
        idle, cpu = here.settled_rss(), cpu_of(here.pid)
        Path(f"/proc/{here.pid}/clear_refs").write_text("5")
        batch_id = str(here.api.send("POST", "", crowd_roster(LARGEST), patience=600.0)["id"])
        preflight_cpu, preflight = cpu_of(here.pid) - cpu, memory(here.pid)[1] - idle
        here.api.send("POST", f"/{batch_id}/start")
        # Until every breaker is open, and what was freed was given back.
        time.sleep(45.0)
        after_check = memory(here.pid)[0]
    with serving(tmp_path) as here:
        time.sleep(20.0)
        cpu = cpu_of(here.pid)
        # As long as it takes until those that were asked in vain are asked again.
        time.sleep(RESEND_AFTER)
        waiting_cpu, waiting = (cpu_of(here.pid) - cpu) / RESEND_AFTER, memory(here.pid)[0]
        view = here.api.send("GET", f"/{batch_id}")
    megabytes = {"idle_mb": idle, "preflight_mb": preflight, "after_check_mb": after_check, "waiting_mb": waiting}
    figures = {
        "preflight_cpu_s": round(preflight_cpu, 1),
        "waiting_core": round(waiting_cpu, 3),
        **{name: round(value / 1e6, 1) for name, value in megabytes.items()},
    }
    with capsys.disabled():
        print("\n" + json.dumps({"id": "batch_largest", "rows": LARGEST, **figures}))

    assert (view["state"], view["rows"], view["open"]) == ("running", LARGEST, LARGEST)
    assert preflight_cpu <= PREFLIGHT_SECONDS
    assert preflight <= PREFLIGHT_MEMORY
    assert waiting_cpu <= MOST_CPU
    assert max(after_check, waiting) <= WAITING_MEMORY


@pytest.mark.timeout(1800)
async def test_a_large_batch_is_worked_on_in_flat_memory(
    tmp_path: Path, full: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if not full:
        pytest.skip("takes minutes: --full")
    rows, held = 20_000, list[float]()
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(rows)])
        for _ in range(4):
            await work_through(here, rows // 4, batch_id)
            held.append(memory(os.getpid())[0] / 1e6)
    with capsys.disabled():
        print(
            "\n" + json.dumps({"id": "batch_rss", "rows": rows, "mb_at_each_quarter": [round(one, 1) for one in held]})
        )

    assert held[-1] <= held[0] * 1.1
