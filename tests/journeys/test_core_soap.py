"""CORE SOAP through a running service, by settings alone; `test_demo` asks about everybody over it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from payers.simulator.people import PEOPLE
from tests.journeys.asking import ask

PAYERS = sorted({person.payer for person in PEOPLE})


@pytest.fixture(scope="module")
def soap(tmp_path_factory: pytest.TempPathFactory, staging: Any) -> Iterator[Any]:
    """A service that knows no route but CORE SOAP."""
    credentials = dict.fromkeys(("USERNAME", "PASSWORD"), "simulator")
    only = {f"BENEFITS_PAYERS__{payer.upper()}__ROUTES": '["core_soap"]' for payer in PAYERS}
    with staging(tmp_path_factory.mktemp("soap"), {"core_soap": ("/core/soap", credentials)}, **only) as found:
        yield found


@pytest.mark.parametrize(
    ("payer", "key", "code"),
    [
        # A payer each or nearly, since so many failures in a row would open its breaker.
        ("aetna", "XMLBOMB", "reply_unreadable"),
        ("cigna", "DEPTH", "reply_unreadable"),
        ("florida_blue", "SWAP", "reply_mismatched"),
        ("optum", "FAULT", "payer_silent"),
        ("unitedhealthcare", "ENVELOPE", "setup_problem"),
        ("aetna", "STATUS429", "payer_busy"),
    ],
)
def test_what_goes_wrong_is_a_problem_and_never_a_refusal(soap: Any, payer: str, key: str, code: str) -> None:
    person = next(one for one in PEOPLE if (one.payer, one.scenario) == (payer, "covered_by_wording"))

    answer = ask(soap, person, f"SIM-{key}-")

    assert [problem["code"] for problem in answer["problems"]] == [code]
    assert {row["in_network"]["verdict"] for row in answer["programs"]} == {"could_not_check"}


def test_the_payers_found_nothing_wrong_with_any_request(soap: Any) -> None:
    counted = json.loads(httpx.get(f"{soap.simulator}/control/counters", trust_env=False).content)

    assert counted["violations"] == []
