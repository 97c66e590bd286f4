"""What the patient pays, and how much of it the plan pays for: the figures of one rung and side.

Source: the answer's section 4. A figure with several values is null, and each value is an alternative.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from contracts import (
    Alternative,
    Authorization,
    CopayPer,
    CostRule,
    DistinguishedBy,
    Figure,
    FindingCode,
    Program,
    VirtualDelivery,
)
from payers.reading import codes, grounds, words
from payers.reading.evidence import Book
from payers.reading.ladder import Heard, Said, Voice
from payers.reading.lines import Line
from payers.reading.numbers import amount

_PER = {"27": CopayPer.VISIT, "7": CopayPer.DAY, "36": CopayPer.ADMISSION, "6": CopayPer.HOUR, "35": CopayPer.WEEK}


class Value(NamedTuple):
    """One value of a figure and the lines that give it."""

    value: Decimal
    per: CopayPer | None
    lines: tuple[Line, ...]


class Found(NamedTuple):
    """A figure on one rung: its single value, or the several that stand beside each other."""

    figure: Figure
    values: tuple[Value, ...] = ()

    @property
    def single(self) -> Value | None:
        """The value, when there is exactly one."""
        return self.values[0] if len(self.values) == 1 else None


def copay(lines: Iterable[Line], book: Book) -> Found:
    """EB01 ``B``: EB07 in dollars, and what one of it pays for by EB06."""

    def read(line: Line) -> tuple[Decimal, CopayPer | None] | None:
        dollars = amount(line.benefit.amount)
        if dollars is None:
            book.find(FindingCode.MALFORMED_VALUE, line.benefit.at, "EB07")
            return None
        return dollars.quantize(_CENT), _PER.get(line.benefit.period, CopayPer.UNKNOWN)

    return _found(Figure.COPAY, "B", lines, read)


_CENT = Decimal("0.01")


def coinsurance(lines: Iterable[Line], book: Book) -> Found:
    """EB01 ``A``: EB08 as the patient's share between 0 and 1; a whole percent is read as one, with a finding."""

    def read(line: Line) -> tuple[Decimal, CopayPer | None] | None:
        share = amount(line.benefit.share)
        if share is None or share > 100:
            book.find(FindingCode.MALFORMED_VALUE, line.benefit.at, "EB08")
            return None
        if share > 1:
            book.find(FindingCode.SCALE_READ_AS_PERCENT, line.benefit.at, "EB08")
            share /= 100
        return share, None

    return _found(Figure.COINSURANCE, "A", lines, read)


def deductible(lines: Iterable[Line], book: Book) -> Found:
    """EB01 ``C``, base lines only: whether a deductible applies. What remains or is met never says it."""

    def read(line: Line) -> tuple[Decimal, CopayPer | None] | None:
        if line.benefit.period not in codes.BASE_PERIODS:
            return None
        dollars = amount(line.benefit.amount)
        if dollars is None:
            book.find(FindingCode.MALFORMED_VALUE, line.benefit.at, "EB07")
            return None
        return dollars.quantize(_CENT), None

    return _found(Figure.DEDUCTIBLE, "C", lines, read)


def _found(
    figure: Figure,
    information: str,
    lines: Iterable[Line],
    read: Callable[[Line], tuple[Decimal, CopayPer | None] | None],
) -> Found:
    values: dict[tuple[Decimal, CopayPer | None], list[Line]] = {}
    for line in _individual([line for line in lines if line.benefit.information == information]):
        key = read(line)
        if key is not None:
            values.setdefault(key, []).append(line)
    return Found(
        figure, tuple(Value(value, per, tuple(said)) for (value, per), said in sorted(values.items(), key=str))
    )


def _individual(lines: Sequence[Line]) -> Sequence[Line]:
    """Individual lines (EMP counts as one) before family ones; lines of no level stay beside either."""
    if any(line.benefit.level in codes.INDIVIDUAL for line in lines):
        return [line for line in lines if line.benefit.level in codes.INDIVIDUAL or not line.benefit.level]
    return lines


def alternatives(found: Found, book: Book) -> tuple[Alternative, ...]:
    """The several values of a figure, and what tells them apart."""
    apart = told_apart(found.values)
    return tuple(
        Alternative(
            figure=found.figure,
            value=value.value,
            per=value.per,
            distinguished_by=apart,
            text=text_of(value.lines, apart),
            evidence=marks(value.lines, book),
        )
        for value in found.values
    )


def told_apart(values: Sequence[Value]) -> DistinguishedBy | None:
    """What differs between the lines of ``values``: tier, place, message, coverage level or period; None if nothing."""
    for by, seen in (
        (DistinguishedBy.TIER, _tier),
        (DistinguishedBy.PLACE, lambda line: line.place),
        (DistinguishedBy.MESSAGE, lambda line: " ".join(sorted(said.text for said in line.benefit.messages))),
        (DistinguishedBy.COVERAGE_LEVEL, lambda line: line.benefit.level),
        (DistinguishedBy.PERIOD, lambda line: line.benefit.period),
    ):
        kinds = [frozenset(seen(line) for line in value.lines) for value in values]
        if len(frozenset().union(*kinds)) == sum(len(kind) for kind in kinds):
            return by
    return None


def _tier(line: Line) -> str:
    named = [reference.name or reference.value for reference in line.benefit.references if reference.kind == "N6"]
    return " ".join(named + [said.text for said in line.benefit.messages if words.names_a_tier(said.text)])


def text_of(lines: Sequence[Line], apart: DistinguishedBy | None) -> str | None:
    """What the payer says of a value that stands beside others: its tier, its place, else its message."""
    line = lines[0]
    if apart is DistinguishedBy.TIER:
        return _tier(line) or None
    if apart is DistinguishedBy.PLACE:
        return f"place of service {line.place}" if line.place else None
    return " ".join(said.text for said in line.benefit.messages) or None


def set_apart(lines: Iterable[Line], book: Book) -> tuple[Alternative, ...]:
    """Figures of lines that name the program at an office or by telehealth: shown, and never the program's own."""
    found: list[Alternative] = []
    for line in lines:
        apart = DistinguishedBy.PLACE if line.place in codes.EXCLUDED_PLACES else DistinguishedBy.MESSAGE
        for figure in (copay([line], book), coinsurance([line], book)):
            found += [
                Alternative(
                    figure=figure.figure,
                    value=value.value,
                    per=value.per,
                    distinguished_by=apart,
                    text=text_of(value.lines, apart),
                    evidence=marks(value.lines, book),
                )
                for value in figure.values
            ]
    return tuple(found)


class Authorized(NamedTuple):
    """Whether authorization is required, and the evidence of it."""

    word: Authorization
    evidence: tuple[str, ...] = ()


def authorization(lines: Sequence[Line], program: Program, book: Book) -> Authorized:
    """EB11 of ``lines`` and their messages; where they differ it is required, and a finding.

    A line whose list holds 30 is the plan's, and says nothing of a program that it does not name.
    """
    said: dict[bool, list[Line]] = {}
    for line in lines:
        if codes.PLAN_TYPE in line.benefit.service_types and not (line.mentions or line.procedure_of):
            continue
        told = [needed for _, needed in grounds.needs(line.benefit, program)]
        if line.benefit.authorization in _CERTIFIED:
            told.append(_CERTIFIED[line.benefit.authorization])
        for needed in told:
            said.setdefault(needed, []).append(line)
    if not said:
        return Authorized(Authorization.UNKNOWN)
    evidence = marks([line for lines in said.values() for line in lines], book)
    evidence += grounds.authorizing([line for lines in said.values() for line in lines], program, book)
    if len(said) == 2:
        for line in said[True]:
            book.find(FindingCode.AUTHORIZATION_DIFFERS, line.benefit.at, "EB11")
        return Authorized(Authorization.REQUIRED, evidence)
    return Authorized(Authorization.REQUIRED if True in said else Authorization.NOT_REQUIRED, evidence)


_CERTIFIED = {"Y": True, "N": False}


def cost_rule(one: Value | None, other: Value | None) -> CostRule | None:
    """How copay and coinsurance of one rung combine; None when there are not two."""
    if one is None or other is None:
        return None
    return words.cost_rule(
        said.text for value in (one, other) for line in value.lines for said in line.benefit.messages
    )


def virtual(heard: Heard, book: Book) -> tuple[VirtualDelivery, tuple[Line, ...]]:
    """Delivery by telehealth, from lines that name the program and a telehealth setting; both ways is not stated."""
    speaking = tuple(line for line, voice in heard if Voice.SPEAKS in voice)
    closing = tuple(line for line, voice in heard if Voice.CLOSES in voice)
    if speaking and closing:
        book.find(FindingCode.CONTRADICTION, closing[0].benefit.at, "virtual")
        return VirtualDelivery.NOT_STATED, ()
    if closing:
        return VirtualDelivery.NOT_COVERED, closing
    return (VirtualDelivery.COVERED, speaking) if speaking else (VirtualDelivery.NOT_STATED, ())


def marks(lines: Iterable[Line], book: Book) -> tuple[str, ...]:
    """The evidence of ``lines``, each once, in the order of the replies."""
    return tuple(dict.fromkeys(book.line(line.reply, line.benefit) for line in lines))


def speaking(said: Said) -> tuple[Line, ...]:
    """The lines of a rung whose figures are the program's own: none of an office or telehealth setting."""
    return tuple(line for line in said.speaking if not (line.office or line.virtual))
