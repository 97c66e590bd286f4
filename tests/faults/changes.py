"""Changes that ``launcher`` makes in a process before its command runs: gauges, wide-open guards, and mutants."""

import asyncio
import logging
import sys
import warnings
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import Any

import httpx
import sqlalchemy as sa

from contracts import Benefits, Deadline, Reply
from payers.routes.shared import http
from payers.routes.shared.connection import Connection
from payers.routes.shared.intake import Intake
from payers.routes.shared.transport import FreshConnections
from service.cli.bootstrap import Service
from service.gateway import exchange as exchanging, guards
from service.gateway.correlation import SentInquiry
from service.gateway.policy import GatewayPolicy
from service.store import attempts
from service.telemetry import logs as observe
from service.verification import live_jobs as jobs

TICK = 0.005

NOISE = "Zqcanary Imaginary"
"""What a careless library writes of a member."""


def wide_open() -> None:
    """No breaker, no queue, no pace: what comes back is the fault itself."""
    many = 100_000
    wide = GatewayPolicy(slots=many, batch_slots=many, public_slots=many, burst=many, breaker_least_calls=many)
    guards.GatewayPolicy = lambda: wide  # type: ignore[assignment,misc]
    # What one payer's Retry-After says would keep everybody else's fault away as well.
    guards.Guards.close_until = lambda self, payer, route, until: until  # type: ignore[method-assign]


def gate_off() -> None:
    """Mutant: whatever comes back is taken for the answer, also when it was somebody else's before."""

    def judge(reply: Reply, asked: SentInquiry) -> Benefits:
        return reply.people[0]

    exchanging.judge = judge
    *columns, seen = attempts._TO_CLOSE.selected_columns
    attempts._TO_CLOSE = attempts._TO_CLOSE.with_only_columns(*columns, sa.false().label(seen.name))


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
    send = http._send_signed

    async def follow(transport: FreshConnections, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        reply = await send(transport, request, auth)
        if not reply.has_redirect_location:
            return reply
        location = request.url.join(reply.headers["location"])
        headers = {**request.headers, "host": location.netloc.decode()}
        return await follow(
            transport, httpx.Request(request.method, location, headers=headers, content=request.content), auth
        )

    http._send_signed = follow


def naive() -> None:
    """Mutant: a client that takes what it is given, unpacked and whole."""

    async def whole(reply: httpx.Response, _: object) -> bytes:
        return await reply.aread()

    async def unbounded(_: Intake, connection: Connection) -> bytes:
        return await connection.read(65_536)

    http._read_body = whole
    Intake.read = unbounded  # type: ignore[method-assign]


def handlers_kept() -> None:
    """Mutant: a library that hangs a handler on its logger writes past the log, and so does who prints."""
    observe._calling_ours = lambda _: logging.Logger.callHandlers
    observe._Printed = lambda stream: stream  # type: ignore[assignment,misc]


def noisy() -> None:
    """Every way there is to write to stderr, each with a member's name in it, once the service has started."""
    started = Service.start

    async def start(self: Service) -> None:
        await started(self)
        asyncio.get_running_loop().call_later(0.1, _make_noise)

    Service.start = start  # type: ignore[method-assign]


def _make_noise() -> None:
    handler = logging.StreamHandler()
    careless = logging.getLogger("careless")
    careless.propagate = False
    careless.addHandler(handler)
    careless.error("about %s", NOISE)
    warnings.warn(NOISE, stacklevel=1)
    print(NOISE, file=sys.stderr)
    Thread(target=_raise).start()
    _Falls()
    task = asyncio.get_running_loop().create_task(_fail())
    task.add_done_callback(lambda _: None)
    asyncio.get_running_loop().call_soon(_raise)


def _raise() -> None:
    raise LookupError(NOISE)


async def _fail() -> None:
    _raise()


class _Falls:
    def __del__(self) -> None:
        _raise()
