"""What Schemathesis is told of our interface beyond its description; it loads this module into its own process.

A description can't say which payers are installed, which fields a payer needs, or which questions a call may answer.
Where a request fits the description, such values are replaced by ones that can be used; wrong requests stay wrong.
"""

import json
from itertools import count
from typing import Any

import schemathesis
from schemathesis import GenerationMode

from service.web.dependencies import LONGEST_IDEMPOTENCY_KEY as LONGEST
from tests.faults.people import crowd

KNOWN = crowd(1)
ANSWER = {"entry": "p41.iop.mental_health.in_network", "value": "not_known"}

COLUMNS = {"payer": KNOWN["payer"], **KNOWN["member"]}
CSV = f"{','.join(COLUMNS)}\n{','.join(COLUMNS.values())}\n".encode()
ROSTERS = {
    "text/csv": CSV,
    "application/octet-stream": CSV,
    "application/jsonl": json.dumps({"payer": KNOWN["payer"], "member": KNOWN["member"]}).encode(),
}
"""A roster of one row, by its media type."""

FORM = "multipart/form-data"

_NUMBERS = count(1)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make a request that fits the description one that can be used."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    for name, value in list((case.headers or {}).items()):
        # The same key with another body is refused, as it should be.
        if name.lower() == "idempotency-key" and value.strip():
            number = f"-{next(_NUMBERS)}"
            case.headers[name] = value[: LONGEST - len(number)] + number
    if case.media_type == FORM:
        # A form has no place for fields that it does not name, and a mapping is a file of a form of its own.
        case.body = {"roster": CSV}
    elif isinstance(case.body, dict):
        case.body = _plain(_usable(case.body))
    elif case.media_type in ROSTERS:
        case.body = ROSTERS[case.media_type]


def _plain(value: Any) -> Any:
    """``value`` without signs that have no meaning, which are refused in words."""
    if isinstance(value, str):
        return "".join(sign if sign.isascii() else "A" for sign in value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _usable(body: dict[str, Any]) -> dict[str, Any]:
    used = dict(body)
    if "payer" in body:
        member = {name: value for name, value in body["member"].items() if value is not None}
        used |= {"payer": KNOWN["payer"], "member": _born(KNOWN["member"] | member)}
    if body.get("subscriber"):
        used["subscriber"] = _born(body["subscriber"])
    if body.get("consent"):
        used["consent"] = {**body["consent"], "given_at": "2026-01-01T00:00:00Z"}
    if body.get("called_at"):
        used["called_at"] = "2026-01-01T00:00:00Z"
    if body.get("answers"):
        used["answers"] = [{**answer, **ANSWER} for answer in body["answers"]]
    used.pop("retries", None)
    # A plan has an end, and begins near the day that the answer is for; a question is about a day near today.
    used.pop("starts_on", None)
    used.pop("service_date", None)
    if body.get("phases"):
        used["phases"] = [{**body["phases"][0], "weeks": min(8, body["phases"][0]["weeks"])}]
    return used


def _born(person: dict[str, Any]) -> dict[str, Any]:
    """``person`` with a birth date that is neither to come nor before all members."""
    given = person.get("birth_date")
    return person if given is None or "1900" < given < "2025" else {**person, "birth_date": "1990-02-12"}
