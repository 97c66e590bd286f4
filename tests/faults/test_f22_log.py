"""F22: every line on stderr is one of ours, and a log that nobody takes any more keeps no question from its answer."""

import asyncio
import json
import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.faults.changes import NOISE
from tests.faults.conftest import Figure
from tests.faults.deployment import LAUNCHER, Deployment, bare, deploy, end, key_of, ready, running, settings_for
from tests.faults.driver import Said, ask, drive, look, request
from tests.faults.people import crowd

SEALING = f"k1:{b64encode(bytes(range(32))).decode()}"
KEPT = "tests.faults.changes:handlers_kept"
NOISY = "tests.faults.changes:noisy"


def raw_lines(text: str) -> list[str]:
    """Lines that are no JSON of ours; the staff key of the profile development stands before them all."""
    found = []
    for line in text.splitlines():
        try:
            event: Any = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or not {"event", "level", "timestamp"} <= event.keys():
            found.append(line)
    return found


def under_a_restart(postgres: Any, home: Path, *changes: str) -> str:
    """What a service writes whose database is restarted twice while it is asked."""
    settings = {"BENEFITS_DATABASE_URL": postgres.url(), "BENEFITS_KEYS__SEALING": SEALING}

    async def restart() -> None:
        for _ in range(2):
            await asyncio.sleep(0.7)
            await asyncio.to_thread(postgres.halt)
            await asyncio.sleep(0.7)
            await asyncio.to_thread(postgres.start)

    async def load(deployment: Deployment) -> None:
        async with asyncio.TaskGroup() as group:
            restarting = group.create_task(restart())

            async def ask_on(first: int) -> None:
                number = first
                while not restarting.done():
                    await ask(deployment, crowd(number, fault="STATUS503" if number % 3 else ""), wait=1)
                    number += 8

            for first in range(8):
                group.create_task(ask_on(first))

    home.mkdir()
    with deploy(home, changes=[NOISY, *changes], settings=settings) as deployment:
        asyncio.run(load(deployment))
    return deployment.log()


@pytest.mark.counts
@pytest.mark.timeout(180)
def test_every_line_is_ours_whatever_libraries_do(own_postgres: Any, tmp_path: Path, figure: Figure) -> None:
    kept = under_a_restart(own_postgres, tmp_path / "service")
    broken = under_a_restart(own_postgres, tmp_path / "mutant", KEPT)

    raw, mutant = raw_lines(kept), raw_lines(broken)
    figure("F22.raw", value=len(raw), n=len(kept.splitlines()), mutant_value=len(mutant))
    events = {json.loads(line)["event"] for line in kept.splitlines()}
    assert raw == []
    assert NOISE not in kept
    assert {"library.printed", "library.warned", "thread.failed", "process.unraisable", "library.logged"} <= events
    assert len(mutant) > 0


@pytest.mark.counts
def test_a_verifications_id_stands_in_every_line_about_it(tmp_path: Path) -> None:
    with deploy(tmp_path, BENEFITS_RESEND_AFTER="1") as deployment:
        body = crowd(1, fault="STATUS503")
        first, twin = (asyncio.run(ask(deployment, body, wait=1)).json["verification_id"] for _ in range(2))
        asyncio.run(look(deployment, first, wait=3))
    with running(["serve", "--port", "0"], _again(deployment, tmp_path), tmp_path):
        pass
    after = (tmp_path / "serve.log").read_text()

    lines = [json.loads(line) for line in deployment_log(tmp_path) + after.splitlines()]
    jobs = {line["job_id"] for line in lines if line.get("verification_id") == first}
    about = [line for line in lines if line.get("job_id") in jobs]
    assert len(jobs) == 1
    assert {"gateway.exchanged", "request.answered"} <= {line["event"] for line in about}
    assert [line for line in about if first not in json.dumps(line) and twin not in json.dumps(line)] == []
    assert [line["event"] for line in lines if "payer" in line and line.get("job_id") not in jobs] == []


@contextmanager
def serving(home: Path, stderr: int | IO[str]) -> Iterator[Deployment]:
    """A deployment whose service writes its log to ``stderr``."""
    with running(["simulate", "--port", "0"], bare(), home) as (simulator, simulating):
        environment = {**bare(), **settings_for(simulator, home)}
        keys = [key_of(role, environment, home) for role in ("staff", "batch")]
        command = [*LAUNCHER, "", "serve", "--port", "0"]
        with subprocess.Popen(
            command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process:
            try:
                yield Deployment(simulator, ready(process, home / "simulate.log"), *keys, simulating, process, home)
            finally:
                end(process)


def answered(deployment: Deployment, first: int, many: int) -> list[Said]:
    """The answers to ``many`` questions."""
    return asyncio.run(drive(range(first, first + many), lambda number: ask(deployment, crowd(number), wait=10), 8))


def readiness(deployment: Deployment) -> Said:
    return asyncio.run(request(deployment.service, "GET", "/readyz", {}))


@pytest.mark.timeout(120)
def test_a_reader_of_the_log_that_is_gone_costs_no_answer(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with serving(tmp_path, writer) as deployment:
        os.close(writer)
        before = readiness(deployment)
        os.close(reader)
        answers = answered(deployment, 0, 20)
        after = readiness(deployment)

        alive = deployment.serving.poll() is None

    assert [answer.status for answer in answers] == [200] * 20
    assert {answer.json["state"] for answer in answers} == {"final"}
    assert (before.status, after.status) == (200, 503)
    assert after.json["errors"] == [{"field": "log", "code": "lines_lost"}]
    assert alive


@pytest.mark.timeout(120)
def test_a_full_disk_under_the_log_costs_no_answer(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full, serving(tmp_path, full) as deployment:
        answers = answered(deployment, 0, 20)
        after = readiness(deployment)

    assert [answer.status for answer in answers] == [200] * 20
    assert after.status == 503


@pytest.mark.timeout(120)
def test_a_reader_of_the_log_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with serving(tmp_path, writer) as deployment:
        os.close(writer)
        # Some hundred lines fill the pipe; nobody reads them.
        answers = answered(deployment, 0, 300)
        slowest = max(answer.seconds for answer in answers)

    os.close(reader)
    assert [answer.status for answer in answers] == [200] * 300
    assert slowest < 10


def deployment_log(home: Path) -> list[str]:
    return (home / "first.log").read_text().splitlines()


def _again(deployment: Deployment, home: Path) -> dict[str, str]:
    """The environment of a second service over the same files; the first one's log is kept."""
    (home / "serve.log").rename(home / "first.log")
    environment = {**bare(), **settings_for(deployment.simulator, home)}
    return {**environment, "BENEFITS_RESEND_AFTER": "1"}
