"""F7: a payer in trouble is not sent more: a tenth beside the first tries, nothing twice, nothing before its hour."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.crashing import Town, sent_wrongly, town
from tests.faults.driver import ask, control, drive
from tests.faults.mutants import breaker_off, budget_off, pause_ignored, resends
from tests.faults.people import crowd

pytestmark = pytest.mark.counts

FLOOR = 6
"""Further tries that a payer is always worth in a minute, however few the first ones are."""

CLOSED = "http://127.0.0.1:9/core/mime"
"""A port at which nobody listens."""


def tried(here: Town) -> tuple[int, int]:
    """How many exchanges were begun in all, and how many different ones."""
    with sqlite3.connect(here.environment["BENEFITS_DATABASE_URL"].removeprefix("sqlite:///")) as connection:
        found = connection.execute("SELECT count(*), count(DISTINCT job_id || service_types) FROM attempts").fetchone()
    return int(found[0]), int(found[1])


def refused(home: Path, many: int, *changes: object) -> tuple[int, int]:
    """Questions to a payer that nobody can reach."""
    home.mkdir()
    with town(home, BENEFITS_ROUTES__CORE_MIME__URL=CLOSED) as here:
        with here.serving([breaker_off, *changes]) as (deployment, _):  # type: ignore[list-item]
            said = asyncio.run(drive(range(many), lambda number: ask(deployment, crowd(number), wait=6), 20))
        assert all(one.status == 202 and one.json["problems"][0]["code"] == "payer_unreachable" for one in said)
        return tried(here)


@pytest.mark.timeout(200)
def test_a_payer_that_nobody_reaches_is_tried_a_tenth_more_and_no_oftener(
    full: bool,
    figure: Figure,
    tmp_path: Path,
) -> None:
    all_of_them, first = refused(tmp_path / "service", 1500 if full else 150)
    broken, broken_first = refused(tmp_path / "mutant", 50, budget_off)

    value, mutant = all_of_them / first, broken / broken_first
    figure("F7.refused", value=round(value, 3), n=first, mutant_value=round(mutant, 2), floor=FLOOR)
    assert all_of_them <= first * 1.10 + FLOOR
    assert mutant > 2


def silent(home: Path, many: int, *changes: object) -> tuple[int, int, int]:
    """Questions to a payer that takes them and breaks the connection: received, different ones, sent too soon."""
    home.mkdir()
    with town(home, latency=0.0) as here:
        with here.serving([breaker_off, *changes]) as (deployment, _):  # type: ignore[list-item]
            asyncio.run(control(deployment, "reset"))
            said = asyncio.run(drive(range(many), lambda number: ask(deployment, crowd(number), wait=6), 20))
        assert all(one.status == 202 and one.json["problems"][0]["code"] == "payer_silent" for one in said)
        arrivals = here.arrivals()
        return len(arrivals), len({one[1:] for one in arrivals}), len(list(sent_wrongly(arrivals, [])))


@pytest.mark.timeout(120)
def test_what_was_sent_without_a_verdict_is_not_sent_again_before_its_time(figure: Figure, tmp_path: Path) -> None:
    received, different, wrongly = silent(tmp_path / "service", 100)
    *_, mutant = silent(tmp_path / "mutant", 20, resends)

    figure("F7.resent", value=wrongly, n=different, mutant_value=mutant, calls=received)
    assert wrongly == 0
    assert received <= different * 1.10
    assert mutant > 0


def put_off(home: Path, many: int, *changes: object) -> int:
    """How often a payer was asked that had said when to come again."""
    home.mkdir()
    with town(home, latency=0.0) as here:
        with here.serving([breaker_off, *changes]) as (deployment, _):  # type: ignore[list-item]
            asyncio.run(control(deployment, "status", 429))
            asyncio.run(ask(deployment, crowd(0), wait=2))
            known = len(here.arrivals())
            said = asyncio.run(drive(range(1, many), lambda number: ask(deployment, crowd(number), wait=2), 20))
        assert all(one.status == 202 and one.json["problems"][0]["code"] == "payer_busy" for one in said)
        return len(here.arrivals()) - known


@pytest.mark.timeout(120)
def test_a_payer_that_said_when_to_come_again_is_left_alone_by_everybody(figure: Figure, tmp_path: Path) -> None:
    value, mutant = put_off(tmp_path / "service", 60), put_off(tmp_path / "mutant", 20, pause_ignored)

    figure("F7.retry_after", value=value, n=60, mutant_value=mutant)
    assert value == 0
    assert mutant > 0
