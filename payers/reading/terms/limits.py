"""How much of a program the plan pays for: EB01 ``F``, HSD, and limits in words. Source: ``ANSWER.md`` [F10]."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from contracts import DeliveryLimit, FindingCode, Limit, LimitPeriod, LimitUnit, Program
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Patient
from payers.reading.memory import remember
from payers.reading.numbers import amount
from payers.reading.terms.bindings import binding_of_codes
from payers.reading.terms.rungs import may_price
from payers.reading.text import Topic

_UNITS = {
    "DY": LimitUnit.DAYS,
    "VS": LimitUnit.VISITS,
    "HS": LimitUnit.HOURS,
    "P6": LimitUnit.UNITS,
    "FL": LimitUnit.UNITS,
}
_PERIODS = {
    "23": LimitPeriod.CALENDAR_YEAR,
    "22": LimitPeriod.PLAN_YEAR,
    "25": LimitPeriod.CONTRACT,
    "32": LimitPeriod.LIFETIME,
    "36": LimitPeriod.ADMISSION,
    "34": LimitPeriod.MONTH,
    "35": LimitPeriod.WEEK,
    "27": LimitPeriod.VISIT,
    "7": LimitPeriod.DAY,
}
_PER = {"DA": LimitPeriod.DAY, "MO": LimitPeriod.MONTH, "WK": LimitPeriod.WEEK, "VS": LimitPeriod.VISIT}
_REMAINING = codes.LEFT
_LIFETIME_REMAINING = "33"
_ONE = frozenset({"", "1"})
_TOPICS = frozenset({Topic.LIMIT, Topic.EXHAUSTED})
"""Of the words that may state a limit."""

_NO_LIMIT = re.compile(r"9{5,}(?:\.9{1,2})?")
"""Nines alone mean that there is no limit; a limit of a million dollars is one."""


class _Stated(NamedTuple):
    """One amount of a limit as a line states it."""

    unit: LimitUnit
    period: LimitPeriod
    quantity: Decimal
    remains: bool
    line: Line
    delivery: DeliveryLimit | None = None
    message: int | None = None


_Amounts = dict[tuple[LimitUnit, LimitPeriod, Decimal], list[_Stated]]


def limits_of(lines: Sequence[Line], program: Program, patient: Patient, book: Book) -> tuple[tuple[Limit, ...], bool]:
    """Return every limit of a rung, and whether one was left out because it is bound to something else.

    What remains (EB06 29) joins its base, and stands alone when there is none.
    """
    own = [line for line in lines if _may_limit(line) and line.is_in_period and may_price(line.facts, program)]
    if not own:
        return (), False
    bound = [line for line in own if _is_bound(line)]
    plain = [line for line in own if not _is_bound(line)] if bound else own
    stated = _individual(
        [one for line in plain for one in (*_limits_of_line(line, book), *_limits_in_words(line, program, patient))]
    )
    return _join(_individual(stated), book), any(True for line in bound for _ in _limits_of_line(line, book))


def _may_limit(line: Line) -> bool:
    """Whether a line can state a limit: by its EB01, by words, or by an HSD below it."""
    return _states_limit(line.facts) or bool(line.benefit.deliveries)


@remember(2048)
def _states_limit(facts: Facts) -> bool:
    return facts.codes.information == "F" or any(
        record.quantity is not None and record.topic in _TOPICS
        for clause in facts.text.clauses
        if clause.is_understood
        for record in clause.records
    )


def _is_bound(line: Line) -> bool:
    return bool(line.benefit.diagnoses) or line.age_fits is False or binding_of_codes(line.facts) is not None


def _limits_in_words(line: Line, program: Program, patient: Patient) -> Iterator["_Stated"]:
    """Limits in understood clauses that name the program, or name nothing on a line whose codes name it ([T6])."""
    if not line.facts.text.clauses:
        return
    by_codes = any(one is program for one, _ in line.facts.named_by_procedure | line.facts.named_by_type)
    for clause in line.facts.text.clauses:
        for record in clause.records:
            quantity = record.quantity
            if quantity is None or not clause.is_understood or record.topic not in _TOPICS:
                continue
            names = record.names
            is_own = not (names.programs or names.is_service or names.is_elsewhere) and by_codes
            if (is_own or program in names.programs) and record.attached.is_met(patient.age, patient.on):
                yield _Stated(
                    quantity.unit,
                    quantity.period,
                    quantity.quantity,
                    quantity.remains,
                    line,
                    message=clause.messages[0],
                )


def _join(stated: Sequence["_Stated"], book: Book) -> tuple[Limit, ...]:
    bases: _Amounts = {}
    left: _Amounts = {}
    for one in stated:
        (left if one.remains else bases).setdefault((one.unit, one.period, one.quantity), []).append(one)
    periods = Counter((unit, period) for unit, period, _ in bases)
    found: list[Limit] = []
    for (unit, period, quantity), said in bases.items():
        matching = _remaining(unit, period, periods, left)
        found.append(
            Limit(
                quantity=quantity,
                unit=unit,
                period=period,
                remaining=matching[0] if matching else None,
                evidence=_marks([*said, *(matching[1] if matching else ())], book),
            )
        )
    found += [
        Limit(unit=unit, period=period, remaining=quantity, evidence=_marks(said, book))
        for (unit, period, quantity), said in left.items()
    ]
    return tuple(found)


def _individual(stated: Sequence[_Stated]) -> list[_Stated]:
    """Without a family's amount where the individual's of the same unit and period stands beside it."""
    own = {(one.unit, one.period, one.remains) for one in stated if one.line.benefit.level in codes.INDIVIDUAL}
    return [
        one
        for one in stated
        if one.line.benefit.level not in codes.FAMILY or (one.unit, one.period, one.remains) not in own
    ]


def _marks(stated: Iterable[_Stated], book: Book) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in stated:
        found[book.line(one.line)] = None
        if one.delivery is not None:
            found[book.mark(one.line.reply, one.delivery.at, one.delivery.text, "limit")] = None
        if one.message is not None:
            said = one.line.benefit.messages[one.message]
            found[book.mark(one.line.reply, said.at, said.sent or said.text, "limit")] = None
    return tuple(found)


def _remaining(
    unit: LimitUnit, period: LimitPeriod, periods: Mapping[tuple[LimitUnit, LimitPeriod], int], left: _Amounts
) -> tuple[Decimal, list[_Stated]] | None:
    """What remains of a base; ``periods`` says how many bases there are of each unit and period.

    EB06 33 is what remains of a lifetime. EB06 29 says no period: it is of the only base that is of no lifetime, else
    of the only one.
    """
    if periods[unit, period] > 1:
        return None
    of_unit = [one for of, one in periods if of is unit]
    yearly = [one for one in of_unit if one is not LimitPeriod.LIFETIME] or of_unit
    is_only = len(yearly) == 1 and yearly[0] is period
    ways = {period, LimitPeriod.UNKNOWN} if is_only else {period}
    matching = [key for key in left if key[0] is unit and key[1] in ways]
    if len(matching) != 1:
        return None
    return matching[0][2], left.pop(matching[0])


def base_limits(line: Line, book: Book) -> Iterator[tuple[Decimal, LimitUnit, LimitPeriod]]:
    """Yield the amounts, units and periods of a line that are no remainders, whatever it is about."""
    return ((one.quantity, one.unit, one.period) for one in _limits_of_line(line, book) if not one.remains)


def _limits_of_line(line: Line, book: Book) -> Iterator[_Stated]:
    """The amounts of an EB01 ``F``, or of an HSD below a status line."""
    benefit = line.benefit
    if benefit.information in codes.ACTIVE:
        for delivery in line.deliveries:
            yield from _limits_of_delivery(delivery, line, remains=False, book=book)
    if benefit.information == "F":
        yield from _of_limitation(line, book)


def _of_limitation(line: Line, book: Book) -> Iterator[_Stated]:
    benefit = line.benefit
    remains = benefit.period in _REMAINING
    period = _period(benefit.period)
    is_age = benefit.quantity_kind in codes.AGES
    quantity, dollars = None if is_age else amount(benefit.quantity), amount(benefit.amount)
    if quantity is not None:
        unit = _unit(benefit.quantity_kind, line)
        if unit is None:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, "EB09")
        elif benefit.period != codes.USED:
            yield _Stated(unit, period, quantity, remains, line)
    elif benefit.quantity and not is_age:
        book.find(FindingCode.MALFORMED_VALUE, benefit.at, "EB10")
    if dollars is not None and _NO_LIMIT.fullmatch(benefit.amount):
        book.find(FindingCode.NO_LIMIT_SENTINEL, benefit.at, "EB07")
    elif dollars is not None and benefit.period != codes.USED:
        yield _Stated(LimitUnit.DOLLARS, period, dollars, remains, line)
    elif benefit.amount and dollars is None:
        book.find(FindingCode.MALFORMED_VALUE, benefit.at, "EB07")
    for delivery in line.deliveries:
        yield from _limits_of_delivery(delivery, line, remains=remains, book=book)


def _limits_of_delivery(delivery: DeliveryLimit, line: Line, *, remains: bool, book: Book) -> Iterator[_Stated]:
    quantity = amount(delivery.quantity)
    unit = _unit(delivery.quantity_kind, line)
    if quantity is None or unit is None:
        if delivery.quantity:
            code = FindingCode.MALFORMED_VALUE if quantity is None else FindingCode.UNKNOWN_CODE
            book.find(code, delivery.at, "HSD02" if quantity is None else "HSD01")
        return
    period = LimitPeriod.UNKNOWN
    if delivery.period:
        # A limit over six months is none of the periods that the answer knows.
        period = _period(delivery.period) if delivery.periods in _ONE else LimitPeriod.UNKNOWN
    elif delivery.per_kind:
        period = _PER.get(delivery.per_kind, LimitPeriod.UNKNOWN) if delivery.per in _ONE else LimitPeriod.UNKNOWN
    else:
        period = _period(line.benefit.period)
    yield _Stated(unit, period, quantity, remains or delivery.period in _REMAINING, line, delivery)


def _period(code: str) -> LimitPeriod:
    return LimitPeriod.LIFETIME if code == _LIFETIME_REMAINING else _PERIODS.get(code, LimitPeriod.UNKNOWN)


def _unit(code: str, line: Line) -> LimitUnit | None:
    if code == "P6" and any("session" in said.text.lower() for said in line.benefit.messages):
        return LimitUnit.SESSIONS
    return _UNITS.get(code)
