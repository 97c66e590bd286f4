"""What the collector promises: whole rounds come when they are asked for, and not by themselves."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from service.telemetry.collector import (
    ENOUGH,
    FEW,
    RARE,
    YOUNG,
    collect_in_rounds,
    hold_whole_rounds,
    is_quiet,
    space_small_rounds,
)


@pytest.fixture
def held() -> Iterator[None]:
    threshold, callbacks = gc.get_threshold(), gc.callbacks[:]
    hold_whole_rounds()
    yield
    gc.unfreeze()
    gc.callbacks[:] = callbacks
    gc.set_threshold(*threshold)


class Ring:
    """An object that only a round of the collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("held")
def test_no_whole_round_comes_by_itself_and_small_ones_do() -> None:
    before = [generation["collections"] for generation in gc.get_stats()]

    kept = [Ring() for _ in range(400_000)]

    after = [generation["collections"] for generation in gc.get_stats()]
    assert len(kept) == 400_000
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert after[2] == before[2]


def made_until_the_next_small_round() -> int:
    return gc.get_threshold()[0]


@pytest.mark.usefixtures("held")
def test_the_next_small_round_comes_later_after_one_that_was_in_vain_and_soon_after_one_that_found_rings() -> None:
    gc.collect(0)
    assert made_until_the_next_small_round() == RARE

    rings = [Ring() for _ in range(FEW + 1)]
    rings.clear()
    gc.collect(0)
    assert made_until_the_next_small_round() == YOUNG

    gc.collect(0)
    assert made_until_the_next_small_round() == RARE


@pytest.mark.usefixtures("held")
def test_holding_twice_has_one_callback() -> None:
    hold_whole_rounds()

    assert gc.callbacks.count(space_small_rounds) == 1


async def rounds_made(*, quiet: bool, most: float, enough: bool, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whole rounds within some looks."""
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, ENOUGH if enough else ENOUGH - 1))
    made, looks = 0, asyncio.Semaphore(0)

    def collect() -> None:
        nonlocal made
        made += 1

    async def is_quiet() -> bool:
        looks.release()
        return quiet

    task = asyncio.create_task(collect_in_rounds(collect, is_quiet, look=0.001, most=most))
    if enough and most:
        for _ in range(5):
            await looks.acquire()
    else:
        await asyncio.sleep(0.1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return made


@pytest.mark.parametrize(
    ("quiet", "enough", "most", "come"),
    [
        (True, True, 60.0, True),
        (False, True, 60.0, False),
        (True, False, 60.0, False),
        (False, False, 0.0, True),
    ],
    ids=["quiet and worth it", "in the midst of work", "nothing to look at", "overdue"],
)
async def test_whole_rounds_come_in_a_quiet_moment_or_when_they_are_overdue(
    quiet: bool, enough: bool, most: float, come: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await rounds_made(quiet=quiet, enough=enough, most=most, monkeypatch=monkeypatch)

    assert (made >= 1) == come


async def test_a_moment_is_quiet_when_and_only_when_no_thread_works() -> None:
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            sum(range(1000))

    looks = [await is_quiet() for _ in range(5)]
    thread = threading.Thread(target=work)
    thread.start()
    busy = [await is_quiet() for _ in range(5)]
    ended.set()
    thread.join()

    assert any(looks)
    assert not all(busy)
