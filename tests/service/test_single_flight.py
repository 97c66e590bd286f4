"""What shared work promises: it is done once for all who ask at about the same time."""

import asyncio

import pytest

from service.single_flight import SingleFlight


class Work:
    def __init__(self) -> None:
        self.times = 0
        self.failure: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> int:
        self.times += 1
        await self.go.wait()
        if self.failure is not None:
            raise self.failure
        return self.times


async def test_it_is_done_once_for_all_and_again_when_it_is_old() -> None:
    work, now = Work(), 0.0
    shared = SingleFlight(work, 0.5, lambda: now)
    first = await asyncio.gather(*(shared.find() for _ in range(100)))
    later = await shared.find()
    now = 1.0

    assert (set(first), later, await shared.find()) == ({1}, 1, 2)


async def test_it_is_not_begun_twice_however_long_it_takes() -> None:
    work, now = Work(), 0.0
    work.go.clear()
    shared = SingleFlight(work, 0.5, lambda: now)
    leaving, staying = (asyncio.create_task(shared.find()) for _ in range(2))
    await asyncio.sleep(0)
    now = 10.0
    late = asyncio.create_task(shared.find())
    await asyncio.sleep(0)
    leaving.cancel()
    work.go.set()

    assert (await staying, await late, work.times) == (1, 1, 1)


async def test_a_failure_is_told_to_all_who_ask() -> None:
    work = Work()
    work.failure = OSError("imaginary")
    shared = SingleFlight(work, 0.5, lambda: 0.0)

    for _ in range(2):
        with pytest.raises(OSError, match="imaginary"):
            await shared.find()
    assert work.times == 1
