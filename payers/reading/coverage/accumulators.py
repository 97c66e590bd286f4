"""Plan-level deductible and out-of-pocket figures: EB01 ``C`` and ``G`` on 30 or on no service type.

Source: ``ANSWER.md`` [F13], [F14].
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum, auto

from contracts import (
    Accumulator,
    AccumulatorLevel,
    Accumulators,
    AccumulatorSide,
    Alternative,
    Dialect,
    Figure,
    FindingCode,
    Side,
)
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line, is_on_side
from payers.reading.memory import remember
from payers.reading.numbers import amount
from payers.reading.terms.bindings import binding_of
from payers.reading.terms.values import Value, find_difference, marks, text_of

_FIGURES = {"C": Figure.DEDUCTIBLE, "G": Figure.OUT_OF_POCKET}
_MARKS = frozenset("YNW")
_CENT = Decimal("0.01")
_OF_ONE_SIDE = frozenset("YN")
_UNSAID = Accumulator()
_NOTHING_OF_LEVEL = AccumulatorLevel()
_NOTHING_OF_SIDE = AccumulatorSide()
_NO_FIGURES = Accumulators()
_NOTHING = Decimal("0.00")


class _Level(StrEnum):
    INDIVIDUAL = auto()
    FAMILY = auto()


_LEVELS = dict.fromkeys(codes.INDIVIDUAL, _Level.INDIVIDUAL) | dict.fromkeys(codes.FAMILY, _Level.FAMILY)
_PERIODS = ("", codes.USED, codes.REMAINING)
"""What a figure is by EB06: a total, what is used of it, what is left."""

_PERIOD_OF = dict.fromkeys(codes.TOTAL_PERIODS, "") | {period: period for period in _PERIODS}
_Key = tuple[_Level | None, str]
"""The coverage level of a figure, None where the line says none, and its EB01."""

_KEYS = tuple((level, information) for level in _Level for information in _FIGURES)


def accumulators(
    totals: Sequence[Line], dialect: Dialect, *, has_no_benefit_outside: Callable[[], bool], book: Book
) -> Accumulators:
    """Return the figures of the plan, by side and coverage level; what the reply lacks is None.

    ``totals``: every deductible and out-of-pocket figure in force. ``has_no_benefit_outside``: whether there is no such
    benefit out of network, so that zeros there are none ([F14]).
    """
    said: dict[_Key, list[Line]] = {}
    for line in totals:
        key = _key_of(line.facts)
        if key is None or not line.is_in_period or binding_of(line) is not None:
            continue
        if key[0] is None:
            book.find(FindingCode.LEVEL_MISSING, line.benefit.at, "EB02")
        else:
            said.setdefault(key, []).append(line)
    if not said:
        return _NO_FIGURES
    ordered = _in_order(said)
    inside = {key: _on_side(those, key, Side.IN_NETWORK, dialect, book) for key, those in ordered}
    outside = {
        key: _on_side(those, key, Side.OUT_OF_NETWORK, dialect, book) if _tells_sides_apart(those) else inside[key]
        for key, those in ordered
    }
    if any(one.total == 0 for one in outside.values()) and has_no_benefit_outside():
        outside = {key: _no_zero(one, book) for key, one in outside.items()}
    return Accumulators(in_network=_side(inside), out_of_network=_side(outside))


def _in_order(said: Mapping[_Key, list[Line]]) -> list[tuple[_Key, list[Line]]]:
    """Individual figures before those of the family, deductibles before maximums: so their evidence is numbered."""
    return [(key, said[key]) for key in _KEYS if key in said]


def _tells_sides_apart(lines: Sequence[Line]) -> bool:
    return not _OF_ONE_SIDE.isdisjoint([line.benefit.network for line in lines])


def _on_side(lines: Sequence[Line], key: _Key, side: Side, dialect: Dialect, book: Book) -> Accumulator:
    marks_of_lines = {line.benefit.network for line in lines}
    marked = not _MARKS.isdisjoint(marks_of_lines)
    on_side = {mark for mark in marks_of_lines if is_on_side(side, mark, marked=marked)}
    if not on_side:
        return _UNSAID
    here = lines if on_side == marks_of_lines else [line for line in lines if line.benefit.network in on_side]
    return _accumulator(here, _FIGURES[key[1]], dialect, book)


def _side(found: Mapping[_Key, Accumulator]) -> AccumulatorSide:
    if all(one is _UNSAID for one in found.values()):
        return _NOTHING_OF_SIDE
    individual, family = [_level(found, level) for level in _Level]
    return AccumulatorSide(individual=individual, family=family)


def _level(found: Mapping[_Key, Accumulator], level: _Level) -> AccumulatorLevel:
    deductible, out_of_pocket = found.get((level, "C"), _UNSAID), found.get((level, "G"), _UNSAID)
    if deductible is out_of_pocket is _UNSAID:
        return _NOTHING_OF_LEVEL
    return AccumulatorLevel(deductible=deductible, out_of_pocket=out_of_pocket)


def _no_zero(one: Accumulator, book: Book) -> Accumulator:
    """A total of 0 with nothing or 0 remaining is no figure where there is no such benefit."""
    if one.total == 0 and one.remaining in {None, _NOTHING}:
        book.find(FindingCode.NO_SUCH_BENEFIT, None, "out_of_network")
        return Accumulator()
    return one


@remember(2048)
def _key_of(facts: Facts) -> _Key | None:
    """Return the figure that a line states of the plan, wherever care is given; None where it states none."""
    level = facts.codes.level
    if not facts.is_plan_level or facts.place or (level and level not in _LEVELS):
        return None
    return _LEVELS.get(level), facts.codes.information


def _accumulator(lines: Sequence[Line], figure: Figure, dialect: Dialect, book: Book) -> Accumulator:
    by_period: dict[str, list[Line]] = {}
    for line in lines:
        if (period := _PERIOD_OF.get(line.benefit.period)) is not None:
            by_period.setdefault(period, []).append(line)
    totals, met, left = [
        _values(by_period[period], dialect, book) if period in by_period else () for period in _PERIODS
    ]
    total, used, remaining = [values[0].value if len(values) == 1 else None for values in (totals, met, left)]
    values, several = (*totals, *met, *left), len(totals) > 1
    if not several and _are_of_same_sides(values):
        total, used, remaining = _complete(total, used, remaining, lines, book)
    return Accumulator(
        total=total,
        met=used,
        remaining=remaining,
        alternatives=_alternatives(totals, figure, book) if several else (),
        evidence=marks([line for value in values for line in value.lines], book),
    )


def _are_of_same_sides(values: Iterable[Value]) -> bool:
    """Whether every value holds for the same network sides, so that one may be reckoned from the others ([F13])."""
    marks = {line.benefit.network for value in values for line in value.lines}
    return len(marks) == 1 or len({mark if mark in _OF_ONE_SIDE else "W" for mark in marks}) <= 1


@remember(4096)
def _dollars(text: str) -> tuple[Decimal | None, Decimal]:
    """Return an amount as it was sent, None when it is none, and the same in whole cents."""
    dollars = amount(text)
    return dollars, _NOTHING if dollars is None else dollars.quantize(_CENT)


def _values(lines: Iterable[Line], dialect: Dialect, book: Book) -> tuple[Value, ...]:
    found: dict[Decimal, list[Line]] = {}
    no_limit_from = dialect.no_limit_from
    for line in lines:
        dollars, cents = _dollars(line.benefit.amount)
        if dollars is None:
            book.find(FindingCode.MALFORMED_VALUE, line.benefit.at, "EB07")
        elif dollars >= no_limit_from:
            book.find(FindingCode.NO_LIMIT_SENTINEL, line.benefit.at, "EB07")
        else:
            found.setdefault(cents, []).append(line)
    values = sorted(found.items()) if len(found) > 1 else found.items()
    return tuple([Value(value, None, tuple(said)) for value, said in values])


def _complete(
    total: Decimal | None, met: Decimal | None, remaining: Decimal | None, lines: Sequence[Line], book: Book
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Two of the three give the third, never below nothing; three that do not add up stay as they were sent."""
    if total is None:
        return (None if met is None or remaining is None else met + remaining), met, remaining
    if met is None:
        return total, (None if remaining is None else max(_NOTHING, total - remaining)), remaining
    if remaining is None:
        return total, met, max(_NOTHING, total - met)
    if met + remaining != total:
        book.find(FindingCode.ACCUMULATORS_DISAGREE, lines[0].benefit.at, "EB07")
    return total, met, remaining


def _alternatives(values: Sequence[Value], figure: Figure, book: Book) -> tuple[Alternative, ...]:
    apart = find_difference(values)
    return tuple(
        Alternative(
            figure=figure,
            value=value.value,
            distinguished_by=apart,
            text=text_of(value.lines, apart),
            evidence=marks(value.lines, book),
        )
        for value in values
    )
