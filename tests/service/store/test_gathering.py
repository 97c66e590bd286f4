"""Errands wait for company as long as the loop is busy, and no longer than their time."""

import asyncio

import pytest

from service.store.errands import Errand
from service.store.gathering import IDLE, LONGEST, Gathering


class Busy:
    """A loop whose turns last as long as the test says, and the errands that were sent meanwhile."""

    def __init__(self) -> None:
        self.now, self.sent = 0.0, list[Errand[None]]()
        self.gathering = Gathering(asyncio.get_running_loop(), self.sent.append, lambda: self.now)

    def add(self) -> Errand[None]:
        errand = Errand[None](lambda _: None, (), asyncio.get_running_loop())
        self.gathering.add(errand)
        return errand

    async def turn(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds


@pytest.fixture
async def busy() -> Busy:
    return Busy()


async def test_what_comes_while_the_loop_is_busy_is_sent_together_when_it_is_not(busy: Busy) -> None:
    first = busy.add()
    await busy.turn(2 * IDLE)
    second = busy.add()
    await busy.turn(2 * IDLE)
    while_busy = list(busy.sent)
    await busy.turn(0.0)
    await busy.turn(0.0)

    assert (while_busy, busy.sent) == ([], [first, second])


async def test_in_an_idle_loop_two_turns_are_waited(busy: Busy) -> None:
    errand = busy.add()
    await busy.turn(0.0)
    after_one = list(busy.sent)
    await busy.turn(0.0)

    assert (after_one, busy.sent) == ([], [errand])


async def test_nobody_waits_longer_than_his_time_for_a_busy_loop(busy: Busy) -> None:
    errand = busy.add()
    for _ in range(round(LONGEST / (2 * IDLE))):
        await busy.turn(2 * IDLE)
    too_early = list(busy.sent)
    await busy.turn(2 * IDLE)
    await busy.turn(2 * IDLE)

    assert (too_early, busy.sent) == ([], [errand])


async def test_who_comes_after_the_others_were_sent_waits_for_a_turn_of_its_own(busy: Busy) -> None:
    busy.add()
    busy.gathering.release()
    errand = busy.add()
    await busy.turn(0.0)
    await busy.turn(0.0)
    await busy.turn(0.0)

    assert busy.sent[1:] == [errand]
