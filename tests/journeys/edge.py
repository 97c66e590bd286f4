"""A question over one route to an endpoint of the simulator, without a socket, a service or a policy."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from importlib.metadata import entry_points
from itertools import count
from typing import Any

import httpx
import respx

from contracts import (
    AttemptNumbers,
    Benefits,
    Card,
    Inquiry,
    Member,
    Provider,
    Question,
    Relationship,
    Route,
    Subscriber,
)
from payers.simulator.http_messages import Request
from payers.simulator.people import ImaginaryPerson
from service.gateway.correlation import SentInquiry, judge

ADAPTERS = {entry.name: entry.load() for entry in entry_points(group="benefit_verification.payers")}
CARDS = tuple(adapter.card for adapter in ADAPTERS.values())
NUMBERS = count(1)


def numbers() -> AttemptNumbers:
    number = next(NUMBERS)
    return AttemptNumbers(
        interchange=f"{number:09d}",
        group=str(number),
        trace=f"TR{number:010d}",
        originator="9123456789",
        transaction=f"BV{number:010d}",
        envelope_id=f"f81d4fae-7dec-41d0-a765-{number:012d}",
    )


class PlainGateway:
    """A gateway without policy: one exchange over a route to its end, and the correlation check."""

    cards = CARDS

    def __init__(self, route: Route) -> None:
        self._route = route

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        entry = card.on(self._route.name) or card.routes[0]
        named = inquiry.model_copy(update={"payer_id": entry.payer_id, "payer_name": entry.payer_name or card.name})
        sent = numbers()
        reply = await self._route.exchange(named, sent, seconds=5)
        benefits = judge(reply, SentInquiry(named, sent, card, CARDS))
        return benefits._replace(route=self._route.name, asked=inquiry.service_types)


@asynccontextmanager
async def edge(end: Any, change: Callable[[bytes], bytes] = lambda body: body) -> AsyncIterator[None]:
    """The HTTP edge: every request is the endpoint's, every body as ``change`` leaves it."""

    async def handle(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        response = await end.answer(Request(request.method, request.url.path, headers, request.content))
        return httpx.Response(response.status, headers=response.headers, content=change(response.body))

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=handle)
        yield


def question_about(person: ImaginaryPerson, key: str = "", tax_id: str | None = None) -> Question:
    """The question about ``person``, a dependent under the holder's id; ``key`` before the id chooses the fault."""
    given = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date")}
    holder = None
    if person.holder is not None:
        holder = Subscriber(
            first_name=person.holder,
            last_name=person.last_name,
            birth_date=date(1970, 1, 2),
            member_id=key + person.member_id,
            relationship=Relationship.CHILD,
        )
    return Question(
        payer=person.payer,
        member=Member(**given, member_id=None if holder else key + person.member_id),
        subscriber=holder,
        provider=Provider(npi="1999999984", name="Example Center", tax_id=tax_id),
        service_date=date(2026, 11, 24),
    )
