"""Processes of our own on loopback: the simulator and the service, started once for a module and ended by their ids."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

BENEFITS = [sys.executable, "-m", "service.cli.main"]
REPOSITORY = Path(__file__).parents[2]


class Stage(NamedTuple):
    """The addresses of a simulator and of a service that asks it, a key of each role, and the service's process."""

    simulator: str
    service: str
    staff: str
    batch: str
    process: subprocess.Popen[str]


@contextmanager
def running(arguments: list[str], environment: dict[str, str], home: Path) -> Iterator[str]:
    """``benefits`` as a process, and the address of its ready line."""
    with started(arguments, environment, home) as (address, _):
        yield address


@contextmanager
def started(
    arguments: list[str], environment: dict[str, str], home: Path
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``benefits`` as a process: the address of its ready line, and the process."""
    log = (home / f"{arguments[0]}.log").open("w")
    with subprocess.Popen(
        [*BENEFITS, *arguments], cwd=home, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert " ready on " in line, (home / f"{arguments[0]}.log").read_text()
            yield line.rsplit(" ", 1)[-1].strip(), process
        finally:
            process.terminate()
    log.close()


Route = tuple[str, Mapping[str, str]]
"""Where a route's end stands at the simulator, and its settings beside the URL; a setting of ``/…`` is a place too."""


@contextmanager
def staged(home: Path, routes: Mapping[str, Route] | None = None, **more: str) -> Iterator[Stage]:
    """A simulator and a service with its settings in ``home``; ``routes`` are opened beside CORE MIME."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    bare["PYTHONPATH"] = str(REPOSITORY)
    with running(["simulate", "--port", "0"], bare, home) as simulator:
        settings = {
            **bare,
            "BENEFITS_DATABASE_URL": f"sqlite:///{home / 'benefits.sqlite'}",
            "BENEFITS_ROUTES__CORE_MIME__URL": f"{simulator}/core/mime",
            "BENEFITS_ROUTES__CORE_MIME__USERNAME": "simulator",
            "BENEFITS_ROUTES__CORE_MIME__PASSWORD": "simulator",
            "BENEFITS_ROUTES__CORE_MIME__ATTEMPT_CAP": "3",
            "BENEFITS_PAYERS__FLORIDA_BLUE__ROUTES": '["core_mime"]',
            **more,
        }
        for route, (path, around) in (routes or {}).items():
            for name, value in {"URL": path, **around}.items():
                settings[f"BENEFITS_ROUTES__{route.upper()}__{name}"] = simulator + value if value[0] == "/" else value
        keys = [
            subprocess.run(
                [*BENEFITS, "keys", "create", "--role", role],
                cwd=home,
                env=settings,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            ).stdout.strip()
            for role in ("staff", "batch")
        ]
        with started(["serve", "--port", "0"], settings, home) as (service, process):
            yield Stage(simulator, service, *keys, process)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One simulator and one service for the module."""
    with staged(tmp_path_factory.mktemp("stage")) as found:
        yield found


@pytest.fixture(scope="session")
def staging() -> Callable[..., AbstractContextManager[Stage]]:
    """Sets a stage with routes of a test's own."""
    return staged
