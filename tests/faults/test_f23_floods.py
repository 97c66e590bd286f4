"""F23: callers without manners are kept within bounds; those with manners, and health checks, are answered meanwhile.

Everybody comes from one address here, which is the hardest case: an address alone tells nobody from the others.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.conftest import Figure
from tests.faults.deployment import Deployment, deploy
from tests.faults.driver import Said, ask, drive, look, request
from tests.faults.flooding import FLOODS, Flood, flooded
from tests.faults.people import crowd

MEGABYTE = 1_000_000
SETTINGS = {
    "BENEFITS_LIMITS__CONNECTIONS": "300",
    "BENEFITS_LIMITS__CONNECTIONS_PER_PEER": "200",
    "BENEFITS_LIMITS__REQUESTS": "32",
    "BENEFITS_LIMITS__SHARE": "0.5",
    "BENEFITS_LIMITS__RATE": "100",
}
OPEN = "tests.faults.mutants:manners_off"
SECONDS = 6.0

POLLS = 100
"""Three times as many as there are places to wait in."""


class Meanwhile(NamedTuple):
    """What callers with manners were told while others had none, and by how many bytes the service grew."""

    asked: list[Said]
    healthy: list[Said]
    grown: int

    @property
    def answered(self) -> float:
        """The share of calls that were answered."""
        return sum(one.status in {200, 202} for one in self.asked) / len(self.asked)

    @property
    def alive(self) -> float:
        """The share of health checks that were answered."""
        return sum(one.status == 200 for one in self.healthy) / len(self.healthy)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deploy(tmp_path_factory.mktemp("floods"), settings=SETTINGS) as made:
        yield made


async def meanwhile(deployment: Deployment, flood: Flood, seconds: float) -> Meanwhile:
    """Ask as somebody with manners does, every now and then, while ``flood`` goes on."""
    asked: list[Said] = []
    healthy: list[Said] = []
    before = deployment.rss()
    async with flooded(deployment, flood):
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            number = len(asked)
            one, other = await asyncio.gather(
                ask(deployment, crowd(number), wait=2), request(deployment.service, "GET", "/healthz", {}, patience=5.0)
            )
            asked.append(one)
            healthy.append(other)
            await asyncio.sleep(0.05)
        grown = deployment.rss() - before
    return Meanwhile(asked, healthy, grown)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("flood", FLOODS, ids=[flood.name for flood in FLOODS])
def test_a_flood_takes_no_place_of_those_with_manners(
    deployment: Deployment, flood: Flood, full: bool, figure: Figure
) -> None:
    found = asyncio.run(meanwhile(deployment, flood, 60.0 if full else SECONDS))

    figure(
        "F23",
        value=round(found.answered, 3),
        n=len(found.asked),
        flood=flood.name,
        alive=round(found.alive, 3),
        grown_mb=round(found.grown / MEGABYTE, 1),
    )
    assert found.answered >= 0.95
    assert found.alive >= 0.95
    assert found.grown < 64 * MEGABYTE


@pytest.mark.timeout(200)
def test_without_bounds_a_flood_takes_every_place(figure: Figure, tmp_path: Path) -> None:
    wanted = {"rests of bodies", "idle connections", "trailers without end"}
    with deploy(tmp_path, settings=SETTINGS, changes=[OPEN]) as deployment:
        found = {flood.name: asyncio.run(meanwhile(deployment, flood, 3.0)) for flood in FLOODS if flood.name in wanted}

    shut_out = {name: round(one.answered, 2) for name, one in found.items()}
    figure("F23.mutant", value=shut_out, n=len(found), mutant_value=shut_out)
    assert shut_out["rests of bodies"] < 0.5
    assert shut_out["idle connections"] < 0.5
    assert found["trailers without end"].grown > 64 * MEGABYTE


@pytest.mark.timeout(120)
def test_long_polls_of_one_key_shut_nobody_out(deployment: Deployment, figure: Figure) -> None:
    polled, asked, looked = asyncio.run(beside_long_polls(deployment))

    figure("F23.polls", value=sum(one.status in {200, 202} for one in asked) / len(asked), n=len(polled))
    assert {one.status for one in polled} == {202}
    assert {one.status for one in asked} <= {200, 202}
    assert [one.status for one in looked] == [202] * len(looked)


async def beside_long_polls(deployment: Deployment) -> tuple[list[Said], list[Said], list[Said]]:
    """What one key with many long polls is told, and what another one that asks and looks is told meanwhile."""
    pending = await ask(deployment, crowd(1, fault="HANG"), wait=0, key=deployment.batch)
    held = await ask(deployment, crowd(2, fault="HANG"), wait=0)
    polls = [
        asyncio.create_task(look(deployment, pending.json["verification_id"], wait=8, key=deployment.batch))
        for _ in range(POLLS)
    ]
    await asyncio.sleep(1.0)
    asked = await drive(range(20), lambda number: ask(deployment, crowd(1_000 + number), wait=2), 5)
    looked = [await look(deployment, held.json["verification_id"], wait=0) for _ in range(10)]
    return await asyncio.gather(*polls), asked, looked
