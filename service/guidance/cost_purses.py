"""Deductible, out-of-pocket maximum, benefit year and dates of the coverage, as inputs of a stay's cost."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from contracts import Accumulator, AccumulatorLevel, Answer, BenefitYearKind, Side
from contracts.wording import format_money
from service.guidance.cost_choices import Choice, PurseChoices, fix_choice
from service.guidance.cost_values import CostFactor, CostInput, CostSource
from service.guidance.cost_walk import ENDLESS
from service.guidance.money import cents


class PurseFactors(NamedTuple):
    """The factors and the name of a kind of accumulator."""

    left: CostFactor
    total: CostFactor
    name: str


DEDUCTIBLE = PurseFactors(CostFactor.DEDUCTIBLE_LEFT, CostFactor.DEDUCTIBLE_TOTAL, "deductible")
MAXIMUM = PurseFactors(CostFactor.MAXIMUM_LEFT, CostFactor.MAXIMUM_TOTAL, "out-of-pocket maximum")


class Purses(NamedTuple):
    """Deductible and maximum of a network side, each individual and family, and the figures they rest on."""

    deductible: tuple[PurseChoices, PurseChoices]
    maximum: tuple[PurseChoices, PurseChoices]
    inputs: tuple[CostInput, ...]


def purses_of(answer: Answer, side: Side) -> Purses:
    """Return what the reply says of the accumulators of ``side``."""
    part = answer.accumulators.on(side)
    levels = (("individual", part.individual), ("family", part.family))
    inputs = [
        one
        for level, figures in levels
        for kind, figure in _figures_of(figures)
        for one in _inputs_of(kind, level, figure)
    ]
    return Purses(
        deductible=_pair(DEDUCTIBLE, part.individual.deductible, part.family.deductible),
        maximum=_pair(MAXIMUM, part.individual.out_of_pocket, part.family.out_of_pocket),
        inputs=tuple(inputs),
    )


def _figures_of(level: AccumulatorLevel) -> Iterator[tuple[PurseFactors, Accumulator]]:
    yield DEDUCTIBLE, level.deductible
    yield MAXIMUM, level.out_of_pocket


def _inputs_of(kind: PurseFactors, level: str, figure: Accumulator) -> Iterator[CostInput]:
    for factor, value, words in ((kind.left, figure.remaining, "left of"), (kind.total, figure.total, "in all:")):
        if value is not None:
            text = f"{format_money(value)} {words} the {level} {kind.name}"
            yield CostInput(factor=factor, text=text, source=CostSource.PAYER, evidence=figure.evidence)


def _pair(kind: PurseFactors, individual: Accumulator, family: Accumulator) -> tuple[PurseChoices, PurseChoices]:
    """Return the individual purse and the family's. A family figure that is not stated binds nobody."""
    shared = _purse(kind, "family", family)
    return _purse(kind, "individual", individual) or _unknown(kind), shared or PurseChoices(
        fix_choice(kind.left, ENDLESS), fix_choice(kind.total, ENDLESS)
    )


def _purse(kind: PurseFactors, level: str, figure: Accumulator) -> PurseChoices | None:
    """Return the purse that a figure fills; None when nothing is stated of it."""
    several = sorted(cents(one.value) for one in figure.alternatives)
    if figure.total is None and figure.remaining is None and not several:
        return None
    if figure.total is not None:
        totals: tuple[int, ...] = (cents(figure.total),)
    elif several:
        totals = tuple(dict.fromkeys((several[0], several[-1])))
    else:
        totals = (cents(figure.remaining or 0), ENDLESS)
    lefts = (cents(figure.remaining),) if figure.remaining is not None else (0, totals[-1])
    return PurseChoices(
        left=Choice(
            kind.left,
            tuple(dict.fromkeys(lefts)),
            text=f"The reply does not say how much of the {level} {kind.name} is left.",
            narrow=f"Ask how much of the {level} {kind.name} is met.",
        ),
        total=Choice(
            kind.total,
            totals,
            text=f"The reply does not say one {level} {kind.name} for the whole year.",
            narrow=f"Ask for the {level} {kind.name} of a whole benefit year.",
        ),
    )


def _unknown(kind: PurseFactors) -> PurseChoices:
    text = f"The reply states no individual {kind.name}."
    narrow = f"Ask for the individual {kind.name}, and how much of it is met."
    return PurseChoices(
        left=Choice(kind.left, (0, ENDLESS), text=text, narrow=narrow),
        total=Choice(kind.total, (0, ENDLESS), text=text, narrow=narrow),
    )


class StayDates(NamedTuple):
    """When the benefit year begins anew, and when the coverage ends and begins."""

    resets_on: Choice[date | None]
    unpaid_from: Choice[date | None]
    paid_from: Choice[date | None]
    inputs: tuple[CostInput, ...]


def dates_of(answer: Answer, days: Sequence[date]) -> StayDates:
    """Return the dates that matter between the day that the answer is for and the last of ``days``."""
    coverage = answer.coverage
    year = coverage.benefit_year
    resets_on = year.resets_on
    if resets_on is None and year.kind is BenefitYearKind.CALENDAR:
        resets_on = date(answer.service_date.year + 1, 1, 1)
    inputs = []
    if resets_on is not None:
        text = f"the benefit year begins anew on {resets_on.isoformat()}"
        inputs.append(_of_coverage(CostFactor.BENEFIT_YEAR, text, answer))
    ends = None if coverage.ends_on is None else coverage.ends_on + timedelta(days=1)
    if ends is not None and ends <= days[-1]:
        inputs.append(_of_coverage(CostFactor.COVERAGE_DATES, f"the coverage ends on {coverage.ends_on}", answer))
    else:
        ends = None
    begins = coverage.begins_on if coverage.begins_on is not None and coverage.begins_on > days[0] else None
    if begins is not None:
        inputs.append(_of_coverage(CostFactor.COVERAGE_DATES, f"the coverage begins on {begins}", answer))
    return StayDates(
        resets_on=_reset_choice(resets_on, answer.service_date, days[-1]),
        unpaid_from=_coverage_choice(ends, "ends before the last day; it may be renewed", "renewed"),
        paid_from=_coverage_choice(begins, "begins after the first day", "active on the first day"),
        inputs=tuple(inputs),
    )


def _of_coverage(factor: CostFactor, text: str, answer: Answer) -> CostInput:
    return CostInput(factor=factor, text=text, source=CostSource.PAYER, evidence=answer.coverage.evidence)


def _reset_choice(resets_on: date | None, known_on: date, last: date) -> Choice[date | None]:
    if resets_on is not None:
        return fix_choice(CostFactor.BENEFIT_YEAR, resets_on)
    return Choice(
        CostFactor.BENEFIT_YEAR,
        (None, *_first_days(known_on, last)),
        text="The reply does not say when the benefit year begins anew.",
        narrow="Ask when the benefit year ends, and deductible and maximum begin anew.",
        is_ordered=False,
    )


def _first_days(after: date, last: date) -> Iterator[date]:
    """Yield the first day of each month after ``after`` up to ``last``, those of a year at most."""
    month = date(after.year, after.month, 1)
    for _ in range(12):
        month = (month + timedelta(days=32)).replace(day=1)
        if month > last:
            return
        yield month


def _coverage_choice(on: date | None, words: str, asked: str) -> Choice[date | None]:
    if on is None:
        return fix_choice(CostFactor.COVERAGE_DATES, None)
    return Choice(
        CostFactor.COVERAGE_DATES,
        (None, on),
        text=f"The coverage {words}.",
        narrow=f"Ask whether the plan is {asked}.",
    )
