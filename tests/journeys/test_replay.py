"""Kept replies of every route, read again: the same answers by the same rules, and others by other rules."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from payers.simulator.people import PEOPLE
from payers.simulator.setup import environment
from tests.faults.deployment import LAUNCHER
from tests.journeys.asking import ask
from tests.journeys.conftest import BENEFITS, REPOSITORY, Stage, running, started

ROUTE_OF = {
    "aetna": "optum_json",
    "cigna": "stedi_json",
    "florida_blue": "availity_rest",
    "optum": "core_mime",
    "unitedhealthcare": "core_soap",
}


class Asked(NamedTuple):
    """A database that holds what was answered about everybody, and how many answers a reply stands behind."""

    settings: dict[str, str]
    answered: int


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """The whole cast, each payer over a route of its own."""
    home = tmp_path_factory.mktemp("replay")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    bare["PYTHONPATH"] = str(REPOSITORY)
    with running(["simulate", "--port", "0"], bare, home) as simulator:
        only = {f"BENEFITS_PAYERS__{payer.upper()}__ROUTES": json.dumps([route]) for payer, route in ROUTE_OF.items()}
        place = {"BENEFITS_DATABASE_URL": f"sqlite:///{home / 'benefits.sqlite'}"}
        settings = {**bare, **environment(simulator), **only, **place}
        key = run(settings, home, "keys", "create", "--role", "staff").stdout.strip()
        with started(["serve", "--port", "0"], settings, home) as (service, process), ThreadPoolExecutor(8) as pool:
            stage = Stage(simulator, service, key, "", process)
            answers = list(pool.map(lambda person: ask(stage, person), PEOPLE))
    return Asked(settings, sum(1 for one in answers if one["state"] == "final" and one["answered_by"]))


def run(settings: dict[str, str], home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*BENEFITS, *arguments], cwd=home, env=settings, capture_output=True, text=True, check=False, timeout=120
    )


def counts(errors: str) -> dict[str, int]:
    return {line.rpartition(": ")[0]: int(line.rpartition(": ")[2]) for line in errors.splitlines() if ": " in line}


def test_every_answer_is_the_same_by_the_same_rules(asked: Asked, tmp_path: Path) -> None:
    replayed = run(asked.settings, tmp_path, "replay")

    assert (replayed.returncode, replayed.stdout) == (0, ""), replayed.stdout
    assert counts(replayed.stderr) == {"same": asked.answered}
    assert asked.answered > 100


def test_an_answer_that_other_rules_would_make_is_printed_with_what_differs(asked: Asked, tmp_path: Path) -> None:
    command = [*LAUNCHER, "tests.journeys.other_rules:without_service_types", "replay", "--json"]
    replayed = subprocess.run(
        command, cwd=tmp_path, env=asked.settings, capture_output=True, text=True, check=False, timeout=120
    )

    found = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert replayed.returncode == 3
    assert counts(replayed.stderr) == {"same": asked.answered - len(found), "would differ": len(found)}
    paths = {one["path"] for answer in found for one in answer["differences"]}
    assert "programs.2.in_network.verdict" in paths
    assert all(answer["verification_id"].startswith("ver_") for answer in found)


def test_each_reading_is_a_line_of_the_audit(asked: Asked, tmp_path: Path) -> None:
    before = run(asked.settings, tmp_path, "audit", "touched", "--actor", "command-line", "--format", "jsonl")
    run(asked.settings, tmp_path, "replay", "--payer", "cigna")
    after = run(asked.settings, tmp_path, "audit", "touched", "--actor", "command-line", "--format", "jsonl")

    new = after.stdout.splitlines()[len(before.stdout.splitlines()) :]
    assert len(new) > 10
    assert all('"replies.read"' in line for line in new)


@pytest.mark.parametrize(
    "arguments", [("--payer", "nobody"), ("--since", "yesterday"), ("--most", "0")], ids=lambda one: one[0]
)
def test_a_wrong_use_is_refused(asked: Asked, tmp_path: Path, arguments: tuple[str, str]) -> None:
    assert run(asked.settings, tmp_path, "replay", *arguments).returncode == 2
