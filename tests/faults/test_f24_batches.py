"""F24: a batch is asked at the payers' pace, and loses and repeats nothing when its processes are killed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.faults.batching import (
    Api,
    JudgedBatch,
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
    wait_for_store,
    worker,
)
from tests.faults.conftest import Figure
from tests.faults.crashing import Town, hurried, steps_unwritten, town
from tests.faults.test_f8_crash import SEALING

PER_SECOND = 4.0
FAST = 20.0
PATIENT = {"BENEFITS_ROUTES__CORE_MIME__ATTEMPT_CAP": "60"}
"""A simulator that is slow on a busy machine is waited for: it is not what is measured."""

HURRIED = {"BENEFITS_RESEND_AFTER": "4", **PATIENT}
"""A time to the next send that is short beside a test, and long beside the exchanges of its payers."""

UNBOUND = 100.0
"""A pace that is above what a machine of two cores does: at full size the machine is the bound, not the pace."""

AT_FULL_SIZE = {"BENEFITS_RESEND_AFTER": "20", **PATIENT}
"""A busy machine takes its time for an exchange; the next send has to stand well behind that."""


class CrashProfile(NamedTuple):
    """How a batch is killed: how many processes die, over how many rows, how many work beside one, at which pace.

    ``patience`` is how many seconds nothing has to move until it is taken to stand still.
    """

    kills: int
    rows: int
    workers: int
    per_second: float
    settings: Mapping[str, str] = HURRIED
    patience: float = 30
    changes: tuple[Callable[[], None], ...] = (hurried,)

    def crash(self, here: Town) -> JudgedBatch:
        """What comes of such a batch."""
        return crash_batch(
            here, self.rows, self.kills, list(self.changes), workers=self.workers, patience=self.patience
        )

    @property
    def all_settings(self) -> Mapping[str, str]:
        """The settings, those of its pace among them."""
        return {**self.settings, **paces(self.per_second)}


def full_profile(workers: int) -> CrashProfile:
    """The profile for releases."""
    return CrashProfile(20, 10_000, workers, UNBOUND, AT_FULL_SIZE, 120, (hurried, wait_for_store))


def run_batch(here: Town, rows: int, changes: list[Callable[[], None]], patience: float = 30) -> Any:
    """A batch of ``rows``, as it is when a service has worked on it."""
    with here.serving(changes) as (stage, _):
        api = Api(stage.service, stage.staff)
        return api.wait(api.start(roster(rows)), patience)


def fastest(here: Town) -> int:
    """How many inquiries were let go to one payer within a second, at most."""
    return max(most_in_a_second(one) for one in sends_by_payer(here).values())


@pytest.mark.timeout(1800)
def test_every_payer_is_asked_at_its_pace_and_in_no_second_above_it(figure: Figure, full: bool, tmp_path: Path) -> None:
    per_second, rows = (FAST, 10_000) if full else (PER_SECOND, 160)
    with town(tmp_path, latency=0.4, **PATIENT, **paces(per_second)) as here:
        view = run_batch(here, rows, [])
        rates, most = [rate(one) / per_second for one in arrivals_by_payer(here).values()], fastest(here)
    mutant = tmp_path / "mutant"
    mutant.mkdir()
    with town(mutant, **paces(PER_SECOND)) as here:
        run_batch(here, 40, [pace_off, taken_again], patience=4)
        hurry, twice = fastest(here), list(sent_twice(here.arrivals(), []))

    figure("F24.pace", value=round(min(rates), 3), n=rows, most_in_a_second=most, mutant_value=hurry, twice=len(twice))
    assert (view["state"], view["answered"], len(rates)) == ("finished", rows, 5)
    assert most <= per_second < hurry
    assert min(rates) >= 0.97
    assert twice


def print_crashes(figure: Figure, name: str, judged: JudgedBatch, **more: Any) -> None:
    """Print the figure of a batch whose processes were killed."""
    twice = {"asked_twice": len(judged.sent), "resent": judged.resent, "stalled": len(judged.stalled)}
    figure(name, value=len(judged.lost) + len(judged.sent), n=judged.kills, lost=len(judged.lost), **twice, **more)


@pytest.mark.counts
@pytest.mark.timeout(3600)
def test_a_batch_over_killed_processes_loses_and_repeats_nothing(figure: Figure, full: bool, tmp_path: Path) -> None:
    profile = full_profile(0) if full else CrashProfile(2, 150, 0, FAST)
    with town(tmp_path, **profile.all_settings) as here:
        judged = profile.crash(here)
    mutant = tmp_path / "mutant"
    mutant.mkdir()
    with town(mutant, **HURRIED, **paces(FAST)) as here:
        lossy = crash_batch(here, 150, 1, [hurried, steps_unwritten], patience=6)

    print_crashes(figure, "F24.kill", judged, rows=profile.rows, mutant_value=len(lossy.lost))
    assert judged.kills >= profile.kills
    assert not judged.stalled
    assert not judged.lost
    assert not judged.sent
    assert any("lost" in fault for fault in lossy.lost)


@pytest.mark.timeout(3600)
def test_on_postgresql_two_processes_share_a_batch_and_its_pace(
    figure: Figure, full: bool, tmp_path: Path, postgres: Any
) -> None:
    profile = full_profile(2) if full else CrashProfile(1, 140, 1, PER_SECOND)
    shared = {"BENEFITS_KEYS__SEALING": SEALING, **profile.all_settings}
    with town(tmp_path, BENEFITS_DATABASE_URL=postgres.url(), **shared) as here:
        judged = profile.crash(here)
        most = fastest(here)
    mutant = tmp_path / "mutant"
    mutant.mkdir()
    with town(mutant, BENEFITS_DATABASE_URL=postgres.url(), **{**shared, **paces(PER_SECOND)}) as here:
        with worker(here, [pace_unshared]):
            run_batch(here, 160, [pace_unshared], patience=8)
        hurry = fastest(here)

    print_crashes(figure, "F24.postgres", judged, rows=profile.rows)
    figure("F24.shared", value=most, n=profile.rows, per_second=profile.per_second, mutant_value=hurry)
    assert judged.kills >= profile.kills
    assert not judged.stalled
    assert not judged.lost
    assert not judged.sent
    assert most <= profile.per_second
    assert hurry > PER_SECOND
