"""An operator's night: a roster is checked, started, watched, and its results are files; here and at a service."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from payers.simulator.people import PEOPLE
from payers.simulator.setup import environment
from tests.journeys.test_command_line import run

HEADER = ("Reference", "Insurance", "First Name", "Last Name", "DOB", "Member ID")
SCENARIOS = ("covered_by_wording", "covered_by_bb", "unknown_member")


def row(scenario: str) -> tuple[str, ...]:
    person = next(one for one in PEOPLE if (one.payer, one.scenario) == ("aetna", scenario))
    born = f"{person.birth_date[5:7]}/{person.birth_date[8:]}/{person.birth_date[:4]}"
    return (scenario, "Aetna", person.first_name, person.last_name, born, person.member_id)


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Two members who are found, one whom the payer does not know, and a row that can't be asked."""
    path = tmp_path / "roster.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            (HEADER, *map(row, SCENARIOS), ("bad", "Aetna", "Ima", "Testcase", "1990-13-13", "W1"))
        )
    return path


@pytest.fixture
def settings(stage: Any, tmp_path: Path) -> dict[str, str]:
    """Settings of a process that works by itself."""
    return {
        **environment(stage.simulator, "core_mime"),
        "BENEFITS_DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite'}",
    }


def results(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return {one["reference"]: one for one in csv.DictReader(file)}


def test_a_roster_is_checked_and_asked_about_by_one_command(
    settings: dict[str, str], roster: Path, tmp_path: Path
) -> None:
    done = run(tmp_path, "reverify", str(roster), "--yes", "--output", "out.csv", **settings)

    assert done.returncode == 0, done.stderr
    assert "4 rows: 3 ready, 1 refused" in done.stderr
    assert "row 5: DOB: not_a_date" in done.stderr
    assert "3 answered, 0 could not be checked" in done.stdout
    found = results(tmp_path / "out.csv")
    assert found["covered_by_wording"]["iop_mental_health_in_network_verdict"] == "covered"
    assert (found["bad"]["state"], found["unknown_member"]["coverage"]) == ("refused", "not_found")


def test_what_was_only_checked_is_started_and_watched_later(
    settings: dict[str, str], roster: Path, tmp_path: Path
) -> None:
    checked = run(tmp_path, "reverify", str(roster), "--json", **settings)
    batch_id = json.loads(checked.stdout)["id"]
    started = run(tmp_path, "batches", "start", batch_id, "--json", **settings)
    again = run(tmp_path, "batches", "start", batch_id, **settings)
    watched = run(tmp_path, "batches", "watch", batch_id, "--json", **settings)

    assert (checked.returncode, json.loads(started.stdout)["state"]) == (0, "running")
    assert (again.returncode, "this batch is running" in again.stderr) == (1, True)
    assert (watched.returncode, json.loads(watched.stdout)["answered"]) == (0, 3), watched.stderr


def test_a_running_service_does_the_work_and_others_look_at_it(stage: Any, roster: Path, tmp_path: Path) -> None:
    at = {"BENEFITS_API_KEY": stage.batch}
    done = run(tmp_path, "reverify", str(roster), "--yes", "--json", "--url", stage.service, **at)
    first, last = map(json.loads, done.stdout.splitlines())
    listed = run(tmp_path, "batches", "list", "--url", stage.service, **at)
    written = run(tmp_path, "batches", "results", last["id"], "--output", "out.xlsx", "--url", stage.service, **at)

    assert (done.returncode, first["state"], last["state"]) == (0, "ready", "finished"), done.stderr
    assert last["id"] in listed.stdout
    assert (written.returncode, written.stdout) == (0, "4 rows written\n"), written.stderr


def test_rosters_and_ids_that_are_none_have_codes_of_their_own(settings: dict[str, str], tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.csv"
    nothing.write_text("shoe size\n42\n")
    refused = run(tmp_path, "reverify", str(nothing), "--yes", **settings)
    nowhere = run(tmp_path, "batches", "show", "bat_ABCDEFGHIJKLMNOPQRSTUVWXYZ", **settings)

    assert (refused.returncode, "no_header" in refused.stderr) == (2, True)
    assert (nowhere.returncode, "no batch has this id" in nowhere.stderr) == (1, True)
