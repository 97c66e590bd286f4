"""Every scenario over the JSON routes: the answer is the one that the same scenario has over CORE MIME."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts import (
    PayerError,
    Route,
    RouteSettings,
)
from payers.routes import optum_json, stedi_json
from payers.simulator.endpoints.optum_json.endpoint import OptumJsonEndpoint
from payers.simulator.endpoints.stedi_json.endpoint import StediJsonEndpoint
from payers.simulator.faults import FaultSource
from payers.simulator.payer_system import PayerSystem
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.setup import UNSAID
from tests.journeys.edge import ADAPTERS, PlainGateway, edge, question_about

HOST = "https://127.0.0.1:9443"


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
