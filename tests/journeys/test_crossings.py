"""A payer that mixes members up, in every combination and over every route: what comes of it is what the gate owes.

The far ends are the simulator's own, in this process; the crowd of it answers under any name and id, so that only what
was crossed differs.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from typing import Any, NamedTuple

import httpx
import pytest
import respx

from contracts import (
    BirthDateDiffers,
    Inquiry,
    Member,
    Provider,
    ReplyMismatched,
    Route,
    RouteSettings,
    Subscriber,
    compare,
)
from payers.routes import availity_rest, core_mime, core_soap, optum_json, optum_real, stedi_json
from payers.simulator.endpoints.availity_rest.endpoint import AvailityRestEndpoint
from payers.simulator.endpoints.core_mime import CoreMimeEndpoint
from payers.simulator.endpoints.core_soap import CoreSoapEndpoint
from payers.simulator.endpoints.optum_json.endpoint import OptumJsonEndpoint
from payers.simulator.endpoints.optum_real.endpoint import OptumRealEndpoint
from payers.simulator.endpoints.stedi_json.endpoint import StediJsonEndpoint
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request
from payers.simulator.payer_system import PayerSystem
from payers.simulator.setup import SETTINGS
from payers.unitedhealthcare import CARD
from service.gateway.correlation import SentInquiry, judge
from tests.faults.mixing import numbers

HOST = "https://127.0.0.1:9443"
TRACE, MEMBER_ID, BIRTH_DATE, LAST_NAME, FIRST_NAME, DECLARED = 1, 8, 16, 32, 64, 128


class RouteCase(NamedTuple):
    """A route, its far end, and whether its form carries our trace and the payer's declaration of a correction."""

    open_route: Callable[[RouteSettings], Route]
    end: Any
    traced: bool = False
    declares: bool = False


async def at_once(_: float) -> None:
    """The time between two polls."""


ROUTES = {
    "core_mime": RouteCase(core_mime.open_route, CoreMimeEndpoint, traced=True, declares=True),
    "core_soap": RouteCase(core_soap.open_route, CoreSoapEndpoint, traced=True, declares=True),
    "availity_rest": RouteCase(
        lambda settings: availity_rest.AvailityRest(settings, sleep=at_once), AvailityRestEndpoint
    ),
    "optum_json": RouteCase(optum_json.open_route, OptumJsonEndpoint, declares=True),
    "optum_real": RouteCase(optum_real.open_route, OptumRealEndpoint, traced=True),
    "stedi_json": RouteCase(stedi_json.open_route, StediJsonEndpoint, declares=True),
}


def owed(bits: int, route_name: RouteCase) -> str:
    """What ``ANSWER.md`` [H1] to [H4] make of a reply in which the things of ``bits`` are another's."""
    if bits & TRACE and route_name.traced:
        return "quarantine"
    named = (bits & (MEMBER_ID | LAST_NAME | FIRST_NAME)).bit_count()
    if not named and not bits & BIRTH_DATE:
        return "exact"
    if named == 1 and bits & FIRST_NAME and not bits & BIRTH_DATE:
        return "differs"
    if not route_name.traced:
        return "quarantine"
    if bits & BIRTH_DATE:
        return "quarantine" if named else "other birth date"
    return "differs" if named <= (2 if bits & DECLARED and route_name.declares else 1) else "quarantine"


@asynccontextmanager
async def edge(end: Any) -> AsyncIterator[None]:
    """The HTTP edge: every request is the far end's."""

    async def handle(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        response = await end.answer(Request(request.method, request.url.path, headers, await request.aread()))
        return httpx.Response(response.status, headers=response.headers, content=response.body)

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=handle)
        yield


def settings_of(route_name: str) -> RouteSettings:
    given = {
        name.lower(): HOST + value if value.startswith("/") else value for name, value in SETTINGS[route_name].items()
    }
    return RouteSettings(**given)


def inquiry_about(number: int, bits: int, payer_id: str, *, dependent: bool) -> Inquiry:
    member_id = f"SIM-CROSS{bits}-90000{number:04d}" if bits else f"90000{number:04d}"
    holder = Subscriber(first_name="ODIN", last_name=f"CROWD{number:05d}", birth_date="1961-01-31", member_id=member_id)
    return Inquiry(
        payer=CARD.id,
        payer_id=payer_id,
        payer_name="UNITEDHEALTHCARE",
        member=Member(
            first_name="IVY",
            last_name=f"CROWD{number:05d}",
            birth_date="1990-04-12",
            member_id=None if dependent else member_id,
        ),
        subscriber=holder if dependent else None,
        provider=Provider(npi="1999999984", name="Example Center", tax_id="900000001"),
        service_date="2026-11-24",
        service_types=("30",),
    )


@pytest.mark.parametrize("dependent", [False, True], ids=["subscriber", "dependent"])
@pytest.mark.parametrize("name", ROUTES)
async def test_every_crossing_comes_to_what_it_should_over_every_route(name: str, *, dependent: bool) -> None:
    route_name = ROUTES[name]
    entry = CARD.on(name)
    route, end = route_name.open_route(settings_of(name)), route_name.end(FaultSource(), PayerSystem())
    assert entry is not None
    # A dependent's id is the subscriber's, and a payer declares each of the two at a level of their own.
    things = (TRACE, MEMBER_ID, BIRTH_DATE, LAST_NAME, FIRST_NAME, *(() if dependent else (DECLARED,)))
    choices = product(*((0, bit) for bit in things))

    async def came(number: int, bits: int) -> str:
        inquiry, sent = inquiry_about(number, bits, entry.payer_id, dependent=dependent), numbers(number)
        reply = await route.exchange(inquiry, sent, seconds=5)
        try:
            benefits = judge(reply, SentInquiry(inquiry, sent, CARD, (CARD,)))
        except ReplyMismatched:
            return "quarantine"
        except BirthDateDiffers:
            return "other birth date"
        assert benefits.lines
        return compare(inquiry, benefits, CARD).match.value

    async with edge(end):
        found = {bits: await came(number, bits) for number, bits in enumerate(map(sum, choices), start=1)}

    assert len(found) == 2 ** len(things)
    assert found == {bits: owed(bits, route_name) for bits in found}
    assert end.violations == []
