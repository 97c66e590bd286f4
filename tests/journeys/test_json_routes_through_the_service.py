"""The JSON routes by settings alone: the service asks over them, and answers with the scenario."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from payers.simulator.people import PEOPLE, ImaginaryPerson
from tests.journeys.asking import ask

ROUTE_OF = {
    "aetna": "optum_json",
    "cigna": "stedi_json",
    "florida_blue": "stedi_json",
    "optum": "optum_json",
    "unitedhealthcare": "optum_json",
}
SCENARIOS = {"covered_by_wording", "carve_out", "unknown_member", "wrong_birth_date", "dependent_at_2000D", "inactive"}
ASKED = [person for person in PEOPLE if person.scenario in SCENARIOS]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, staging: Any) -> Iterator[Any]:
    """A service that asks each payer over one JSON route and no other."""
    oauth = {"TOKEN_URL": "/optum/token", "CLIENT_ID": "simulator", "CLIENT_SECRET": "simulator"}
    routes = {
        "optum_json": ("/optum/medicalnetwork/eligibility/v3", oauth),
        "stedi_json": ("/stedi/2026-06-01/eligibility-check", {"API_KEY": "simulator"}),
    }
    only = {f"BENEFITS_PAYERS__{payer.upper()}__ROUTES": json.dumps([route]) for payer, route in ROUTE_OF.items()}
    with staging(tmp_path_factory.mktemp("json"), routes, **only) as found:
        yield found


@pytest.fixture(scope="module")
def answers(service: Any) -> dict[ImaginaryPerson, dict[str, Any]]:
    """The answer about everybody, asked side by side: each payer has a pace of its own."""
    with ThreadPoolExecutor(10) as pool:
        return dict(zip(ASKED, pool.map(lambda person: ask(service, person), ASKED), strict=True))


@pytest.mark.parametrize("person", ASKED, ids=lambda person: f"{person.payer}-{person.scenario}")
def test_a_scenario_gets_its_answer_over_the_route_of_the_settings(
    answers: dict[ImaginaryPerson, dict[str, Any]], person: ImaginaryPerson
) -> None:
    answer = answers[person]

    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    assert said == list(person.expected)
    asked = {one["route"] for one in answer["timing"]["exchanges"] if one["payer"] == person.payer}
    assert asked == {ROUTE_OF[person.payer]}


@pytest.mark.parametrize("payer", ["aetna", "cigna"])
@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("TRUNCATED", "reply_unreadable"),
        ("SWAP", "reply_mismatched"),
        ("CLOSE", "payer_silent"),
        ("REJECTED", "setup_problem"),
        ("ENVELOPE", "setup_problem"),
        # The last, since a payer that wants to be left alone is left alone by everybody.
        ("STATUS429", "payer_busy"),
    ],
)
def test_what_goes_wrong_is_a_problem_and_never_a_refusal(service: Any, payer: str, key: str, code: str) -> None:
    person = next(one for one in PEOPLE if (one.payer, one.scenario) == (payer, "covered_by_wording"))

    answer = ask(service, person, f"SIM-{key}-")

    assert [problem["code"] for problem in answer["problems"]] == [code]
    assert {row["in_network"]["verdict"] for row in answer["programs"]} == {"could_not_check"}


def test_the_gateways_found_nothing_wrong_with_any_request(service: Any) -> None:
    counted = json.loads(httpx.get(f"{service.simulator}/control/counters", trust_env=False).content)

    assert counted["violations"] == []
