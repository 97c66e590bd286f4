"""What it costs that very many questions wait for a payer that is down: memory, processor time, and the next start.

One question is asked and waits; the others are its rows again under other ids, so they weigh what real ones weigh.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from service.scheduler import STEPS_OF_PAYER
from tests.benchmarks.rows import copy
from tests.faults.deployment import bare, key_of, memory, running, settings_for
from tests.faults.people import crowd

QUESTIONS = 100_000
MOST_MEMORY = 150e6
MOST_CPU = 0.03
MOST_OF_A_START = 1.5
"""Times the processor time of a start with one question that waits, from the start of the process until ``/readyz``
says 200: a start waits for nothing else."""

IDLE = 15.0
"""Seconds for which a process that has nothing to do is watched."""

NOWHERE = "http://127.0.0.1:9"
_TICKS = os.sysconf("SC_CLK_TCK")


class Waiting(NamedTuple):
    """A database in which very many questions wait, and how a service is started over it.

    ``start`` is the processor time of a start, in seconds, when one question waited in it.
    """

    environment: Mapping[str, str]
    home: Path
    key: str
    start: float = 0.0

    @property
    def database(self) -> Path:
        """The file."""
        return self.home / "benefits.sqlite"

    @contextmanager
    def serving(self) -> Iterator["Served"]:
        """A service that is ready, and how long that took."""
        began = time.monotonic()
        with running(["serve", "--port", "0"], self.environment, self.home) as (address, process):
            while httpx.get(f"{address}/readyz", timeout=10).status_code != 200:
                time.sleep(0.02)
            yield Served(address, process.pid, time.monotonic() - began, cpu_of(process.pid), self.key)


class Served(NamedTuple):
    """A service, and the seconds, and those of processor time, from its start until it was ready."""

    address: str
    pid: int
    seconds: float
    cpu_seconds: float
    key: str

    def start(self) -> str:
        """How the start went, in words."""
        return f"ready in {self.seconds:.1f} s ({self.cpu_seconds:.1f} s of a core)"

    def ask(self, number: int) -> httpx.Response:
        """Ask about one of the crowd, without waiting for the payer."""
        headers = {"Authorization": f"Bearer {self.key}", "Prefer": "wait=1"}
        return httpx.post(f"{self.address}/v1/verifications", json=crowd(number), headers=headers, timeout=30)


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Waiting:
    """One question that waits, and 99,999 times its rows."""
    return with_waiting(tmp_path_factory.mktemp("waiting"), QUESTIONS)


def with_waiting(home: Path, count: int) -> Waiting:
    """A database in which ``count`` questions wait."""
    given = {**bare(), **settings_for(NOWHERE, home), "BENEFITS_LIFETIME__PERSON": "86400"}
    here = Waiting(given, home, key_of("staff", given, home))
    with here.serving() as served:
        assert served.ask(1).status_code == 202
    with here.serving() as served:
        start = served.cpu_seconds
    multiply(here.database, count - 1)
    return here._replace(start=start)


def multiply(database: Path, count: int) -> None:
    """Add ``count`` copies of the only question that waits, with their steps in half an hour to an hour."""
    with sqlite3.connect(database) as connection:
        (job,) = connection.execute("SELECT id FROM jobs").fetchone()
        which = "status = 'DELAYED' AND workflow_uuid NOT LIKE 'guard:%'"
        (step,) = connection.execute(f"SELECT workflow_uuid FROM workflow_status WHERE {which}").fetchone()  # noqa: S608
        copy(connection, "jobs", "id", job, count, {"id": "'job_' || n", "twin_key": "randomblob(32)"})
        copy(connection, "verifications", "job_id", job, count, {"id": "'ver_' || n", "job_id": "'job_' || n"})
        named = {"workflow_uuid": f"replace(workflow_uuid, '{job}', 'job_' || n)"}
        copy(connection, "workflow_input", "workflow_uuid", step, count, named)
        copy(connection, "workflow_status", "workflow_uuid", step, count, named)
        later = "(? + 1800 + rowid % 1800) * 1000"
        connection.execute(
            f"UPDATE workflow_status SET delay_until_epoch_ms = {later} WHERE status = 'DELAYED'",  # noqa: S608
            [int(time.time())],
        )


@pytest.mark.timeout(300)
def test_very_many_questions_that_wait_cost_little_and_delay_no_start(waiting: Waiting, capsys: Any) -> None:
    with waiting.serving() as served:
        time.sleep(3.0)
        before = cpu_of(served.pid)
        time.sleep(IDLE)
        cpu, rss = (cpu_of(served.pid) - before) / IDLE, memory(served.pid)[0]
        asked = served.ask(2)

    with capsys.disabled():
        print(f"\nwaiting: {served.start()}, with one {waiting.start:.1f}, {rss / 1e6:.0f} MB, {cpu:.1%} of a core")
    assert rss <= MOST_MEMORY
    assert cpu <= MOST_CPU
    assert served.cpu_seconds <= MOST_OF_A_START * waiting.start
    assert asked.status_code == 202


@pytest.mark.timeout(120)
def test_a_start_with_five_thousand_questions_that_are_due_is_ready_at_once(tmp_path: Path, capsys: Any) -> None:
    waiting = with_waiting(tmp_path, 5_000)
    let_all_come_due(waiting.database)
    with waiting.serving() as served:
        asked = served.ask(2)

    with capsys.disabled():
        print(f"\nfive thousand due: {served.start()}, with one {waiting.start:.1f}")
    assert served.cpu_seconds <= MOST_OF_A_START * waiting.start
    assert asked.status_code == 202


def let_all_come_due(database: Path) -> None:
    """Let every step have come due while nobody ran it."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE workflow_status SET delay_until_epoch_ms = 1 WHERE status = 'DELAYED'")


@pytest.mark.timeout(300)
def test_when_all_of_them_are_due_a_caller_is_answered_and_a_few_run_at_a_time(waiting: Waiting, capsys: Any) -> None:
    let_all_come_due(waiting.database)
    with waiting.serving() as served:
        time.sleep(3.0)
        asked = [served.ask(number) for number in range(10, 20)]
        with sqlite3.connect(f"file:{waiting.database}?mode=ro", uri=True) as connection:
            counted = dict(
                connection.execute("SELECT status, count(*) FROM workflow_status GROUP BY status").fetchall()
            )
        rss = memory(served.pid)[0]

    slowest = max(one.elapsed.total_seconds() for one in asked)
    with capsys.disabled():
        print(f"\ndue: {served.start()}, {rss / 1e6:.0f} MB, slowest {slowest:.1f} s, {counted}")
    assert {one.status_code for one in asked} == {202}
    assert counted.get("PENDING", 0) <= 5 * STEPS_OF_PAYER
    assert counted["DELAYED"] > QUESTIONS * 0.8
    assert slowest <= 3.0
