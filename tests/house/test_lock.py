"""The locks pin everything, extras too: pip refuses a lock whose extras are open as soon as a newer release appears."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?==", re.MULTILINE)


def pinned(lock: str) -> dict[str, set[str]]:
    """Every name of a lock file, with the extras that are pinned with it."""
    found = PINNED.findall((REPOSITORY / lock).read_text())
    return {canonicalize_name(name): set(extras.split(",")) - {""} for name, extras in found}


def wanted(names: set[str]) -> list[Requirement]:
    """What the distributions of those names ask for, here, without extras of their own."""
    asked = []
    for name in sorted(names):
        try:
            requires = distribution(name).requires or ()
        except ModuleNotFoundError:
            # Pinned for another machine than this one.
            continue
        asked += [Requirement(line) for line in requires]
    return [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_an_extra_that_somebody_asks_for_is_pinned_with_its_distribution(lock: str) -> None:
    known = pinned(lock)

    open_ones = [str(one) for one in wanted(set(known)) if one.extras - known.get(canonicalize_name(one.name), set())]

    assert len(known) > 30
    assert not open_ones


def required(names: list[str]) -> set[str]:
    """The distributions that those names bring with them here, themselves included."""
    found: set[str] = set()
    waiting = {canonicalize_name(Requirement(name).name) for name in names}
    extras = {canonicalize_name(one.name): one.extras for one in map(Requirement, names)}
    while waiting:
        name = waiting.pop()
        found.add(name)
        try:
            lines = distribution(name).requires or ()
        except ModuleNotFoundError:
            continue
        for one in map(Requirement, lines):
            if one.marker is None or any(
                one.marker.evaluate({"extra": extra}) for extra in ("", *extras.get(name, ()))
            ):
                extras[canonicalize_name(one.name)] = extras.get(canonicalize_name(one.name), set()) | one.extras
                waiting |= {canonicalize_name(one.name)} - found
    return found


def test_the_lock_of_what_runs_holds_nothing_else() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    runs = required(project["project"]["dependencies"])
    builds = required(project["dependency-groups"]["build"])

    assert [name for name in pinned("requirements.txt") if name in builds - runs] == []
    assert set(pinned(".ci/requirements-build.txt")) == builds
    assert {"hatchling", "pluggy"} <= builds - runs


def test_the_image_has_neither_pip_nor_a_base_without_digest() -> None:
    lines = (REPOSITORY / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    last = "\n".join(lines[stages[-1] :])

    assert {lines[number].split()[1] for number in stages} == {"${BASE}"}
    assert "ARG BASE" in lines
    assert any("*@sha256:*" in line for line in lines)
    assert "pip uninstall" in last
    assert "requirements" not in last
    assert any("venv --without-pip /app" in line for line in lines)
