"""Twenty thousand interleaved inquiries at a payer that mixes its replies up: nobody is given another member's answer.

The same replies are counted twice: as the correlation gate lets them through, and as they would reach the caller if the
gate were off. The second count is what makes the first worth anything.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pytest

from contracts import AttemptNumbers, Inquiry, Member, PayerError, Provider, RoadSettings, Route
from payers.aetna import CARD
from payers.routes.core_mime import open_route
from service.wire.gate import Asked, judge

INQUIRIES = 20_000
AT_ONCE = 48
SHARE_MIXED_UP = 0.01


@pytest.fixture
def simulator() -> Iterator[str]:
    """The address of a simulator that swaps one reply in a hundred and sends another one twice."""
    shares = ["--swap", str(SHARE_MIXED_UP), "--duplicate", str(SHARE_MIXED_UP), "--seed", "20261124"]
    command = [sys.executable, "-m", "payers.commands.simulate", "--port", "0", *shares]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rsplit(" ", 1)[-1].strip()
        finally:
            process.terminate()


class Counted(NamedTuple):
    """How the inquiries went."""

    right: int
    crossed: int
    refused: int
    crossed_without_the_gate: int


def numbers(number: int) -> AttemptNumbers:
    return AttemptNumbers(
        interchange=f"{number:09d}",
        group=str(number),
        trace=f"BV{number:010d}",
        originator="9123456789",
        transaction=f"BT{number:010d}",
        envelope_id=f"f81d4fae-7dec-41d0-a765-{number:012d}",
    )


def inquiry(number: int) -> Inquiry:
    return Inquiry(
        payer="aetna",
        payer_id="60054",
        payer_name="AETNA",
        member=Member(
            first_name="IMA",
            last_name=f"CROWD{number:05d}",
            birth_date=date(1950 + number % 50, 1 + number % 12, 1 + number % 28),
            member_id=f"W{900000000 + number}",
        ),
        provider=Provider(npi="1999999984", name="Example Recovery Center"),
        service_date=date(2026, 11, 24),
        service_types=("30",),
    )


async def ask(route: Route, number: int) -> Counted:
    """One inquiry, judged with the gate and without it."""
    asked, own = inquiry(number), f"PLAN OF {inquiry(number).member.last_name}"
    try:
        reply = await route.exchange(asked, numbers(number), seconds=60)
    except PayerError:
        return Counted(0, 0, 1, 0)
    blind = int(reply.people[0].lines[0].plan != own)
    try:
        benefits = judge(reply, Asked(asked, numbers(number), CARD, (CARD,)))
    except PayerError:
        return Counted(0, 0, 1, blind)
    right = int(benefits.lines[0].plan == own)
    return Counted(right, 1 - right, 0, blind)


async def ask_everybody(url: str) -> Counted:
    settings = RoadSettings(url=f"{url}/core/mime", username="simulator", password="simulator", sender_id="BENEFITS")
    route = open_route(settings)
    waiting = iter(range(1, INQUIRIES + 1))
    found: list[Counted] = []

    async def work() -> None:
        found.extend([await ask(route, number) for number in waiting])

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    return Counted(*(sum(one[place] for one in found) for place in range(4)))


@pytest.mark.timeout(300)
def test_of_twenty_thousand_nobody_gets_another_members_answer(simulator: str) -> None:
    counted = asyncio.run(ask_everybody(simulator))

    print(counted)
    assert counted.crossed == 0
    assert counted.right + counted.refused == INQUIRIES
    assert counted.right > 0.97 * INQUIRIES
    assert counted.crossed_without_the_gate > 0.005 * INQUIRIES
