"""Every scenario over the JSON routes: the answer is the one that the same scenario has over CORE MIME."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from importlib.metadata import entry_points
from itertools import count
from typing import Any

import httpx
import pytest
import respx

from contracts import (
    AttemptNumbers,
    Benefits,
    Card,
    Inquiry,
    Member,
    PayerError,
    Provider,
    Question,
    Relationship,
    Route,
    RouteSettings,
    Subscriber,
)
from payers.routes import optum_json, stedi_json
from payers.simulator.endpoints.optum_json.endpoint import OptumJsonEndpoint
from payers.simulator.endpoints.stedi_json.endpoint import StediJsonEndpoint
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request
from payers.simulator.payer_system import PayerSystem
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.setup import UNSAID
from service.gateway.correlation import SentInquiry, judge

HOST = "https://127.0.0.1:9443"
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


def optum() -> tuple[Route, Any]:
    settings = RouteSettings(
        url=f"{HOST}/optum/medicalnetwork/eligibility/v3",
        token_url=f"{HOST}/optum/token",
        client_id="simulator",
        client_secret="simulator",
    )
    return optum_json.open_route(settings), OptumJsonEndpoint(FaultSource(), PayerSystem())


def stedi() -> tuple[Route, Any]:
    settings = RouteSettings(url=f"{HOST}/stedi/2026-06-01/eligibility-check", api_key="simulator")
    return stedi_json.open_route(settings), StediJsonEndpoint(FaultSource(), PayerSystem())


class PlainGateway:
    """A gateway without policy: one exchange over a route to its end, and the gate."""

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
    """The HTTP edge: every request is the end's, every body as ``change`` leaves it."""

    async def handle(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        response = await end.answer(Request(request.method, request.url.path, headers, request.content))
        return httpx.Response(response.status, headers=response.headers, content=change(response.body))

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=handle)
        yield


def question_about(person: ImaginaryPerson) -> Question:
    given = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date")}
    holder = None
    if person.holder is not None:
        holder = Subscriber(
            first_name=person.holder,
            last_name=person.last_name,
            birth_date=date(1970, 1, 2),
            member_id=person.member_id,
            relationship=Relationship.CHILD,
        )
    return Question(
        payer=person.payer,
        member=Member(**given, member_id=None if holder else person.member_id),
        subscriber=holder,
        provider=Provider(npi="1999999984", name="Example Center"),
        service_date=date(2026, 11, 24),
    )


async def answered(person: ImaginaryPerson, route: Route, end: Any, change: Callable[[bytes], bytes]) -> list[str]:
    async with edge(end, change):
        try:
            answer = await ADAPTERS[person.payer].verify(question_about(person), PlainGateway(route))
        except PayerError as error:
            return [type(error).__name__]
    return [answer.coverage.status, *(row.in_network.verdict for row in answer.programs)]


def without_raw(body: bytes) -> bytes:
    """A reply as a gateway would write it that hands no raw reply on."""
    said = json.loads(body)
    said.pop("x12", None)
    return json.dumps(said).encode()


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.payer}-{person.scenario}")
@pytest.mark.parametrize(
    ("route_name", "change"),
    [
        pytest.param(optum, lambda body: body, id="optum_json"),
        pytest.param(stedi, lambda body: body, id="stedi_json"),
        pytest.param(stedi, without_raw, id="stedi_json-without-x12"),
    ],
)
async def test_a_scenario_has_one_answer_over_every_route(
    person: ImaginaryPerson, route_name: Callable[[], tuple[Route, Any]], change: Callable[[bytes], bytes]
) -> None:
    if ADAPTERS[person.payer].card.on(route_name()[0].name) is None:
        pytest.skip("the payer is not on this route")
    route, end = route_name()

    said = await answered(person, route, end, change)

    # Neither route carries our trace, and without it whoever differs may be another.
    differs = f"{person.scenario}:*" in UNSAID[route.name]
    assert said == (["ReplyMismatched"] if differs else list(person.expected))
    assert end.violations == []
