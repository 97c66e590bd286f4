"""What changed of the figures of a plan between two answers: deductible and out-of-pocket maximum."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts import Accumulator, Answer, BenefitYearKind, Side
from contracts.report.words import SIDE
from service.guidance.change_values import Actor, Change, ChangeCode, Severity, change_in


def changes_of_accumulators(before: Answer, after: Answer, *, is_new_plan: bool) -> Iterator[Change]:
    """Yield what changed of deductible and out-of-pocket maximum: begun anew, met, or gone back within the year.

    The figures of a new plan begin anew.
    """
    began_anew = is_new_plan or _began_new_year(before, after)
    for side in Side:
        was, now = (getattr(answer.accumulators, side.value) for answer in (before, after))
        for level in ("individual", "family"):
            for figure in ("deductible", "out_of_pocket"):
                one, other = (getattr(getattr(of_side, level), figure) for of_side in (was, now))
                name = f"{_NAMES[figure]} ({level}, {SIDE[side]})"
                yield from _of_figure(_Figure(name, side, *_CODES[figure], one, other), after, began_anew=began_anew)


_NAMES = {"deductible": "deductible", "out_of_pocket": "out-of-pocket maximum"}
_CODES = {
    "deductible": (ChangeCode.DEDUCTIBLE_RESET, ChangeCode.DEDUCTIBLE_MET),
    "out_of_pocket": (ChangeCode.OUT_OF_POCKET_RESET, ChangeCode.OUT_OF_POCKET_MET),
}


class _Figure(NamedTuple):
    """One figure of both answers, and what its changes are called."""

    name: str
    side: Side
    reset: ChangeCode
    met: ChangeCode
    was: Accumulator
    now: Accumulator


def _of_figure(figure: _Figure, after: Answer, *, began_anew: bool) -> Iterator[Change]:
    name, was, now = figure.name, figure.was, figure.now
    about: dict[str, object] = {"side": figure.side, "evidence": now.evidence}
    gone_back = _gone_back(was, now)
    if gone_back is not None:
        what, earlier, later = gone_back
        values = {"before": str(earlier), "after": str(later)}
        if began_anew:
            text = f"The {name} began anew: {later} is {what}."
            yield change_in(after, figure.reset, Severity.NOTE, Actor.BILLING, text, **about, **values)
        else:
            text = f"The {name} went back within the year, from {earlier} to {later} {what}: claims may be undone."
            code = ChangeCode.ACCUMULATOR_BACKWARDS
            yield change_in(after, code, Severity.SOON, Actor.BILLING, text, **about, **values)
    elif _is_met(was, now):
        values = {"before": str(was.remaining), "after": str(now.remaining)}
        yield change_in(after, figure.met, Severity.NOTE, Actor.BILLING, f"The {name} is met.", **about, **values)


def _gone_back(was: Accumulator, now: Accumulator) -> tuple[str, Decimal, Decimal] | None:
    """Return what was met before and is now, where it is less; or what is left, where nobody says the size of it."""
    if was.met is not None and now.met is not None:
        return ("met", was.met, now.met) if _is_less(now.met, was.met) else None
    if was.total is None and now.total is None and was.remaining is not None and now.remaining is not None:
        return ("left", was.remaining, now.remaining) if _is_less(was.remaining, now.remaining) else None
    return None


def _is_met(was: Accumulator, now: Accumulator) -> bool:
    """Whether nothing is left of what had something left. A total of nothing is no deductible, and is never met."""
    return now.remaining == 0 and now.total != 0 and was.remaining is not None and was.remaining > 0


def _is_less(lower: Decimal, higher: Decimal) -> bool:
    """Whether a sum is below another one by more than rounding to whole dollars explains."""
    rounded = lower == lower.to_integral_value() or higher == higher.to_integral_value()
    return higher - lower >= (Decimal(1) if rounded else Decimal("0.02"))


def _began_new_year(before: Answer, after: Answer) -> bool:
    year = before.coverage.benefit_year
    if year.resets_on is not None:
        return before.service_date < year.resets_on <= after.service_date
    if year.kind is BenefitYearKind.CALENDAR:
        return before.service_date.year < after.service_date.year
    return _anniversary_between(before.service_date, after.service_date, after.coverage.begins_on)


def _anniversary_between(first: date, last: date, begins_on: date | None) -> bool:
    """Where nobody says which year counts, a turn of the calendar year or of the plan's own may be one."""
    turned = first.year < last.year
    if begins_on is None or begins_on > last:
        return turned
    return turned or first < begins_on.replace(year=last.year, day=min(begins_on.day, 28)) <= last
