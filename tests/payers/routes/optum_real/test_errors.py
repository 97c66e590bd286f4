"""Every fault of Optum's gateway is a typed error or a rejection, whatever it holds."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

from contracts import (
    Benefits,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    ReplyUnreadable,
)
from payers.conformance.inquiry import NUMBERS
from payers.routes.optum_real.route import _read
from payers.routes.shared.http import Received
from payers.routes.shared.json_replies.exchange import read_response
from payers.routes.stored import read_stored
from tests.payers.routes.optum_real.edge import (
    TOKEN,
    Edge,
    checked,
    eligibility,
    error,
    exchange,
    outcome,
)


@pytest.mark.parametrize(
    ("said", "leaf", "detail"),
    [
        (
            httpx.Response(400, json=error("Field 'dob' undefined", "ValidationError")),
            PayerRefused,
            "graphql:validation",
        ),
        (error("Member not found in type X", "ValidationError"), PayerRefused, "graphql:validation"),
        (error("boom", "DataFetchingException"), PayerSilent, "graphql:internal"),
        (error("Otis Specimen is odd"), ReplyUnreadable, "graphql:unknown"),
        (httpx.Response(400, json=error("odd")), PayerRefused, "http_400"),
        (httpx.Response(401, json={"message": "UnAuthorized", "statusCode": 401}), PayerRefused, "http_401"),
        (httpx.Response(500, json={"message": "Internal server error"}), PayerSilent, "http_500"),
        (httpx.Response(503), PayerBusy, "http_503"),
        ({"data": {"checkEligibility": {"eligibility": []}}}, ReplyUnreadable, "says_nothing"),
        ({"data": {"checkEligibility": None}}, ReplyUnreadable, "says_nothing"),
        ({"data": {}}, ReplyUnreadable, "no_reply"),
        ({}, ReplyUnreadable, "no_reply"),
    ],
)
async def test_every_fault_is_a_typed_error(said: Any, leaf: type[PayerError], detail: str) -> None:
    with pytest.raises(leaf) as failure:
        await exchange(Edge(said=said))

    assert (failure.value.detail, failure.value.sent) == (detail, True)


async def test_a_secret_that_is_refused_sends_nothing() -> None:
    edge = Edge(said=eligibility())
    edge._said[TOKEN] = httpx.Response(401)

    with pytest.raises(PayerUnreachable, match="token:refused") as failure:
        await exchange(edge)

    assert not failure.value.sent


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("message", "code", "loop"),
    [
        ("Member not found", "75", "2100C"),
        ("Could not find a matching member", "75", "2100C"),
        ("Multiple members found", "76", "2100C"),
        ("The date of birth does not match", "71", "2100C"),
        ("Member ID is not valid", "72", "2100C"),
        ("Last name does not match", "73", "2100C"),
        ("Service date must be within 18 months", "62", "2100C"),
        ("One of NPI, TIN or MPIN is required", "43", "2100B"),
        ("System Unavailable at this time", "42", "2100A"),
        ("Unknown payer", "79", "2100A"),
        ("Subscriber/Insured Not Found", "75", "2100C"),
    ],
)
async def test_an_error_that_speaks_of_the_member_or_us_is_an_aaa(
    status: int, message: str, code: str, loop: str
) -> None:
    reply = await exchange(Edge(said=httpx.Response(status, json=error(message, "DataFetchingException"))))

    (rejection,) = reply.people[0].rejections
    assert (rejection.code, rejection.loop) == (code, loop)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("more", [{}, {"path": ["checkEligibility"], "locations": [], "extensions": {}}])
async def test_an_error_that_has_no_more_than_its_message_says_as_much(status: int, more: Any) -> None:
    said = {"errors": [{"message": "Member not found"} | more]}

    reply = await exchange(Edge(said=httpx.Response(status, json=said)))

    assert [rejection.code for rejection in reply.people[0].rejections] == ["75"]
    assert read_stored(reply.raw) == reply.people


@pytest.mark.parametrize(("envelope", "place"), [({}, {"path": "/memberId"}), ({"message": "Invalid"}, {})])
async def test_a_gateways_field_errors_are_not_graphql(envelope: Any, place: Any) -> None:
    with pytest.raises(PayerRefused, match="http_400"):
        await exchange(
            Edge(said=httpx.Response(400, json=envelope | {"errors": [{"message": "member not found"} | place]}))
        )


async def test_two_members_errors_are_never_the_same_bytes() -> None:
    other = NUMBERS.model_copy(update={"envelope_id": "f81d4fae-7dec-41d0-a765-00a0c91e6bf7"})
    said = error("Member not found", "NOT_FOUND")

    one, two = await exchange(Edge(said=said)), await exchange(Edge(said=said), numbers=other)

    assert one.raw != two.raw
    assert read_stored(one.raw) == one.people


async def test_data_beside_errors_is_less_certain(read: Callable[..., Any]) -> None:
    reply = await exchange(Edge(said=eligibility() | error("a vendor did not answer")))

    answer = read(people=reply.people)
    assert answer.coverage.status == "unclear"
    assert "truncated" in [finding.code for finding in answer.findings]


def people_of(said: Any) -> tuple[Benefits, ...]:
    return read_stored(json.dumps(said).encode())


def test_a_stored_fault_of_ours_is_no_answer(read: Callable[..., Any]) -> None:
    (benefits,) = people_of(error("Validation error", "ValidationError"))

    assert benefits.acknowledgment is not None
    assert read(people=(benefits,)).coverage.status == "could_not_check"


def spoiled(value: Any, dice: Random) -> Any:
    """``value`` with branches missing, doubled or replaced by something else."""
    if dice.random() < 0.04:
        return dice.choice([None, [], {}, "", 0, 1.5, True, "x" * 50, [[]], {"messages": 5}, "\ud800"])
    if isinstance(value, dict):
        return {key: spoiled(one, dice) for key, one in value.items() if dice.random() > 0.03}
    if isinstance(value, list):
        return [spoiled(one, dice) for one in value for _ in range(1 + (dice.random() < 0.05))]
    return value


async def test_whatever_is_spoiled_in_a_reply_is_read_or_a_typed_error(read: Callable[..., Any]) -> None:
    dice = Random(7)
    whole = [eligibility(providerNetwork={"status": "In Network"}), checked(outcome("H0035", "1", "Required"))]
    ended: set[str] = set()

    for _ in range(150):
        body = json.dumps(spoiled(whole, dice)).encode()
        try:
            reply = await read_response(Received(200, {}, body), lambda root, raw=body: _read(root, raw, NUMBERS))
            read(people=reply.people)
            ended.add("read")
        except PayerError as error:
            ended.add(type(error).__name__)

    assert {"read", "ReplyUnreadable"} <= ended
