"""What an estimate of a stay's cost says: ranges, the days, what every figure rests on, and why a range is wide."""

from datetime import date
from enum import StrEnum

from contracts import Condition, Delivery, Frozen, Program, Side
from contracts.facts import Instant, Money
from service.guidance.network_values import NetworkStatus


class CostFactor(StrEnum):
    """What the cost follows from."""

    COVERED = "covered"
    COST_SHARE = "cost_share"
    DEDUCTIBLE_APPLIES = "deductible_applies"
    DEDUCTIBLE_LEFT = "deductible_left"
    DEDUCTIBLE_TOTAL = "deductible_total"
    MAXIMUM_LEFT = "maximum_left"
    MAXIMUM_TOTAL = "maximum_total"
    LIMIT = "limit"
    RATE = "rate"
    CHARGE = "charge"
    BENEFIT_YEAR = "benefit_year"
    COVERAGE_DATES = "coverage_dates"


class CostAssumption(StrEnum):
    """What an estimate takes for granted."""

    LIKELY_IS_COVERED = "likely_is_covered"
    BORROWED_FIGURE = "borrowed_figure"
    AUTHORIZATION_IS_GIVEN = "authorization_is_given"
    TELEHEALTH_COSTS_THE_SAME = "telehealth_costs_the_same"
    TELEHEALTH_IS_COVERED = "telehealth_is_covered"
    ALL_COSTS_COUNT = "all_costs_count"
    SAME_TERMS_NEXT_YEAR = "same_terms_next_year"
    NO_OTHER_CARE = "no_other_care"
    RATE_COVERS_COPAY = "rate_covers_copay"
    DAY_IS_ONE_VISIT = "day_is_one_visit"
    YEAR_BEGINS_WITH_A_MONTH = "year_begins_with_a_month"
    COPAY_ONCE_A_PHASE = "copay_once_a_phase"


class CostSource(StrEnum):
    """Who says a figure: the payer's reply, our own settings, or whoever asks for the estimate."""

    PAYER = "payer"
    SETTINGS = "settings"
    REQUEST = "request"


class CostRange(Frozen):
    """From ``at_least`` to ``at_most`` dollars; ``at_most`` is null where there is no known end."""

    at_least: Money
    at_most: Money | None


class DayShare(Frozen):
    """What one day costs, in dollars; null where no end is known.

    ``allowed`` is what the day costs altogether. ``not_paid`` is the patient's because the plan does not pay it: a
    limit, the end of the coverage, or our charge above what the plan allows. ``maximum_reached`` says that the
    out-of-pocket maximum is reached with this day.
    """

    allowed: Money | None
    deductible: Money | None
    copay: Money | None
    coinsurance: Money | None
    not_paid: Money | None
    patient_pays: Money | None
    maximum_reached: bool


class DayCost(Frozen):
    """One day of treatment, in the cheapest and in the dearest case; ``phase`` counts from 0."""

    on: date
    phase: int
    cheapest: DayShare
    dearest: DayShare


class PhaseCost(Frozen):
    """One phase of the plan. ``evidence`` are the lines of the reply that its terms rest on."""

    program: Program
    condition: Condition
    delivery: Delivery
    first_day: date
    last_day: date
    days: int
    patient_pays: CostRange
    evidence: tuple[str, ...] = ()


class CostInput(Frozen):
    """One figure that the estimate follows from, in words, and where it stands.

    ``program`` and ``condition`` are null for a figure of the plan. ``evidence`` are the answer's marks; a figure of
    the payer always has some.
    """

    factor: CostFactor
    program: Program | None = None
    condition: Condition | None = None
    text: str
    source: CostSource
    evidence: tuple[str, ...] = ()


class WidthReason(Frozen):
    """Why the estimate is a range: an input that is missing, what would narrow it, and by how much it widens.

    ``widens_by`` is null where no end is known.
    """

    factor: CostFactor
    program: Program | None = None
    condition: Condition | None = None
    text: str
    narrow: str
    widens_by: Money | None


class Assumed(Frozen):
    """Something that the estimate takes for granted, in words."""

    code: CostAssumption
    text: str


class EpisodeCost(Frozen):
    """What a stay may cost the patient: an estimate from what is known, and no promise.

    ``side`` is the network side whose terms were taken; ``network`` says of each condition where we stand. ``is_exact``
    says that both ends of the range are the same. ``reasons`` stand in order of how much each widens it.
    """

    verification_id: str | None
    as_of: Instant
    side: Side
    network: tuple[NetworkStatus, ...] = ()
    starts_on: date
    last_day: date
    days: int
    patient_pays: CostRange
    is_exact: bool
    phases: tuple[PhaseCost, ...]
    reasons: tuple[WidthReason, ...]
    inputs: tuple[CostInput, ...]
    assumptions: tuple[Assumed, ...]
    by_day: tuple[DayCost, ...]
    disclaimer: str
