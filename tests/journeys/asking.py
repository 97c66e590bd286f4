"""Asking a service about an imaginary person, as its callers do."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import httpx

from payers.simulator.people import ImaginaryPerson
from payers.simulator.setup import UNSAID


def body_of(person: ImaginaryPerson, key: str = "") -> dict[str, Any]:
    """The question about ``person``, a dependent under the holder's id; ``key`` before the id chooses the fault."""
    patient: dict[str, Any] = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date")}
    body: dict[str, Any] = {"payer": person.payer, "member": patient}
    if person.holder is None:
        patient["member_id"] = key + person.member_id
    else:
        holder = {"first_name": person.holder, "last_name": person.last_name, "birth_date": "1970-01-02"}
        body["subscriber"] = {**holder, "member_id": key + person.member_id, "relationship": "child"}
    return body


def post(stage: Any, person: ImaginaryPerson, key: str = "", *, wait: int = 8) -> httpx.Response:
    """The service's response to the question about ``person``."""
    headers = {"Authorization": f"Bearer {stage.staff}", "Prefer": f"wait={wait}"}
    return httpx.post(
        f"{stage.service}/v1/verifications",
        json=body_of(person, key),
        headers=headers,
        timeout=wait + 20,
        trust_env=False,
    )


def ask(stage: Any, person: ImaginaryPerson, key: str = "", *, wait: int = 8) -> dict[str, Any]:
    """The answer about ``person``."""
    found: dict[str, Any] = post(stage, person, key, wait=wait).json()
    return found


def sayable(person: ImaginaryPerson, route: str, said: Sequence[str]) -> list[str]:
    """Status and verdicts of an answer, without those for which the form of ``route`` has no word."""
    paths = ["coverage.status", *(f"programs.{number}.in_network.verdict" for number in range(4))]
    patterns = list(UNSAID.get(route, ()))
    return [
        one
        for path, one in zip(paths, said, strict=True)
        if not any(fnmatchcase(f"{person.scenario}:{path}", pattern) for pattern in patterns)
    ]
