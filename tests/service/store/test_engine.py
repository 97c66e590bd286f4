"""The lanes between the loop and a database: whole or not at all, in time, and nobody pays for another's failure."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import sleep

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.exc import SQLAlchemyError

from service.store import StoreUnavailable
from service.store.engine import Worker
from service.store.gathering import IDLE
from service.store.sqlite import sqlite_lanes

Opening = Callable[..., Worker]
LONG = 20.0


class Lane:
    """A writing lane on a file with one table, and what it holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gate = threading.Event()
        self.reached = threading.Event()
        self.gate.set()
        self.commits = 0
        self.engine: sa.Engine
        self.worker: Worker

    def wait_at_the_commit(self, _: object) -> None:
        self.commits += 1
        self.reached.set()
        self.gate.wait(LONG)

    def write(self, name: str) -> Callable[[Connection], str]:
        def unit(connection: Connection) -> str:
            connection.execute(sa.text("INSERT INTO names (name) VALUES (:name)"), {"name": name})
            return name

        return unit

    def names(self) -> list[str]:
        connection = sqlite3.connect(self.path)
        found = [name for (name,) in connection.execute("SELECT name FROM names ORDER BY name")]
        connection.close()
        return found


@pytest.fixture
async def lane(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Lane]:
    """``patience`` is the parameter, or long."""
    made = Lane(tmp_path / "lane.sqlite")
    connection = sqlite3.connect(made.path)
    connection.execute("CREATE TABLE names (name TEXT)")
    connection.close()
    patience = getattr(request, "param", LONG)
    writing, _ = sqlite_lanes(made.path, patience=LONG, confirm=lambda: None)
    made.engine = writing.engine
    event.listen(made.engine, "commit", made.wait_at_the_commit)
    made.worker = Worker(writing, name="writes", patience=patience)
    made.worker.start()
    yield made
    made.gate.set()
    await made.worker.stop()


class Busy:
    """Keeps the lane's thread until it is let go, so that what follows waits and is gathered."""

    def __init__(self, lane: Lane) -> None:
        self._go = threading.Event()
        self._begun = threading.Event()
        self.task = asyncio.create_task(lane.worker.do(self._unit))

    def _unit(self, _: Connection) -> None:
        self._begun.set()
        self._go.wait(LONG)

    async def begun(self) -> "Busy":
        await asyncio.to_thread(self._begun.wait, LONG)
        return self

    def end(self) -> None:
        self._go.set()


async def test_what_waits_is_committed_together_and_each_gets_its_own_result(lane: Lane) -> None:
    busy = await Busy(lane).begun()
    asked = [asyncio.create_task(lane.worker.do(lane.write(f"{number}"))) for number in range(5)]
    await asyncio.sleep(0)
    lane.gate.clear()
    busy.end()
    await asyncio.to_thread(lane.reached.wait, LONG)
    lane.gate.set()

    assert await asyncio.gather(*asked) == ["0", "1", "2", "3", "4"]
    assert lane.names() == ["0", "1", "2", "3", "4"]


async def test_units_that_come_while_the_loop_is_busy_are_committed_together(lane: Lane) -> None:
    asked = []
    for number in range(5):
        asked.append(asyncio.create_task(lane.worker.do(lane.write(f"{number}"))))
        # A turn of the loop in which others work, too.
        asyncio.get_running_loop().call_soon(sleep, 2 * IDLE)
        await asyncio.sleep(0)
    await asyncio.gather(*asked)

    assert lane.commits == 1


async def test_what_waits_for_company_is_done_at_a_stop(lane: Lane) -> None:
    asked = asyncio.create_task(lane.worker.do(lane.write("last")))
    await asyncio.sleep(0)
    await lane.worker.stop()

    assert await asked == "last"


@pytest.mark.parametrize("refusal", [ValueError, SQLAlchemyError])
async def test_in_company_only_the_unit_that_fails_is_undone(lane: Lane, refusal: type[Exception]) -> None:
    def half(connection: Connection) -> None:
        connection.execute(sa.text("INSERT INTO names (name) VALUES ('half')"))
        raise refusal("imaginary")

    busy = await Busy(lane).begun()
    units = [lane.write("first"), half, lane.write("last")]
    asked = [asyncio.create_task(lane.worker.do(unit)) for unit in units]
    await asyncio.sleep(0)
    busy.end()
    done = await asyncio.gather(*asked, return_exceptions=True)

    expected = ValueError if refusal is ValueError else StoreUnavailable
    assert [done[0], type(done[1]), done[2]] == ["first", expected, "last"]
    assert lane.names() == ["first", "last"]


async def test_those_in_company_of_units_that_refuse_are_still_committed_together(lane: Lane) -> None:
    def refuse(connection: Connection) -> None:
        lane.write("refused")(connection)
        raise ValueError("imaginary")

    busy = await Busy(lane).begun()
    units = [refuse, *(lane.write(f"{number}") for number in range(8)), refuse]
    asked = [asyncio.create_task(lane.worker.do(unit)) for unit in units]
    await asyncio.sleep(0)
    busy.end()
    done = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in done] == [ValueError, *[str] * 8, ValueError]
    assert lane.names() == [f"{number}" for number in range(8)]
    assert lane.commits == 2, "that of the busy one, and one for all the others"


async def test_a_unit_that_refuses_for_what_its_neighbour_wrote_is_judged_by_what_stands(lane: Lane) -> None:
    """The neighbour's caller leaves, so nothing of it stands, and there is no reason to refuse any more."""
    doing, go = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        lane.write("taken")(connection)
        doing.set()
        go.wait(LONG)

    def refuse_what_is_taken(connection: Connection) -> str:
        if connection.scalar(sa.text("SELECT name FROM names WHERE name = 'taken'")):
            raise ValueError("taken")
        return lane.write("free")(connection)

    busy = await Busy(lane).begun()
    leaving = asyncio.create_task(lane.worker.do(slow))
    asking = asyncio.create_task(lane.worker.do(refuse_what_is_taken))
    await asyncio.sleep(0)
    busy.end()
    await asyncio.to_thread(doing.wait, LONG)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    go.set()

    assert await asking == "free"
    assert lane.names() == ["free"]


async def test_alone_a_unit_that_refuses_is_undone(lane: Lane) -> None:
    def half(connection: Connection) -> None:
        connection.execute(sa.text("INSERT INTO names (name) VALUES ('half')"))
        raise ValueError("imaginary")

    with pytest.raises(ValueError, match="imaginary"):
        await lane.worker.do(half)

    assert lane.names() == []


@pytest.mark.parametrize("lane", [0.1], indirect=True)
async def test_a_caller_who_waits_too_long_is_refused_and_his_unit_dropped_but_not_his_neighbours(lane: Lane) -> None:
    busy = await Busy(lane).begun()

    with pytest.raises(StoreUnavailable) as refused:
        await lane.worker.do(lane.write("left"))
    neighbour = asyncio.create_task(lane.worker.do(lane.write("neighbour")))
    await asyncio.sleep(0)
    busy.end()

    assert refused.value.detail == "too_late"
    assert await neighbour == "neighbour"
    assert lane.names() == ["neighbour"]
    await asyncio.gather(busy.task, return_exceptions=True)


async def test_a_caller_who_leaves_while_his_unit_is_done_leaves_nothing_and_the_others_stand(lane: Lane) -> None:
    busy = await Busy(lane).begun()
    doing, go = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        lane.write("left")(connection)
        doing.set()
        go.wait(LONG)

    leaving = asyncio.create_task(lane.worker.do(slow))
    staying = asyncio.create_task(lane.worker.do(lane.write("stays")))
    await asyncio.sleep(0)
    busy.end()
    await asyncio.to_thread(doing.wait, LONG)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    go.set()

    assert await staying == "stays"
    assert leaving.cancelled()
    assert lane.names() == ["stays"]


@pytest.mark.parametrize("lane", [0.2], indirect=True)
async def test_a_commit_that_is_slow_is_waited_for_and_believed(lane: Lane) -> None:
    lane.gate.clear()
    asked = asyncio.create_task(lane.worker.do(lane.write("slow")))
    await asyncio.to_thread(lane.reached.wait, LONG)
    await asyncio.sleep(0.25)
    lane.gate.set()

    assert await asked == "slow"
    assert lane.names() == ["slow"]


@pytest.mark.parametrize("lane", [0.1], indirect=True)
async def test_a_commit_that_hangs_is_refused_as_in_doubt(lane: Lane) -> None:
    lane.gate.clear()

    with pytest.raises(StoreUnavailable) as refused:
        await lane.worker.do(lane.write("doubtful"))

    assert refused.value.detail == "in_doubt"


async def test_when_a_common_commit_fails_each_unit_is_committed_alone(lane: Lane) -> None:
    def fail_once(_: object) -> None:
        if lane.commits == 2:
            raise SQLAlchemyError("imaginary")

    event.listen(lane.engine, "commit", fail_once)
    busy = await Busy(lane).begun()
    asked = [asyncio.create_task(lane.worker.do(lane.write(f"{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    busy.end()

    assert await asyncio.gather(*asked) == ["0", "1", "2"]
    assert lane.names() == ["0", "1", "2"]
    assert lane.commits == 5, "that of the busy one, the one that failed, and one for each of them"


async def test_a_stop_does_what_waits_first(lane: Lane) -> None:
    busy = await Busy(lane).begun()
    asked = [asyncio.create_task(lane.worker.do(lane.write(f"{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    stopping = asyncio.create_task(lane.worker.stop())
    await asyncio.sleep(0)
    busy.end()
    await stopping

    assert await asyncio.gather(*asked) == ["0", "1", "2"]
    with pytest.raises(StoreUnavailable) as refused:
        await lane.worker.do(lane.write("after"))
    assert refused.value.detail == "stopped"
    assert lane.names() == ["0", "1", "2"]


async def test_a_loop_that_is_gone_is_no_reason_to_stop_working(lane: Lane) -> None:
    """A process that ends without waiting leaves units whose callers are no more."""

    def abandon() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(lane.worker.do(lane.write("orphan")))
        loop.run_until_complete(asyncio.sleep(0))
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    busy = await Busy(lane).begun()
    await asyncio.to_thread(abandon)
    busy.end()

    assert await lane.worker.do(lane.write("next")) == "next"
    assert lane.names() == ["next"]
