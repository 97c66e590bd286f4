"""How fast a payer is asked: batches never above the pace in any second, and people before them."""

import asyncio
from itertools import pairwise

import pytest

from service.gateway import Clocks
from service.gateway.pace import Pace
from service.security.access import Role
from service.store import StoreUnavailable


async def test_in_no_second_more_of_a_batch_go_than_the_pace() -> None:
    clocks = Clocks()
    pace, at = Pace(60.0, 4, clocks), list[float]()

    async def acquire() -> None:
        await pace.acquire(Role.BATCH)
        at.append(clocks.clock())

    await asyncio.gather(*(acquire() for _ in range(90)))

    # The 61st after each one came a second later; both were noted by the clock that decides.
    assert all(later - sooner >= 0.999 for sooner, later in zip(at, at[60:], strict=False))
    assert at == sorted(at)


async def test_a_pace_below_one_a_second_is_kept_too() -> None:
    gone = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal gone
        gone += seconds

    pace, at = Pace(0.5, 1_000, Clocks(clock=lambda: gone, sleep=sleep)), list[float]()
    for _ in range(4):
        await pace.acquire(Role.BATCH)
        at.append(gone)

    assert [later - sooner for sooner, later in pairwise(at)] == [2.0] * 3


async def test_a_person_waits_behind_one_inquiry_of_a_batch_at_most() -> None:
    pace, order = Pace(40.0, 1, Clocks()), list[Role]()

    async def acquire(role: Role) -> None:
        await pace.acquire(role)
        order.append(role)

    batch = [asyncio.create_task(acquire(Role.BATCH)) for _ in range(12)]
    await asyncio.wait(batch, return_when=asyncio.FIRST_COMPLETED)
    await acquire(Role.STAFF)
    await asyncio.gather(*batch)

    assert order.index(Role.STAFF) <= 2


class SharedTurns:
    """A payer's time as a database hands it out to several processes."""

    def __init__(self) -> None:
        self.clocks = Clocks()
        self._begins = 0.0

    async def reserve(self, seconds: float) -> float:
        now = self.clocks.clock()
        self._begins = max(self._begins, now) + seconds
        return self._begins - seconds - now

    def paces(self, per_second: float) -> list[Pace]:
        """The pace in each of two processes."""
        return [Pace(per_second, 4, self.clocks, self.reserve) for _ in range(2)]


async def test_processes_that_share_a_database_share_the_pace_of_batches() -> None:
    shared, at = SharedTurns(), list[float]()

    async def acquire(pace: Pace) -> None:
        await pace.acquire(Role.BATCH)
        at.append(shared.clocks.clock())

    await asyncio.gather(*(acquire(pace) for pace in shared.paces(40.0) for _ in range(20)))

    # Two that shared nothing would have sent all forty within half a second.
    assert max(at) - min(at) >= 35 / 40


async def test_what_people_ask_in_one_process_counts_in_the_pace_of_batches_in_another() -> None:
    shared = SharedTurns()
    peoples, batches = shared.paces(40.0)
    await asyncio.gather(*(peoples.acquire(Role.STAFF) for _ in range(4)))
    asked_at = shared.clocks.clock()
    await asyncio.sleep(0)
    await batches.acquire(Role.BATCH)

    # The four went at once; a batch waits until the time of all of them is over.
    assert shared.clocks.clock() - asked_at >= 3.5 / 40


async def test_people_wait_for_no_database() -> None:
    given, reserved = asyncio.Event(), list[float]()

    async def reserve(seconds: float) -> float:
        reserved.append(seconds)
        await given.wait()
        return 0.0

    pace = Pace(40.0, 4, Clocks(), reserve)
    async with asyncio.timeout(1.0):
        for _ in range(4):
            await pace.acquire(Role.STAFF)
            await asyncio.sleep(0)
    given.set()
    assert pace._counting is not None
    await pace._counting

    # The three that came while the first was being reserved are reserved together.
    assert reserved == pytest.approx([1 / 40, 3 / 40])


async def test_turns_that_the_database_does_not_give_are_asked_for_again() -> None:
    naps, answers = list[float](), iter([StoreUnavailable("imaginary"), 0.5])

    async def reserve(_: float) -> float:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    await Pace(1.0, 4, Clocks(clock=lambda: sum(naps), sleep=sleep), reserve).acquire(Role.BATCH)

    assert naps == [1.0, 0.5]


async def test_a_turn_that_was_slept_through_is_lost() -> None:
    naps, reserved = list[float](), list[float]()

    async def reserve(seconds: float) -> float:
        reserved.append(seconds)
        return 0.1

    async def sleep(seconds: float) -> None:
        # The first time somebody else holds the loop for a second.
        naps.append(seconds if naps else seconds + 1.0)

    await Pace(2.0, 4, Clocks(clock=lambda: sum(naps), sleep=sleep), reserve).acquire(Role.BATCH)

    assert len(reserved) == 2


async def test_a_turn_begins_when_the_database_said_however_long_it_took_to_ask() -> None:
    naps = list[float]()

    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    async def reserve(_: float) -> float:
        # Other work stands before it in the lane to the database, which then says how far ahead the turn is.
        await sleep(0.7)
        return 0.5

    await Pace(1.0, 4, Clocks(clock=lambda: sum(naps), sleep=sleep), reserve).acquire(Role.BATCH)

    assert sum(naps) == pytest.approx(1.2)
