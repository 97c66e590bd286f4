"""A payer by a stranger: a distribution of its own, found by its entry point, held to the same promises."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ACME = Path(__file__).parent / "acme"
SIXTY_LINES = 60


class Stranger(NamedTuple):
    """Where the stranger's project lies, and the environment of a process in which it is installed."""

    project: Path
    environment: Mapping[str, str]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """The project, copied as a stranger would have it, and installed from there."""
    target = tmp_path_factory.mktemp("installed")
    project = tmp_path_factory.mktemp("project") / "acme"
    shutil.copytree(ACME, project)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*install, "--target", target, project], check=True, timeout=100)
    own = {"PYTHONPATH": str(target), "BENEFITS_DATABASE_URL": f"sqlite:///{target / 'x.sqlite'}"}
    return Stranger(project, {**os.environ, **own})


def test_it_is_mostly_data() -> None:
    assert len((ACME / "acme_payer.py").read_text().splitlines()) < SIXTY_LINES


def test_it_is_found_and_listed(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "service.cli", "payers", "--json"]

    listed = subprocess.run(command, env=stranger.environment, capture_output=True, text=True, check=True, timeout=60)

    assert "acme" in {payer["id"] for payer in json.loads(listed.stdout)}


def test_it_keeps_the_promises_of_every_payer(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", stranger.project / "test_acme.py"]

    done = subprocess.run(command, env=stranger.environment, capture_output=True, text=True, check=False, timeout=100)

    assert done.returncode == 0, done.stdout[-2000:]
    assert "15 passed" in done.stdout
