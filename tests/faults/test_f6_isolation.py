"""F6: a payer that hangs, or whose name is looked up for ever, is nobody's trouble but its own."""

import asyncio
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Figure
from tests.faults.crashing import Town, town
from tests.faults.driver import ask, drive, percentile, request
from tests.faults.mutants import HUNG_HOST, breaker_in_haste, breaker_off, hung_names, one_bulkhead, one_resolver
from tests.faults.people import crowd

OTHERS = ("cigna", "florida_blue", "unitedhealthcare")
AT_ONCE = 10
SLACK = 0.25
"""Seconds beside the ten per cent: what a tail of so few answers is worth on a machine that does other things too."""

SCALE = 1.0 / 15.0
"""Of the real breaker's first pause, by ``breaker_in_haste``."""

numbers = count(1)


async def others(deployment: Any, many: int) -> list[Any]:
    """Load on the payers that are well."""
    items = [(OTHERS[place % len(OTHERS)], next(numbers)) for place in range(many)]
    return await drive(items, lambda item: ask(deployment, crowd(item[1], item[0]), wait=5), AT_ONCE)


async def beside_the_sick(deployment: Any, many: int, body: Callable[[], Any], sick_callers: int = 40) -> list[Any]:
    """Load on those that are well while ``sick_callers`` others ask the sick one again and again."""
    ended = asyncio.Event()

    async def keep_asking() -> None:
        while not ended.is_set():
            await ask(deployment, body(), wait=4)
            await asyncio.sleep(0.5)

    sick = [asyncio.create_task(keep_asking()) for _ in range(sick_callers)]
    await asyncio.sleep(1.0)
    try:
        return await others(deployment, many)
    finally:
        ended.set()
        await asyncio.gather(*sick)


async def breaker(deployment: Any, payer: str) -> str:
    said = await request(deployment.service, "GET", "/v1/payers", {"Authorization": f"Bearer {deployment.staff}"})
    routes = next(one["routes"] for one in said.json if one["id"] == payer)
    return str(next(route["breaker"] for route in routes if route["configured"]))


async def until(deployment: Any, payer: str, states: set[str], seconds: float, body: Callable[[], Any]) -> float:
    """Seconds until a payer's breaker is in one of ``states`` while it is asked; at most ``seconds``."""
    began = time.monotonic()
    while time.monotonic() < began + seconds and await breaker(deployment, payer) not in states:
        await drive(range(4), lambda _: ask(deployment, body(), wait=3), 4)
    return time.monotonic() - began


def hanging() -> Any:
    return crowd(next(numbers), "aetna", "HANG")


def well() -> Any:
    return crowd(next(numbers), "aetna")


def serving(here: Town, *changes: Callable[[], None], cap: float = 2, **more: str) -> Any:
    return here.serving(changes, BENEFITS_ROUTES__CORE_MIME__ATTEMPT_CAP=str(cap), **more)


@pytest.mark.timeout(200)
def test_a_payer_that_hangs_leaves_the_others_as_they_were(
    full: bool,
    figure: Figure,
    tmp_path: Path,
) -> None:
    many = 600 if full else 90
    # The sick payer's questions do not come back within the test: after the healing nobody hangs there any more.
    with town(tmp_path, latency=0.1, BENEFITS_RESEND_AFTER="90") as here:
        with serving(here, breaker_in_haste) as (deployment, _):
            before = asyncio.run(others(deployment, many))
            opened = asyncio.run(until(deployment, "aetna", {"open", "probing"}, 10, hanging))
            beside = asyncio.run(beside_the_sick(deployment, many, hanging))
            closed = asyncio.run(until(deployment, "aetna", {"closed"}, 60 * SCALE + 5, well))
        with serving(here, one_bulkhead, breaker_off, cap=8) as (deployment, _):
            # The breaker would save the others; the places are what is looked at, taken for longer than anybody waits.
            broken = asyncio.run(beside_the_sick(deployment, 40, hanging, sick_callers=80))

    errors = sum(one.status != 200 for one in beside)
    usual, now = (percentile([one.seconds for one in some], 0.99) for some in (before, beside))
    mutant = sum(one.status != 200 for one in broken)
    times = {"p99_before": round(usual, 3), "p99_beside": round(now, 3)}
    figure("F6", value=errors, n=many, mutant_value=mutant, **times, opened=round(opened, 1), closed=round(closed, 1))
    assert errors == 0
    assert now <= usual * 1.10 + SLACK
    assert opened <= 10
    assert closed <= 60 * SCALE + 5
    assert mutant > 0


@pytest.mark.timeout(120)
def test_a_name_that_is_looked_up_for_ever_stops_nobody_else(figure: Figure, tmp_path: Path) -> None:
    with town(tmp_path, latency=0.1) as here:
        settings = {
            "BENEFITS_ROUTES__CORE_MIME__URL": here.simulator.replace("127.0.0.1", "localhost") + "/core/mime",
            "BENEFITS_ROUTES__CORE_SOAP__URL": f"https://{HUNG_HOST}/core/soap",
            "BENEFITS_ROUTES__CORE_SOAP__USERNAME": "simulator",
            "BENEFITS_ROUTES__CORE_SOAP__PASSWORD": "simulator",
            "BENEFITS_ROUTES__CORE_SOAP__SENDER_ID": "EXAMPLE01",
            "BENEFITS_PROVIDER__NPI": "1999999984",
            "BENEFITS_PROVIDER__NAME": "Example Recovery Center",
            "BENEFITS_PROVIDER__TAX_ID": "987654321",
            "BENEFITS_PAYERS__AETNA__ROUTES": '["core_soap"]',
        }
        with serving(here, hung_names, **settings) as (deployment, _):
            beside = asyncio.run(beside_the_sick(deployment, 45, well))
        with serving(here, hung_names, one_resolver, **settings) as (deployment, _):
            broken = asyncio.run(beside_the_sick(deployment, 20, well))

    errors, mutant = (sum(one.status != 200 for one in some) for some in (beside, broken))
    figure("F6.names", value=errors, n=len(beside), mutant_value=mutant)
    assert errors == 0
    assert mutant > 0
