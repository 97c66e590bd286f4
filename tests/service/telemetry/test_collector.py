"""What the collector promises: whole rounds come when they are asked for, and not by themselves."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from service.telemetry.collector import collect_in_rounds, hold_whole_rounds


@pytest.fixture
def held() -> Iterator[None]:
    threshold = gc.get_threshold()
    hold_whole_rounds()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


class Ring:
    """An object that only a round of the collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("held")
def test_no_whole_round_comes_by_itself_and_small_ones_do() -> None:
    before = [generation["collections"] for generation in gc.get_stats()]

    kept = [Ring() for _ in range(200_000)]

    after = [generation["collections"] for generation in gc.get_stats()]
    assert len(kept) == 200_000
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert after[2] == before[2]


async def test_whole_rounds_come_again_and_again() -> None:
    rounds: asyncio.Queue[None] = asyncio.Queue()
    task = asyncio.create_task(collect_in_rounds(lambda: rounds.put_nowait(None), 0.001))

    for _ in range(3):
        await rounds.get()

    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
