"""What counts as a change between two answers about one member, and what is noise."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts import (
    Accumulators,
    Administrator,
    Answer,
    Authorization,
    BenefitYear,
    BenefitYearKind,
    CoverageStatus,
    Evidence,
    Finding,
    FindingCode,
    Grade,
    PlanType,
    Rule,
    State,
    Verdict,
)
from service.guidance.change_values import Severity
from service.guidance.changes import changes_between
from tests.service.guidance.staging import NEW_YEAR, accumulators, answer, figure, limit, terms

JULY = date(2026, 7, 1)
AUTHORIZED = {"authorization": Authorization.REQUIRED}


def codes(before: Answer, after: Answer) -> list[str]:
    """The codes of the changes, each once: the four rows of these answers read the same."""
    found = changes_between(before, after)
    assert all(one.text for one in found)
    known = {line.id for line in after.evidence}
    assert all(known.issuperset(one.evidence) for one in found)
    return list(dict.fromkeys(one.code.value for one in found))


def plan(**coverage: Any) -> Answer:
    return answer(terms(), **coverage)


def run_by(*names: str) -> Answer:
    return plan().model_copy(update={"administrators": tuple(Administrator(name=name) for name in names)})


def deductible(met: str | None = None, left: str | None = None, **coverage: Any) -> Answer:
    amounts = {"met": Decimal(met)} if met is not None else {}
    return answer(terms(), accumulators(figure(left, "1000.00", **amounts)), **coverage)


def knows(field: str) -> Answer:
    found = Finding(code=FindingCode.MEMBER_DIFFERS, detail=field, segment=1)
    return plan().model_copy(update={"findings": (found,)})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (plan(), plan(status=CoverageStatus.INACTIVE), ["coverage_lost"]),
        (plan(), plan(status=CoverageStatus.NOT_FOUND), ["member_not_found"]),
        (plan(), plan(status=CoverageStatus.UNCLEAR), ["coverage_unclear"]),
        (plan(status=CoverageStatus.INACTIVE), plan(), ["coverage_regained"]),
        (plan(status=CoverageStatus.NOT_FOUND), plan(), ["coverage_regained"]),
        (answer(terms()), answer(terms(Verdict.NOT_COVERED)), ["coverage_lost"]),
        (answer(terms(Verdict.NOT_COVERED)), answer(terms(Verdict.LIKELY)), ["coverage_regained"]),
        (plan(plan_name="Choice"), plan(plan_name="Choice Plus"), ["plan_changed"]),
        (plan(plan_type=PlanType.PPO), plan(plan_type=PlanType.HMO), ["plan_changed"]),
        (plan(group_number="0012"), plan(group_number="0013"), ["group_changed"]),
        (plan(), knows("member_id"), ["card_number_changed"]),
        (
            answer(terms(**AUTHORIZED), plan_name="A"),
            answer(terms(**AUTHORIZED), plan_name="B"),
            ["authorization_may_end", "plan_changed"],
        ),
        (plan(), plan(ends_on=date(2026, 7, 31)), ["ends_soon"]),
        (plan(ends_on=date(2026, 12, 31)), plan(ends_on=date(2026, 6, 30)), ["ends_soon"]),
        (plan(ends_on=date(2026, 9, 15)), plan(ends_on=date(2026, 9, 15), service_date=JULY), ["ends_soon"]),
        (run_by("Optum"), run_by("Lucet"), ["administrator_changed"]),
        (run_by(), run_by("Lucet"), ["administrator_changed"]),
        (
            answer(terms(authorization=Authorization.NOT_REQUIRED)),
            answer(terms(**AUTHORIZED)),
            ["authorization_changed"],
        ),
        (answer(terms()), answer(terms(limits=(limit(30, left=30),))), ["limit_new"]),
        (answer(terms(limits=(limit(30),))), answer(terms(limits=(limit(20),))), ["limit_new"]),
        (
            answer(terms(limits=(limit(30, left=20),))),
            answer(terms(limits=(limit(30, left=7),))),
            ["nearly_exhausted"],
        ),
        (answer(terms(limits=(limit(30, left=7),))), answer(terms(limits=(limit(30, left=0),))), ["exhausted"]),
        (deductible("900.00"), deductible("0.00", service_date=NEW_YEAR), ["deductible_reset"]),
        (deductible("400.00", "600.00"), deductible("1000.00", "0.00"), ["deductible_met"]),
        (deductible("900.00"), deductible("700.00"), ["accumulator_backwards"]),
    ],
)
def test_what_the_payer_says_otherwise_is_a_change(before: Answer, after: Answer, expected: list[str]) -> None:
    assert codes(before, after) == expected


def reworded(one: Answer) -> Answer:
    """The same said in other words, in another order, and decided by another rung of ours."""
    rows = tuple(
        row.model_copy(update={"in_network": row.in_network.model_copy(update={"rule": Rule.PLACE, "grade": Grade.B})})
        for row in one.programs
    )
    lines = (Evidence(id="e1", segment=7, text="EB*1*IND*30", description="other"), one.evidence[1])
    return one.model_copy(update={"programs": rows, "evidence": lines[::-1]})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (plan(), plan()),
        (plan(), reworded(plan())),
        (plan(plan_name="Choice Plus"), plan(plan_name="CHOICE-PLUS")),
        (plan(plan_name="Choice"), plan()),
        (plan(), plan(plan_name="Choice")),
        (plan(group_number="0012345"), plan(group_number="12345")),
        (plan(ends_on=date(2026, 6, 30)), plan(ends_on=date(2026, 6, 30))),
        (plan(), plan(ends_on=date(2026, 12, 31))),
        (run_by("Lucet"), run_by()),
        (run_by("A", "B"), run_by("B", "A")),
        (run_by("New Directions"), run_by("NEW DIRECTIONS")),
        (answer(terms()), answer(terms(**AUTHORIZED))),
        (answer(terms()), answer(terms(Verdict.LIKELY))),
        (answer(terms()), answer(terms(Verdict.NOT_STATED))),
        (answer(terms(Verdict.NOT_STATED)), answer(terms(Verdict.NOT_COVERED))),
        (answer(terms(limits=(limit(30, left=20),))), answer(terms(limits=(limit(30, left=18),)))),
        (answer(terms(limits=(limit(30, left=20),))), answer(terms(limits=(limit(None, left=19),)))),
        (answer(terms(limits=(limit(30, left=20),))), answer(terms())),
        (deductible("900.40"), deductible("900.00")),
        (deductible("400.00"), deductible("900.00")),
        (deductible("900.00"), deductible()),
        (deductible("1000.00", "0.00"), deductible("1000.00", "0.00")),
        (plan(status=CoverageStatus.COULD_NOT_CHECK), plan()),
        (plan(), plan(status=CoverageStatus.COULD_NOT_CHECK)),
        (plan(), plan(status=CoverageStatus.INACTIVE).model_copy(update={"state": State.PENDING})),
        (plan(status=CoverageStatus.UNCLEAR), plan()),
        (knows("member_id"), knows("member_id")),
        (plan(), knows("first_name")),
    ],
)
def test_silence_wording_order_and_rounding_are_no_change(before: Answer, after: Answer) -> None:
    assert codes(before, after) == []


@pytest.mark.parametrize(
    ("year", "first", "last", "expected"),
    [
        (
            BenefitYear(kind=BenefitYearKind.PLAN, resets_on=date(2026, 6, 15)),
            date(2026, 6, 1),
            JULY,
            "deductible_reset",
        ),
        (
            BenefitYear(kind=BenefitYearKind.PLAN, resets_on=date(2026, 8, 1)),
            date(2026, 6, 1),
            JULY,
            "accumulator_backwards",
        ),
        (BenefitYear(kind=BenefitYearKind.CALENDAR), date(2025, 12, 30), date(2026, 1, 3), "deductible_reset"),
        (BenefitYear(), date(2025, 12, 30), date(2026, 1, 3), "deductible_reset"),
        (BenefitYear(), date(2026, 2, 1), date(2026, 3, 3), "accumulator_backwards"),
    ],
)
def test_what_begins_anew_with_the_benefit_year_did_not_go_back(
    year: BenefitYear, first: date, last: date, expected: str
) -> None:
    before = deductible("900.00", service_date=first, benefit_year=year)

    assert codes(before, deductible("10.00", service_date=last, benefit_year=year)) == [expected]


def test_a_medicare_advantage_plan_lets_a_treatment_go_on_for_ninety_days() -> None:
    """Source: 42 CFR 422.112(b)(8)."""

    def held_by(name: str) -> Answer:
        return answer(terms(**AUTHORIZED), plan_name=name, plan_type=PlanType.MEDICARE_ADVANTAGE)

    first = changes_between(held_by("A"), held_by("B"))[0]

    assert (first.code.value, first.by) == ("authorization_may_end", date(2026, 8, 30))


def test_changes_say_who_acts_by_when_the_most_harmful_first() -> None:
    before, after = plan(plan_name="A"), plan(plan_name="B", ends_on=date(2026, 6, 30))
    found = changes_between(before, after)

    assert [(one.code.value, one.actor.value, one.by) for one in found] == [
        ("ends_soon", "intake", date(2026, 6, 30)),
        ("plan_changed", "billing", date(2026, 6, 8)),
    ]
    assert all(one.severity is Severity.SOON for one in found)


@pytest.mark.parametrize("broken", [lambda a: a.model_copy(update={"accumulators": Accumulators()})])
def test_a_figure_that_is_left_out_is_no_zero(broken: Callable[[Answer], Answer]) -> None:
    assert codes(deductible("900.00"), broken(deductible("900.00"))) == []
