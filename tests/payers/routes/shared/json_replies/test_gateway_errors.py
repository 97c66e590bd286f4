"""A gateway's own error: an acknowledgment, and nothing about the member."""

import json
from typing import Any

import pytest

from payers.routes.shared.json_replies import gateway_errors as gateway
from payers.routes.shared.json_replies.tree import Node
from payers.routes.stored import read_stored


@pytest.mark.parametrize(
    ("body", "accepted", "code"),
    [
        ({"error": "invalid_product", "error_description": "words"}, False, "invalidproduct"),
        ({"message": "Rate exceeded", "code": "TOO_MANY_REQUESTS"}, True, "toomanyrequests"),
        ({"message": "words", "code": "a payer's own words"}, False, ""),
        ({"message": "Invalid request", "errors": [{"path": "/provider/npi", "message": "words"}]}, False, ""),
        ({"errors": ["Failed Precondition - Field 'x' is required"]}, False, ""),
        ({"errors": [{"field": "controlNumber", "description": "words"}]}, False, ""),
    ],
)
def test_an_error_is_an_acknowledgment_whose_code_is_from_a_closed_list(body: Any, accepted: bool, code: str) -> None:
    (benefits,) = read_stored(json.dumps(body).encode())

    said = benefits.acknowledgment
    assert said is not None
    assert (said.kind, said.accepted, said.code, said.answers) == ("gateway", accepted, code, "")


@pytest.mark.parametrize(
    ("errors", "provider"),
    [
        ([{"path": "/provider/npi"}, {"path": "/provider/name"}], True),
        ([{"field": "provider.npi"}], True),
        ([{"path": "/provider/npi"}, {"path": "/subscriber/memberId"}], False),
        ([], False),
    ],
)
def test_it_is_the_providers_only_when_all_of_it_is(errors: Any, provider: bool) -> None:
    assert gateway.is_about_provider(Node({"errors": errors})) is provider
