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
from service.sealing import Sealer
from service.store import Fetched, open_store

REPOSITORY = Path(__file__).parents[2]
ENOUGH = 30.0


class Shared(NamedTuple):
    """A database, the sendings that its processes made, and a way to start one more of them."""

    database: str
    sends: Path
    start: Callable[[str, str], "subprocess.Popen[str]"]

    def sent(self) -> list[str]:
        return self.sends.read_text().splitlines() if self.sends.exists() else []


@pytest.fixture
def shared(database: str, tmp_path: Path) -> Iterator[Shared]:
    sends = tmp_path / "sends"
    with ExitStack() as stack:

        def start(behaviour: str, task: str) -> "subprocess.Popen[str]":
            arguments = [sys.executable, "-m", "tests.service.sharing", database, str(sends), behaviour, task]
            process = subprocess.Popen(arguments, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
            stack.callback(process.communicate)
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            return process

        yield Shared(database, sends, start)


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def becomes_final(database: str, verification_id: str) -> Fetched:
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}), serving=False)
    await store.start()
    ends = time.monotonic() + ENOUGH
    try:
        while True:
            found = await store.fetch(verification_id)
            assert found is not None
            if found.job.state is State.FINAL or time.monotonic() > ends:
                return found
            await asyncio.sleep(0.05)
    finally:
        await store.stop()


@pytest.mark.fault
async def test_what_a_killed_process_had_in_flight_is_finished_once_by_another(shared: Shared) -> None:
    first = shared.start("hang", "ask")
    verification_id = said(first)
    beside = None if shared.database.startswith("sqlite") else shared.start("answer", "wait")

    first.kill()
    first.wait()
    if beside is None:
        shared.start("answer", "wait")
    found = await becomes_final(shared.database, verification_id)

    assert found.job.state is State.FINAL
    assert found.job.attempts == 2
    assert len(shared.sent()) == len(set(shared.sent())) == 2
