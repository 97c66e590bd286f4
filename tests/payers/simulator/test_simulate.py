"""``benefits simulate``: one line when ready, a clean end, a list of the people."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payers.simulator.payers import PAYERS
from payers.simulator.people import PEOPLE
from payers.simulator.setup import SETTINGS
from payers.x12 import read_interchange

SIMULATE = [sys.executable, "-m", "payers.commands.simulate"]


@pytest.mark.loopback
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_though_a_reply_hangs(start: Any, about: Any, number: signal.Signals) -> None:
    simulator = start()
    simulator.ask(about("covered_by_wording", key="SIM-HANG-"), seconds=0.3)

    with socket.create_connection(("127.0.0.1", simulator.port)):
        simulator.process.send_signal(number)
        printed, complained = simulator.process.communicate(timeout=20)

    assert (simulator.process.returncode, printed, complained) == (0, "", "")


@pytest.mark.loopback
def test_a_port_that_is_taken_is_said_in_a_line(start: Any) -> None:
    taken = start().port

    done = subprocess.run([*SIMULATE, "--port", str(taken)], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: cannot listen on port {taken}")


def test_the_people_are_listed_for_programs() -> None:
    done = subprocess.run([*SIMULATE, "--people", "--json"], capture_output=True, text=True, timeout=30, check=True)

    listed = json.loads(done.stdout)
    assert [one["member_id"] for one in listed] == [person.member_id for person in PEOPLE]
    needed = {"payer", "scenario", "first_name", "last_name", "birth_date", "member_id", "holder", "expected", "whole"}
    assert all(set(one) == needed for one in listed)


@pytest.mark.parametrize("payer", [payer.id for payer in PAYERS])
def test_a_reply_of_each_payer_is_printed_for_a_file(payer: str) -> None:
    done = subprocess.run(
        [*SIMULATE, "--payer", payer, "--print", "carve_out"], capture_output=True, timeout=30, check=True
    )

    (said,) = read_interchange(done.stdout).people
    assert said.subscriber is not None
    assert said.subscriber.last_name == "CARVER"
    assert not said.truncated


@pytest.mark.loopback
@pytest.mark.parametrize("route", SETTINGS)
def test_a_reply_is_printed_as_each_route_hands_it_on(route: str, tmp_path: Path) -> None:
    asked = ["--payer", "unitedhealthcare", "--print", "covered_by_wording", "--route", route]
    done = subprocess.run([*SIMULATE, *asked], capture_output=True, timeout=30, check=True)
    (tmp_path / "reply").write_bytes(done.stdout)
    read = [sys.executable, "-m", "service.cli.main", "read", str(tmp_path / "reply"), "--payer", "unitedhealthcare"]

    answer = subprocess.run(read, capture_output=True, text=True, timeout=30, check=True)

    assert '"active"' in answer.stdout


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--payer", "nobody"), "no payer nobody is installed"),
        (("--payer", "nowhere:adapter"), "nowhere:adapter can't be loaded"),
        (("--payer", "json:dumps"), "neither an adapter nor a card nor a SimulatedPayer"),
        (("--print", "nothing"), "no scenario nothing at aetna; there are covered_by_wording"),
        (("--print", "carve_out", "--route", "fax"), "no route fax is simulated"),
        (("--route", "core_mime"), "--route needs --print"),
    ],
)
def test_what_can_not_be_simulated_is_said_in_a_line(asked: tuple[str, ...], words: str) -> None:
    done = subprocess.run([*SIMULATE, *asked], capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 2
    assert words in done.stderr


def test_the_people_are_listed_for_people_with_the_answer_to_expect() -> None:
    done = subprocess.run([*SIMULATE, "--people"], capture_output=True, text=True, timeout=30, check=True)

    assert all(person.last_name in done.stdout and person.member_id in done.stdout for person in PEOPLE)
    assert done.stdout.count("PHP mental health") == len(PEOPLE)
