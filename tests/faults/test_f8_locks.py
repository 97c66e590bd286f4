"""F8: whatever locks the database, and whichever command works beside the service, nothing acknowledged is lost."""

import random
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.crashing import hurried, town
from tests.faults.locking import log_alone, path_opened_at_each_write, sequence

pytestmark = pytest.mark.counts

SEED = 20261128
A_SEQUENCE = 1000
"""People whom one sequence may ask about."""


@pytest.mark.timeout(1800)
def test_no_sequence_of_locks_commands_and_kills_loses_what_was_acknowledged(
    full: bool, figure: Figure, tmp_path: Path
) -> None:
    count, dice = 50 if full else 3, random.Random(SEED)
    with town(tmp_path) as here:
        lost = [sequence(here, dice, 1 + number * A_SEQUENCE, [hurried, log_alone]) for number in range(count)]

    mutant, dice = tmp_path / "mutant", random.Random(SEED)
    mutant.mkdir()
    with town(mutant) as here:
        broken = sequence(here, dice, 1, [hurried, log_alone, path_opened_at_each_write])

    figure("F8.locks", value=sum(map(len, lost)), n=count, seed=SEED, mutant_value=len(broken))
    assert not any(lost), lost
    assert any(fault.startswith(("lost", "integrity", "a key")) for fault in broken)
