"""F4: more callers than there is room for are told so at once, and those inside are served as if nobody else came."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.faults.changes import wide_open
from tests.faults.conftest import Figure
from tests.faults.crashing import town
from tests.faults.deployment import key_of
from tests.faults.driver import Said, ask, drive, percentile
from tests.faults.mutants import narrow_payer
from tests.faults.people import crowd

ROOM = 8
"""Requests that the service under load lets in at a time: small, so that ten times as many load no machine."""

LATENCY = 0.4
WAIT = 3
SHED_WITHIN = 0.05
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
    seconds, slow = (30.0, 500) if full else (3.0, 60)
    with town(tmp_path, latency=LATENCY, payer=[narrow_payer], BENEFITS_RESEND_AFTER="90") as here:
        batch = key_of("batch", here.environment, here.home)
        with here.serving([], BENEFITS_LIMITS__REQUESTS=str(ROOM)) as (deployment, _):
            most = asyncio.run(peak(deployment, seconds))
            loads = {times: asyncio.run(offered(deployment, most * times, seconds)) for times in (1, 2, 5)}
            loads[10] = asyncio.run(ten_times(deployment, most, seconds, slow))
            back = asyncio.run(recovered(deployment, most))
            staff, others = asyncio.run(mixed(deployment, most, seconds, batch))
        with here.serving([wide_open], BENEFITS_LIMITS__REQUESTS="100000") as (deployment, _):
            asyncio.run(offered(deployment, most * 10, 4.0))
            broken = asyncio.run(offered(deployment, most * 10, 4.0))

    shed = loads[10].shed
    served = sum(one.status == 200 for one in staff.said) / len(staff.said)
    figure(
        "F4",
        value=round(loads[10].goodput / most, 2),
        n=sum(len(load.said) for load in loads.values()),
        mutant_value=round(broken.goodput / most, 2),
        peak=round(most, 1),
        goodput={times: round(load.goodput, 1) for times, load in loads.items()},
        shed_p99=round(loads[10].shed_p99, 3),
        staff_served=round(served, 3),
        batch_shed=len(others.shed),
        recovery=round(back, 1),
    )
    assert loads[10].goodput >= 0.9 * most
    assert loads[10].shed_p99 < SHED_WITHIN
    assert shed
    assert all("retry-after" in one.headers and one.json["code"] == "overloaded" for one in shed)
    assert {one.status for load in loads.values() for one in load.said} <= {200, 202, 503}
    assert served >= 0.99
    assert others.shed
    assert back <= 30
    assert broken.goodput < 0.5 * most
