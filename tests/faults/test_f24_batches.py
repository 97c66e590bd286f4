"""F24: a batch is asked at the payers' pace, and loses and repeats nothing when its processes are killed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.batching import (
    Api,
    arrivals_by_payer,
    crash_batch,
    most_in_a_second,
    pace_off,
    pace_unshared,
    paces,
    rate,
    roster,
    sends_by_payer,
    sent_twice,
    taken_again,
    worker,
)
from tests.faults.conftest import Figure
from tests.faults.crashing import Town, hurried, steps_unwritten, town
from tests.faults.test_f8_crash import SEALING

PER_SECOND = 4.0
FAST = 20.0
HURRIED = {"BENEFITS_RESEND_AFTER": "4"}
"""A time to the next send that is short beside a test, and long beside the exchanges of its payers."""


def run_batch(here: Town, rows: int, changes: list[Callable[[], None]], patience: float) -> Any:
    """A batch of ``rows``, as it is when a service has worked on it."""
    with here.serving(changes) as (stage, _):
        api = Api(stage.service, stage.staff)
        return api.wait(api.start(roster(rows)), patience)


def fastest(here: Town) -> int:
    """How many inquiries were let go to one payer within a second, at most."""
    return max(most_in_a_second(one) for one in sends_by_payer(here).values())


@pytest.mark.timeout(900)
def test_every_payer_is_asked_at_its_pace_and_in_no_second_above_it(figure: Figure, full: bool, tmp_path: Path) -> None:
    per_second, rows = (FAST, 10_000) if full else (PER_SECOND, 160)
    # What is measured is the pace: a simulator that is slow on a busy machine is waited for.
    patient = {"BENEFITS_ROUTES__CORE_MIME__ATTEMPT_CAP": "60", **paces(per_second)}
    with town(tmp_path, latency=0.4, **patient) as here:
        view = run_batch(here, rows, [], rows / per_second)
        rates, most = [rate(one) / per_second for one in arrivals_by_payer(here).values()], fastest(here)
    mutant = tmp_path / "mutant"
    mutant.mkdir()
    with town(mutant, **paces(PER_SECOND)) as here:
        run_batch(here, 40, [pace_off, taken_again], 4)
        hurry, twice = fastest(here), list(sent_twice(here.arrivals(), []))

    figure("F24.pace", value=round(min(rates), 3), n=rows, most_in_a_second=most, mutant_value=hurry, twice=len(twice))
    assert (view["state"], view["answered"], len(rates)) == ("finished", rows, 5)
    assert most <= per_second < hurry
    assert min(rates) >= 0.97
    assert twice


@pytest.mark.counts
@pytest.mark.timeout(900)
def test_a_batch_over_killed_processes_loses_and_repeats_nothing(figure: Figure, full: bool, tmp_path: Path) -> None:
    kills, rows = (20, 4_000) if full else (2, 150)
    with town(tmp_path, **HURRIED, **paces(FAST)) as here:
        judged = crash_batch(here, rows, kills, [hurried])
    mutant = tmp_path / "mutant"
    mutant.mkdir()
    with town(mutant, **HURRIED, **paces(FAST)) as here:
        lossy = crash_batch(here, 300, 1, [hurried, steps_unwritten], patience=6)

    value = len(judged.lost) + len(judged.sent)
    figure("F24.kill", value=value, n=judged.kills, rows=rows, resent=judged.resent, mutant_value=len(lossy.lost))
    assert not judged.lost
    assert not judged.sent
    assert any("lost" in fault for fault in lossy.lost)


@pytest.mark.timeout(900)
def test_on_postgresql_two_processes_share_a_batch_and_its_pace(
    figure: Figure, full: bool, tmp_path: Path, postgres: Any
) -> None:
    kills, rows = (20, 4_000) if full else (1, 140)
    shared = {"BENEFITS_KEYS__SEALING": SEALING, **HURRIED, **paces(PER_SECOND)}
    with town(tmp_path, BENEFITS_DATABASE_URL=postgres.url(), **shared) as here:
        judged = crash_batch(here, rows, kills, [hurried], workers=1)
        most = fastest(here)
    mutant = tmp_path / "mutant"
    mutant.mkdir()
    with town(mutant, BENEFITS_DATABASE_URL=postgres.url(), **shared) as here:
        with worker(here, [pace_unshared]):
            run_batch(here, 160, [pace_unshared], 8)
        hurry = fastest(here)

    value = len(judged.lost) + len(judged.sent)
    figure("F24.postgres", value=value, n=judged.kills, rows=rows, resent=judged.resent)
    figure("F24.shared", value=most, n=rows, mutant_value=hurry)
    assert not judged.lost
    assert not judged.sent
    assert most <= PER_SECOND < hurry
