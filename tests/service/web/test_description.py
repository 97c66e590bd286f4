"""What ``openapi/v1.json`` promises whoever reads it or generates a client from it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.batches.result_files import MEDIA_TYPES
from service.web.api.bodies import VerificationBody
from service.web.app import create_api
from service.web.body_route import parse_body
from service.web.problems import MEDIA_TYPE, ProblemDocument

Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    return create_api().openapi()


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def schemas_below(document: Document, node: object) -> Iterator[Document]:
    """Every schema that ``node`` leads to, references followed."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield from schemas_below(document, document["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]])
        yield node
        for child in node.values():
            yield from schemas_below(document, child)
    elif isinstance(node, list):
        for child in node:
            yield from schemas_below(document, child)


def test_an_optional_field_of_a_request_is_absent_from_required_and_has_no_default(document: Document) -> None:
    bodies = [operation["requestBody"] for _, operation in operations(document) if "requestBody" in operation]

    found = [schema for body in bodies for schema in schemas_below(document, body)]
    assert len(found) > 20
    assert not [schema for schema in found if "default" in schema]
    assert document["components"]["schemas"]["VerificationBody"]["required"] == ["payer", "member"]
    assert "required" not in document["components"]["schemas"]["MemberBody"]


def test_every_operation_says_what_it_is_for_and_who_may_call_it(document: Document) -> None:
    found = list(operations(document))

    assert len(found) >= 20
    for path, operation in found:
        assert operation["tags"]
        assert operation["summary"]
        assert operation["description"]
        assert bool(operation.get("security")) is (path not in {"/healthz", "/readyz"})


FORMS = {
    "report": ["text/html", "application/pdf", "application/fhir+json"],
    "results": list(MEDIA_TYPES),
    "changes": ["application/jsonl"],
    "metrics": ["text/plain", "application/openmetrics-text"],
}


def test_every_error_is_described_as_a_problem_document(document: Document) -> None:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}

    for path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                assert list(response["content"]) == FORMS.get(path.rpartition("/")[2], ["application/json"])
            else:
                assert response["content"] == problem
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_example_is_what_its_schema_describes(document: Document) -> None:
    schemas = document["components"]["schemas"]

    for body in schemas["VerificationBody"]["examples"]:
        assert parse_body(json.dumps(body).encode(), VerificationBody).payer
    for example in schemas["ProblemDocument"]["examples"]:
        assert ProblemDocument.model_validate_json(json.dumps(example), strict=True).errors


@pytest.mark.parametrize(("name", "field"), [("Evidence", "text"), ("Finding", "detail")])
def test_a_line_of_a_reply_is_described_with_one_of_two_pointers(document: Document, name: str, field: str) -> None:
    schema = document["components"]["schemas"][name]

    assert {"segment", "path", field} <= schema["properties"].keys()
    assert not {"segment", "path"} & set(schema["required"])
    assert field in schema["required"]


def test_what_is_answered_may_get_fields_and_what_is_asked_may_not(document: Document) -> None:
    schemas = document["components"]["schemas"]
    closed = {name for name, schema in schemas.items() if schema.get("additionalProperties") is False}

    assert closed == {
        "VerificationBody",
        "MemberBody",
        "SubscriberBody",
        "CostBody",
        "PhaseBody",
        "CallNoteBody",
        "CallAnswerBody",
        "ConsentBody",
        "EmergencyBody",
    }


def test_a_field_that_every_answer_holds_is_required(document: Document) -> None:
    answer = document["components"]["schemas"]["Answer"]

    assert set(answer["required"]) == answer["properties"].keys()
