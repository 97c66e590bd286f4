"""The service beside a bare floor of the same exchanges: what a question costs, as ratios of one run."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.side_by_side import measure_all, running, table

LEAST_CPU_OF_SAME = {800: 0.42, 4000: 0.36}
"""By the size of the reply, the processor time of the floor with as many exchanges as a part of ours: two thirds of
what it is on a quiet machine."""

LEAST_CPU_OF_ONE = 0.25
"""The same of the floor with one exchange."""

LEAST_RATE_OF_SAME = 0.12
"""Questions a second as a part of the floor's with as many exchanges: what else runs disturbs it more."""

MOST_UNANSWERED = 3
"""Questions of one size without a final answer within their wait: on a machine that is busy one may come too late."""

MOST_ADDED = 80.0
"""Milliseconds at the median at twenty questions a second."""


@pytest.mark.timeout(180)
def test_a_question_costs_a_bounded_multiple_of_its_bare_exchanges(tmp_path: Path, capsys: Any) -> None:
    with running(tmp_path) as bench:
        found, added = asyncio.run(measure_all(bench))

    with capsys.disabled():
        print("\n" + table(found, added))
    assert max(one.refused for one in found) <= MOST_UNANSWERED
    assert {one.size: one.cpu_of_same for one in found if one.cpu_of_same < LEAST_CPU_OF_SAME[one.size]} == {}
    assert min(one.cpu_of_one for one in found) >= LEAST_CPU_OF_ONE
    assert min(one.of_same for one in found) >= LEAST_RATE_OF_SAME
    assert added.added <= MOST_ADDED
