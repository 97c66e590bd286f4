"""``benefits simulate``: one line when ready, a clean end, a list of the people."""

import json
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from payers.simulator.people import PEOPLE

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
    needed = {"payer", "story", "first_name", "last_name", "birth_date", "member_id", "holder", "expected", "whole"}
    assert all(set(one) == needed for one in listed)


def test_the_people_are_listed_for_people_with_the_answer_to_expect() -> None:
    done = subprocess.run([*SIMULATE, "--people"], capture_output=True, text=True, timeout=30, check=True)

    assert all(person.last_name in done.stdout and person.member_id in done.stdout for person in PEOPLE)
    assert done.stdout.count("PHP mental health") == len(PEOPLE)
