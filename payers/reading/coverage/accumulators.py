"""Plan-level deductible and out-of-pocket figures: EB01 ``C`` and ``G`` on 30 or on no service type.

Source: ``ANSWER.md`` [F13], [F14].
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum, auto
from operator import itemgetter
from typing import NamedTuple

from contracts import (
    SIDES,
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
from contracts.benefits import Place
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line, sides_of
from payers.reading.memory import remember
from payers.reading.numbers import amount
from payers.reading.terms.bindings import binding_of
from payers.reading.terms.lines_in_force import LinesInForce
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
_PERIODS = dict.fromkeys(codes.TOTAL_PERIODS, 0) | {codes.USED: 1, codes.REMAINING: 2}
"""What a figure is by EB06: a total, what is used of it, what is left; the number of its ``_Amounts``."""

_Amounts = Mapping[Decimal, Sequence[Line]]
"""Dollars in whole cents, the least first, with the lines that state them."""

_Key = tuple[_Level | None, str]
"""The coverage level of a figure, None where the line says none, and its EB01."""

_KEYS: tuple[_Key, ...] = tuple((level, information) for level in _Level for information in _FIGURES)


def accumulators(
    lines: LinesInForce, dialect: Dialect, *, has_no_benefit_outside: Callable[[], bool], book: Book
) -> Accumulators:
    """Return the figures of the plan, by side and coverage level; what the reply lacks is None.

    ``has_no_benefit_outside``: whether there is no such benefit out of network, so that zeros there are none ([F14]).
    """
    stated, without_level = lines.of_totals(_plan_figures)
    for number in without_level:
        book.find(FindingCode.LEVEL_MISSING, lines.totals[number].benefit.at, "EB02")
    if not stated:
        return _NO_FIGURES

    def read(one: _PlanFigure, side: Side) -> Accumulator:
        return _accumulator([lines.totals[number] for number in one.on[side]], one.key, dialect, book)

    inside = {one.key: read(one, Side.IN_NETWORK) for one in stated}
    outside = {one.key: read(one, Side.OUT_OF_NETWORK) if one.tells_sides_apart else inside[one.key] for one in stated}
    if any(one.total == 0 for one in outside.values()) and has_no_benefit_outside():
        outside = {key: _no_zero(one, book) for key, one in outside.items()}
    return Accumulators(in_network=_side(inside), out_of_network=_side(outside))


class _PlanFigure(NamedTuple):
    """Which lines state a figure of the plan, by number: those ``on`` each network side.

    ``tells_sides_apart``: whether any of them is marked for one side.
    """

    key: _Key
    on: Mapping[Side, Sequence[int]]
    tells_sides_apart: bool


def _plan_figures(totals: Sequence[Line]) -> tuple[Sequence[_PlanFigure], Sequence[int]]:
    """Return the figures of the plan that ``totals`` state, and the lines that lack the coverage level.

    Individual figures come before those of the family, deductibles before maximums: so their evidence is numbered.
    """
    said: dict[_Key, list[int]] = {}
    for number, line in enumerate(totals):
        key = _key_of(line.facts)
        if key is not None and line.is_in_period and binding_of(line) is None:
            said.setdefault(key, []).append(number)
    without_level = [number for key, numbers in said.items() if key[0] is None for number in numbers]
    return [_plan_figure(key, said[key], totals) for key in _KEYS if key in said], sorted(without_level)


def _plan_figure(key: _Key, numbers: Sequence[int], totals: Sequence[Line]) -> _PlanFigure:
    marks = [totals[number].benefit.network for number in numbers]
    marked = not _MARKS.isdisjoint(marks)
    sides = {mark: sides_of(mark, marked) for mark in set(marks)}
    on = {side: [number for number, mark in zip(numbers, marks, strict=True) if side in sides[mark]] for side in SIDES}
    return _PlanFigure(key, on, not _OF_ONE_SIDE.isdisjoint(marks))


def _side(found: Mapping[_Key, Accumulator]) -> AccumulatorSide:
    individual, family = _level(found, _Level.INDIVIDUAL), _level(found, _Level.FAMILY)
    if individual is family is _NOTHING_OF_LEVEL:
        return _NOTHING_OF_SIDE
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


def _accumulator(lines: Sequence[Line], key: _Key, dialect: Dialect, book: Book) -> Accumulator:
    if not lines:
        return _UNSAID
    amounts = _amounts_of(lines, dialect, book)
    total, met, left = [next(iter(said)) if len(said) == 1 else None for said in amounts]
    telling = [line for said in amounts for those in said.values() for line in those]
    totals = amounts[0]
    if len(totals) <= 1 and _are_of_same_sides(telling):
        total, met, left = _complete(total, met, left, lines, book)
    return Accumulator(
        total=total,
        met=met,
        remaining=left,
        alternatives=_alternatives(totals, _FIGURES[key[1]], book) if len(totals) > 1 else (),
        evidence=marks(telling, book),
    )


def _are_of_same_sides(lines: Iterable[Line]) -> bool:
    """Whether all lines hold for the same network sides, so that one figure may be reckoned from the others ([F13])."""
    marks = {line.benefit.network for line in lines}
    return len(marks) == 1 or len({mark if mark in _OF_ONE_SIDE else "W" for mark in marks}) <= 1


@remember(4096)
def _dollars(text: str) -> tuple[Decimal | None, Decimal]:
    """Return an amount as it was sent, None when it is none, and the same in whole cents."""
    dollars = amount(text)
    return dollars, _NOTHING if dollars is None else dollars.quantize(_CENT)


def _amounts_of(lines: Iterable[Line], dialect: Dialect, book: Book) -> list[_Amounts]:
    """Return the totals, what is used of them and what is left, as the lines state them."""
    found: list[dict[Decimal, list[Line]]] = [{}, {}, {}]
    odd: list[tuple[int, FindingCode, Place]] = []
    no_limit_from = dialect.no_limit_from
    for line in lines:
        benefit = line.benefit
        number = _PERIODS.get(benefit.period)
        if number is None:
            continue
        dollars, cents = _dollars(benefit.amount)
        if dollars is None:
            odd.append((number, FindingCode.MALFORMED_VALUE, benefit.at))
        elif dollars >= no_limit_from:
            odd.append((number, FindingCode.NO_LIMIT_SENTINEL, benefit.at))
        else:
            found[number].setdefault(cents, []).append(line)
    for _, code, at in sorted(odd, key=itemgetter(0)) if odd else ():
        book.find(code, at, "EB07")
    return [dict(sorted(said.items())) if len(said) > 1 else said for said in found]


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


def _alternatives(totals: _Amounts, figure: Figure, book: Book) -> tuple[Alternative, ...]:
    values = [Value(value, None, tuple(lines)) for value, lines in totals.items()]
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
