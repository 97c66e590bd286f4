"""The terms of one program as inputs of a stay's cost: whether it is paid, copay and share, deductible, limits."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from contracts import (
    CopayPer,
    CostRule,
    Delivery,
    Figure,
    Limit,
    LimitPeriod,
    LimitUnit,
    Terms,
    Verdict,
    VirtualDelivery,
)
from service.guidance.cost_choices import Choice, CostSubject, PoolChoices, fix_choice
from service.guidance.cost_values import CostFactor
from service.guidance.cost_walk import ENDLESS, CostShare, OwedPer
from service.guidance.money import cents

PAID = frozenset({Verdict.COVERED, Verdict.LIKELY})

_OWED_PER = {
    CopayPer.VISIT: (OwedPer.DAY,),
    CopayPer.DAY: (OwedPer.DAY,),
    CopayPer.HOUR: (OwedPer.DAY,),
    CopayPer.WEEK: (OwedPer.WEEK,),
    CopayPer.ADMISSION: (OwedPer.PHASE,),
    CopayPer.UNKNOWN: (OwedPer.PHASE, OwedPer.DAY),
}
_HOURS = (1, 24)
"""Hours of a day of treatment, where nobody says how many: no fewer, no more."""

_FRESH = frozenset({LimitPeriod.WEEK, LimitPeriod.DAY, LimitPeriod.VISIT, LimitPeriod.ADMISSION})
"""Periods that begin with the stay, so that nothing of their limits is used."""

_SPAN = 2
"""So many values of one figure are several."""


class RowTerms(NamedTuple):
    """A program for a condition on the side in question."""

    about: CostSubject
    terms: Terms

    @property
    def name(self) -> str:
        """What it is called in sentences: ``IOP``."""
        return self.about.program.value.upper() if self.about.program else "the program"


def paid_choice(row: RowTerms, delivery: Delivery) -> Choice[bool]:
    """Return whether the plan pays for the program in this delivery: true, false, or not known."""
    verdict = row.terms.verdict
    is_refused = delivery is Delivery.VIRTUAL and row.terms.virtual is VirtualDelivery.NOT_COVERED
    if verdict is Verdict.NOT_COVERED or is_refused:
        return fix_choice(CostFactor.COVERED, value=False)
    if verdict in PAID:
        return fix_choice(CostFactor.COVERED, value=True)
    return Choice(
        CostFactor.COVERED,
        (True, False),
        row.about,
        text=f"Whether {row.name} is covered is not known.",
        narrow=f"Ask whether the plan covers {row.name}, and at which cost.",
    )


def deductible_choice(row: RowTerms) -> Choice[bool]:
    """Return whether the deductible is due for the program; not where the plan is not known to pay at all."""
    if row.terms.verdict not in PAID:
        return fix_choice(CostFactor.DEDUCTIBLE_APPLIES, value=False)
    applies = row.terms.deductible_applies
    if applies is not None:
        return fix_choice(CostFactor.DEDUCTIBLE_APPLIES, applies)
    return Choice(
        CostFactor.DEDUCTIBLE_APPLIES,
        (False, True),
        row.about,
        text=f"The reply does not say whether the deductible is due for {row.name}.",
        narrow=f"Ask whether the deductible applies to {row.name}.",
        # What one program pays into the deductible spares the other one: neither value is always the dearer.
        is_ordered=False,
    )


def share_choice(row: RowTerms, hours: Decimal | None) -> Choice[CostShare]:
    """Return copay and share of the program, on days of so many ``hours``.

    Where the plan is not known to pay at all, that says more than any share: between nothing and everything.
    """
    terms = row.terms
    if terms.verdict not in PAID:
        return fix_choice(CostFactor.COST_SHARE, CostShare())
    copays = _several(Figure.COPAY, terms)
    if terms.copay is not None:
        copays = [_StatedFigure(terms.copay.amount, terms.copay.per)]
    shares = [one.amount for one in _several(Figure.COINSURANCE, terms)]
    if terms.coinsurance is not None:
        shares = [terms.coinsurance]
    narrow = f"Ask what the patient pays for {row.name}: copay per day, share, deductible."
    if not copays and not shares:
        text = f"What the patient pays for {row.name} is not stated."
        nothing, everything = CostShare(), CostShare(share=Decimal(1))
        return Choice(CostFactor.COST_SHARE, (nothing, everything), row.about, text, narrow)
    options = [
        CostShare(copay=cents(copay.amount * times), per=per, share=share, rule=terms.cost_rule or CostRule.BOTH)
        for share in shares or [Decimal(0)]
        for copay in copays or [_StatedFigure(Decimal(0), CopayPer.DAY)]
        for per in _OWED_PER[copay.per]
        for times in _times(copay.per, hours)
    ]
    text = f"The reply does not say which of several figures holds for {row.name}, or per what the copay is."
    ends = tuple(dict.fromkeys(_ends_of(options)))
    is_ordered = len({one.per for one in options}) == 1
    return Choice(CostFactor.COST_SHARE, ends, row.about, text, narrow, is_ordered)


def _ends_of(options: Sequence[CostShare]) -> Iterator[CostShare]:
    """Yield the cheapest and the dearest figures of each way in which a copay is owed."""
    for per in OwedPer:
        found = [one for one in options if one.per is per]
        for end in (min, max) if found else ():
            yield CostShare(end(one.copay for one in found), per, end(one.share for one in found), found[0].rule)


class _StatedFigure(NamedTuple):
    """A copay in dollars with what one of it pays for; or a share."""

    amount: Decimal
    per: CopayPer


def _several(figure: Figure, terms: Terms) -> list[_StatedFigure]:
    """Return the values among which the reply leaves it open; one alone is a particular case's."""
    found = [
        _StatedFigure(one.value, one.per or CopayPer.UNKNOWN) for one in terms.alternatives if one.figure is figure
    ]
    return found if len(found) >= _SPAN else []


def _times(per: CopayPer, hours: Decimal | None) -> Sequence[Decimal]:
    if per is not CopayPer.HOUR:
        return [Decimal(1)]
    return [hours] if hours is not None else [Decimal(one) for one in _HOURS]


class LimitDraw(NamedTuple):
    """A limit of the program, and how many of its units a day of treatment takes (None: what the plan pays)."""

    limit: Limit
    pool: PoolChoices
    by_day: int | None


def limit_draws(row: RowTerms, hours: Decimal | None) -> Iterator[LimitDraw]:
    """Yield every limit of the program that says how much there is, on days of so many ``hours``."""
    for limit in row.terms.limits:
        if limit.quantity is None and limit.remaining is None:
            continue
        by_day, scale = _units_by_day(limit.unit, hours)
        is_clear = limit.unit is not LimitUnit.UNITS and (limit.unit is not LimitUnit.HOURS or hours is not None)
        yield LimitDraw(limit, _pool(row, limit, scale, is_clear=is_clear), by_day)


def _units_by_day(unit: LimitUnit, hours: Decimal | None) -> tuple[int | None, int]:
    """Return how many parts of a unit a day takes (None: what the plan pays), and how many parts a unit has."""
    if unit is LimitUnit.DOLLARS:
        return None, 100
    if unit is LimitUnit.HOURS and hours is not None:
        return cents(hours), 100
    return 1, 1


def _pool(row: RowTerms, limit: Limit, scale: int, *, is_clear: bool) -> PoolChoices:
    whole = ENDLESS if limit.quantity is None else int(limit.quantity * scale)
    periods: tuple[LimitPeriod, ...] = (limit.period,)
    if not is_clear:
        # What a day takes of it is not known: it may hold every day of the stay, or none.
        lefts: tuple[int, ...] = (ENDLESS, 0)
        periods = (LimitPeriod.LIFETIME,)
    elif limit.remaining is not None:
        lefts = (int(limit.remaining * scale),)
    else:
        lefts = (whole,) if limit.period in _FRESH else (whole, 0)
    if is_clear and limit.period is LimitPeriod.UNKNOWN:
        periods = (LimitPeriod.PLAN_YEAR, LimitPeriod.UNKNOWN)
    text = f"How many days of {row.name} are left under its limit is not known."
    narrow = f"Ask how much of the limit of {row.name} is left, and when it begins anew."
    return PoolChoices(
        left=Choice(CostFactor.LIMIT, lefts, row.about, text, narrow),
        quantity=whole,
        period=Choice(CostFactor.LIMIT, periods, row.about, text, narrow),
    )
