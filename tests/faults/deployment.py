"""Processes of our own on loopback: a simulator and a service that asks it, in the order in which a test needs them.

Each is bounded in time and ended by its own process id. Settings go by environment, the database is SQLite in a folder
of the test's. What a real service would never be (a mutant, a wide-open breaker, a gauge of the loop) is a *change*:
a function that ``launcher`` calls in the new process before the command runs. No setting knows of it.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[2]
LAUNCHER = [sys.executable, "-m", "tests.faults.launcher"]

WIDE_OPEN = "tests.faults.changes:wide_open"
"""No breaker, no queue, no pace: each fault is then answered with its own code, and not with the breaker's."""

GUARD_OFF = "tests.faults.changes:guard_off"
"""Mutant: a caller waits as long as its payer takes."""

GATE_OFF = "tests.faults.changes:gate_off"
"""Mutant: whatever comes back is taken for the answer."""

LAG_GAUGE = "tests.faults.mutants:record_lags"
"""The loop's lag is written to ``lags.jsonl`` in the service's folder; ``Deployment.lags`` reads it."""


class Deployment(NamedTuple):
    """The addresses of a simulator and of a service that asks it, a key of each role, their processes, their folder."""

    simulator: str
    service: str
    staff: str
    batch: str
    simulating: subprocess.Popen[str]
    serving: subprocess.Popen[str]
    home: Path

    def rss(self) -> int:
        """Bytes of memory that the service holds."""
        return memory(self.serving.pid)[0]

    def peak_rss(self) -> int:
        """Bytes of memory that the service held at most, since ``forget_peak``."""
        return memory(self.serving.pid)[1]

    def forget_peak(self) -> None:
        """Begin anew with ``peak_rss``."""
        Path(f"/proc/{self.serving.pid}/clear_refs").write_text("5")

    def stolen(self) -> float:
        """Seconds for which the service's loop was ready and the kernel ran somebody else; see ``queued``."""
        return queued(self.serving.pid)

    def lags(self) -> list[float]:
        """Seconds by which the service's loop was late by its own doing, a hundred times a second."""
        with contextlib.suppress(FileNotFoundError):
            return [float(line) for line in (self.home / "lags.jsonl").read_text().splitlines()]
        return []

    def log(self) -> str:
        """What the service has logged so far."""
        return (self.home / "serve.log").read_text()


def memory(pid: int) -> tuple[int, int]:
    """Bytes that a process holds now, and held at most."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) * 1024, int(lines["VmHWM"].split()[0]) * 1024


def queued(pid: int) -> float:
    """Seconds for which a process's first thread was ready to run and waited for a processor."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[1]) / 1e9


@contextmanager
def running(
    arguments: list[str], environment: Mapping[str, str], home: Path, changes: Iterable[str] = ()
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``benefits`` as a process with ``changes`` (``module:function``), and the address of its ready line."""
    command = [*LAUNCHER, ",".join(changes), *arguments]
    path = home / f"{arguments[0]}.log"
    with (
        path.open("w") as log,
        subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield ready(process, path), process
        finally:
            end(process)


def ready(process: subprocess.Popen[str], log: Path) -> str:
    """The address in a process's ready line."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert " ready on " in line, log.read_text()
    return line.rsplit(" ", 1)[-1].strip()


def end(process: subprocess.Popen[str], seconds: float = 30) -> None:
    """Ask a process of ours to end, and make it when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()


def bare() -> dict[str, str]:
    """The environment without any setting of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    return {**kept, "PYTHONPATH": str(REPOSITORY)}


def settings_for(simulator: str, home: Path) -> dict[str, str]:
    """The settings of a service in ``home`` that asks ``simulator`` over CORE MIME alone, about every payer."""
    orders = {f"BENEFITS_PAYERS__{payer}__ROUTES": '["core_mime"]' for payer in PAYERS}
    return {
        "BENEFITS_DATABASE_URL": f"sqlite:///{home / 'benefits.sqlite'}",
        "BENEFITS_ROUTES__CORE_MIME__URL": f"{simulator}/core/mime",
        "BENEFITS_ROUTES__CORE_MIME__USERNAME": "simulator",
        "BENEFITS_ROUTES__CORE_MIME__PASSWORD": "simulator",
        "BENEFITS_ROUTES__CORE_MIME__ATTEMPT_CAP": "3",
        "BENEFITS_GRACE": "2",
        # All callers of a figure share one key, which stands for as many as there are.
        "BENEFITS_LIMITS__SHARE": "1",
        "BENEFITS_LIMITS__RATE": "1000000",
        **orders,
    }


PAYERS = ("AETNA", "CIGNA", "FLORIDA_BLUE", "OPTUM", "UNITEDHEALTHCARE")


def key_of(role: str, settings: Mapping[str, str], home: Path) -> str:
    """A new key of ``role``."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli.main", "keys", "create", "--role", role],
        cwd=home,
        env=settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


@contextmanager
def deploy(
    home: Path,
    *,
    changes: Iterable[str] = (),
    simulate: Iterable[str] = (),
    settings: Mapping[str, str] | None = None,
    **more: str,
) -> Iterator[Deployment]:
    """A simulator (with the options ``simulate``) and a service with ``changes`` and ``settings`` over ours.

    ``more`` are settings as well. In a setting ``{simulator}`` stands for the simulator's address.
    """
    with running(["simulate", "--port", "0", *simulate], bare(), home) as (simulator, simulating):
        given = {name: value.replace("{simulator}", simulator) for name, value in {**(settings or {}), **more}.items()}
        environment = {**bare(), **settings_for(simulator, home), **given}
        keys = [key_of(role, environment, home) for role in ("staff", "batch")]
        with running(["serve", "--port", "0"], environment, home, changes) as (service, serving):
            yield Deployment(simulator, service, *keys, simulating, serving, home)
