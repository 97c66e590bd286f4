"""Changes that ``launcher`` makes in a process before its command runs: gauges, wide-open guards, and mutants."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from contracts import Benefits, Deadline, Reply
from payers.routes import http
from service import jobs
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
