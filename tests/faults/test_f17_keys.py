"""F17: a process that is killed while it rotates keys or shreds leaves nothing unreadable and nothing by half."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.keeping import fill, half_shredded, kill_in_between, unreadable, work_on

pytestmark = pytest.mark.counts

SEED = 17
QUESTIONS = 12


def test_a_rotation_that_is_killed_leaves_everything_readable(figure: Figure, tmp_path: Path, full: bool) -> None:
    value, killed = rotate(tmp_path / "ours", "", 10 if full else 3)
    mutant_value, _ = rotate(tmp_path / "mutant", "leave_digests", 1)

    figure("F17", value=value, n=QUESTIONS, seed=SEED, mutant_value=mutant_value, what="rotation", killed=killed)
    assert value == 0
    assert killed >= 2
    assert mutant_value > 0


def test_a_shredding_that_is_killed_leaves_nothing_by_half(figure: Figure, tmp_path: Path, full: bool) -> None:
    value, killed = shred(tmp_path / "ours", "", 10 if full else 3)
    mutant_value, _ = shred(tmp_path / "mutant", "leave_keys", 1)

    figure("F17", value=value, n=QUESTIONS, seed=SEED, mutant_value=mutant_value, what="shred", killed=killed)
    assert value == 0
    assert killed >= 2
    assert mutant_value > 0


def rotate(home: Path, mutant: str, kills: int) -> tuple[int, int]:
    """How many questions can't be read after each kill and at the end, and how many processes were killed."""
    home.mkdir()
    database, dice = home / "benefits.sqlite", random.Random(SEED)
    kept = asyncio.run(fill(database, QUESTIONS, with_data_keys=False))
    killed, lost = 0, 0
    for _ in range(kills):
        killed += kill_in_between("rotate", database, dice, mutant)
        lost += len(asyncio.run(unreadable(database, kept)))
    asyncio.run(work_on("rotate", database))
    return lost + len(asyncio.run(unreadable(database, kept))), killed


def shred(home: Path, mutant: str, kills: int) -> tuple[int, int]:
    """How much is shredded by half after each kill, and how many processes were killed."""
    home.mkdir()
    database, dice = home / "benefits.sqlite", random.Random(SEED)
    asyncio.run(fill(database, QUESTIONS, with_data_keys=True))
    killed, halves = 0, 0
    for _ in range(kills):
        killed += kill_in_between("shred", database, dice, mutant)
        halves += len(asyncio.run(half_shredded(database)))
    return halves, killed
