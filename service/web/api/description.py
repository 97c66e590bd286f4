"""The description of the HTTP door (OpenAPI 3.1), made from the same models that the door reads and writes."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from contracts import Answer, Evidence, Finding
from service.web.api.bodies import VerificationBody
from service.web.api.schemas import PayerView
from service.web.problems import MEDIA_TYPE, ProblemDocument

VERSION = "1.0.0"
"""The version of this door, not of the program: it moves when a word of the answer does."""

Document = dict[str, Any]
TEMPLATE = "#/components/schemas/{model}"


def _ref(name: str) -> Document:
    return {"$ref": TEMPLATE.format(model=name)}


_REFUSED: Mapping[str, str] = {
    "401": "`unauthorized`: no live key was given.",
    "403": "`forbidden`: the key has not this right.",
    "404": "`not_found`: there is no such verification, or it is somebody else's.",
    "408": "`request_timeout`: the body did not come within 5 seconds, or within the wait.",
    "413": "`body_too_large`: the body has more than 16 KB.",
    "415": "`unsupported_media_type`: the body is not `application/json` in UTF-8.",
    "422": "`invalid_request`, `question_incomplete` (with `errors`) or `idempotency_conflict`. Nothing was sent.",
    "429": "`too_many_requests`: this key, or this address, asks too much; see `Retry-After`. Nothing was sent.",
    "503": "`overloaded`, `draining`, `store_unavailable` or `not_ready`; see `Retry-After`. Nothing was sent.",
}
_WAIT = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=N`: answer within N seconds, 0 to 60 (RFC 7240). Malformed ones are ignored.",
    "schema": {"type": "string"},
    "example": "wait=8",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same body within 24 hours gets the same verification.",
    "schema": {"type": "string", "maxLength": 200},
}
_LOCATION = {"description": "Where this verification is found.", "schema": {"type": "string"}}
_RETRY_AFTER = {"description": "Seconds after which to come again.", "schema": {"type": "integer"}}


def answer_responses() -> dict[int | str, Document]:
    """The two ways in which an answer comes back."""
    content = {"application/json": {"schema": _ref("Answer")}}
    return {
        200: {
            "description": "The final answer, whatever it says.",
            "content": content,
            "headers": {"Location": _LOCATION},
        },
        202: {
            "description": "The pending answer: what is known is filled in, the rest reads `could_not_check`.",
            "content": content,
            "headers": {"Location": _LOCATION, "Retry-After": _RETRY_AFTER},
        },
    }


def problem_responses(*statuses: int) -> dict[int | str, Document]:
    """The problems that a route may answer with."""
    found: dict[int | str, Document] = {}
    for status in statuses:
        found[status] = {
            "description": _REFUSED[str(status)],
            "content": {MEDIA_TYPE: {"schema": _ref("ProblemDocument")}},
        }
        if status in {429, 503}:
            found[status]["headers"] = {"Retry-After": _RETRY_AFTER}
    return found


ASK: Document = {
    "parameters": [_WAIT, _KEY],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _ref("VerificationBody")}},
    },
}
LOOK: Document = {
    "parameters": [{"name": "verification_id", "in": "path", "required": True, "schema": {"type": "string"}}, _WAIT]
}
PAYERS: dict[int | str, Document] = {
    200: {
        "description": "Every payer.",
        "content": {"application/json": {"schema": {"type": "array", "items": _ref("PayerView")}}},
    }
}
OPEN: Document = {"security": []}
"""What stands on a route that asks for no key."""


def description(app: FastAPI) -> Document:
    """The whole description of ``app``."""
    found: Document = get_openapi(
        title="Benefit Verification",
        version=VERSION,
        description="Will this insurance pay for an intensive outpatient or partial hospitalization program?",
        routes=app.routes,
    )
    _, schemas = models_json_schema(
        [
            (VerificationBody, "validation"),
            (Answer, "serialization"),
            (PayerView, "serialization"),
            (ProblemDocument, "serialization"),
        ],
        ref_template=TEMPLATE,
    )
    definitions: Document = schemas["$defs"]
    for located in (Evidence, Finding):
        # Their serializer leaves one of two pointers out, which hides the other fields from the generator.
        fields = located.model_json_schema(mode="validation", ref_template=TEMPLATE)
        definitions.update(fields.pop("$defs", {}))
        definitions[located.__name__] = fields
    components = found.setdefault("components", {})
    components["schemas"] = dict(sorted(definitions.items()))
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"key": []}]
    return found
