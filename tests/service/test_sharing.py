"""Processes that share a database, or follow one another on it: nothing is lost, nothing is done twice."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from contracts import State
from service.security.encryption import Sealer
from service.store import Fetched, open_store
from tests.leaks.scanner import Scanner

from .kept import kept_bytes
from .sharing import CALLER, CANARY, RESEND_AFTER

REPOSITORY = Path(__file__).parents[2]
ENOUGH = 30.0


class Shared(NamedTuple):
    """A database, the sendings that its processes made, and a way to start one more of them."""

    database: str
    sends: Path
    start: Callable[[str], "subprocess.Popen[str]"]

    def sent(self) -> list[tuple[str, float]]:
        """The number and the moment of each sending."""
        lines = self.sends.read_text().splitlines() if self.sends.exists() else []
        return [(line.split()[0], float(line.split()[1])) for line in lines]


@pytest.fixture
def shared(database: str, tmp_path: Path) -> Iterator[Shared]:
    sends = tmp_path / "sends"
    with ExitStack() as stack:

        def start(behaviour: str) -> "subprocess.Popen[str]":
            arguments = [sys.executable, "-m", "tests.service.sharing", database, str(sends), behaviour]
            process = subprocess.Popen(
                arguments, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            return process

        yield Shared(database, sends, start)


def ask(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("ask\n")
    process.stdin.flush()


def said(process: "subprocess.Popen[str]") -> str:
    """The id of what the process asked, once its caller has been told."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def found_when(database: str, verification_id: str, holds: Callable[[Fetched], bool]) -> Fetched:
    """What the store has of a verification as soon as ``holds`` is true of it, or when that takes too long."""
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}), serving=False)
    await store.start()
    ends = time.monotonic() + ENOUGH
    try:
        while True:
            found = await store.fetch(verification_id, CALLER)
            assert found is not None
            if holds(found) or time.monotonic() > ends:
                return found
            await asyncio.sleep(0.05)
    finally:
        await store.stop()


async def becomes_final(database: str, verification_id: str) -> Fetched:
    return await found_when(database, verification_id, lambda found: found.job.state is State.FINAL)


async def has_its_step(database: str, verification_id: str) -> Fetched:
    """The verification once the engine keeps a step for its job, by whose id the step is called."""
    return await found_when(
        database, verification_id, lambda found: f"{found.job.id}:".encode() in kept_bytes(database)
    )


@pytest.mark.fault
async def test_what_a_killed_process_had_in_flight_is_finished_once_by_another(shared: Shared) -> None:
    first = shared.start("hang")
    beside = None if shared.database.startswith("sqlite") else shared.start("answer")
    ask(first)
    verification_id = said(first)
    first.kill()
    first.wait()
    if beside is None:
        shared.start("answer")

    found = await becomes_final(shared.database, verification_id)

    [(one, sent), (other, again)] = shared.sent()
    assert found.job.state is State.FINAL
    assert found.job.attempts == 2
    assert one != other
    assert again - sent >= RESEND_AFTER


@pytest.mark.fault
async def test_a_step_to_come_is_taken_once_by_the_process_that_follows(shared: Shared) -> None:
    first = shared.start("silent")
    ask(first)
    verification_id = said(first)
    await has_its_step(shared.database, verification_id)
    first.kill()
    first.wait()
    kept = kept_bytes(shared.database)
    shared.start("answer")

    found = await becomes_final(shared.database, verification_id)

    [(_, sent), (_, again)] = shared.sent()
    assert found.job.state is State.FINAL
    assert again - sent >= RESEND_AFTER
    # The engine kept the step by the job's id; nothing of the member lay in either's bytes while it waited.
    assert f"{found.job.id}:".encode() in kept
    assert Scanner({"member": CANARY}).scan("store", kept) == set()


@pytest.mark.fault
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_twins_at_two_processes_are_asked_once(shared: Shared) -> None:
    processes = [shared.start("slow") for _ in range(2)]
    for process in processes:
        ask(process)

    found = [await becomes_final(shared.database, said(process)) for process in processes]

    assert [one.job.state for one in found] == [State.FINAL, State.FINAL]
    assert len({one.verification_id for one in found}) == 2
    assert len({one.job.id for one in found}) == 1
    assert len(shared.sent()) == 1
