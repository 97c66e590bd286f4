"""What clients of the released interface are promised: no change of ours breaks them."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from service.web.app import create_api
from tests.service.web.compatibility import breaking_changes

RELEASED = Path(__file__).parents[3] / "openapi" / "v1.released.json"
"""The description that clients were generated from; a release replaces it with ``openapi/v1.json``."""

Document = dict[str, Any]


def released() -> Document:
    document: Document = json.loads(RELEASED.read_text())
    return document


DESCRIBED_SINCE = {
    f"POST /v1/verifications body.{field}: another pattern"
    for field in (
        *("member.first_name", "member.last_name", "member.member_id", "member.group_number"),
        *("subscriber.first_name", "subscriber.last_name", "subscriber.member_id"),
    )
} | {"POST /v1/verifications idempotency-key: another pattern"}
"""What was always refused, and is described since the release: no client could have sent it with success."""


def test_the_interface_breaks_no_client_of_the_released_one() -> None:
    assert set(breaking_changes(released(), create_api().openapi())) == DESCRIBED_SINCE


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def ask(document: Document) -> Document:
    found: Document = document["paths"]["/v1/verifications"]["post"]
    return found


def need_more(document: Document) -> None:
    schema(document, "MemberBody")["properties"]["middle_name"] = {"type": "string"}
    schema(document, "MemberBody")["required"] = ["middle_name"]


BREAKING: dict[str, tuple[Callable[[Document], object], str]] = {
    "an operation goes": (lambda it: it["paths"].pop("/v1/payers"), "GET /v1/payers: removed"),
    "an operation is renamed": (lambda it: ask(it).update(operationId="verify"), "operationId"),
    "a key is asked for": (lambda it: it["paths"]["/healthz"]["get"].update(security=[{"key": []}]), "authenticate"),
    "a status goes": (lambda it: ask(it)["responses"].pop("202"), "202: removed"),
    "a header of a response goes": (lambda it: ask(it)["responses"]["202"]["headers"].pop("Location"), "Location"),
    "a media type changes": (
        lambda it: ask(it)["responses"]["401"].update(content={"application/json": {"schema": {}}}),
        "application/problem+json: removed",
    ),
    "a field of a response goes": (lambda it: schema(it, "Evidence")["properties"].pop("text"), ".text: removed"),
    "a field of a response may be absent": (
        lambda it: schema(it, "Answer")["required"].remove("state"),
        ".state: no longer always there",
    ),
    "a field of a response changes its type": (
        lambda it: schema(it, "FieldError")["properties"].update(code={"type": "integer"}),
        ".code: integer is new",
    ),
    "a field of a response may be null": (
        lambda it: schema(it, "NextStep")["properties"].update(text={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ".text: null is new",
    ),
    "a word of a response goes": (lambda it: schema(it, "Verdict")["enum"].remove("likely"), "fewer values"),
    "a field of a request becomes required": (
        lambda it: schema(it, "VerificationBody")["required"].append("reference"),
        ".reference: now required",
    ),
    "a new field of a request is required": (need_more, ".middle_name: now required"),
    "a field of a request goes": (
        lambda it: schema(it, "VerificationBody")["properties"].pop("reference"),
        ".reference: removed",
    ),
    "a field of a request is no longer null": (
        lambda it: schema(it, "VerificationBody")["properties"].update(reference={"type": "string"}),
        ".reference: null is refused",
    ),
    "a word of a request goes": (lambda it: schema(it, "Delivery")["enum"].remove("virtual"), "fewer values"),
    "a bound of a request is tighter": (
        lambda it: schema(it, "VerificationBody")["properties"]["payer"].update(maxLength=8),
        "tighter maxLength",
    ),
    "a header becomes required": (lambda it: ask(it)["parameters"][0].update(required=True), "now required"),
    "a header is known no more": (lambda it: ask(it)["parameters"].pop(), "removed"),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_change_that_breaks_clients_is_found(name: str) -> None:
    change, words = BREAKING[name]
    changed = deepcopy(released())
    change(changed)

    found = breaking_changes(released(), changed)

    assert found
    assert all(words in one for one in found)


def test_an_addition_breaks_nobody() -> None:
    changed = deepcopy(released())
    optional = {"type": "string"}
    schema(changed, "VerificationBody")["properties"]["note"] = optional
    schema(changed, "Answer")["properties"]["note"] = optional
    schema(changed, "Answer")["required"].append("note")
    schema(changed, "FindingCode")["enum"].append("a_new_code")
    schema(changed, "MemberBody")["properties"]["member_id"]["anyOf"][0]["maxLength"] += 1
    ask(changed)["parameters"].append({"name": "Trace", "in": "header", "required": False, "schema": optional})
    ask(changed)["responses"]["409"] = {"description": "new"}
    changed["paths"]["/v1/new"] = {"get": deepcopy(changed["paths"]["/healthz"]["get"])}

    assert breaking_changes(released(), changed) == []
