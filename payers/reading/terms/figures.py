"""What the patient pays: the figures of one rung and side, borrowed ones, and those beside. Source: [F5] to [F12].

A figure with several values is null, and each value is an alternative.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from contracts import (
    Alternative,
    Condition,
    Copay,
    CopayPer,
    CostRule,
    DistinguishedBy,
    Figure,
    FindingCode,
    Program,
    Side,
)
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line, is_on_side
from payers.reading.lines.statements import Patient
from payers.reading.memory import remember
from payers.reading.numbers import amount, cents
from payers.reading.terms.bindings import binding_of
from payers.reading.terms.ladder import Level
from payers.reading.terms.lines_in_force import LadderPlace, LinesInForce
from payers.reading.terms.rungs import RUNGS, may_price
from payers.reading.terms.values import Value, find_difference, marks, text_of
from payers.reading.text import Record, Topic

_PER = {
    "27": CopayPer.VISIT,
    "7": CopayPer.DAY,
    "36": CopayPer.ADMISSION,
    "6": CopayPer.HOUR,
    "35": CopayPer.WEEK,
}
_CENT = Decimal("0.01")
_FIGURE_OF = {"A": Figure.COINSURANCE, "B": Figure.COPAY, "C": Figure.DEDUCTIBLE}
"""What a line states by its EB01."""

_Read = tuple[Decimal, CopayPer | None]
"""A figure as a line states it, and what one of it pays for."""


class Row(NamedTuple):
    """The program, condition and side that figures are read for, every line in force, and the patient."""

    program: Program
    condition: Condition
    side: Side
    lines: LinesInForce
    patient: Patient


class Found(NamedTuple):
    """A figure on one rung. ``values``: one, or several that stand beside each other. ``is_void``: words void it."""

    figure: Figure
    values: tuple[Value, ...] = ()
    is_void: bool = False

    @property
    def single(self) -> Value | None:
        """Return the value, when there is exactly one."""
        return self.values[0] if len(self.values) == 1 else None


_NOTHING = {figure: Found(figure) for figure in Figure}


class Costs(NamedTuple):
    """What the patient pays, as the answer states it. ``evidence``: of the figures."""

    copay: Copay | None = None
    coinsurance: Decimal | None = None
    deductible_applies: bool | None = None
    cost_rule: CostRule | None = None
    alternatives: tuple[Alternative, ...] = ()
    assumed: tuple[Figure, ...] = ()
    evidence: tuple[str, ...] = ()


_NO_COSTS = Costs()


def costs_of(level: Level, below: Sequence[Level], row: Row, book: Book) -> Costs:
    """Return the figures of the deciding rung; where it has none, those of the next rung below that has one ([F11])."""
    said = _lines_by_figure(level)
    if not (said or row.lines.bound or row.lines.voiding or any(map(_lines_by_figure, below))):
        return _NO_COSTS
    copay = _find(Figure.COPAY, said, level, row, book)
    share = _find(Figure.COINSURANCE, said, level, row, book)
    rung, assumed = level, False
    if not (copay.values or share.values or copay.is_void or share.is_void):
        for lower in (one for one in below if one.speaking):
            said_below = _lines_by_figure(lower)
            lower_copay = _find(Figure.COPAY, said_below, lower, row, book)
            lower_share = _find(Figure.COINSURANCE, said_below, lower, row, book)
            if lower_copay.values or lower_share.values:
                copay, share, rung, assumed = lower_copay, lower_share, lower, True
                break
    deductible = _find(Figure.DEDUCTIBLE, said, level, row, book)
    applies = {value.value > 0 for value in deductible.values} if deductible.values else set()
    waiving = _voiding(Figure.DEDUCTIBLE, level, row)
    if waiving.named or waiving.own:
        applies = {False}
    found = [*_several(copay, book), *_several(share, book)]
    if len(applies) > 1:
        found += _several(deductible, book)
    if row.lines.bound:
        levels = (level,) if rung is level else (level, rung)
        bound = {id(line): line for one in levels for line in _bound_lines(one, row)}
        found += _show_bound(bound.values(), book)
    one_copay, one_share = copay.single, share.single
    used = [line for value in (one_copay, one_share) if value is not None for line in value.lines]
    used += [line for value in deductible.values for line in value.lines if len(applies) == 1]
    return Costs(
        copay=copay_of(one_copay.value, one_copay.per) if one_copay else None,
        coinsurance=one_share.value if one_share else None,
        deductible_applies=next(iter(applies)) if len(applies) == 1 else None,
        cost_rule=None if assumed else _cost_rule(one_copay, one_share),
        alternatives=_merge(found) if found else (),
        assumed=tuple(one.figure for one in (copay, share) if one.values) if assumed else (),
        evidence=(*marks(used, book), *_voiding_marks((*waiving.named, *waiving.own), Figure.DEDUCTIBLE, book)),
    )


def _lines_by_figure(level: Level) -> Mapping[Figure, list[Line]]:
    """The lines of a rung that speak, by the figure that they state; most state none."""
    found: dict[Figure, list[Line]] = {}
    for line in level.speaking:
        figure = _FIGURE_OF.get(line.benefit.information)
        if figure is not None:
            found.setdefault(figure, []).append(line)
    return found


def _bound_lines(level: Level, row: Row) -> list[Line]:
    """The cost lines that would stand on a rung, if something did not bind them to another service."""
    place = LadderPlace(row.program, row.condition, RUNGS.index(level.rung))
    return [
        line
        for line, speaks_at in row.lines.bound
        if is_on_side(row.side, line.benefit.network, marked=level.is_marked) and place in speaks_at
    ]


def prices(line: Line, program: Program) -> bool:
    """Whether the figure of a line that speaks is the program's own."""
    return line.is_in_period and may_price(line.facts, program) and binding_of(line) is None


def read_copay(line: Line, book: Book) -> _Read | None:
    """EB01 ``B``: EB07 in dollars, and what one of it pays for by EB06; None, with a finding, when it is malformed."""
    dollars = cents(line.benefit.amount)
    if dollars is None:
        book.find(FindingCode.MALFORMED_VALUE, line.benefit.at, "EB07")
        return None
    return dollars, _PER.get(line.benefit.period, CopayPer.UNKNOWN)


@remember(1024)
def copay_of(dollars: Decimal, per: CopayPer | None) -> Copay:
    """Return a copay in dollars, and what one of it pays for."""
    return Copay(amount=dollars, per=per or CopayPer.UNKNOWN)


def read_share(line: Line, book: Book) -> _Read | None:
    """EB01 ``A``: EB08 as the patient's share between 0 and 1; a whole percent is read as one, with a finding."""
    share = amount(line.benefit.share)
    if share is None or share > 100:
        book.find(FindingCode.MALFORMED_VALUE, line.benefit.at, "EB08")
        return None
    if share > 1:
        book.find(FindingCode.SCALE_READ_AS_PERCENT, line.benefit.at, "EB08")
        share /= 100
    return share, None


def _read_deductible(line: Line, book: Book) -> _Read | None:
    """EB01 ``C``, base lines only: whether a deductible applies. What remains or is met never says it ([F9])."""
    if line.benefit.period not in codes.BASE_PERIODS:
        return None
    copay = read_copay(line, book)
    return None if copay is None else (copay[0], None)


_READERS: Mapping[Figure, Callable[[Line, Book], _Read | None]] = {
    Figure.COPAY: read_copay,
    Figure.COINSURANCE: read_share,
    Figure.DEDUCTIBLE: _read_deductible,
}


def _find(figure: Figure, said: Mapping[Figure, Sequence[Line]], level: Level, row: Row, book: Book) -> Found:
    """Return the program's own figure on a rung. ``said``: the lines that speak there, by the figure they state."""
    own = [line for line in said[figure] if prices(line, row.program)] if figure in said else ()
    if not own:
        return _NOTHING[figure]
    read = _READERS[figure]
    values: dict[_Read, list[Line]] = {}
    voided = False
    voiding = _voiding(figure, level, row)
    for line in individual(own):
        key = read(line, book)
        if key is None:
            continue
        is_plans = figure is Figure.COINSURANCE and _is_plans_share(line, row)
        if (is_plans or voiding.reaches(line)) and key[0] > 0:
            book.find(FindingCode.CONTRADICTION, line.benefit.at, f"MSG:{figure.value}")
            voided = True
            continue
        values.setdefault(key, []).append(line)
    found = [Value(value, per, tuple(lines)) for (value, per), lines in values.items()]
    if len(found) > 1:
        found.sort(key=lambda one: (one.value, str(one.per)))
    return Found(figure, tuple(found), voided)


class _Voiding(NamedTuple):
    """The lines whose words void a figure: for the program by its name, or for a rung's own subject ([F7])."""

    named: tuple[Line, ...]
    own: tuple[Line, ...]

    def reaches(self, line: Line) -> bool:
        """Whether they void the figure of ``line``; words beside a figure of the same sort void that one alone."""
        if not self.own:
            return bool(self.named)
        return bool(self.named) or any(
            other is line or other.benefit.information != line.benefit.information for other in self.own
        )


_VOIDS_NOTHING = _Voiding((), ())


def _voiding(figure: Figure, level: Level, row: Row) -> _Voiding:
    voiding = row.lines.voiding and [line for line in row.lines.voiding if _voiding_records(line.facts, figure)]
    if not voiding:
        return _VOIDS_NOTHING
    named = [
        line
        for line in voiding
        if row.condition in line.facts.conditions
        and any(
            row.program in record.names.programs and _is_on(record, line, row.side) and _is_met(record, row.patient)
            for record in _voiding_records(line.facts, figure)
        )
    ]
    own = [
        line
        for line in level.speaking
        if (records := _voiding_records(line.facts, figure))
        and any(
            _is_about_line(record) and row.side in (record.sides or {row.side}) and _is_met(record, row.patient)
            for record in records
        )
        and prices(line, row.program)
    ]
    return _Voiding(tuple(named), tuple(own))


def _is_met(record: Record, patient: Patient) -> bool:
    return record.attached.is_met(patient.age, patient.on)


@remember(2048)
def _voiding_records(facts: Facts, figure: Figure) -> tuple[Record, ...]:
    return tuple([record for record in _cost_records(facts) if figure in record.voids])


def _voiding_marks(lines: Sequence[Line], figure: Figure, book: Book) -> Iterator[str]:
    """Yield the evidence of lines whose words void a figure: the line, and the message that does."""
    for line in lines:
        yield book.line(line)
        for clause in line.facts.text.clauses:
            if any(figure in record.voids for record in clause.records):
                said = line.benefit.messages[clause.messages[0]]
                yield book.mark(line.reply, said.at, said.sent or said.text, f"words about the {figure.value}")


def _is_on(record: Record, line: Line, side: Side) -> bool:
    if record.sides:
        return side in record.sides
    return is_on_side(side, line.benefit.network, marked=False)


def _is_about_line(record: Record) -> bool:
    """Whether the words are about the line's own subject, and not about a service, the office or telehealth."""
    return not record.names.is_service and not record.names.is_elsewhere


def _is_plans_share(line: Line, row: Row) -> bool:
    """Whether the words call the share of ``line`` what the plan pays."""
    return bool(line.facts.text.clauses) and any(
        record.plans_share and (_is_about_line(record) or row.program in record.names.programs)
        for record in _cost_records(line.facts)
    )


@remember(2048)
def _cost_records(facts: Facts) -> tuple[Record, ...]:
    return tuple(
        [
            record
            for clause in facts.text.clauses
            if clause.is_understood
            for record in clause.records
            if record.topic is Topic.COST
        ]
    )


def individual(lines: Sequence[Line]) -> Sequence[Line]:
    """Return individual lines (EMP counts as one) before family ones; lines of no level stay beside either."""
    if any(line.benefit.level in codes.INDIVIDUAL for line in lines):
        return [line for line in lines if line.benefit.level in codes.INDIVIDUAL or not line.benefit.level]
    return lines


def _cost_rule(one: Value | None, other: Value | None) -> CostRule | None:
    """How copay and coinsurance of one rung combine; None when there are not two."""
    if one is None or other is None:
        return None
    rules = [record.rule for value in (one, other) for line in value.lines for record in _cost_records(line.facts)]
    return next((rule for rule in rules if rule is not None), CostRule.BOTH)


def _several(found: Found, book: Book) -> list[Alternative]:
    if len(found.values) < 2:
        return []
    apart = find_difference(found.values)
    return [
        Alternative(
            figure=found.figure,
            value=value.value,
            per=value.per,
            distinguished_by=apart,
            text=text_of(value.lines, apart),
            evidence=marks(value.lines, book),
        )
        for value in found.values
    ]


def _show_bound(lines: Iterable[Line], book: Book) -> list[Alternative]:
    """Figures that are bound to something else: shown, and never the program's own."""
    found: dict[tuple[Figure, Decimal, CopayPer | None, DistinguishedBy | None], list[Line]] = {}
    for line in lines:
        figure = Figure.COPAY if line.benefit.information == "B" else Figure.COINSURANCE
        value = amount(line.benefit.amount if figure is Figure.COPAY else line.benefit.share)
        if value is None or (figure is Figure.COINSURANCE and value > 100):
            continue
        if figure is Figure.COINSURANCE and value > 1:
            value /= 100
        value = value.quantize(_CENT) if figure is Figure.COPAY else value
        per = _PER.get(line.benefit.period, CopayPer.UNKNOWN) if figure is Figure.COPAY else None
        found.setdefault((figure, value, per, binding_of(line)), []).append(line)
    return [
        Alternative(
            figure=figure,
            value=value,
            per=per,
            distinguished_by=apart,
            text=text_of(those, apart),
            evidence=marks(those, book),
        )
        for (figure, value, per, apart), those in found.items()
    ]


def _merge(found: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """Entries equal in figure, value, per and what distinguishes them are one, with all their evidence ([F12])."""
    merged: dict[tuple[object, ...], list[Alternative]] = {}
    for one in found:
        merged.setdefault((one.figure, one.value, one.per, one.distinguished_by), []).append(one)
    return tuple(
        those[0]
        if len(those) == 1
        else those[0].model_copy(
            update={"evidence": tuple(dict.fromkeys(mark for one in those for mark in one.evidence))}
        )
        for those in merged.values()
    )
