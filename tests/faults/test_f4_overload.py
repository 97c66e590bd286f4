"""F4: more callers than there is room for are told so at once, and those inside are served as if nobody else came.

Two things are too much: questions that a slow payer keeps inside, and questions that fill the service's core.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvloop

from tests.faults import overloading
from tests.faults.changes import wide_open
from tests.faults.conftest import Figure
from tests.faults.crashing import town
from tests.faults.deployment import Deployment, key_of
from tests.faults.driver import Said, ask, drive, percentile
from tests.faults.mutants import narrow_payer
from tests.faults.people import crowd

ROOM = 8
"""Requests that the service under load lets in at a time: small, so that ten times as many load no machine."""

LATENCY = 0.4
WAIT = 3
SHED_WITHIN = 0.05

FULL_CORE_WAIT = 4
LATE = 0.15
"""Seconds by which an answer may come after its wait, or after what the service says of it."""

BESIDE = 1.0
"""Seconds in which looks and health checks are answered by a service whose core is full."""

FULL = 0.8
"""The share of its core that the service uses when it is full; the kernel has other work for that core as well."""

LEAST_GOODPUT = 0.9
"""Answers as a part of the peak, however many times the capacity is offered."""

CALLERS = 32
ROUNDS = 6
WIDE = ["tests.faults.changes:wide_open"]
numbers = itertools.count(1)


class Load(NamedTuple):
    """What callers in an open loop were told."""

    seconds: float
    said: Sequence[Said]

    @property
    def goodput(self) -> float:
        """Final answers in a second."""
        return sum(one.status == 200 for one in self.said) / self.seconds

    @property
    def shed_p99(self) -> float:
        """Seconds within which nearly all who were turned away heard of it."""
        return percentile([one.seconds for one in self.shed], 0.99)

    @property
    def shed(self) -> list[Said]:
        return [one for one in self.said if one.status == 503]


async def _paced(rate: float, seconds: float) -> AsyncIterator[int]:
    """Numbers of the crowd, evenly spaced, however the earlier ones fare."""
    began = time.perf_counter()
    for place in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        yield next(numbers)


async def offered(deployment: Any, rate: float, seconds: float, key: str | None = None) -> Load:
    """Load at ``rate`` questions a second; the callers are of the key's role, staff when there is none."""
    said = await drive(_paced(rate, seconds), lambda number: ask(deployment, crowd(number), wait=WAIT, key=key))
    return Load(seconds, said)


async def peak(deployment: Any, seconds: float) -> float:
    """Final answers in a second when exactly as many ask as there is room for."""
    ends = time.perf_counter() + seconds

    async def busy(_: int) -> int:
        done = 0
        while time.perf_counter() < ends:
            done += (await ask(deployment, crowd(next(numbers)), wait=WAIT)).status == 200
        return done

    began = time.perf_counter()
    return sum(await drive(range(ROOM), busy, ROOM)) / (time.perf_counter() - began)


async def trickling(deployment: Any, many: int, ended: asyncio.Event) -> None:
    """Callers who send their request a byte at a time and never get to its end."""

    async def one() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", int(deployment.service.rpartition(":")[2]))
        try:
            for sign in itertools.cycle(b"POST /v1/verifications HTTP/1.1\r\nX-Slow: "):
                writer.write(bytes([sign]))
                await asyncio.sleep(0.5)
                if ended.is_set() or writer.is_closing():
                    return
        except ConnectionError:
            return
        finally:
            writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(many)))


async def beside_slow_clients(deployment: Any, rate: float, seconds: float, slow: int) -> Load:
    ended = asyncio.Event()
    dripping = asyncio.create_task(trickling(deployment, slow, ended))
    try:
        return await offered(deployment, rate, seconds)
    finally:
        ended.set()
        await dripping


async def mixed(deployment: Any, rate: float, seconds: float, batch: str) -> tuple[Load, Load]:
    """Half the capacity of staff, and so much of a batch that together it is five times what there is room for."""
    async with asyncio.TaskGroup() as group:
        staff = group.create_task(offered(deployment, rate / 2, seconds))
        others = group.create_task(offered(deployment, rate * 4.5, seconds, batch))
    return staff.result(), others.result()


async def recovered(deployment: Any, rate: float) -> float:
    """Seconds after an overload until a second of half the load is served whole; at most thirty."""
    began = time.perf_counter()
    while time.perf_counter() - began < 30:
        calm = await offered(deployment, rate / 2, 1.0)
        if all(one.status == 200 for one in calm.said):
            break
    return time.perf_counter() - began


async def ten_times(deployment: Any, most: float, seconds: float, slow: int) -> Load:
    """Ten times too many beside slow clients; again, twice at most, when a busy machine blurred the times."""
    rounds: list[Load] = []
    for _ in range(3):
        rounds.append(await beside_slow_clients(deployment, most * 10, seconds, slow))
        if rounds[-1].shed_p99 < SHED_WITHIN:
            break
        await recovered(deployment, most)
    return min(rounds, key=lambda load: load.shed_p99)


@pytest.mark.timeout(600)
def test_ten_times_too_many_are_turned_away_at_once_and_the_rest_is_served(
    full: bool,
    figure: Figure,
    tmp_path: Path,
) -> None:
    seconds, slow = (30.0, 500) if full else (2.5, 60)
    with town(tmp_path, latency=LATENCY, payer=[narrow_payer], BENEFITS_RESEND_AFTER="90") as here:
        batch = key_of("batch", here.environment, here.home)
        with here.serving([], BENEFITS_LIMITS__REQUESTS=str(ROOM)) as (deployment, _):
            most = asyncio.run(peak(deployment, seconds))
            load = asyncio.run(ten_times(deployment, most, seconds, slow))
            back = asyncio.run(recovered(deployment, most))
            staff, others = asyncio.run(mixed(deployment, most, seconds, batch))
        with here.serving([wide_open], BENEFITS_LIMITS__REQUESTS="100000") as (deployment, _):
            asyncio.run(offered(deployment, most * 10, 2.5))
            broken = asyncio.run(offered(deployment, most * 10, 2.5))

    served = sum(one.status == 200 for one in staff.said) / len(staff.said)
    figure(
        "F4.payer",
        value=round(load.goodput / most, 2),
        n=len(load.said),
        mutant_value=round(broken.goodput / most, 2),
        peak=round(most, 1),
        shed_p99=round(load.shed_p99, 3),
        staff_served=round(served, 3),
        batch_shed=len(others.shed),
        recovery=round(back, 1),
    )
    assert load.goodput >= 0.9 * most
    assert load.shed_p99 < SHED_WITHIN
    assert load.shed
    assert all("retry-after" in one.headers and one.json["code"] == "overloaded" for one in load.shed)
    assert {one.status for one in load.said} <= {200, 202, 503}
    assert served >= 0.99
    assert others.shed
    assert back <= 30
    assert broken.goodput < 0.5 * most


class Kept(NamedTuple):
    """Which of the promises a load found kept."""

    waits: bool
    refusals: bool
    goodput: bool


def judge(load: overloading.Load, peak: float) -> Kept:
    """Whether no answer came later than its wait and a little, refusals at once, and nearly as many answers as ever."""
    answers, refused = load.of(200, 202), load.of(503)
    return Kept(
        waits=bool(answers) and load.longest <= FULL_CORE_WAIT + LATE and load.unseen <= LATE,
        refusals=bool(refused) and load.refused_p99 < SHED_WITHIN,
        goodput=load.goodput >= LEAST_GOODPUT * peak,
    )


async def fill(
    deployment: Deployment, times: Sequence[int], seconds: float, rounds: int = ROUNDS
) -> dict[int, tuple[overloading.Load, float]]:
    """Loads of so many ``times`` the capacity, each with the goodput of callers who wait for each other just before it.

    A load comes in so many ``rounds`` at most, when a busy machine blurred the times. The capacity is measured in each
    of them: a machine is faster after a rest than under a load that lasts.
    """
    await overloading.measure_capacity(deployment, CALLERS, 1.0, FULL_CORE_WAIT)
    found = {}
    for one in times:
        for _ in range(rounds):
            peak = await overloading.measure_capacity(deployment, CALLERS, 2.0, FULL_CORE_WAIT)
            load = await overloading.offer(deployment, peak * one, seconds, FULL_CORE_WAIT)
            found[one] = load, peak
            if all(judge(load, peak)):
                break
    return found


@pytest.mark.timeout(600)
def test_a_full_core_keeps_every_wait_and_refuses_at_once(full: bool, figure: Figure, tmp_path: Path) -> None:
    times, seconds = ((2, 4, 10), 10.0) if full else ((2, 10), 5.0)
    with overloading.on_a_core_of_its_own(tmp_path, WIDE) as deployment:
        found = uvloop.run(fill(deployment, times, seconds))

    load, peak = found[10]
    figure(
        "F4",
        value=round(load.goodput / peak, 2),
        n=sum(len(one.told) for one, _ in found.values()),
        peak=round(peak, 1),
        core_used=round(load.used, 2),
        longest={one: round(load.longest, 2) for one, (load, _) in found.items()},
        unseen={one: round(load.unseen, 3) for one, (load, _) in found.items()},
        refused_p99={one: round(load.refused_p99, 3) for one, (load, _) in found.items()},
        health_p99=round(percentile([one.seconds for one in load.health], 0.99), 3),
        look_p99=round(percentile([one.seconds for one in load.looks], 0.99), 3),
    )
    for load, peak in found.values():
        assert judge(load, peak) == Kept(waits=True, refusals=True, goodput=True)
        assert {one.said.status for one in load.told} <= {200, 202, 503}
        assert {one.said.status for one in (*load.looks, *load.health)} == {200}
        assert max(one.seconds for one in (*load.looks, *load.health)) < BESIDE
        assert load.used > FULL


@pytest.mark.timeout(200)
def test_a_full_core_breaks_every_promise_when_one_connection_is_accepted_a_turn(
    figure: Figure, tmp_path: Path
) -> None:
    changes = [*WIDE, "tests.faults.mutants:one_accept_a_turn", "tests.faults.mutants:wait_from_the_start"]
    with overloading.on_a_core_of_its_own(tmp_path, changes) as deployment:
        load, peak = uvloop.run(fill(deployment, [10], 1.5, rounds=1))[10]

    figure(
        "F4.mutant",
        value=None,
        n=len(load.told),
        mutant_value=judge(load, peak)._asdict(),
        longest=round(load.longest, 2),
        unseen=round(load.unseen, 2),
        refused_p99=round(load.refused_p99, 3),
    )
    assert not judge(load, peak).waits
    assert not judge(load, peak).refusals
