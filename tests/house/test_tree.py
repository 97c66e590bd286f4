"""The plan of the house: what stands at the top, what a module may be called, what no file may hold."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP = {
    *("pyproject.toml", "service", "payers", "contracts", "tests", "Dockerfile", "openapi", "README.md"),
    *("CHANGELOG.md", "LICENSE", "requirements.txt", "requirements-dev.txt"),
}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "impl", "misc"}
PLACES_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|home|root|Users)/\w")


def tracked() -> list[Path]:
    """Every file that the repository holds, or the whole tree where there is no repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines()
    found = [ROOT / name for name in names] or [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [path for path in found if path.is_file()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def test_nothing_else_stands_at_the_top() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in tracked()}

    assert {name for name in top if not name.startswith(".")} <= TOP


def test_every_folder_of_tests_is_run_by_pytest_alone_or_stands_apart() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    tests = {path.relative_to(ROOT) for path in tracked() if path.name.startswith("test_") and path.suffix == ".py"}
    places = {Path(*path.parts[:2]) for path in tests}

    assert {str(place) for place in places} == {*options["testpaths"], "tests/benchmarks", "tests/faults"}


def test_no_tracked_path_is_a_link() -> None:
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert not [line for line in listed.stdout.splitlines() if line.startswith("120000")]


def test_no_module_is_called_something_that_says_nothing() -> None:
    assert not [path for path in modules() if path.stem in NAMES_THAT_SAY_NOTHING]


def test_every_room_has_its_map() -> None:
    packages = ("", "payers", "payers/x12", "payers/reading", "service", "service/store")

    assert not [package for package in packages if not (ROOT / package / "README.md").is_file()]


def test_no_file_holds_a_path_of_a_machine_or_a_promise_to_do_it_later() -> None:
    for path in tracked():
        if path.suffix in {".271", ".lock"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not PLACES_OF_A_MACHINE.search(text), path
        assert "TODO" not in text or path.name == "pyproject.toml", path


def test_the_locks_name_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", ".ci/requirements-build.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


@pytest.mark.parametrize("wing", ["contracts", "payers", "service"])
def test_no_module_is_longer_than_a_newcomer_reads(wing: str) -> None:
    longest = 420
    own = [path for path in modules() if path.is_relative_to(ROOT / wing)]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in own}

    assert not {path: length for path, length in lengths.items() if length > longest}
