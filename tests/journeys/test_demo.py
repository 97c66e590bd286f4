"""The main job as a newcomer runs it: processes, loopback, five payers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from select import select
from socket import SHUT_RDWR, create_server, socket
from threading import Thread

import httpx
import pytest

from payers.simulator.people import PEOPLE
from payers.simulator.setup import SETTINGS

REPOSITORY = Path(__file__).parents[2]
BENEFITS = [sys.executable, "-m", "service.cli.main"]
PAYERS = ["aetna", "cigna", "florida_blue", "optum", "unitedhealthcare"]
ASKED = {
    "payer": "aetna",
    "member": {"first_name": "Ada", "last_name": "Imaginary", "birth_date": "1990-04-12", "member_id": "W123456789"},
}


def bare(**settings: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    return {**environment, "PYTHONPATH": str(REPOSITORY), **settings}


def test_the_demonstration_verifies_one_member_at_each_payer(tmp_path: Path) -> None:
    done = subprocess.run(
        [*BENEFITS, "demo", "--json"], cwd=tmp_path, env=bare(), capture_output=True, text=True, check=False, timeout=90
    )

    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert [answer["payer"] for answer in answers] == PAYERS
    assert {answer["state"] for answer in answers} == {"final"}
    assert all(any(row["in_network"]["verdict"] == "covered" for row in answer["programs"]) for answer in answers)
    assert all(answer["answered_by"][0]["route"] == "core_mime" for answer in answers)
    assert list(tmp_path.iterdir()) == []


def test_the_demonstration_prints_a_table_for_people(tmp_path: Path) -> None:
    done = subprocess.run(
        [*BENEFITS, "demo"], cwd=tmp_path, env=bare(), capture_output=True, text=True, check=False, timeout=90
    )

    assert done.returncode == 0, done.stderr
    assert all(payer in done.stdout for payer in PAYERS)
    assert "covered (A)" in done.stdout


MUTANT = """
import sys
from service.cli.main import run
from service.cli import demo
setting_of = demo._setting
def mutant(*arguments):
    setting = setting_of(*arguments)
    person = next(one for one in setting.people if (one["payer"], one["scenario"]) == ("cigna", "covered_by_wording"))
    person["whole"]["php_substance"] = "not_covered"
    return setting
demo._setting = mutant
sys.argv[1:] = ["demo"]
run()
"""


def test_an_expectation_that_is_not_met_fails_the_demonstration(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MUTANT],
        cwd=tmp_path,
        env=bare(),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    assert done.returncode == 1, done.stderr
    assert "cigna, scenario covered_by_wording" in done.stderr
    assert 'PHP substance use, in network, verdict: expected "not_covered", found ' in done.stderr
    assert "1 answers are not what is expected" in done.stderr


@pytest.mark.timeout(400)
def test_everybody_has_the_same_answer_over_every_route(tmp_path: Path) -> None:
    done = subprocess.run(
        [*BENEFITS, "demo", "--routes", "all", "--people", "all", "--json"],
        cwd=tmp_path,
        env=bare(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    routes = {answer["answered_by"][0]["route"] for answer in answers if answer["answered_by"]}
    assert routes == set(SETTINGS)
    assert len(answers) > len(PEOPLE)


def test_a_route_that_nobody_simulates_is_refused_by_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [*BENEFITS, "demo", "--routes", "pigeon"],
        cwd=tmp_path,
        env=bare(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "pigeon; known are core_mime" in done.stderr


def processes_in(folder: Path) -> list[int]:
    """Processes that work in ``folder``, whoever started them."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
    return found


def ends_within(seconds: float, pid: int) -> bool:
    """Whether the process ends, though nobody may collect what is left of it."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


@pytest.fixture
def hangup_is_heard() -> Iterator[None]:
    """A program that was started with SIGHUP ignored (``nohup``) hands that on to what it starts."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup_is_heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("line", ["starting the simulator", "staff key"])
def test_a_demonstration_that_is_ended_leaves_no_process_and_no_folder_behind(
    tmp_path: Path, line: str, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [*BENEFITS, "demo", "--serve"],
        cwd=REPOSITORY,
        env=bare(TMPDIR=str(tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for said in process.stderr:
        if line in said:
            break
    while line == "starting the simulator" and not processes_in(tmp_path):
        assert process.poll() is None
    children = processes_in(tmp_path)

    process.send_signal(number)
    process.wait(40)
    process.stderr.close()

    # The simulator; then also the service, and what watches its interpreter from outside.
    assert len(children) == (3 if line == "staff key" else 1)
    assert all(ends_within(20, child) for child in children)
    assert number is signal.SIGKILL or list(tmp_path.iterdir()) == []


class SilentPayer:
    """Takes every connection and says nothing."""

    def __init__(self) -> None:
        self._listener = create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/core"
        self.connections: list[socket] = []
        self._thread = Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self.connections.append(self._listener.accept()[0])

    def close(self) -> None:
        self._listener.shutdown(SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self.connections:
            connection.close()


@pytest.fixture
def silent_payer() -> Iterator[SilentPayer]:
    payer = SilentPayer()
    yield payer
    payer.close()


def test_on_sigterm_everybody_inside_is_answered_and_the_process_ends_well(
    tmp_path: Path, silent_payer: SilentPayer
) -> None:
    process = subprocess.Popen(
        [*BENEFITS, "serve", "--port", "0"],
        cwd=tmp_path,
        env=bare(
            BENEFITS_ROUTES__CORE_MIME__URL=silent_payer.url,
            BENEFITS_ROUTES__CORE_MIME__USERNAME="imaginary",
            BENEFITS_ROUTES__CORE_MIME__PASSWORD="imaginary",
            BENEFITS_ROUTES__CORE_MIME__SENDER_ID="IMAGINARY",
            BENEFITS_ROUTES__CORE_MIME__RECEIVER_ID="SILENT",
            BENEFITS_GRACE="2",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stdout.readline().split()[-1]
    key = next(line.split()[-1] for line in process.stderr if "staff key" in line)
    statuses: list[int] = []

    def ask(number: int) -> None:
        body = {**ASKED, "member": {**ASKED["member"], "member_id": f"W{number:09}"}}  # type: ignore[dict-item]
        headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=30"}
        response = httpx.post(f"{url}/v1/verifications", json=body, headers=headers, timeout=40, trust_env=False)
        statuses.append(response.status_code)

    callers = [Thread(target=ask, args=(number,)) for number in range(20)]
    for caller in callers:
        caller.start()
    ends = time.monotonic() + 10
    while len(silent_payer.connections) < len(callers) and time.monotonic() < ends:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    for caller in callers:
        caller.join(40)
    _, logged = process.communicate(timeout=40)

    assert statuses == [202] * len(callers)
    assert process.returncode == 0, logged
    assert "Imaginary" not in logged
