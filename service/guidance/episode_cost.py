"""What a stay may cost the patient: a program plan walked day by day through the terms of an answer.

The estimate is a range where an input is missing: from the cheapest case that what is known allows, to the dearest. It
says what makes the range wide, what would narrow it, and which lines of the reply each figure rests on.
"""

from contracts import Answer, Side
from service.guidance.cost_assumptions import assumptions_of
from service.guidance.cost_choices import CostSubject, Stay, Walked, cheapest, dearest, widening
from service.guidance.cost_purses import dates_of, purses_of
from service.guidance.cost_rows import NO_PRICES, Prices, RowInputs
from service.guidance.cost_values import (
    CostFactor,
    CostInput,
    CostRange,
    DayCost,
    DayShare,
    EpisodeCost,
    PhaseCost,
    WidthReason,
)
from service.guidance.cost_walk import DayResult
from service.guidance.money import bounded_dollars, dollars
from service.guidance.program_plan import PlannedDay, PlanPhase, ProgramPlan

DISCLAIMER = (
    "This is an estimate from what is known today, and no promise of payment. The plan decides when it processes a "
    "claim; claims that are not processed yet are not counted."
)


def estimate_cost(answer: Answer, plan: ProgramPlan, side: Side, prices: Prices = NO_PRICES) -> EpisodeCost:
    """Return what ``plan`` may cost the patient on ``side`` of the network, to the cent."""
    days = tuple(plan.days())
    stay, inputs = _stay_of(answer, plan, side, prices, days)
    low, high = cheapest(stay), dearest(stay)
    return EpisodeCost(
        verification_id=answer.verification_id,
        as_of=answer.as_of,
        side=side,
        starts_on=plan.starts_on,
        last_day=days[-1].on,
        days=len(days),
        patient_pays=_range_of(low.total, high.total),
        is_exact=low.total == high.total,
        phases=tuple(_phase_cost(answer, side, one, number, (low, high)) for number, one in enumerate(plan.phases)),
        reasons=tuple(_reasons_of(stay, (low, high))),
        inputs=inputs,
        assumptions=assumptions_of(answer, plan, side, stay),
        by_day=tuple(
            DayCost(on=a.on, phase=a.phase, cheapest=_day_share(a), dearest=_day_share(b))
            for a, b in zip(low.days, high.days, strict=True)
        ),
        disclaimer=DISCLAIMER,
    )


def _stay_of(
    answer: Answer, plan: ProgramPlan, side: Side, prices: Prices, days: tuple[PlannedDay, ...]
) -> tuple[Stay, tuple[CostInput, ...]]:
    purses, dates = purses_of(answer, side), dates_of(answer, [day.on for day in days])
    rows = RowInputs(answer, side, prices)
    phases = tuple(rows.phase(one) for one in plan.phases)
    stay = Stay(
        days=days,
        known_on=answer.service_date,
        phases=phases,
        deductible=purses.deductible,
        maximum=purses.maximum,
        pools=tuple(rows.pools),
        resets_on=dates.resets_on,
        unpaid_from=dates.unpaid_from,
        paid_from=dates.paid_from,
    )
    return stay, tuple(dict.fromkeys((*rows.inputs, *purses.inputs, *dates.inputs)))


def _range_of(low: int, high: int) -> CostRange:
    return CostRange(at_least=dollars(low), at_most=bounded_dollars(high))


def _phase_cost(answer: Answer, side: Side, phase: PlanPhase, number: int, ends: tuple[Walked, Walked]) -> PhaseCost:
    low, high = (sum(day.patient_pays for day in end.days if day.phase == number) for end in ends)
    days = [day.on for day in ends[0].days if day.phase == number]
    terms = answer.terms(phase.program, phase.condition, side)
    return PhaseCost(
        program=phase.program,
        condition=phase.condition,
        delivery=phase.delivery,
        first_day=days[0],
        last_day=days[-1],
        days=len(days),
        patient_pays=_range_of(min(low, high), max(low, high)),
        evidence=terms.evidence,
    )


def _reasons_of(stay: Stay, ends: tuple[Walked, Walked]) -> list[WidthReason]:
    """Return the inputs that make the range wide, the widest first."""
    found: dict[tuple[CostFactor, CostSubject, str], int] = {}
    for choice in stay.unknown():
        key = (choice.factor, choice.about, choice.text)
        found[key] = max(found.get(key, 0), widening(stay, choice, ends))
    narrow = {(one.factor, one.about, one.text): one.narrow for one in stay.unknown()}
    return [
        WidthReason(
            factor=factor,
            program=about.program,
            condition=about.condition,
            text=text,
            narrow=narrow[factor, about, text],
            widens_by=bounded_dollars(width),
        )
        for (factor, about, text), width in sorted(found.items(), key=lambda one: -one[1])
        if width
    ]


def _day_share(day: DayResult) -> DayShare:
    return DayShare(
        allowed=bounded_dollars(day.allowed),
        deductible=bounded_dollars(day.deductible),
        copay=bounded_dollars(day.copay),
        coinsurance=bounded_dollars(day.coinsurance),
        not_paid=bounded_dollars(day.not_paid),
        patient_pays=bounded_dollars(day.patient_pays),
        maximum_reached=day.is_at_maximum,
    )
