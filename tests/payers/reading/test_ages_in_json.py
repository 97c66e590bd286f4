"""An age that a gateway in JSON writes among the limits of a service is an age of its line. Source: [S6], [F8]."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts import Answer
from payers.routes.stored import read_stored
from tests.payers.reading.expectations import differences

Read = Callable[..., Answer]
STATUS = {"status": "ACTIVE_COVERAGE", "network": {"indicator": "IN_NETWORK"}}
PLAN = {**STATUS, "service": {"value": "30", "system": "STC"}}


def reply(bucket: str, **entry: Any) -> bytes:
    """A check about a woman of 36, with a line of its plan and one on partial hospitalization."""
    line = {"network": {"indicator": "IN_NETWORK"}, "service": {"value": "BB", "system": "STC"}, **entry}
    benefits: dict[str, list[Any]] = {"statuses": [PLAN]}
    benefits[bucket] = [*benefits.get(bucket, []), line]
    person = {"person": {"firstName": "OTIS", "lastName": "SPECIMEN"}}
    around = {"id": "ec_1", "payerId": "62308", "subscriber": {"name": person, "dateOfBirth": "1990-04-12"}}
    return json.dumps({**around, "plans": [{"name": "PLAN", "benefits": benefits}]}).encode()


@pytest.mark.parametrize(
    ("bucket", "entry", "expected"),
    [
        ("statuses", {**STATUS, "serviceLimits": [{"ageMaximum": "17"}]}, {"php": "not_stated/silent"}),
        ("statuses", {**STATUS, "serviceLimits": [{"ageMinimum": "18"}]}, {"php": "covered/service_type"}),
        (
            "statuses",
            {**STATUS, "serviceLimits": [{"ageMinimum": "0", "ageMaximum": "17"}]},
            {"php": "not_stated/silent"},
        ),
        ("statuses", {**STATUS, "serviceLimits": [{"ageMinimum": "18", "ageMaximum": "64"}]}, {"php": "covered"}),
        ("nonCovered", {"serviceLimits": [{"ageMaximum": "17"}]}, {"php": "not_stated/silent"}),
        ("limitations", {"serviceLimits": [{"ageMinimum": "0"}]}, {"php": "covered", "php_limits": "None"}),
        (
            "coPayment",
            {"amount": "50", "serviceLimits": [{"ageMinimum": "18"}]},
            {"php": "covered", "php_copay": "50.00"},
        ),
        (
            "coPayment",
            {"amount": "50", "serviceLimits": [{"ageMaximum": "17"}]},
            {"php": "not_stated/silent", "php_copay": "None"},
        ),
    ],
)
def test_an_age_among_the_limits_holds_for_its_line(
    read: Read, bucket: str, entry: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = read(people=read_stored(reply(bucket, **entry)))

    assert not differences(answer, expected)
