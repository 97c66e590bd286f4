"""Every story of every payer through the real door: member details in, an honest answer out."""

import json
from typing import Any

import httpx
import pytest

from payers.simulator.people import PEOPLE, ImaginaryPerson

SIDES = ("in_network", "out_of_network")
MOST_BUSY = {"payer_down"}


def body_of(person: ImaginaryPerson, **member: str) -> dict[str, Any]:
    patient = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date", "member_id")}
    asked: dict[str, Any] = {"payer": person.payer, "member": patient | member}
    if person.holder is not None:
        asked["subscriber"] = {
            "first_name": person.holder,
            "last_name": person.last_name,
            "birth_date": "1970-01-02",
            "member_id": person.member_id,
            "relationship": "child",
        }
        asked["member"]["member_id"] = None
    return asked


def ask(stage: Any, body: dict[str, Any], wait: int = 8, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or stage.staff}", "Prefer": f"wait={wait}"}
    return httpx.post(f"{stage.service}/v1/verifications", json=body, headers=headers, timeout=30, trust_env=False)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.payer}-{person.story}")
def test_every_story_gets_its_answer(stage: Any, person: ImaginaryPerson) -> None:
    response = ask(stage, body_of(person))

    answer = response.json()
    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    # A payer that is down is asked again later; everybody else has the whole answer now.
    assert response.status_code == (202 if person.story in MOST_BUSY else 200)
    assert said == list(person.expected)
    known = {evidence["id"] for evidence in answer["evidence"]}
    assert all(set(row[side]["evidence"]) <= known for row in answer["programs"] for side in SIDES)
    assert person.last_name not in json.dumps({**answer, "evidence": []})
