"""For F4: a service that has one core to itself, and callers in an open loop on another, each on a new connection.

What a caller is told is timed from before it connects: a connection that nobody has accepted yet counts as well.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.faults.deployment import REPOSITORY, Deployment, bare, end, key_of, ready, running, settings_for
from tests.faults.driver import Said, ask, look, percentile, request
from tests.faults.people import MEMBER_IDS, crowd

PAYERS = tuple(MEMBER_IDS)
NUMBERS = count(1)

SIZE = 12_000
"""Bytes of a reply: long for a reply, so that ten times as many questions as can be answered are no more than this
process can ask."""


class Told(NamedTuple):
    """What one caller was told: when it began by the clock of the load, and the seconds from before it connected."""

    said: Said
    began: float
    seconds: float


class Load(NamedTuple):
    """What callers in an open loop were told, and meanwhile those who looked and those who asked for health."""

    told: Sequence[Told]
    looks: Sequence[Told]
    health: Sequence[Told]
    seconds: float
    used: float
    """The share of a core that the service used while callers came."""

    def of(self, *statuses: int) -> list[Told]:
        """Those who were told one of ``statuses``."""
        return [one for one in self.told if one.said.status in statuses]

    @property
    def goodput(self) -> float:
        """Final answers in a second, once the load has settled and while it lasts."""
        settled = self.seconds / 3
        ends = [one.began + one.seconds for one in self.of(200)]
        return sum(settled <= at <= self.seconds for at in ends) / (self.seconds - settled)

    @property
    def refused_p99(self) -> float:
        """Seconds within which nearly all who were refused heard of it."""
        return percentile([one.seconds for one in self.of(503)], 0.99)

    @property
    def longest(self) -> float:
        """Seconds that the last of all answers took."""
        return max((one.seconds for one in self.of(200, 202)), default=0.0)

    @property
    def unseen(self) -> float:
        """Seconds that an answer took beyond those of which the service itself knows, at most."""
        answers = self.of(200, 202)
        return max((one.seconds - one.said.json["timing"]["elapsed_ms"] / 1000 for one in answers), default=0.0)


async def tell(call: Awaitable[Said], began: float) -> Told:
    """What ``call`` is told; ``began`` is when the load did."""
    at = time.perf_counter()
    said = await call
    return Told(said, at - began, time.perf_counter() - at)


async def ask_one(deployment: Deployment, wait: int, key: str | None = None) -> Said:
    """Ask about somebody whom nobody asked about, of one payer after the other."""
    number = next(NUMBERS)
    return await ask(deployment, crowd(number, PAYERS[number % len(PAYERS)]), wait=wait, key=key)


async def measure_capacity(deployment: Deployment, callers: int, seconds: float, wait: int) -> float:
    """Final answers in a second when each of so many callers asks again as soon as it has its answer."""
    began = time.perf_counter()

    async def caller() -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            done += (await ask_one(deployment, wait)).status == 200
        return done

    return sum(await asyncio.gather(*(caller() for _ in range(callers)))) / (time.perf_counter() - began)


async def offer(deployment: Deployment, rate: float, seconds: float, wait: int, key: str | None = None) -> Load:
    """Questions at ``rate`` a second, however the earlier ones fare; beside them ten looks and health checks each."""
    known = (await ask_one(deployment, wait)).json["verification_id"]
    began, before = time.perf_counter(), processor_seconds(deployment.serving.pid)

    async def paced(rate: float, call: Callable[[], Awaitable[Said]]) -> list[asyncio.Task[Told]]:
        tasks: list[asyncio.Task[Told]] = []
        while (gone := time.perf_counter() - began) < seconds:
            while len(tasks) < gone * rate:
                tasks.append(asyncio.create_task(tell(call(), began)))
            await asyncio.sleep(0.001)
        return tasks

    every = await asyncio.gather(
        paced(rate, lambda: ask_one(deployment, wait, key)),
        paced(10, lambda: look(deployment, known)),
        paced(10, lambda: request(deployment.service, "GET", "/healthz", {})),
    )
    used = (processor_seconds(deployment.serving.pid) - before) / seconds
    told, looks, health = [[await task for task in tasks] for tasks in every]
    return Load(told, looks, health, seconds, used)


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def on_a_core_of_its_own(home: Path, changes: Sequence[str] = (), **settings: str) -> Iterator[Deployment]:
    """A service on one core; a payer that costs next to nothing and this process on the others."""
    cores = sorted(os.sched_getaffinity(0))
    payer = [sys.executable, "-m", "tests.benchmarks.payer_end"]
    os.sched_setaffinity(0, cores[1:] or cores)
    try:
        with subprocess.Popen(payer, cwd=REPOSITORY, env=bare(), stdout=subprocess.PIPE, text=True) as answering:
            try:
                address = ready(answering, home)
                asyncio.run(request(address, "POST", "/control", {}, json.dumps({"size": SIZE, "latency": 0}).encode()))
                environment = {**bare(), **settings_for(address, home), **settings}
                keys = [key_of(role, environment, home) for role in ("staff", "batch")]
                os.sched_setaffinity(0, cores[:1])
                with running(["serve", "--port", "0"], environment, home, changes) as (service, serving):
                    os.sched_setaffinity(0, cores[1:] or cores)
                    yield Deployment(address, service, *keys, answering, serving, home)
            finally:
                end(answering)
    finally:
        os.sched_setaffinity(0, cores)
