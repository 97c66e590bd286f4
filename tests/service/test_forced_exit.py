"""What the process beside the service promises: it kills one that hears nothing any more, and no other."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from service import forced_exit

SIGTERM_MASK = str(1 << (signal.SIGTERM - 1))

BLOCKS_A_SIGNAL = "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, [15]); print(); time.sleep(60)"
BUSY = "print(flush=True)\nwhile True: pass"
IDLE = "import time; print(flush=True); time.sleep(60)"

Pair = tuple["subprocess.Popen[str]", "subprocess.Popen[str]"]


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A process that runs the code of the parameter, and one beside it."""
    with subprocess.Popen([sys.executable, "-u", "-c", request.param], stdout=subprocess.PIPE, text=True) as watched:
        assert watched.stdout is not None
        watched.stdout.readline()
        command = [sys.executable, "-I", "-S", forced_exit.__file__, str(watched.pid), SIGTERM_MASK]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as beside:
            yield watched, beside
        watched.kill()


def send_heartbeat(beside: "subprocess.Popen[str]", grace: float) -> None:
    assert beside.stdin is not None
    beside.stdin.write(f"{grace}\n")
    beside.stdin.flush()


@pytest.mark.parametrize("pair", [BLOCKS_A_SIGNAL], indirect=True)
def test_a_process_that_leaves_a_signal_unheard_is_killed(pair: Pair) -> None:
    watched, beside = pair
    send_heartbeat(beside, 0.2)
    watched.terminate()

    assert watched.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("pair", [BUSY], indirect=True)
def test_a_process_that_works_without_a_heartbeat_is_killed(pair: Pair) -> None:
    watched, beside = pair
    send_heartbeat(beside, 0.2)

    assert watched.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("pair", [BUSY], indirect=True)
def test_the_log_says_what_the_killed_process_could_not(pair: Pair) -> None:
    _, beside = pair
    send_heartbeat(beside, 0.2)
    assert beside.stderr is not None
    line = json.loads(beside.stderr.readline())

    assert (line["event"], line["why"]) == ("service.cut_off", "interpreter_held")


@pytest.mark.parametrize("pair", [IDLE], indirect=True)
def test_a_process_that_is_idle_or_stopped_lives_on(pair: Pair) -> None:
    watched, beside = pair
    watched.send_signal(signal.SIGSTOP)
    send_heartbeat(beside, 0.01)
    with pytest.raises(subprocess.TimeoutExpired):
        beside.wait(4 * forced_exit.LOOK)

    assert watched.poll() is None


@pytest.mark.parametrize("pair", [IDLE], indirect=True)
def test_it_ends_with_the_process_that_started_it(pair: Pair) -> None:
    _, beside = pair
    assert beside.stdin is not None
    beside.stdin.close()

    assert beside.wait(30) == 0


def test_processor_time_is_that_of_the_kernel() -> None:
    before = os.times()

    assert forced_exit.processor_seconds(os.getpid()) == pytest.approx(before.user + before.system, abs=0.2)
