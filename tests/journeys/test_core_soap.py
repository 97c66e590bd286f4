"""Every story of every payer over CORE SOAP, through the real door, by settings alone."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from payers.simulator.people import PEOPLE, ImaginaryPerson

PAYERS = sorted({person.payer for person in PEOPLE})


@pytest.fixture(scope="module")
def soap(tmp_path_factory: pytest.TempPathFactory, staging: Any) -> Iterator[Any]:
    """A service that knows no road but CORE SOAP."""
    credentials = dict.fromkeys(("USERNAME", "PASSWORD"), "simulator")
    only = {f"BENEFITS_PAYERS__{payer.upper()}__ROADS": '["core_soap"]' for payer in PAYERS}
    with staging(tmp_path_factory.mktemp("soap"), {"core_soap": ("/core/soap", credentials)}, **only) as found:
        yield found


def ask(stage: Any, person: ImaginaryPerson, key: str = "") -> dict[str, Any]:
    patient: dict[str, Any] = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date")}
    body: dict[str, Any] = {"payer": person.payer, "member": patient}
    if person.holder is None:
        patient["member_id"] = key + person.member_id
    else:
        holder = {"first_name": person.holder, "last_name": person.last_name, "birth_date": "1970-01-02"}
        body["subscriber"] = {**holder, "member_id": key + person.member_id, "relationship": "child"}
    headers = {"Authorization": f"Bearer {stage.staff}", "Prefer": "wait=8"}
    found: dict[str, Any] = httpx.post(
        f"{stage.service}/v1/verifications", json=body, headers=headers, timeout=30, trust_env=False
    ).json()
    return found


@pytest.fixture(scope="module")
def answers(soap: Any) -> dict[ImaginaryPerson, dict[str, Any]]:
    """The answer about everybody, asked side by side: each payer has a pace of its own."""
    mixed = sorted(PEOPLE, key=lambda person: person.story)
    with ThreadPoolExecutor(15) as pool:
        return dict(zip(mixed, pool.map(lambda person: ask(soap, person), mixed), strict=True))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.payer}-{person.story}")
def test_every_story_gets_its_answer_over_core_soap(
    answers: dict[ImaginaryPerson, dict[str, Any]], person: ImaginaryPerson
) -> None:
    answer = answers[person]

    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    assert said == list(person.whole)
    assert {one["road"] for one in answer["timing"]["exchanges"]} == {"core_soap"}
    assert {one["road"] for one in answer["answered_by"]} <= {"core_soap"}


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("XMLBOMB", "reply_unreadable"),
        ("DEPTH", "reply_unreadable"),
        ("SWAP", "reply_mismatched"),
        ("FAULT", "payer_silent"),
        ("ENVELOPE", "setup_problem"),
        # The last, since a payer that wants to be left alone is left alone by everybody.
        ("STATUS429", "payer_busy"),
    ],
)
def test_what_goes_wrong_is_a_problem_and_never_a_refusal(soap: Any, key: str, code: str) -> None:
    person = next(one for one in PEOPLE if (one.payer, one.story) == ("cigna", "covered_by_wording"))

    answer = ask(soap, person, f"SIM-{key}-")

    assert [problem["code"] for problem in answer["problems"]] == [code]
    assert {row["in_network"]["verdict"] for row in answer["programs"]} == {"could_not_check"}


def test_the_payers_found_nothing_wrong_with_any_request(soap: Any) -> None:
    counted = json.loads(httpx.get(f"{soap.simulator}/control/counters", trust_env=False).content)

    assert counted["violations"] == []
