"""What readings promise: a crowd of replies is read one in a turn, and it is known when readings pile up."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from contracts.readings import FEW, Readings

NAME: ContextVar[str] = ContextVar("NAME", default="nobody")


async def turn_of_each(readings: Readings, many: int) -> list[int]:
    """In which turn of the loop each of so many readings ran that came at once."""
    turn = 0
    found: list[int] = []

    async def read() -> None:
        await readings.on_the_loop(lambda: found.append(turn))

    tasks = [asyncio.create_task(read()) for _ in range(many)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        turn += 1
    return found


async def test_a_crowd_is_read_one_in_a_turn() -> None:
    found = await turn_of_each(Readings(), 10)

    assert len(found) == 10
    assert len(set(found)) == 10


async def test_who_reads_alone_waits_for_no_turn() -> None:
    readings = Readings()
    reading = readings.on_the_loop(lambda: "read")

    with pytest.raises(StopIteration) as ended:
        reading.send(None)

    assert ended.value.value == "read"


async def test_who_leaves_takes_no_turn_and_a_failure_is_its_callers() -> None:
    readings = Readings()
    found: list[str] = []

    def fail() -> None:
        raise KeyError

    first = asyncio.create_task(readings.on_the_loop(fail))
    gone = asyncio.create_task(readings.on_the_loop(lambda: found.append("gone")))
    last = asyncio.create_task(readings.on_the_loop(lambda: found.append("last")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait({first, gone, last})

    assert isinstance(first.exception(), KeyError)
    assert found == ["last"]


def test_another_loop_finds_every_turn_free() -> None:
    readings = Readings()

    async def read_and_leave() -> str:
        return await readings.on_the_loop(lambda: "read")

    assert [asyncio.run(read_and_leave()) for _ in range(2)] == ["read", "read"]


async def test_readings_pile_up_when_several_wait_for_their_turn() -> None:
    readings = Readings()
    tasks = [asyncio.create_task(readings.on_the_loop(int)) for _ in range(FEW + 1)]
    await asyncio.sleep(0)
    many = readings.are_piling_up
    await asyncio.gather(*tasks)

    assert (many, readings.are_piling_up) == (True, False)


async def test_readings_pile_up_when_every_thread_reads() -> None:
    readings = Readings(threads=1)
    go = threading.Event()
    NAME.set("somebody")

    def read() -> str:
        go.wait(5.0)
        return NAME.get()

    before = readings.are_piling_up
    task = asyncio.create_task(readings.beside_the_loop(read))
    await asyncio.sleep(0)
    meanwhile = readings.are_piling_up
    go.set()

    assert await task == "somebody"
    assert (before, meanwhile, readings.are_piling_up) == (False, True, False)
