"""What judging a demonstration promises: an answer that is not its scenario's fails it, by name and in words."""

from datetime import UTC, date, datetime
from typing import Any

import click
import pytest

from contracts import Answer, AnsweredBy, CoverageStatus, answer_without_reply
from payers.simulator.scenario import Expected
from service.cli.judging import SCENARIO, ScenarioAnswer, Setting, judge

AS_FOUND = Expected("could_not_check", *["could_not_check"] * 4)


def scenario_answer(
    scenario: str = SCENARIO, route: str = "core_mime", *, expected: Expected = AS_FOUND, **changes: Any
) -> ScenarioAnswer:
    person = {
        "payer": "aetna",
        "scenario": scenario,
        "first_name": "LULU",
        "last_name": "W\x1b",
        "whole": expected._asdict(),
    }
    return ScenarioAnswer(route, person, answer(**changes))


def answer(**changes: Any) -> Answer:
    found = answer_without_reply(
        payer="aetna", service_date=date(2026, 11, 23), as_of=datetime(2026, 11, 23, tzinfo=UTC), problems=()
    )
    coverage = found.coverage.model_copy(update=changes)
    return found.model_copy(update={"coverage": coverage, "answered_by": (AnsweredBy(payer="aetna"),)})


def setting(**unsaid: str) -> Setting:
    return Setting(
        [], {route: {"unsaid": dict.fromkeys(unsaid.get(route, "").split(), "why")} for route in ("core_mime", "b")}
    )


def test_answers_as_expected_and_alike_are_let_through(capsys: pytest.CaptureFixture[str]) -> None:
    judge([scenario_answer(), scenario_answer(route="b")], setting())

    assert "2 answers compared with what is expected of their scenarios: 0 differ" in capsys.readouterr().err


def test_an_unexpected_answer_fails_by_the_name_of_its_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = scenario_answer("inactive", expected=AS_FOUND._replace(php_mental="covered"))

    with pytest.raises(click.ClickException, match="1 answers are not what is expected, 0 differ between routes"):
        judge([scenario_answer(), wrong], setting())

    said = capsys.readouterr().err
    assert "aetna, scenario inactive (LULU W\\x1b), over core_mime:\n" in said
    assert 'PHP mental health, in network, verdict: expected "covered", found "could_not_check"' in said


def test_routes_that_differ_fail_with_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.ClickException, match="0 answers are not what is expected, 1 differ between routes"):
        judge([scenario_answer(), scenario_answer(route="b", plan_name="PPO")], setting())

    assert 'coverage, plan name: core_mime null, b "PPO"' in capsys.readouterr().err


def test_what_a_route_cannot_say_is_passed_over() -> None:
    other = scenario_answer(route="b", status=CoverageStatus.ACTIVE)

    judge([scenario_answer(), other], setting(b="*:coverage.status *:next_step.* *:summary.*"))
    with pytest.raises(click.ClickException):
        judge([scenario_answer(), other], setting(b="another*:coverage.status *:next_step.* *:summary.*"))


def test_nobody_asked_is_no_success() -> None:
    with pytest.raises(click.ClickException, match="nobody was asked"):
        judge([], setting())
