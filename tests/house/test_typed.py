"""Whoever writes a payer or a route elsewhere has their code checked against our types."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACME = Path(__file__).parent / "acme"
PACKAGES = ("contracts", "payers", "service")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own in which the distribution is installed as anybody would have it, with what it needs."""
    home = tmp_path_factory.mktemp("environment")
    source = tmp_path_factory.mktemp("source")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True, timeout=60)
    python = home / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", source]
    # The build tools are those of the environment that runs the tests, as are the libraries that our types speak of.
    site = next(home.glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True, timeout=100)
    return home


def check(environment: Path, project: Path) -> subprocess.CompletedProcess[str]:
    """Check the modules of a project with mypy, strictly, as they stand in that environment."""
    shutil.copytree(ACME, project, dirs_exist_ok=True)
    strict = ["--strict", "--no-incremental", "--python-executable", environment / "bin" / "python", "--config-file="]
    command = [sys.executable, "-m", "mypy", *strict, "acme_payer.py", "acme_gateway.py"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=110)


def test_a_payer_written_elsewhere_is_checked_strictly(environment: Path, tmp_path: Path) -> None:
    done = check(environment, tmp_path / "acme")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_says_that_it_is_typed(environment: Path) -> None:
    site = next(environment.glob("lib/python*/site-packages"))

    assert all((site / name / "py.typed").is_file() for name in PACKAGES)


def test_a_package_without_the_marker_fails_the_check(environment: Path, tmp_path: Path) -> None:
    marker = next(environment.glob("lib/python*/site-packages")) / "contracts" / "py.typed"
    marker.unlink()

    done = check(environment, tmp_path / "acme")

    marker.touch()
    assert "py.typed marker" in done.stdout
