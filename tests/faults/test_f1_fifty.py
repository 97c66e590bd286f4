"""F1 at fifty callers at once: nobody is answered later than a moment after the wait, by the clock on the wall."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.deployment import GUARD_OFF, WIDE_OPEN, Deployment
from tests.faults.driver import ask, drive
from tests.faults.people import crowd
from tests.faults.routes import PAYER_OF_ROUTE, groups, settings_of

AT_ONCE = 50
WAIT = 2
LATEST = 0.150

Deployments = Callable[..., Deployment]


def lateness(deployment: Deployment, routes: list[str], many: int) -> list[tuple[int, float]]:
    """The status of each of ``many`` questions to payers that hang, and by how much it came after the wait."""

    async def one(number: int) -> tuple[int, float]:
        route = routes[number % len(routes)]
        said = await ask(deployment, crowd(number, PAYER_OF_ROUTE[route], "HANG"), wait=WAIT)
        return said.status, said.seconds - WAIT

    async def all_of() -> list[tuple[int, float]]:
        # Whatever is imported and grown at first use is no fault's doing.
        await drive(range(many, many + len(routes)), one, AT_ONCE)
        return await drive(range(many), one, AT_ONCE)

    return asyncio.run(all_of())


@pytest.mark.timeout(200)
def test_fifty_at_once_are_answered_when_their_wait_ends(deployments: Deployments, figure: Any, full: bool) -> None:
    routes, many = groups()[0], 500 if full else 150
    ours = lateness(deployments(changes=[WIDE_OPEN], settings=settings_of(routes, cap="30")), routes, many)
    mutant = lateness(deployments(changes=[WIDE_OPEN, GUARD_OFF], settings=settings_of(routes, cap="4")), routes, 10)

    latest = max(late for _, late in ours)
    late_ones = sum(late > LATEST for _, late in mutant)
    figure("F1.fifty", value=round(latest * 1000), n=many, mutant_value=late_ones, at_once=AT_ONCE)
    assert {status for status, _ in ours} == {202}
    assert latest <= LATEST
    assert late_ones == len(mutant)
