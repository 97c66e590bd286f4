"""A payer that mixes its replies up, and thousands of inquiries to it, each judged with the gate and without it.

``python -m tests.faults.mixing SEED INQUIRIES [URL]`` prints what was counted as JSON. With a URL each inquiry is an
exchange over a connection of its own; without one the route hands its bytes to the payer's end in the same process,
which is what thousands of them have time for.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import count
from random import Random

import httpx
import uvloop

from contracts import (
    BirthDateDiffers,
    Inquiry,
    Member,
    PayerError,
    Provider,
    ReplyMismatched,
    Route,
    RouteSettings,
)
from payers.aetna import CARD
from payers.routes.core_mime import CoreMime, open_route
from payers.routes.shared.http import Received
from payers.simulator.endpoints.core_mime import CoreMimeEndpoint
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request
from payers.simulator.payer_system import PayerSystem
from service.gateway.correlation import SentInquiry, judge
from tests.faults.driver import drive
from tests.faults.people import crowd, numbers, own_plan

AT_ONCE = 64
SHARE = 0.01
DISCONNECTS = 0.10


def may_pass(fields: int) -> bool:
    """Whether a reply in which these things are another's may be the member's own: ``ANSWER.md`` [H1], [H2] and [H4].

    ISA13 (4) is a payer's own to choose. Under our trace one of id (8), last name (32) and first name (64) may differ,
    and two of them where the payer declares it (128); a birth date (16) never.
    """
    named = (fields & (8 | 32 | 64)).bit_count()
    return not fields & (1 | 2 | 16) and named <= (2 if fields & 128 else 1)


CROSSINGS = [fields for fields in range(1, 256) if not may_pass(fields)]
"""Combinations of the seven things, declared or not, that are somebody else's reply."""


class Near:
    """A route's way out that ends in this process: the same bytes, and no connection."""

    def __init__(self, seed: int) -> None:
        self._end = CoreMimeEndpoint(FaultSource(swap=SHARE, seed=seed), PayerSystem())
        self._dice = Random(seed)

    async def send(self, method: str, *, seconds: float, headers: Mapping[str, str], content: bytes) -> Received:
        sent = httpx.Request(method, "http://127.0.0.1/core/mime", headers=headers, content=content)
        await asyncio.sleep(self._dice.random() * 0.01)
        came = await self._end.answer(Request(method, "/core/mime", dict(sent.headers), content))
        await asyncio.sleep(self._dice.random() * 0.01)
        return Received(came.status, {name.lower(): value for name, value in came.headers}, came.body)


def route_name(seed: int, url: str | None) -> Route:
    """CORE MIME to the payer at ``url``, or to one in this process."""
    settings = RouteSettings(
        url=f"{url or 'http://127.0.0.1:9'}/core/mime", username="simulator", password="simulator", sender_id="BENEFITS"
    )
    opened = open_route(settings)
    if url is None:
        assert isinstance(opened, CoreMime)
        opened._http = Near(seed)  # type: ignore[assignment]
    return opened


def inquiry(number: int, fault: str) -> Inquiry:
    return Inquiry(
        payer="aetna",
        payer_id="60054",
        payer_name="AETNA",
        member=Member(**crowd(number, fault=fault)["member"]),
        provider=Provider(npi="1999999984", name="Example Recovery Center"),
        service_date="2026-11-24",
        service_types=("30",),
    )


async def exchange(route: Route, number: int, fault: str, seen: Counter[str]) -> None:
    """One inquiry, judged with the gate and without it."""
    asked = inquiry(number, fault)
    reply = await route.exchange(asked, numbers(number), seconds=60)
    blind = reply.people[0].lines[0].plan if reply.people[0].lines else None
    mixed_up = blind != own_plan(number) or bool(fault)
    seen["crossed_without_the_gate"] += blind != own_plan(number)
    seen["mixed_up"] += mixed_up
    try:
        benefits = judge(reply, SentInquiry(asked, numbers(number), CARD, (CARD,)))
    except (ReplyMismatched, BirthDateDiffers):
        seen["blocked" if mixed_up else "falsely_blocked"] += 1
        return
    seen["right" if benefits.lines[0].plan == own_plan(number) else "crossed"] += 1


async def everybody(seed: int, inquiries: int, url: str | None) -> Counter[str]:
    """All inquiries; some callers leave at a moment of their own, as a cancelled request does."""
    route, dice, seen = route_name(seed, url), Random(seed), Counter[str]()
    crossings = count(seed)

    async def one(number: int) -> None:
        rolled = dice.random()
        fault = f"CROSS{CROSSINGS[next(crossings) % len(CROSSINGS)]}" if rolled > 1 - SHARE else ""
        work = asyncio.create_task(exchange(route, number, fault, seen))
        if rolled < DISCONNECTS:
            await asyncio.sleep(dice.random() * 0.02)
            work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            seen["left"] += 1
        except PayerError as error:
            seen[type(error).__name__] += 1

    await drive(range(1, inquiries + 1), one, AT_ONCE)
    return seen


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        arguments = (int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if sys.argv[3:] else None)
        print(json.dumps(runner.run(everybody(*arguments))))
