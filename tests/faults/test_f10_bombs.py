"""F10: what is small on the wire and large when it is opened costs us neither memory nor the loop's time."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

import pytest

from tests.faults.catalogue import Owed, rows
from tests.faults.deployment import LAG_GAUGE, WIDE_OPEN, Deployment
from tests.faults.driver import ask, drive
from tests.faults.people import crowd
from tests.faults.routes import PAYER_OF_ROUTE, groups, settings_of

NAIVE = "tests.faults.changes:naive"
MEGABYTE = 1_000_000
MOST_MEMORY = 64 * MEGABYTE
MOST_LAG = 0.050
BOMBS = {
    *("GZIP500", "DEFLATE500", "BROTLI", "STREAM", "LONG", "HEADERS", "MANYHEADERS", "JSON7", "JSON8"),
    *("XMLBOMB", "ENTITY", "DEPTH", "ATTRIBUTES", "FLOOD1"),
}

Deployments = Callable[..., Deployment]


class Cost(NamedTuple):
    """What bombs cost: the most memory above what was held before one, the worst lag, all growth, and the answers."""

    memory: int
    lag: float
    growth: int
    answers: list[tuple[str, str, Any]]


def bombs(*, full: bool) -> Iterator[tuple[str, str]]:
    for route in groups()[0]:
        known = dict(rows(route))
        yield from ((route, fault) for fault in BOMBS if fault in known)
        # 100,000 lines: beyond what any reader of ours takes in.
        yield from ((route, "FLOOD100") for _ in range(3 if full else 1))


def cost(deployment: Deployment, wanted: list[tuple[str, str]]) -> Cost:
    """Meet them, one after the other, once the service is warm."""
    numbers = count(1)

    async def one(route: str, fault: str) -> tuple[int, tuple[str, str, Any]]:
        before = deployment.rss()
        deployment.forget_peak()
        said = await ask(deployment, crowd(next(numbers), PAYER_OF_ROUTE[route], fault), wait=20)
        return deployment.peak_rss() - before, (route, fault, said.json)

    async def all_of(bodies: list[tuple[str, str]]) -> list[tuple[int, tuple[str, str, Any]]]:
        return await drive(bodies, lambda body: one(*body), 1)

    # Whatever is imported and grown at first use is no bomb's doing.
    routes = sorted({route for route, _ in wanted})
    asyncio.run(all_of([(route, fault) for route in routes for fault in ("", "LONG", "HTML")]))
    began, told = deployment.rss(), len(deployment.lags())
    met = asyncio.run(all_of(wanted))
    return Cost(
        memory=max(memory for memory, _ in met),
        lag=max(deployment.lags()[told:]),
        growth=deployment.rss() - began,
        answers=[answer for _, answer in met],
    )


def misjudged(route: str, fault: str, answer: Any) -> str | None:
    owed: Owed | None = dict(rows(route)).get(fault)
    state = answer["state"], {problem["code"] for problem in answer["problems"]}
    if fault == "FLOOD100":
        fine = state == ("pending", {"reply_unreadable"})
    else:
        fine = owed is not None and state == (owed.state, {owed.code} if owed.code else set())
    return None if fine else f"{route} {fault}: {state}"


@pytest.mark.timeout(400)
def test_bombs_are_refused_at_no_cost(deployments: Deployments, figure: Any, full: bool) -> None:
    routes = groups()[0]
    wanted = list(bombs(full=full)) * (3 if full else 1)
    ours = cost(deployments(changes=[WIDE_OPEN, LAG_GAUGE], settings=settings_of(routes, cap="15")), wanted)
    mutant = deployments(changes=[WIDE_OPEN, LAG_GAUGE, NAIVE], settings=settings_of(["core_mime"], cap="15"))
    theirs = cost(mutant, [("core_mime", "GZIP200")])

    wrong = sorted(filter(None, (misjudged(*met) for met in ours.answers)))
    figure(
        "F10",
        value={"rss_mb": round(ours.memory / MEGABYTE), "lag_ms": round(ours.lag * 1000), "misjudged": len(wrong)},
        n=len(wanted),
        growth_mb=round(ours.growth / MEGABYTE),
        mutant_value={"rss_mb": round(theirs.memory / MEGABYTE), "lag_ms": round(theirs.lag * 1000)},
    )
    assert wrong == []
    assert ours.memory < MOST_MEMORY
    assert ours.lag < MOST_LAG
    assert theirs.memory > MOST_MEMORY
    assert theirs.lag > MOST_LAG
