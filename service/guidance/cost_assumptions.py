"""What an estimate of a stay's cost takes for granted, in words for staff."""

from collections.abc import Iterator

from contracts import Answer, Authorization, CopayPer, Delivery, Side, Terms, Verdict, VirtualDelivery
from contracts.vocabulary import LimitUnit
from service.guidance.cost_choices import Stay
from service.guidance.cost_terms import PAID
from service.guidance.cost_values import Assumed, CostAssumption, CostFactor
from service.guidance.program_plan import PlanPhase, ProgramPlan

WORDS = {
    CostAssumption.LIKELY_IS_COVERED: "The payer did not name the program; it is taken as covered.",
    CostAssumption.BORROWED_FIGURE: "A figure of a broader benefit stands in for the program's own.",
    CostAssumption.AUTHORIZATION_IS_GIVEN: "Prior authorization is given for every day, where it is required.",
    CostAssumption.TELEHEALTH_COSTS_THE_SAME: "Telehealth costs the same as care in person.",
    CostAssumption.TELEHEALTH_IS_COVERED: "Whether telehealth is covered is not stated; it is taken as covered.",
    CostAssumption.ALL_COSTS_COUNT: "Deductible, copays and shares all count toward the out-of-pocket maximum.",
    CostAssumption.SAME_TERMS_NEXT_YEAR: "Copays, shares and totals stay the same in the next benefit year.",
    CostAssumption.NO_OTHER_CARE: "Nobody in the family pays for other care in the meantime.",
    CostAssumption.RATE_COVERS_COPAY: "A rate that is not known is at least as high as the copay.",
    CostAssumption.DAY_IS_ONE_VISIT: "A day of treatment counts as one visit or session.",
    CostAssumption.YEAR_BEGINS_WITH_A_MONTH: "A benefit year begins on the first day of a month.",
    CostAssumption.COPAY_ONCE_A_PHASE: "A copay per admission is due once for each phase of the plan.",
}


def assumptions_of(answer: Answer, plan: ProgramPlan, side: Side, stay: Stay) -> tuple[Assumed, ...]:
    """Return what the estimate takes for granted, each once."""
    found = [
        code for phase in plan.phases for code in _of_phase(phase, answer.terms(phase.program, phase.condition, side))
    ]
    found += _of_stay(stay)
    return tuple(Assumed(code=code, text=WORDS[code]) for code in dict.fromkeys(found))


def _of_phase(phase: PlanPhase, terms: Terms) -> Iterator[CostAssumption]:
    if terms.verdict is Verdict.LIKELY:
        yield CostAssumption.LIKELY_IS_COVERED
    if terms.assumed:
        yield CostAssumption.BORROWED_FIGURE
    if terms.verdict in PAID and terms.authorization is not Authorization.NOT_REQUIRED:
        yield CostAssumption.AUTHORIZATION_IS_GIVEN
    if phase.delivery is Delivery.VIRTUAL and terms.verdict in PAID:
        yield CostAssumption.TELEHEALTH_COSTS_THE_SAME
        if terms.virtual is VirtualDelivery.NOT_STATED:
            yield CostAssumption.TELEHEALTH_IS_COVERED
    copays = {one.per for one in (terms.copay, *terms.alternatives) if one is not None}
    if CopayPer.VISIT in copays or any(one.unit in {LimitUnit.VISITS, LimitUnit.SESSIONS} for one in terms.limits):
        yield CostAssumption.DAY_IS_ONE_VISIT
    if copays & {CopayPer.ADMISSION, CopayPer.UNKNOWN}:
        yield CostAssumption.COPAY_ONCE_A_PHASE


def _of_stay(stay: Stay) -> Iterator[CostAssumption]:
    yield CostAssumption.ALL_COSTS_COUNT
    yield CostAssumption.NO_OTHER_CARE
    resets = [one for one in stay.resets_on.options if one is not None and one <= stay.days[-1].on]
    if resets:
        yield CostAssumption.SAME_TERMS_NEXT_YEAR
        if not stay.resets_on.is_known:
            yield CostAssumption.YEAR_BEGINS_WITH_A_MONTH
    if any(one.factor is CostFactor.RATE for one in stay.unknown()):
        yield CostAssumption.RATE_COVERS_COPAY
