"""F9: the loop turns in time under load, and a plugin that holds it up is named."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.crashing import town
from tests.faults.driver import ask, drive, percentile
from tests.faults.mutants import blocking_route, record_lags
from tests.faults.people import crowd

AT_ONCE = 8


def lags(home: Path) -> list[float]:
    """Seconds by which the loop was late, a hundred times a second, without the first second after the start."""
    return [float(line) for line in (home / "lags.jsonl").read_text().splitlines()][100:]


@pytest.mark.timeout(200)
def test_the_loop_turns_in_time_and_who_holds_it_up_is_named(
    full: bool,
    figure: Figure,
    tmp_path: Path,
) -> None:
    many = 1500 if full else 80
    ours, mutant = tmp_path / "service", tmp_path / "mutant"
    for home in (ours, mutant):
        home.mkdir()
    with town(ours, latency=0.3) as here, here.serving([record_lags]) as (deployment, _):
        said = asyncio.run(drive(range(many), lambda number: ask(deployment, crowd(number), wait=5), AT_ONCE))
    with town(mutant, latency=0.3) as here, here.serving([record_lags, blocking_route]) as (deployment, _):
        asyncio.run(asyncio.sleep(1.5))
        asyncio.run(drive(range(6), lambda number: ask(deployment, crowd(number), wait=5), 2))

    usual, broken = lags(ours), lags(mutant)
    named = [json.loads(line) for line in (mutant / "serve.log").read_text().splitlines() if "loop.blocked" in line]
    figure(
        "F9",
        value=round(percentile(usual, 0.99), 4),
        n=len(usual),
        mutant_value=round(max(broken), 3),
        most=round(max(usual), 3),
        named=len(named),
    )
    assert all(one.status == 200 for one in said)
    assert percentile(usual, 0.99) < 0.05
    assert max(usual) < 0.25
    assert max(broken) > 0.25
    assert named
    assert {line["plugin"] for line in named} == {"route:core_mime"}
