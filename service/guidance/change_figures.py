"""What changed of the figures of a plan between two answers: deductible and out-of-pocket maximum."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts import Accumulator, Answer, BenefitYearKind, Side
from contracts.report.words import SIDE
from service.guidance.change_values import Actor, Change, ChangeCode, Severity, change_in


def changes_of_accumulators(before: Answer, after: Answer) -> Iterator[Change]:
    """Yield what changed of deductible and out-of-pocket maximum: begun anew, met, or gone back within the year."""
    for side in Side:
        was, now = (getattr(answer.accumulators, side.value) for answer in (before, after))
        for level in ("individual", "family"):
            for figure in ("deductible", "out_of_pocket"):
                one, other = (getattr(getattr(of_side, level), figure) for of_side in (was, now))
                name = f"{_NAMES[figure]} ({level}, {SIDE[side]})"
                yield from _of_figure(_Figure(name, side, *_CODES[figure], one, other), before, after)


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


def _of_figure(figure: _Figure, before: Answer, after: Answer) -> Iterator[Change]:
    name, was, now = figure.name, figure.was, figure.now
    about: dict[str, object] = {"side": figure.side, "evidence": now.evidence}
    if was.met is not None and now.met is not None and _is_less(now.met, was.met):
        values = {"before": str(was.met), "after": str(now.met)}
        if _began_new_year(before, after):
            text = f"The {name} began anew: {now.met} is met."
            yield change_in(after, figure.reset, Severity.NOTE, Actor.BILLING, text, **about, **values)
        else:
            text = f"The {name} went back from {was.met} to {now.met} within the year: claims may be undone."
            code = ChangeCode.ACCUMULATOR_BACKWARDS
            yield change_in(after, code, Severity.SOON, Actor.BILLING, text, **about, **values)
    elif _is_met(now) and was.remaining is not None and was.remaining > 0:
        values = {"before": str(was.remaining), "after": str(now.remaining)}
        yield change_in(after, figure.met, Severity.NOTE, Actor.BILLING, f"The {name} is met.", **about, **values)


def _is_met(figure: Accumulator) -> bool:
    return figure.remaining == 0 and figure.total is not None and figure.total > 0


def _is_less(later: Decimal, earlier: Decimal) -> bool:
    """Whether a sum went down by more than rounding to whole dollars explains."""
    rounded = later == later.to_integral_value() or earlier == earlier.to_integral_value()
    return earlier - later >= (Decimal(1) if rounded else Decimal("0.02"))


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
