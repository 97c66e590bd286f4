"""Stays whose cost has a closed form, to the cent."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts import (
    Accumulator,
    AccumulatorSide,
    Alternative,
    Answer,
    BenefitYear,
    BenefitYearKind,
    Condition,
    CostRule,
    Delivery,
    Figure,
    LimitPeriod,
    Program,
    Side,
    Terms,
    Verdict,
    VirtualDelivery,
)
from service.guidance.cost_page import write_cost
from service.guidance.cost_rows import NO_PRICES
from service.guidance.cost_values import CostAssumption, CostFactor, EpisodeCost
from service.guidance.episode_cost import estimate_cost
from service.guidance.program_plan import PlanPhase, ProgramPlan, default_phases
from tests.service.guidance.staging import MARKS, ON, accumulators, answer, figure, limit, prices, terms

RATE = "400.00"


def plan(*phases: PlanPhase, starts_on: date = ON) -> ProgramPlan:
    return ProgramPlan(starts_on=starts_on, phases=phases or default_phases())


def php(days: int = 5, weeks: int = 4, **more: Any) -> PlanPhase:
    return PlanPhase(program=Program.PHP, days_per_week=days, weeks=weeks, **more)


def iop(days: int = 3, weeks: int = 8, **more: Any) -> PlanPhase:
    return PlanPhase(program=Program.IOP, days_per_week=days, weeks=weeks, **more)


def cost(
    given: Terms,
    side: AccumulatorSide | None = None,
    of: ProgramPlan | None = None,
    rate: str | None = RATE,
    **coverage: Any,
) -> EpisodeCost:
    return estimate_cost(answer(given, side, **coverage), of or plan(), Side.IN_NETWORK, prices(rate))


def exactly(found: EpisodeCost) -> str:
    assert found.is_exact
    assert found.patient_pays.at_most == found.patient_pays.at_least
    assert sum(day.cheapest.patient_pays or 0 for day in found.by_day) == found.patient_pays.at_least
    return str(found.patient_pays.at_least)


def between(found: EpisodeCost) -> tuple[str, str]:
    assert not found.is_exact
    return str(found.patient_pays.at_least), str(found.patient_pays.at_most)


def test_the_usual_plan_has_forty_four_days() -> None:
    found = cost(terms(copay="40.00"))

    assert (found.days, found.starts_on, found.last_day) == (44, ON, date(2026, 8, 21))
    assert [(one.program, one.days) for one in found.phases] == [(Program.PHP, 20), (Program.IOP, 24)]


@pytest.mark.parametrize("day", range(1, 8))
def test_a_plan_has_its_days_whenever_it_begins(day: int) -> None:
    days = list(plan(starts_on=date(2026, 6, day)).days())

    assert len({one.on for one in days}) == len(days) == 44
    assert [one.on for one in days] == sorted(one.on for one in days)


def test_a_copay_is_due_each_day() -> None:
    assert exactly(cost(terms(copay="40.00"))) == "1760.00"


def test_a_copay_is_no_more_than_the_day_costs() -> None:
    assert exactly(cost(terms(copay="500.00"), of=plan(php(5, 1)))) == "2000.00"


def test_a_copay_a_week_is_due_once_a_week() -> None:
    assert exactly(cost(terms(copay="90.00", per="week"))) == "1080.00"


def test_a_copay_per_admission_is_due_once_for_each_phase() -> None:
    found = cost(terms(copay="500.00", per="admission"))

    assert exactly(found) == "1000.00"
    assert [str(day.cheapest.copay) for day in found.by_day[:3]] == ["400.00", "100.00", "0.00"]


def test_a_copay_an_hour_takes_the_hours_of_the_day() -> None:
    assert exactly(cost(terms(copay="10.00", per="hour"), of=plan(iop(3, 2, hours_per_day=Decimal(3))))) == "180.00"


def test_a_share_is_of_the_rate() -> None:
    assert exactly(cost(terms(coinsurance="0.20"))) == "3520.00"


def test_half_a_cent_is_a_cent() -> None:
    assert exactly(cost(terms(coinsurance="0.15"), of=plan(php(1, 1)), rate="333.30")) == "50.00"


def test_a_met_deductible_costs_nothing() -> None:
    side = accumulators(figure("0.00", "1500.00"))

    assert exactly(cost(terms(coinsurance="0.20", deductible_applies=True), side)) == "3520.00"


def test_a_deductible_comes_first() -> None:
    side = accumulators(figure("500.00", "1500.00"))

    found = cost(terms(coinsurance="0.20", deductible_applies=True), side)

    # 500 + 20 % of (44 x 400 - 500)
    assert exactly(found) == "3920.00"
    assert [str(day.cheapest.deductible) for day in found.by_day[:3]] == ["400.00", "100.00", "0.00"]
    assert str(found.by_day[1].cheapest.coinsurance) == "60.00"


def test_a_family_deductible_that_is_met_first_ends_the_individual_one() -> None:
    side = accumulators(figure("500.00", "1500.00"), family=figure("100.00", "3000.00"))

    assert exactly(cost(terms(coinsurance="0.20", deductible_applies=True), side)) == "3600.00"


def test_an_individual_deductible_ends_before_the_family_one() -> None:
    side = accumulators(figure("500.00", "1500.00"), family=figure("2500.00", "3000.00"))

    assert exactly(cost(terms(coinsurance="0.20", deductible_applies=True), side)) == "3920.00"


def test_a_family_maximum_holds_before_the_individual_one() -> None:
    side = accumulators(maximum=figure("3000.00", "6000.00"), family_maximum=figure("250.00", "12000.00"))

    assert exactly(cost(terms(copay="40.00"), side)) == "250.00"


def test_a_maximum_that_is_reached_in_midweek_ends_all_cost() -> None:
    side = accumulators(maximum=figure("290.00", "6000.00"))

    found = cost(terms(copay="40.00"), side)

    assert exactly(found) == "290.00"
    assert [str(day.cheapest.copay) for day in found.by_day[6:9]] == ["40.00", "10.00", "0.00"]
    assert found.by_day[7].on == date(2026, 6, 10)
    assert [day.cheapest.maximum_reached for day in found.by_day[6:8]] == [False, True]


def test_a_deductible_counts_toward_the_maximum() -> None:
    side = accumulators(figure("500.00", "1500.00"), figure("450.00", "6000.00"))

    assert exactly(cost(terms(coinsurance="0.20", deductible_applies=True), side)) == "450.00"


def test_copay_and_share_both_count() -> None:
    given = terms(copay="50.00", coinsurance="0.10", cost_rule=CostRule.BOTH)

    # 50 + 10 % of 350 a day
    assert exactly(cost(given)) == "3740.00"


@pytest.mark.parametrize(("rule", "total"), [(CostRule.GREATER_OF, "2200.00"), (CostRule.LESSER_OF, "1760.00")])
def test_one_of_copay_and_share_counts(rule: CostRule, total: str) -> None:
    assert exactly(cost(terms(copay="50.00", coinsurance="0.10", cost_rule=rule))) == total


def test_deductible_copay_and_share_stand_in_one_day() -> None:
    side = accumulators(figure("100.00", "1500.00"))
    given = terms(copay="50.00", coinsurance="0.10", cost_rule=CostRule.BOTH, deductible_applies=True)

    found = cost(given, side, plan(php(1, 1)))

    # 100 + 50 + 10 % of 250
    assert exactly(found) == "175.00"


def test_a_new_benefit_year_begins_everything_anew() -> None:
    side = accumulators(figure("0.00", "1000.00"), figure("200.00", "3000.00"))
    given = terms(coinsurance="0.20", deductible_applies=True)

    # Ten days in each year; in the old one 200 are left of the maximum, in the new one 1000 + 20 % of 3000.
    found = cost(given, side, plan(php(5, 4), starts_on=date(2026, 12, 18)), service_date=date(2026, 12, 1))

    in_new_year = sum(day.on.year == 2027 for day in found.by_day)
    assert in_new_year == 10
    assert exactly(found) == "1800.00"
    assert CostAssumption.SAME_TERMS_NEXT_YEAR in {one.code for one in found.assumptions}


def test_a_plan_year_begins_anew_on_its_own_day() -> None:
    year = BenefitYear(kind=BenefitYearKind.PLAN, resets_on=date(2026, 6, 15))
    side = accumulators(figure("0.00", "1000.00"), figure("9000.00", "9000.00"))

    found = cost(terms(coinsurance="0.00", deductible_applies=True), side, plan(php()), benefit_year=year)

    assert exactly(found) == "1000.00"
    assert str(found.by_day[10].cheapest.deductible) == "400.00"


def test_days_beyond_a_limit_are_the_patients() -> None:
    given = terms(copay="40.00", limits=(limit(30, left=12),))

    found = cost(given, of=plan(php()))

    assert exactly(found) == "3680.00"
    assert str(found.by_day[12].cheapest.not_paid) == "400.00"


def test_a_limit_of_one_line_is_shared_by_both_programs() -> None:
    assert exactly(cost(terms(copay="40.00", limits=(limit(60, left=25),)))) == "8600.00"


def test_a_limit_begins_anew_with_its_year() -> None:
    given = terms(copay="0.00", limits=(limit(10, left=0),))
    starts = date(2026, 12, 18)

    found = cost(given, of=plan(php(5, 4), starts_on=starts), service_date=date(2026, 12, 1))

    assert exactly(found) == "4000.00"


def test_a_limit_for_each_week_holds_in_each() -> None:
    assert exactly(cost(terms(copay="0.00", limits=(limit(3, period="week"),)), of=plan(php()))) == "3200.00"


def test_a_limit_in_dollars_ends_with_what_the_plan_pays() -> None:
    given = terms(coinsurance="0.20", limits=(limit(2000, "dollars", left=1000),))

    # The plan pays 1000 of 20 x 400.
    assert exactly(cost(given, of=plan(php()))) == "7000.00"


def test_a_limit_in_hours_counts_the_hours_of_a_day() -> None:
    given = terms(copay="0.00", limits=(limit(30, "hours"),))

    found = cost(
        given.model_copy(update={"limits": (limit(None, "hours", left=30),)}),
        of=plan(iop(3, 4, hours_per_day=Decimal(3))),
    )

    assert exactly(found) == "800.00"


def test_a_program_that_is_not_covered_is_the_patients() -> None:
    assert exactly(cost(terms(Verdict.NOT_COVERED), of=plan(php()))) == "8000.00"


def test_telehealth_that_is_not_covered_is_the_patients() -> None:
    given = terms(copay="40.00", virtual=VirtualDelivery.NOT_COVERED)

    assert exactly(cost(given, of=plan(php(delivery=Delivery.VIRTUAL)))) == "8000.00"


def test_a_rate_that_is_not_known_does_not_matter_to_copays() -> None:
    found = cost(terms(copay="40.00"), rate=None)

    assert exactly(found) == "1760.00"
    assert CostAssumption.RATE_COVERS_COPAY in {one.code for one in found.assumptions}


def test_a_rate_that_is_not_known_leaves_a_share_open() -> None:
    found = cost(terms(coinsurance="0.20"), accumulators(maximum=Accumulator()), rate=None)

    assert (str(found.patient_pays.at_least), found.patient_pays.at_most) == ("0.00", None)
    assert {(one.factor, one.widens_by) for one in found.reasons} == {
        (CostFactor.RATE, None),
        (CostFactor.MAXIMUM_LEFT, None),
    }


def test_the_maximum_bounds_a_share_of_an_unknown_rate() -> None:
    found = cost(terms(coinsurance="0.20"), accumulators(maximum=figure("2500.00", "6000.00")), rate=None)

    assert between(found) == ("0.00", "2500.00")


def test_a_rate_given_with_the_plan_is_used() -> None:
    assert exactly(cost(terms(coinsurance="0.20"), of=plan(php(allowed_per_day=Decimal(100))))) == "400.00"


def test_an_unknown_deductible_makes_a_range_and_says_so() -> None:
    side = accumulators(figure(None, "1500.00"))

    found = cost(terms(coinsurance="0.00", deductible_applies=True), side)

    assert between(found) == ("0.00", "1500.00")
    (reason,) = found.reasons
    assert (reason.factor, str(reason.widens_by)) == (CostFactor.DEDUCTIBLE_LEFT, "1500.00")
    assert "individual deductible" in reason.narrow


def test_whether_the_deductible_applies_makes_a_range() -> None:
    side = accumulators(figure("500.00", "1500.00"))

    found = cost(terms(coinsurance="0.20", deductible_applies=None), side)

    assert between(found) == ("3520.00", "3920.00")
    assert {one.factor for one in found.reasons} == {CostFactor.DEDUCTIBLE_APPLIES}


def test_what_makes_no_difference_is_no_reason() -> None:
    assert exactly(cost(terms(coinsurance="0.20", deductible_applies=None))) == "3520.00"


def test_several_copays_make_a_range() -> None:
    several = tuple(
        Alternative(figure=Figure.COPAY, value=Decimal(one), per="day", evidence=MARKS) for one in ("20.00", "60.00")
    )

    found = cost(terms(alternatives=several), of=plan(php()))

    assert between(found) == ("400.00", "1200.00")
    assert [one.factor for one in found.reasons] == [CostFactor.COST_SHARE]


def test_a_copay_of_an_unknown_unit_makes_a_range() -> None:
    assert between(cost(terms(copay="40.00", per="unknown"), of=plan(php()))) == ("40.00", "800.00")


def test_an_unknown_benefit_year_makes_a_range() -> None:
    side = accumulators(figure("0.00", "1000.00"))

    found = cost(terms(coinsurance="0.00", deductible_applies=True), side, benefit_year=BenefitYear())

    assert between(found) == ("0.00", "1000.00")
    assert [one.factor for one in found.reasons] == [CostFactor.BENEFIT_YEAR]


def test_a_coverage_that_ends_makes_a_range() -> None:
    found = cost(terms(copay="40.00"), of=plan(php()), ends_on=date(2026, 6, 19))

    assert between(found) == ("800.00", "2600.00")
    assert [one.factor for one in found.reasons] == [CostFactor.COVERAGE_DATES]


@pytest.mark.parametrize("verdict", [Verdict.NOT_STATED, Verdict.DELEGATED, Verdict.COULD_NOT_CHECK])
def test_silence_is_neither_free_nor_refused(verdict: Verdict) -> None:
    found = cost(terms(verdict, deductible_applies=None), of=plan(php()))

    assert between(found) == ("0.00", "8000.00")


def test_out_of_network_the_rest_of_the_charge_is_the_patients() -> None:
    given = answer(terms(copay="40.00"), out=terms(coinsurance="0.40"))
    of = plan(php(allowed_per_day=Decimal(250)))

    found = estimate_cost(given, of, Side.OUT_OF_NETWORK, prices(charge="900.00"))

    # 40 % of 250, and 650, on 20 days
    assert exactly(found) == "15000.00"


def test_out_of_network_an_unknown_allowance_makes_a_range() -> None:
    given = answer(terms(copay="40.00"), out=terms(coinsurance="0.40"))

    found = estimate_cost(given, plan(php()), Side.OUT_OF_NETWORK, prices(charge="900.00"))

    assert between(found) == ("7200.00", "18000.00")


def test_every_figure_of_the_payer_points_at_a_line() -> None:
    given = answer(
        terms(copay="40.00", coinsurance="0.10", limits=(limit(30, left=12),)),
        accumulators(figure("500.00", "1500.00"), figure("2500.00", "6000.00"), figure("900.00", "3000.00")),
    )
    known = {one.id for one in given.evidence}

    found = estimate_cost(given, plan(), Side.IN_NETWORK, prices(RATE))

    of_payer = [one for one in found.inputs if one.source == "payer"]
    assert {one.factor for one in of_payer} >= {
        CostFactor.COST_SHARE,
        CostFactor.LIMIT,
        CostFactor.DEDUCTIBLE_LEFT,
        CostFactor.MAXIMUM_TOTAL,
        CostFactor.BENEFIT_YEAR,
    }
    assert all(one.evidence and known.issuperset(one.evidence) for one in of_payer)
    assert [one.text for one in found.inputs if one.source == "settings"] == [
        "$400.00 a day are allowed (contract 1)"
    ] * 2


def test_an_estimate_promises_nothing() -> None:
    found = cost(terms(copay="40.00"))

    assert "no promise of payment" in found.disclaimer
    assert CostAssumption.AUTHORIZATION_IS_GIVEN in {one.code for one in found.assumptions}


def factors(found: EpisodeCost) -> Sequence[CostFactor]:
    return [one.factor for one in found.reasons]


def test_an_answer_without_figures_still_has_an_estimate() -> None:
    empty = Answer.model_validate(
        {**answer(terms(Verdict.COULD_NOT_CHECK)).model_dump(exclude={"next_step", "summary"}), "accumulators": {}}
    )

    found = estimate_cost(empty, plan(), Side.IN_NETWORK, NO_PRICES)

    assert (str(found.patient_pays.at_least), found.patient_pays.at_most) == ("0.00", None)
    assert CostFactor.COVERED in factors(found)


def test_conditions_have_terms_of_their_own() -> None:
    given = answer(terms(copay="40.00"))
    rows = tuple(
        one.model_copy(update={"in_network": terms(copay="90.00")}) if one.condition is Condition.SUBSTANCE_USE else one
        for one in given.programs
    )

    found = estimate_cost(
        given.model_copy(update={"programs": rows}),
        plan(*default_phases(Condition.SUBSTANCE_USE)),
        Side.IN_NETWORK,
        prices(RATE),
    )

    assert exactly(found) == "3960.00"


def test_a_lifetime_limit_does_not_begin_anew() -> None:
    given = terms(copay="0.00", limits=(limit(10, period=LimitPeriod.LIFETIME, left=5),))

    found = cost(given, of=plan(php(5, 4), starts_on=date(2026, 12, 18)), service_date=date(2026, 12, 1))

    assert exactly(found) == "6000.00"


def test_a_range_is_a_page_that_says_why() -> None:
    side = accumulators(figure(None, "1500.00"))

    page = write_cost(cost(terms(coinsurance="0.00", deductible_applies=True), side))

    assert "What a stay may cost the patient: between $0.00 and $1,500.00" in page
    assert "It widens the range by $1,500.00." in " ".join(page.split())
    assert all(len(line) <= 80 for line in page.splitlines())


def test_telehealth_that_is_not_stated_is_taken_for_granted_and_said() -> None:
    found = cost(terms(copay="40.00", per="visit"), of=plan(php(delivery=Delivery.VIRTUAL)))

    assert {one.code for one in found.assumptions} >= {
        CostAssumption.TELEHEALTH_IS_COVERED,
        CostAssumption.TELEHEALTH_COSTS_THE_SAME,
        CostAssumption.DAY_IS_ONE_VISIT,
    }


def test_a_copay_of_days_beside_a_share_keeps_no_order() -> None:
    """What a day pays of a carried copay changes what the next one owes: every combination is walked."""
    side = accumulators(figure(None, "33.00"))
    given = terms(
        copay="21.63", per="admission", coinsurance="0.15", cost_rule=CostRule.LESSER_OF, deductible_applies=None
    )

    found = cost(given, side, plan(php(6, 1)), rate="18.25")

    assert found.patient_pays.at_most is not None
    assert found.patient_pays.at_least <= found.patient_pays.at_most
