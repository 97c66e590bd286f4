"""The service beside the floor in one run: both on one core, the payer's end and the callers on another.

``python -m tests.benchmarks.side_by_side`` prints the table, and with ``--profile`` what the service's main thread
spends its time on. Rounds alternate (floor, service, floor, service), so that what else the machine does disturbs both.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.faults.deployment import LAUNCHER, bare, end, key_of, ready, settings_for
from tests.faults.driver import request
from tests.faults.people import MEMBER_IDS, crowd

SIZES = (800, 4000)
CALLERS = 32
ROUND_SECONDS = 1.5
RATE = 20.0
LATENCY = 0.05
PROFILED_SECONDS = 20.0

NUMBERS = count(1)
PAYERS = tuple(MEMBER_IDS)


class Process(NamedTuple):
    """A process under measurement."""

    address: str
    pid: int

    def cpu(self) -> Mapping[int, float]:
        """Seconds of processor time that each of its threads has used; the main thread has the id of the process."""
        found = {}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with suppress(FileNotFoundError):
                found[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return found


class Round(NamedTuple):
    """What a round of questions came to; CPU is in milliseconds a question, of all threads and of the main one."""

    questions: int
    seconds: float
    cpu: float
    main_cpu: float
    latencies: Sequence[float]
    payer: Mapping[str, float]
    refused: int

    @property
    def rate(self) -> float:
        """Questions a second."""
        return self.questions / self.seconds


class Target(NamedTuple):
    """What is asked: a process, and the request for a question about somebody."""

    process: Process
    path: str
    headers: Mapping[str, str]

    async def ask(self, number: int) -> tuple[int, float]:
        """Ask about somebody whom nobody asked about; the status and the seconds it took."""
        body = json.dumps(crowd(number, PAYERS[number % len(PAYERS)])).encode()
        said = await request(self.process.address, "POST", self.path, self.headers, body)
        return said.status, said.seconds


class Bench(NamedTuple):
    """The processes of one run."""

    payer: Process
    floor: Process
    service: Process
    key: str

    def floor_of(self, waves: str) -> Target:
        """The floor with so many exchanges a question."""
        return Target(self.floor, f"/ask?waves={waves}", {"Content-Type": "application/json"})

    @property
    def ours(self) -> Target:
        """The service."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Prefer": "wait=20"}
        return Target(self.service, "/v1/verifications", headers)

    async def set_payer(self, size: int, latency: float = 0.0) -> None:
        """Set what the payer's end does from here on."""
        body = json.dumps({"size": size, "latency": latency}).encode()
        assert (await request(self.payer.address, "POST", "/control", {}, body)).status == 200

    async def seen_by_payer(self) -> Mapping[str, float]:
        """What was asked since."""
        return (await request(self.payer.address, "GET", "/control", {})).json  # type: ignore[no-any-return]


async def full_load(target: Target, seconds: float, callers: int = CALLERS) -> Sequence[tuple[int, float]]:
    """As many questions as are answered in ``seconds`` by callers who ask again at once."""
    ends = time.perf_counter() + seconds
    found: list[tuple[int, float]] = []

    async def caller() -> None:
        while time.perf_counter() < ends:
            found.append(await target.ask(next(NUMBERS)))

    await asyncio.gather(*(caller() for _ in range(callers)))
    return found


async def steady_load(target: Target, seconds: float, rate: float = RATE) -> Sequence[tuple[int, float]]:
    """Questions at ``rate`` a second, however the earlier ones fare."""
    began = time.perf_counter()
    tasks = []
    for place in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(target.ask(next(NUMBERS))))
    return [await task for task in tasks]


async def measure(
    bench: Bench, target: Target, load: Callable[[Target, float], Any], seconds: float, **payer: Any
) -> Round:
    """One round of ``load`` on ``target``."""
    await bench.set_payer(**payer)
    before, began = target.process.cpu(), time.perf_counter()
    said = await load(target, seconds)
    took, after = time.perf_counter() - began, target.process.cpu()
    spent = {name: after[name] - before.get(name, 0.0) for name in after}
    many = max(1, len(said))
    return Round(
        questions=len(said),
        seconds=took,
        cpu=1000 * sum(spent.values()) / many,
        main_cpu=1000 * spent[target.process.pid] / many,
        latencies=[seconds for _, seconds in said],
        payer=await bench.seen_by_payer(),
        refused=sum(status != 200 for status, _ in said),
    )


@contextmanager
def started(command: Sequence[str], home: Path, environment: Mapping[str, str], cores: set[int]) -> Iterator[Process]:
    """A process on ``cores``, with the address of its ready line."""
    path = home / f"{len(list(home.iterdir()))}.log"
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        with path.open("w") as log:
            process = subprocess.Popen(
                command, cwd=home, env=dict(environment), stdout=subprocess.PIPE, stderr=log, text=True
            )
    finally:
        os.sched_setaffinity(0, own)
    with process:
        try:
            yield Process(ready(process, path), process.pid)
        finally:
            end(process)


@contextmanager
def running(home: Path, changes: Iterable[str] = ()) -> Iterator[Bench]:
    """The payer's end, the floor and the service; ``changes`` are made in the service (``tests.faults.launcher``)."""
    first, *others = sorted(os.sched_getaffinity(0))
    measured, beside = {first}, set(others) or {first}
    own = os.sched_getaffinity(0)
    module = [sys.executable, "-m"]
    with ExitStack() as stack:
        payer = stack.enter_context(started([*module, "tests.benchmarks.payer_end"], home, bare(), beside))
        command = [*module, "tests.benchmarks.floor", payer.address]
        floor = stack.enter_context(started(command, home, bare(), measured))
        environment = {**bare(), **settings_for(payer.address, home), "BENEFITS_ROUTES__CORE_MIME__ATTEMPT_CAP": "15"}
        key = key_of("staff", environment, home)
        command = [*LAUNCHER, ",".join(changes), "serve", "--port", "0"]
        service = stack.enter_context(started(command, home, environment, measured))
        os.sched_setaffinity(0, beside)
        stack.callback(os.sched_setaffinity, 0, own)
        yield Bench(payer, floor, service, key)


class Figures(NamedTuple):
    """What one size of reply came to, each the median of its rounds."""

    size: int
    reply_bytes: float
    exchanges: float
    rate: float
    cpu: float
    main_cpu: float
    floor_rates: Mapping[int, float]
    floor_cpus: Mapping[int, float]
    refused: int

    def floor_cpu(self, exchanges: float) -> float:
        """Milliseconds of the floor with so many exchanges a question, on the line through those measured."""
        return _on_line(self.floor_cpus, exchanges)

    def floor_rate(self, exchanges: float) -> float:
        """Questions a second of the floor with so many exchanges each."""
        return 1.0 / _on_line({many: 1.0 / rate for many, rate in self.floor_rates.items()}, exchanges)

    @property
    def of_one(self) -> float:
        """Our questions a second as a part of those of the floor with one exchange."""
        return self.rate / self.floor_rate(1)

    @property
    def of_same(self) -> float:
        """Our questions a second as a part of those of the floor with as many exchanges."""
        return self.rate / self.floor_rate(self.exchanges)

    @property
    def cpu_of_one(self) -> float:
        """The processor time of the floor with one exchange, as a part of ours; what else runs disturbs it little."""
        return self.floor_cpu(1) / self.cpu

    @property
    def cpu_of_same(self) -> float:
        """The processor time of the floor with as many exchanges, as a part of ours."""
        return self.floor_cpu(self.exchanges) / self.cpu


def _on_line(known: Mapping[int, float], at: float) -> float:
    (one, first), (other, second) = sorted(known.items())
    return first + (second - first) * (at - one) / (other - one)


async def figures(bench: Bench, size: int, rounds: int = 3, seconds: float = ROUND_SECONDS) -> Figures:
    """Measure the throughput at one size of reply: the floor with one exchange, with three, the service, and again."""
    ones, threes, ours = [], [], []
    for _ in range(rounds):
        ones.append(await measure(bench, bench.floor_of("1"), full_load, seconds * 2 / 3, size=size))
        threes.append(await measure(bench, bench.floor_of("1,1,1"), full_load, seconds * 2 / 3, size=size))
        ours.append(await measure(bench, bench.ours, full_load, seconds, size=size))
    asked = sum(one.payer["questions"] for one in ours)
    exchanges = sum(one.payer["exchanges"] for one in ours)
    return Figures(
        size=size,
        reply_bytes=sum(one.payer["reply_bytes"] for one in ours) / exchanges,
        exchanges=exchanges / asked,
        rate=median(one.rate for one in ours),
        cpu=median(one.cpu for one in ours),
        main_cpu=median(one.main_cpu for one in ours),
        floor_rates={1: median(one.rate for one in ones), 3: median(one.rate for one in threes)},
        floor_cpus={1: median(one.cpu for one in ones), 3: median(one.cpu for one in threes)},
        refused=sum(one.refused for one in (*ones, *threes, *ours)),
    )


class Added(NamedTuple):
    """Milliseconds at the median of the best round at ``RATE`` questions a second, and the floor's waves."""

    ours: float
    floor: float
    waves: str
    steps: float
    exchanges: float

    @property
    def added(self) -> float:
        """What the service adds to the floor."""
        return self.ours - self.floor


async def latency_added(bench: Bench, size: int, seconds: float = 1.5, rounds: int = 3) -> Added:
    """Measure what the service adds to the latency of the floor that asks in as many steps."""
    probe = await measure(bench, bench.ours, steady_load, 1.0, size=size, latency=LATENCY)
    steps = max(1, round(probe.payer["steps"] / probe.payer["questions"]))
    exchanges = probe.payer["exchanges"] / probe.payer["questions"]
    waves = ",".join(["1"] * (steps - 1) + [str(max(1, round(exchanges) - steps + 1))])
    ours, floor = [], []
    for _ in range(rounds):
        floor.append(await measure(bench, bench.floor_of(waves), steady_load, seconds, size=size, latency=LATENCY))
        ours.append(await measure(bench, bench.ours, steady_load, seconds, size=size, latency=LATENCY))
    return Added(
        1000 * min(median(one.latencies) for one in ours),
        1000 * min(median(one.latencies) for one in floor),
        waves,
        probe.payer["steps"] / probe.payer["questions"],
        exchanges,
    )


def table(found: Sequence[Figures], added: Added) -> str:
    """Return what was measured, for people to read."""
    lines = [
        "                      questions a second             CPU ms a question",
        "reply   exchanges  ours  floor(1)  part  floor(n)  part   ours  main  floor(1)  part  floor(n)  part",
    ]
    lines += [
        f"{one.reply_bytes / 1000:4.1f} kB {one.exchanges:10.2f} {one.rate:5.0f} {one.floor_rate(1):9.0f}"
        f" {one.of_one:5.2f} {one.floor_rate(one.exchanges):9.0f} {one.of_same:5.2f}"
        f" {one.cpu:6.2f} {one.main_cpu:5.2f} {one.floor_cpu(1):9.2f} {one.cpu_of_one:5.2f}"
        f" {one.floor_cpu(one.exchanges):9.2f} {one.cpu_of_same:5.2f}"
        for one in found
    ]
    lines.append(
        f"at {RATE:.0f} a second, payer {1000 * LATENCY:.0f} ms: {added.ours:.0f} ms at the median, floor"
        f" {added.floor:.0f} (waves {added.waves}), added {added.added:.0f};"
        f" {added.exchanges:.2f} exchanges in {added.steps:.2f} steps"
    )
    return "\n".join(lines)


async def measure_all(bench: Bench) -> tuple[Sequence[Figures], Added]:
    """Measure everything, after a moment to warm up."""
    for target in (bench.floor_of("1"), bench.ours):
        await measure(bench, target, full_load, 1.0, size=SIZES[0])
    found = [await figures(bench, size) for size in SIZES]
    return found, await latency_added(bench, SIZES[0])


async def _profile(bench: Bench, size: int) -> Round:
    await measure(bench, bench.ours, full_load, 1.0, size=size)
    os.kill(bench.service.pid, signal.SIGUSR1)
    found = await measure(bench, bench.ours, full_load, PROFILED_SECONDS, size=size)
    os.kill(bench.service.pid, signal.SIGUSR2)
    return found


def main(arguments: Sequence[str]) -> None:
    """Print the table, or with ``--profile`` the profile."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if "--profile" not in arguments:
            with running(home) as bench:
                print(table(*asyncio.run(measure_all(bench))))
            return
        with running(home, ["tests.benchmarks.sampling:sample_main_thread"]) as bench:
            size = SIZES[-1] if "--long" in arguments else SIZES[0]
            found = asyncio.run(_profile(bench, size))
            while not (home / "profile.txt").exists():
                time.sleep(0.05)
        exchanges = found.payer["exchanges"] / found.questions
        print(f"{found.cpu:.2f} ms of CPU a question, {exchanges:.2f} exchanges, {found.refused} without an answer")
        print((home / "profile.txt").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])
