"""The service as a process on PostgreSQL: the same answers as on a file."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx

from payers.simulator.people import PEOPLE
from tests.journeys.asking import post


def test_a_service_on_a_server_answers_and_remembers(staging: Any, postgres: Any, tmp_path: Path) -> None:
    person = next(person for person in PEOPLE if person.whole[0] == "active")
    settings = {
        "BENEFITS_DATABASE_URL": postgres.url(),
        "BENEFITS_KEYS__SEALING": f"k1:{b64encode(bytes(range(32))).decode()}",
    }
    with staging(tmp_path, **settings) as stage:
        asked = post(stage, person)
        seen = httpx.get(
            stage.service + asked.headers["location"],
            headers={"Authorization": f"Bearer {stage.staff}"},
            timeout=30,
            trust_env=False,
        )

    assert (asked.status_code, seen.status_code) == (200, 200)
    assert {**asked.json(), "timing": None} == {**seen.json(), "timing": None}
    assert asked.json()["coverage"]["status"] == "active"
    assert list(tmp_path.glob("*.sqlite*")) == []
