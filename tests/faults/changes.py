"""Changes that ``launcher`` makes in a process before its command runs: gauges, wide-open guards, and mutants."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from contracts import Benefits, Deadline, Reply
from payers.routes import http
from service import jobs
from service.bootstrap import Service
from service.store import attempts
from service.wire import exchanging, room
from service.wire.gate import Asked
from service.wire.policy import WirePolicy

TICK = 0.005


def wide_open() -> None:
    """No breaker, no queue, no pace: what comes back is the fault itself."""
    many = 100_000
    wide = WirePolicy(slots=many, batch_slots=many, public_slots=many, per_second=float(many), breaker_least_calls=many)
    room.WirePolicy = lambda: wide  # type: ignore[assignment,misc]
    # What one payer's Retry-After says would keep everybody else's fault away as well.
    room.WireRoom.close_until = lambda self, payer, road, until: until  # type: ignore[method-assign]


def lag_gauge() -> None:
    """Write the worst lag of each tenth of a second to ``lag.jsonl``.

    Time for which the kernel ran somebody else in our place is taken off: the machine may be busy with other work.
    """
    started = Service.start

    async def start(self: Service) -> None:
        await started(self)
        self.gauge = asyncio.create_task(_gauge())  # type: ignore[attr-defined]

    Service.start = start  # type: ignore[method-assign]


def _queued(thread: int | None = None) -> float:
    """Seconds for which a thread (this one, when none is named) was ready and the kernel ran another one."""
    waited = Path(f"/proc/self/task/{thread or threading.get_native_id()}/schedstat")
    return int(waited.read_text().split()[1]) / 1e9


def _others() -> dict[int, float]:
    """``_queued`` of every other thread: one that holds the interpreter and is not run holds the loop up as well."""
    ids = [thread.native_id for thread in threading.enumerate() if thread.native_id]
    found = {}
    for thread in ids:
        # A thread may end between being listed and being looked at.
        with suppress(FileNotFoundError, ProcessLookupError):
            found[thread] = _queued(thread)
    return found


def _tell(lag: float) -> None:
    with Path("lag.jsonl").open("a") as told:
        told.write(json.dumps(round(lag, 4)) + "\n")


async def _gauge() -> None:
    while True:
        worst, ends, others = 0.0, monotonic() + 0.1, _others()
        while (before := monotonic()) < ends:
            queued = _queued()
            await asyncio.sleep(TICK)
            worst = max(worst, monotonic() - before - TICK - (_queued() - queued))
        held_up = max((now - others.get(thread, now) for thread, now in _others().items()), default=0.0)
        _tell(max(0.0, worst - held_up))


def gate_off() -> None:
    """Mutant: whatever comes back is taken for the answer, also when it was somebody else's before."""

    def judge(reply: Reply, asked: Asked) -> Benefits:
        return reply.people[0]

    exchanging.judge = judge
    attempts.seen_elsewhere = lambda session, digest, job_id: False


def guard_off() -> None:
    """Mutant: a caller waits as long as its payer takes."""
    waits: Callable[..., Awaitable[Any]] = jobs.LiveJob.wait

    async def wait(self: jobs.LiveJob, deadline: Deadline, reread: Any) -> Any:
        while self.running:
            await waits(self, Deadline(0.3), reread)
        return await waits(self, deadline, reread)

    jobs.LiveJob.wait = wait  # type: ignore[method-assign]


def following() -> None:
    """Mutant: whoever redirects us is followed, as most clients do."""
    made = httpx.AsyncClient.__init__

    def follow(self: httpx.AsyncClient, **given: Any) -> None:
        made(self, **{**given, "follow_redirects": True})

    httpx.AsyncClient.__init__ = follow  # type: ignore[method-assign]


def naive() -> None:
    """Mutant: a client that takes what it is given, unpacked and whole."""

    async def whole(reply: httpx.Response) -> bytes:
        return await reply.aread()

    http._whole = whole
