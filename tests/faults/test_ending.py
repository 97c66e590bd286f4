"""A process ends within its grace, whatever a plugin does, and the log names the plugin that would have kept it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.faults.bad_plugins import DEAF, DISTRIBUTION, HARMLESS, PAYER, STUCK, lay_out
from tests.faults.conftest import Figure
from tests.faults.deployment import bare, key_of, running, settings_for
from tests.faults.people import crowd

GRACE = 4.0
SLACK = 1.5
"""Seconds for the machine: the interpreter's own end, and the kernel's."""


class Place(NamedTuple):
    """A service that holds a bad payer: its address, a key, its process, its folder, and how to start it again."""

    service: str
    key: str
    process: Any
    home: Path
    environment: dict[str, str]

    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in (self.home / "serve.log").read_text().splitlines() if line[:1] == "{"]


@contextlib.contextmanager
def serving(home: Path, kind: str, *changes: str, **more: str) -> Iterator[Place]:
    """A service with a bad payer, of which one question is under way."""
    installed = lay_out(home / "installed")
    with running(["simulate", "--port", "0"], bare(), home) as (simulator, _):
        environment = {**bare(), **settings_for(simulator, home), "BENEFITS_GRACE": str(GRACE), "BAD_KIND": kind}
        environment["PYTHONPATH"] += os.pathsep + str(installed)
        environment |= more
        key = key_of("staff", environment, home)
        with running(["serve", "--port", "0"], environment, home, changes) as (service, process):
            yield Place(service, key, process, home, environment)


def ask(here: Place) -> dict[str, Any]:
    """Ask the bad payer; what came back, or nothing when it did not come in time."""
    headers = {"Authorization": f"Bearer {here.key}", "Prefer": "wait=1"}
    body = {**crowd(1), "payer": PAYER}
    with contextlib.suppress(httpx.HTTPError), httpx.Client(timeout=6, trust_env=False) as client:
        said: dict[str, Any] = client.post(f"{here.service}/v1/verifications", json=body, headers=headers).json()
        return said
    return {}


def until(condition: Any, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.02)
    assert condition()


def seconds_to_end(here: Place, number: int = signal.SIGTERM) -> float:
    """Seconds from the signal to the end of the process."""
    began = time.monotonic()
    here.process.send_signal(number)
    here.process.wait(GRACE + 20)
    return time.monotonic() - began


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", [*STUCK, *HARMLESS, *DEAF])
def test_it_ends_within_its_grace_whatever_a_plugin_does(kind: str, tmp_path: Path, figure: Figure) -> None:
    with serving(tmp_path, kind) as here:
        asking = threading.Thread(target=ask, args=(here,))
        asking.start()
        until((tmp_path / "begun").exists)
        assert here.process.poll() is None
        took = seconds_to_end(here)
        asking.join()
    cut = [line for line in here.lines() if line["event"] == "service.cut_off"]

    figure("F8.ending", value=round(took, 1), n=1, kind=kind, code=here.process.returncode)
    assert took <= GRACE + SLACK
    if kind in STUCK:
        assert len(cut) == 1
        assert f"{DISTRIBUTION}/payer:{PAYER}" in cut[0]["plugin"]
    elif kind in HARMLESS:
        assert not cut
        assert here.process.returncode == 0
    else:
        assert [line["why"] for line in cut] == ["interpreter_held"]


@pytest.mark.timeout(120)
def test_a_held_interpreter_is_ended_though_nobody_sends_a_signal(tmp_path: Path) -> None:
    with serving(tmp_path, DEAF[0]) as here:
        ask(here)
        # As many seconds of processor time as the grace: a busy machine grants them later.
        here.process.wait(90)
    cut = [line for line in here.lines() if line["event"] == "service.cut_off"]

    assert here.process.returncode == -signal.SIGKILL
    assert [line["why"] for line in cut] == ["interpreter_held"]


@pytest.mark.timeout(60)
def test_a_process_that_was_stopped_for_longer_than_its_grace_lives_on(tmp_path: Path) -> None:
    with serving(tmp_path, "", BENEFITS_GRACE="1") as here:
        here.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        here.process.send_signal(signal.SIGCONT)
        answer = ask(here)

    assert "verification_id" in answer
    assert here.process.returncode == 0


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "kind", ["swallows_its_cancellation", "keeps_a_thread", "waits_for_a_thread", "blocks_at_exit"]
)
def test_a_command_ends_after_its_answer_whatever_a_plugin_does(kind: str, tmp_path: Path) -> None:
    installed = lay_out(tmp_path / "installed")
    with running(["simulate", "--port", "0"], bare(), tmp_path) as (simulator, _):
        environment = {**bare(), **settings_for(simulator, tmp_path), "BENEFITS_GRACE": "1", "BAD_KIND": kind}
        environment["PYTHONPATH"] += os.pathsep + str(installed)
        member = [
            "--first-name",
            "LULU",
            "--last-name",
            "WORDWELL",
            "--birth-date",
            "1990-02-12",
            "--member-id",
            "W900000101",
        ]
        command = [sys.executable, "-m", "service.cli.main", "verify", "--payer", PAYER, "--wait", "2", *member]

        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )

    assert "Verification ver_" in done.stdout
    assert done.returncode == 0
    assert f"cut off what would not end: {DISTRIBUTION}/payer:{PAYER}" in done.stderr or kind == STUCK[0]


@pytest.mark.timeout(60)
def test_a_mutant_without_a_limit_never_ends(tmp_path: Path) -> None:
    with serving(tmp_path, STUCK[0], "tests.faults.mutants:endless") as here:
        ask(here)
        here.process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            here.process.wait(GRACE + SLACK)
        here.process.kill()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", DEAF[1:])
def test_a_mutant_without_a_process_beside_it_never_hears_a_signal(kind: str, tmp_path: Path) -> None:
    with serving(tmp_path, kind, "tests.faults.mutants:forced_exit_off") as here:
        ask(here)
        here.process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            here.process.wait(GRACE + SLACK)
        here.process.kill()


@pytest.mark.timeout(60)
def test_what_was_accepted_is_found_again_after_a_process_was_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, "swallows_its_cancellation") as here:
        accepted = ask(here)
        seconds_to_end(here)
    with running(["serve", "--port", "0"], {**here.environment, "BAD_KIND": ""}, tmp_path) as (service, _):
        headers = {"Authorization": f"Bearer {here.key}", "Prefer": "wait=1"}
        found = httpx.get(f"{service}/v1/verifications/{accepted['verification_id']}", headers=headers, trust_env=False)

    assert accepted["state"] == "pending"
    assert found.status_code in {200, 202}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("numbers", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT, signal.SIGINT)])
def test_a_second_signal_ends_it_sooner(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    with serving(tmp_path, "swallows_its_cancellation", BENEFITS_GRACE="30") as here:
        ask(here)
        for number in numbers[1:]:
            here.process.send_signal(number)
            time.sleep(0.4)
        assert seconds_to_end(here, numbers[0]) < GRACE


@pytest.mark.timeout(60)
def test_a_signal_that_comes_twice_at_once_is_one(tmp_path: Path) -> None:
    with serving(tmp_path, "") as here:
        here.process.send_signal(signal.SIGTERM)
        seconds_to_end(here)

    assert here.process.returncode == 0
    assert "service.stopped" in {line["event"] for line in here.lines()}


@pytest.mark.timeout(60)
def test_a_plugin_that_hangs_when_it_is_imported_ends_with_a_signal(tmp_path: Path) -> None:
    installed = lay_out(tmp_path / "installed")
    environment = {
        **bare(),
        "BAD_KIND": "hangs_at_import",
        "BENEFITS_DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite'}",
    }
    environment["PYTHONPATH"] += os.pathsep + str(installed)
    command = [sys.executable, "-m", "service.cli.main", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        until((tmp_path / "begun").exists)
        process.terminate()
        process.wait(GRACE)

    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.timeout(60)
def test_a_terminal_that_is_closed_begins_a_drain(tmp_path: Path) -> None:
    with serving(tmp_path, "") as here:
        took = seconds_to_end(here, signal.SIGHUP)

    assert took <= GRACE + SLACK
    assert here.process.returncode == 0
    assert "service.stopped" in {line["event"] for line in here.lines()}
