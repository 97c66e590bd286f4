"""One certain case of a stay, walked day by day: what the patient pays, in whole cents.

Every input is known here; ``episode_cost`` walks the cheapest and the dearest case that what is known allows.
A day's order: deductible, then copay, then the share of what is left, all within the out-of-pocket maximum. A copay for
a week or for a whole phase is owed once and paid from as many days as it takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from contracts import CostRule, LimitPeriod
from service.guidance.program_plan import PlannedDay

BEYOND = 10**15
"""Cents; stands for the price of a day when it has no known end."""

ENDLESS = 10**22
"""Cents, or units; stands for a deductible, maximum or limit that nothing reaches, not even ``BEYOND``."""


class OwedPer(StrEnum):
    """How often a copay is owed."""

    DAY = "day"
    WEEK = "week"
    PHASE = "phase"


class CostShare(NamedTuple):
    """What the patient owes beside the deductible: ``copay`` in cents, ``share`` between 0 and 1."""

    copay: int = 0
    per: OwedPer = OwedPer.DAY
    share: Decimal = Decimal(0)
    rule: CostRule = CostRule.BOTH


class Draw(NamedTuple):
    """What a day of treatment takes from the limit at ``place``: so many of its units, or what the plan pays (None)."""

    place: int
    by_day: int | None


class PhaseCase(NamedTuple):
    """What holds on every day of a phase; amounts are cents.

    ``charge`` is what we charge where nothing was agreed: the patient owes what the plan does not allow of it.
    ``is_paid`` is false where the plan pays nothing. ``draws`` say what a day takes from which limit.
    """

    allowed: int
    share: CostShare
    deductible_applies: bool
    is_paid: bool = True
    charge: int | None = None
    draws: tuple[Draw, ...] = ()


class Pool(NamedTuple):
    """A limit that days draw on: ``left`` of it at first, ``quantity`` again when its ``period`` begins anew."""

    left: int
    quantity: int
    period: LimitPeriod


class Purse(NamedTuple):
    """A deductible or maximum: what is left of it now, and all of it in a new benefit year."""

    left: int = ENDLESS
    total: int = ENDLESS


class Case(NamedTuple):
    """A stay whose every input is certain. Of each pair the smaller one holds: individual, then family.

    What is left of anything is left on ``known_on``. ``resets_on`` is when the benefit year begins anew, and each year
    after. ``unpaid_from`` is the first day on which the plan pays nothing any more, ``paid_from`` the first on which it
    pays.
    """

    days: Sequence[PlannedDay]
    phases: Sequence[PhaseCase]
    known_on: date
    deductible: tuple[Purse, Purse] = (Purse(0, 0), Purse())
    maximum: tuple[Purse, Purse] = (Purse(), Purse())
    pools: Sequence[Pool] = ()
    resets_on: date | None = None
    unpaid_from: date | None = None
    paid_from: date | None = None


class DayResult(NamedTuple):
    """What one day costs, in cents. ``not_paid`` is the patient's because of a limit, an end or our own charge."""

    on: date
    phase: int
    allowed: int
    deductible: int
    copay: int
    coinsurance: int
    not_paid: int
    is_at_maximum: bool

    @property
    def patient_pays(self) -> int:
        """All that the patient pays for the day."""
        return self.deductible + self.copay + self.coinsurance + self.not_paid


@dataclass
class _Standing:
    """What is left of everything, as the walk goes on."""

    deductible: list[int]
    maximum: list[int]
    pools: list[int]
    pool_keys: list[object]
    owed: int = 0
    owed_for: object = None


def walk(case: Case) -> Iterator[DayResult]:
    """Yield what each day costs, in order."""
    standing = _Standing(
        deductible=[one.left for one in case.deductible],
        maximum=[one.left for one in case.maximum],
        pools=[one.left for one in case.pools],
        pool_keys=[_period_of(pool.period, PlannedDay(case.known_on, 0, 0), 0) for pool in case.pools],
    )
    resets_on = case.resets_on
    year = 0
    for day in case.days:
        while resets_on is not None and day.on >= resets_on:
            standing.deductible = [one.total for one in case.deductible]
            standing.maximum = [one.total for one in case.maximum]
            year, resets_on = year + 1, _a_year_after(resets_on)
        _renew_pools(standing, case, day, year)
        yield _walk_day(standing, case, day)


def _walk_day(standing: _Standing, case: Case, day: PlannedDay) -> DayResult:
    phase = case.phases[day.phase]
    if not _is_paid(standing, case, phase, day):
        owed = phase.allowed if phase.charge is None else phase.charge
        return DayResult(day.on, day.phase, owed, 0, 0, 0, owed, is_at_maximum=False)
    left_to_pay = min(standing.maximum)
    deductible = min(phase.allowed, left_to_pay, *standing.deductible) if phase.deductible_applies else 0
    copay, coinsurance = _share_of(standing, phase, day, phase.allowed - deductible)
    copay = min(copay, left_to_pay - deductible)
    coinsurance = min(coinsurance, left_to_pay - deductible - copay)
    counted = deductible + copay + coinsurance
    standing.deductible = [left - deductible for left in standing.deductible]
    standing.maximum = [left - counted for left in standing.maximum]
    standing.owed -= copay
    not_paid = _draw(standing, phase, phase.allowed - counted)
    if phase.charge is not None:
        not_paid += max(0, phase.charge - phase.allowed)
    is_at_maximum = min(standing.maximum) == 0
    return DayResult(day.on, day.phase, phase.allowed, deductible, copay, coinsurance, not_paid, is_at_maximum)


def _share_of(standing: _Standing, phase: PhaseCase, day: PlannedDay, rest: int) -> tuple[int, int]:
    """Return copay and coinsurance of ``rest``, what the deductible left of the day."""
    share = phase.share
    key = {OwedPer.DAY: day.on, OwedPer.WEEK: (day.phase, day.week), OwedPer.PHASE: day.phase}[share.per]
    if standing.owed_for != key:
        standing.owed, standing.owed_for = share.copay, key
    copay = min(standing.owed, rest)
    if share.rule is CostRule.BOTH:
        return copay, _portion(share.share, rest - copay)
    coinsurance = _portion(share.share, rest)
    takes_copay = copay >= coinsurance if share.rule is CostRule.GREATER_OF else copay <= coinsurance
    return (copay, 0) if takes_copay else (0, coinsurance)


def _portion(share: Decimal, amount: int) -> int:
    """Return the share of an amount, to the cent, halves up."""
    return int((share * amount).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _is_paid(standing: _Standing, case: Case, phase: PhaseCase, day: PlannedDay) -> bool:
    """Return whether the plan pays for the day, and draw the day from the limits that count days."""
    if not phase.is_paid:
        return False
    if (case.unpaid_from and day.on >= case.unpaid_from) or (case.paid_from and day.on < case.paid_from):
        return False
    counted = [(place, by_day) for place, by_day in phase.draws if by_day is not None]
    if any(standing.pools[place] < by_day for place, by_day in counted):
        return False
    for place, by_day in counted:
        standing.pools[place] -= by_day
    return True


def _draw(standing: _Standing, phase: PhaseCase, plan_pays: int) -> int:
    """Draw what the plan pays from the limits in dollars; return what they do not hold any more."""
    limits = [place for place, by_day in phase.draws if by_day is None]
    paid = min([plan_pays, *(standing.pools[place] for place in limits)])
    for place in limits:
        standing.pools[place] -= paid
    return plan_pays - paid


def _renew_pools(standing: _Standing, case: Case, day: PlannedDay, year: int) -> None:
    for place, pool in enumerate(case.pools):
        key = _period_of(pool.period, day, year)
        if standing.pool_keys[place] != key:
            standing.pools[place], standing.pool_keys[place] = pool.quantity, key


def _period_of(period: LimitPeriod, day: PlannedDay, year: int) -> object:
    """Return what changes when a limit's period begins anew."""
    match period:
        case LimitPeriod.CALENDAR_YEAR:
            return day.on.year
        case LimitPeriod.PLAN_YEAR | LimitPeriod.CONTRACT:
            return year
        case LimitPeriod.MONTH:
            return (day.on.year, day.on.month)
        case LimitPeriod.WEEK:
            return (day.phase, day.week)
        case LimitPeriod.DAY | LimitPeriod.VISIT:
            return day.on
        case LimitPeriod.ADMISSION | LimitPeriod.LIFETIME | LimitPeriod.UNKNOWN:
            return ""


def _a_year_after(day: date) -> date:
    """Return the same day of the next year; March 1 after a leap day."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 3, 1)
    return day.replace(year=day.year + 1)
