"""What comparing promises: what two answers say is compared, and nothing of how they came."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts import Answer, AnsweredBy, CoverageStatus, Evidence, answer_without_reply
from contracts.wording import format_time
from service.cli.comparing import Difference, differences, differences_from_expected

ONE = answer_without_reply(
    payer="aetna", service_date=date(2026, 11, 23), as_of=datetime(2026, 11, 23, tzinfo=UTC), problems=()
)


def with_coverage(**changes: Any) -> Any:
    return ONE.model_copy(update={"coverage": ONE.coverage.model_copy(update=changes)})


def paths(found: list[Difference]) -> list[str]:
    return [difference.path for difference in found]


def test_what_is_said_differently_is_named_by_its_path() -> None:
    other = with_coverage(status=CoverageStatus.ACTIVE, plan_name="PPO")

    texts = {"next_step.*", "summary.*"}
    assert paths(differences(ONE, other, texts)) == ["coverage.status", "coverage.plan_name"]
    assert paths(differences(other, ONE, texts)) == ["coverage.status", "coverage.plan_name"]


def test_what_a_form_cannot_say_is_passed_over() -> None:
    other = with_coverage(plan_name="PPO", group_name="IMAGINARY EMPLOYER")

    assert paths(differences(ONE, other, {"coverage.plan_*"})) == ["coverage.group_name"]


def test_route_trace_and_evidence_are_no_difference() -> None:
    other = with_coverage(evidence=("e1",)).model_copy(
        update={
            "answered_by": (AnsweredBy(payer="aetna", route="core_soap", trace="T1"),),
            "evidence": (Evidence(id="e1", text="EB*1**30", description="active", segment=3),),
        }
    )

    assert differences(ONE, other) == []


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("month", [1, 5, 9, 12])
def test_when_it_is_asked_again_is_no_difference(hour: int, month: int) -> None:
    def waiting(minute: int, words: str = "We ask again at") -> Answer:
        time = format_time(datetime(2026, month, 23, hour, minute, tzinfo=UTC))
        texts = {"en": f"{words} {time.en}.", "es": f"{words} {time.es}."}
        return Answer.model_validate_json(json.dumps(json.loads(ONE.model_dump_json()) | {"summary": texts}))

    assert differences(waiting(4), waiting(59)) == []
    assert paths(differences(waiting(4), waiting(4, "Call at"))) == ["summary.en", "summary.es"]


EXPECTED = {"status": "could_not_check"} | dict.fromkeys(
    ("iop_mental", "iop_substance", "php_mental", "php_substance"), "could_not_check"
)


def test_an_answer_that_is_as_expected_is_no_surprise() -> None:
    assert differences_from_expected(EXPECTED, ONE) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("status", 'coverage, status: expected "active", found "could_not_check"'),
        ("iop_mental", 'IOP mental health, in network, verdict: expected "active", found "could_not_check"'),
        ("iop_substance", 'IOP substance use, in network, verdict: expected "active", found "could_not_check"'),
        ("php_mental", 'PHP mental health, in network, verdict: expected "active", found "could_not_check"'),
        ("php_substance", 'PHP substance use, in network, verdict: expected "active", found "could_not_check"'),
    ],
)
def test_each_part_of_an_expectation_that_is_not_met_is_told_in_words(name: str, words: str) -> None:
    (found,) = differences_from_expected(EXPECTED | {name: "active"}, ONE)

    assert found.words("expected", "found") == words
    assert differences_from_expected(EXPECTED | {name: "active"}, ONE, {"*"}) == []
