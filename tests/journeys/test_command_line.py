"""A clerk's way by the command line: a question, its page, and a pending answer that is found again."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payers.simulator.people import PEOPLE
from payers.simulator.setup import environment

REPOSITORY = Path(__file__).parents[2]


def asked(scenario: str) -> list[str]:
    person = next(person for person in PEOPLE if (person.payer, person.scenario) == ("aetna", scenario))
    options = {"first-name": person.first_name, "last-name": person.last_name, "birth-date": person.birth_date}
    options |= {"member-id": person.member_id, "payer": person.payer}
    return ["verify", *(part for name, value in options.items() for part in (f"--{name}", value))]


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    return subprocess.run(
        [sys.executable, "-m", "service.cli.main", *arguments],
        cwd=folder,
        env={**bare, "PYTHONPATH": str(REPOSITORY), **settings},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def id_in(page: str) -> str:
    found = re.match(r"Verification (ver_\w+): ", page)
    assert found, page
    return found[1]


def untimed(page: str) -> str:
    """``page`` without how long this very look at the answer took."""
    return re.sub(r"  This took .*\n", "", page)


def test_a_running_service_is_asked_and_looked_at_again(stage: Any, tmp_path: Path) -> None:
    at = ("--url", stage.service)

    page = run(tmp_path, *asked("covered_by_wording"), *at, BENEFITS_API_KEY=stage.staff)
    again = run(tmp_path, "show", id_in(page.stdout), *at, BENEFITS_API_KEY=stage.staff)
    stranger = run(tmp_path, "show", id_in(page.stdout), *at, BENEFITS_API_KEY=stage.batch)

    assert page.returncode == again.returncode == 0, page.stderr
    assert "IOP, mental health, in network: covered" in page.stdout
    assert "left of $1,500.00" in page.stdout
    assert untimed(page.stdout) == untimed(again.stdout)
    assert (stranger.returncode, stranger.stdout) == (1, "")
    assert "another caller's" in stranger.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def settings(stage: Any, tmp_path: Path) -> dict[str, str]:
    """Settings of a process that asks the simulator itself, with a database of its own."""
    return {
        **environment(stage.simulator, "core_mime"),
        "BENEFITS_DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite'}",
    }


def test_what_is_pending_when_the_process_ends_is_found_again(settings: dict[str, str], tmp_path: Path) -> None:
    page = run(tmp_path, *asked("payer_down"), "--wait", "2", **settings)
    again = run(tmp_path, "show", id_in(page.stdout), **settings)

    assert page.returncode == again.returncode == 0, page.stderr
    assert "PENDING" in page.stdout
    assert "nothing asks the payer again once" in page.stdout
    assert f"benefits show {id_in(page.stdout)} --wait" in page.stdout
    assert untimed(again.stdout) == untimed(page.stdout)


def test_a_pending_answer_is_asked_for_again_while_show_waits(settings: dict[str, str], tmp_path: Path) -> None:
    soon = {**settings, "BENEFITS_RESEND_AFTER": "3", "BENEFITS_LIFETIME__PERSON": "10"}
    page = run(tmp_path, *asked("payer_down"), "--wait", "1", **soon)

    final = run(tmp_path, "show", id_in(page.stdout), "--wait", "40", **soon)

    assert "PENDING" in page.stdout
    assert final.stdout.startswith(f"Verification {id_in(page.stdout)}: final"), final.stderr
    assert "exchange with aetna over core_mime, attempt 2" in final.stdout
    assert "of the wait left" in final.stderr


def test_an_id_that_nobody_has_is_said_to_be_none(settings: dict[str, str], tmp_path: Path) -> None:
    result = run(tmp_path, "show", "ver_NOBODY", **settings)

    assert (result.returncode, result.stdout) == (1, "")
    assert "no verification in this database has this id" in result.stderr


def test_an_answer_is_looked_at_beside_the_service_that_works_on_it(staging: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with staging(home) as beside:
        at = ("--url", beside.service)
        page = run(tmp_path, *asked("payer_down"), *at, "--wait", "2", BENEFITS_API_KEY=beside.staff)
        own = {
            **environment(beside.simulator, "core_mime"),
            "BENEFITS_DATABASE_URL": f"sqlite:///{home / 'benefits.sqlite'}",
        }
        final = run(tmp_path, *asked("covered_by_wording"), *at, BENEFITS_API_KEY=beside.staff)
        again = run(tmp_path, "show", id_in(page.stdout), **own)
        waited = run(tmp_path, "show", id_in(page.stdout), "--wait", "5", **own)
        shown = run(tmp_path, "show", id_in(final.stdout), **own)

    assert "the service goes on asking by itself" in page.stdout.replace("\n" + " " * 18, " ")
    assert (again.returncode, waited.returncode, shown.returncode) == (0, 0, 0), waited.stderr
    assert again.stdout.startswith(f"Verification {id_in(page.stdout)}: PENDING")
    assert untimed(shown.stdout) == untimed(final.stdout)
