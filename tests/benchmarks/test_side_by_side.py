"""The service beside a bare floor of the same exchanges: what a question costs, as ratios of one run."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.side_by_side import measure_all, running, table

LEAST_OF_SAME = 0.08
"""Questions a second, as a part of the floor's with as many exchanges; with slack for a machine that is busy."""

LEAST_OF_ONE = 0.03
MOST_CPU_RATIO = 11.0
MOST_ADDED = 80.0
"""Milliseconds at the median at twenty questions a second."""


@pytest.mark.timeout(120)
def test_a_question_costs_a_bounded_multiple_of_its_bare_exchanges(tmp_path: Path, capsys: Any) -> None:
    with running(tmp_path) as bench:
        found, added = asyncio.run(measure_all(bench))

    with capsys.disabled():
        print("\n" + table(found, added))
    assert {one.refused for one in found} == {0}
    assert min(one.of_same for one in found) >= LEAST_OF_SAME
    assert min(one.of_one for one in found) >= LEAST_OF_ONE
    assert max(one.cpu_ratio for one in found) <= MOST_CPU_RATIO
    assert added.added <= MOST_ADDED
