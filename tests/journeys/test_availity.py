"""Availity through a running service, by settings alone: scenarios at a payer that is polled and at one that is not."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.setup import UNSAID
from tests.journeys.asking import ask, sayable

PAYERS = sorted({person.payer for person in PEOPLE})
TOLD = [person for person in PEOPLE if person.payer in {"aetna", "florida_blue"}]
ONLY = {f"BENEFITS_PAYERS__{payer.upper()}__ROUTES": '["availity_rest"]' for payer in PAYERS}
SETTINGS = {
    "TOKEN_URL": "/availity/v1/token",
    "CLIENT_ID": "simulator",
    "CLIENT_SECRET": "simulator",
    "ATTEMPT_CAP": "4",
}


@pytest.fixture(scope="module")
def availity(tmp_path_factory: pytest.TempPathFactory, staging: Any) -> Iterator[Any]:
    """A service that knows no route but Availity's."""
    route = {"availity_rest": ("/availity/v1/coverages", SETTINGS)}
    with staging(tmp_path_factory.mktemp("availity"), route, **ONLY) as found:
        yield found


def of_scenario(scenario: str, payer: str) -> ImaginaryPerson:
    return next(person for person in PEOPLE if (person.payer, person.scenario) == (payer, scenario))


def counted(stage: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(httpx.get(f"{stage.simulator}/control/counters", trust_env=False).content)
    return found


@pytest.fixture(scope="module")
def answers(availity: Any) -> dict[ImaginaryPerson, dict[str, Any]]:
    """The answer about everybody, asked side by side: each payer has a pace of its own."""
    mixed = sorted(TOLD, key=lambda person: person.scenario)
    with ThreadPoolExecutor(15) as pool:
        return dict(zip(mixed, pool.map(lambda person: ask(availity, person, wait=20), mixed), strict=True))


def test_without_a_token_nothing_is_sent_and_the_schedule_tries_again(availity: Any) -> None:
    # The first of all, while the service holds no token yet.
    switch = f"{availity.simulator}/control/fault"
    httpx.post(switch, json={"kind": "tokendown"}, trust_env=False)

    answer = ask(availity, of_scenario("inactive", "cigna"), wait=2)
    httpx.post(switch, json={"kind": None}, trust_env=False)

    assert (answer["state"], answer["coverage"]["status"]) == ("pending", "could_not_check")
    assert [problem["code"] for problem in answer["problems"]] == ["payer_unreachable"]
    assert counted(availity)["exchanges"] == 0


@pytest.mark.parametrize("person", TOLD, ids=lambda person: f"{person.payer}-{person.scenario}")
def test_every_scenario_gets_its_answer_at_availity(
    answers: dict[ImaginaryPerson, dict[str, Any]], person: ImaginaryPerson
) -> None:
    answer = answers[person]

    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    # Without our trace whoever differs may be another, and is told to be nobody.
    differs = f"{person.scenario}:*" in UNSAID["availity_rest"]
    if differs:
        assert said == ["could_not_check"] * 5
    else:
        assert sayable(person, "availity_rest", said) == sayable(person, "availity_rest", person.whole)
    assert {one["route"] for one in answer["timing"]["exchanges"]} == {"availity_rest"}
    paths = [evidence["path"] for evidence in answer["evidence"] if evidence["text"]]
    assert all(path.startswith("$") for path in paths)
    assert paths or answer["coverage"]["status"] == "could_not_check"


# Three a payer at most: a breaker opens at eight calls, of which half fail.
FAULTS = (
    ("aetna", "HANG", "payer_silent"),
    ("aetna", "CUT", "payer_silent"),
    ("aetna", "TRUNCATED", "reply_unreadable"),
    ("unitedhealthcare", "COUNT", "reply_unreadable"),
    ("cigna", "SWAP", "reply_mismatched"),
    ("cigna", "CROSS32", "reply_mismatched"),
    ("cigna", "OTHERID", "reply_mismatched"),
    ("optum", "TWICE", "reply_unreadable"),
    ("optum", "JSON1", "reply_unreadable"),
    ("unitedhealthcare", "REDIRECT", "setup_problem"),
    ("unitedhealthcare", "LOCATION", "setup_problem"),
    ("unitedhealthcare", "MOCK", "setup_problem"),
    ("unitedhealthcare", "REJECTED", "setup_problem"),
    ("unitedhealthcare", "ENVELOPE", "setup_problem"),
    ("unitedhealthcare", "TOKEN9", "setup_problem"),
    ("unitedhealthcare", "CODE19", "setup_problem"),
    ("unitedhealthcare", "STATUS500", "payer_silent"),
    ("florida_blue", "ACCEPTED", "payer_busy"),
    ("florida_blue", "CODE7", "payer_silent"),
    ("florida_blue", "HTML", "reply_unreadable"),
    ("florida_blue", "AAA72", "member_rejected"),
    ("florida_blue", "BUSY", "payer_busy"),
    # The last, since a payer that wants to be left alone is left alone by everybody.
    ("florida_blue", "STATUS503", "payer_busy"),
)


@pytest.mark.parametrize(("payer", "key", "code"), FAULTS, ids=[key for _, key, _ in FAULTS])
def test_what_goes_wrong_is_a_problem_and_never_a_refusal(availity: Any, payer: str, key: str, code: str) -> None:
    answer = ask(availity, of_scenario("covered_by_wording", payer), f"SIM-{key}-")

    assert [problem["code"] for problem in answer["problems"]] == [code]
    assert {row["in_network"]["verdict"] for row in answer["programs"]} == {"could_not_check"}
    assert (answer["problems"][0]["retry_at"] is None) == (answer["state"] == "final")
    assert answer["state"] == ("final" if code in {"setup_problem", "member_rejected"} else "pending")


@pytest.mark.parametrize("key", ["POLL504", "TOKEN1", "DUPLICATE", "SKEWED", "CODED3"])
def test_what_goes_wrong_for_a_moment_is_got_over(availity: Any, key: str) -> None:
    person = of_scenario("likely_by_facility_line", "optum")

    answer = ask(availity, person, f"SIM-{key}-", wait=20)

    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    assert said == list(person.whole)


def test_no_request_broke_availitys_rules_and_nothing_went_astray(availity: Any) -> None:
    seen = counted(availity)

    assert (seen["violations"], seen["astray"]) == ([], 0)
