"""Every scenario of every payer through a running service: member details in, an honest answer out."""

import json
from typing import Any

import pytest

from payers.simulator.people import PEOPLE, ImaginaryPerson
from tests.journeys.asking import post

SIDES = ("in_network", "out_of_network")
BUSY = {"payer_down", "managed_and_down"}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.payer}-{person.scenario}")
def test_every_scenario_gets_its_answer(stage: Any, person: ImaginaryPerson) -> None:
    response = post(stage, person)

    answer = response.json()
    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    # A payer, or an administrator, that is down is asked again later; everybody else has the whole answer now.
    assert response.status_code == (202 if person.scenario in BUSY else 200)
    assert said == list(person.whole)
    known = {evidence["id"] for evidence in answer["evidence"]}
    assert all(set(row[side]["evidence"]) <= known for row in answer["programs"] for side in SIDES)
    assert person.last_name not in json.dumps({**answer, "evidence": []})


@pytest.mark.parametrize(
    ("payer", "scenario", "outcome", "asked"),
    [
        ("unitedhealthcare", "managed", "answered", ["unitedhealthcare", "optum"]),
        ("aetna", "managed", "answered", ["aetna", "optum"]),
        ("aetna", "managed_and_denied", "rejected", ["aetna", "optum"]),
        ("aetna", "managed_and_down", "pending", ["aetna", "optum"]),
        ("aetna", "managed_and_silent", "answered", ["aetna", "optum"]),
        ("aetna", "carve_out", "no_route", ["aetna"]),
        ("florida_blue", "carve_out", "no_route", ["florida_blue"]),
        ("cigna", "carve_out", "not_asked", ["cigna"]),
    ],
)
def test_who_runs_the_benefit_is_said_and_asked_where_it_can_be(
    stage: Any, payer: str, scenario: str, outcome: str, asked: list[str]
) -> None:
    person = next(person for person in PEOPLE if (person.payer, person.scenario) == (payer, scenario))

    answer = post(stage, person).json()

    (administrator,) = answer["administrators"]
    assert administrator["outcome"] == outcome
    assert administrator["phone"].startswith("80055501")
    assert list(dict.fromkeys(reply["payer"] for reply in answer["answered_by"])) == asked
    assert answer["coverage"]["plan_name"] != "PLAN"


@pytest.mark.parametrize(
    ("scenario", "field", "theirs"), [("married_name", "last_name", "WEDDED"), ("new_member_id", "member_id", "901")]
)
@pytest.mark.parametrize("payer", ["aetna", "cigna", "unitedhealthcare"])
def test_who_is_known_otherwise_reads_so_with_the_payers_own_line(
    stage: Any, payer: str, scenario: str, field: str, theirs: str
) -> None:
    person = next(person for person in PEOPLE if (person.payer, person.scenario) == (payer, scenario))

    answer = post(stage, person).json()

    assert (answer["state"], answer["member_match"]) == ("final", "differs")
    differs = [finding for finding in answer["findings"] if finding["code"] == "member_differs"]
    assert {finding["detail"] for finding in differs} == {field}
    lines = {evidence["segment"]: evidence["text"] for evidence in answer["evidence"]}
    assert all(theirs in lines[finding["segment"]] for finding in differs)
    assert theirs not in json.dumps({**answer, "evidence": []})


@pytest.mark.parametrize("payer", ["aetna", "cigna", "unitedhealthcare"])
def test_another_birth_date_is_final_and_nothing_of_the_reply_is_shown(stage: Any, payer: str) -> None:
    person = next(person for person in PEOPLE if (person.payer, person.scenario) == (payer, "other_birth_date"))

    # Asked twice: what the payer said is a verdict, and no ninety seconds must pass.
    post(stage, person)
    answer = post(stage, person).json()

    assert (answer["state"], answer["coverage"]["status"]) == ("final", "could_not_check")
    assert [(one["code"], one["fields"]) for one in answer["problems"]] == [("member_rejected", ["birth_date"])]
    assert (answer["answered_by"], answer["evidence"], answer["findings"]) == ([], [], [])
    assert {one["outcome"] for one in answer["timing"]["exchanges"]} == {"rejected"}
