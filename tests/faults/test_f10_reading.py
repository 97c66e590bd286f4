"""F10: whatever a reply within the bounds of a body holds, reading it leaves everybody else their turn."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from service.cli.serve import SWITCH_SECONDS
from service.telemetry.collector import hold_whole_rounds
from tests.faults.conftest import Figure
from tests.faults.reading import bodies, lags, without_bounds

MOST_LAG = 0.050
SEED = 271


@pytest.fixture
def as_served() -> Iterator[None]:
    """The interpreter as ``benefits serve`` sets it up."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    gc.collect()
    sys.setswitchinterval(SWITCH_SECONDS)
    hold_whole_rounds()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("as_served")
def test_no_reply_within_bounds_holds_the_loop_up(full: bool, figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    many = 1_000 if full else 90
    ours = asyncio.run(lags(bodies(SEED, many)))
    without_bounds(monkeypatch.setattr)
    theirs = asyncio.run(lags(bodies(SEED, 12)))

    worst = max(ours, key=lambda lag: lag.seconds)
    figure(
        "F10-reading",
        value=round(worst.seconds, 3),
        n=many,
        seed=SEED,
        mutant_value=round(max(lag.seconds for lag in theirs), 3),
        worst=f"{worst.body.form} {worst.came}",
        came=dict(Counter(f"{lag.body.form} {lag.came}" for lag in ours)),
    )
    assert worst.seconds < MOST_LAG
    assert max(lag.seconds for lag in theirs) > MOST_LAG
