"""Whether the program is covered when it is delivered by telehealth. Source: ``ANSWER.md`` [S8]."""

from collections.abc import Iterator

from contracts import Condition, FindingCode, Program, Side, VirtualDelivery
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line, is_on_side
from payers.reading.lines.statements import Effect
from payers.reading.memory import remember
from payers.reading.terms.lines_in_force import LinesInForce
from payers.reading.terms.values import marks
from payers.reading.text import Record, Topic

_GRANTING = codes.SPEAKING | {"D"}


def virtual_of(
    lines: LinesInForce, program: Program, condition: Condition, side: Side, book: Book
) -> tuple[VirtualDelivery, tuple[str, ...]]:
    """Return what the lines say that name the program together with telehealth, and the evidence of it."""
    if not lines.naming:
        return VirtualDelivery.NOT_STATED, ()
    said = [(line, covers) for line in lines.naming for covers in _says(line, program, condition, side)]
    covering = [line for line, covers in said if covers]
    refusing = [line for line, covers in said if not covers]
    if covering and refusing:
        book.find(FindingCode.CONTRADICTION, refusing[0].benefit.at, "virtual")
        return VirtualDelivery.NOT_STATED, marks([*covering, *refusing], book)
    if refusing:
        return VirtualDelivery.NOT_COVERED, marks(refusing, book)
    if covering:
        return VirtualDelivery.COVERED, marks(covering, book)
    return VirtualDelivery.NOT_STATED, ()


def _says(line: Line, program: Program, condition: Condition, side: Side) -> Iterator[bool]:
    """True for each word that covers it, False for each that refuses it."""
    information = line.benefit.information
    for one in line.facts.statements:
        conditions = one.conditions or line.facts.conditions
        sides = one.sides or _sides_of(line.benefit.network)
        if one.program is not program or condition not in conditions or side not in sides:
            continue
        if not (one.is_virtual or line.facts.is_telehealth or line.facts.subject.is_virtual):
            continue
        if one.effect is Effect.GRANTS and information in _GRANTING:
            yield True
        elif one.effect is Effect.REFUSES and information in codes.WORDED:
            yield False
    row = (program, condition)
    is_named = row in line.facts.named_by_procedure or row in line.facts.named_by_type
    if is_named and is_on_side(side, line.benefit.network, marked=False):
        yield from _of_codes(line)


@remember(64)
def _sides_of(mark: str) -> frozenset[Side]:
    """Return the sides that an unmarked or marked line holds for, where no other line is marked."""
    return frozenset(side for side in Side if is_on_side(side, mark, marked=False))


def _of_codes(line: Line) -> Iterator[bool]:
    """What a line whose codes name the program says of telehealth, by its place, its modifier or its words."""
    information = line.benefit.information
    refused = any(record.positive is False for record in _about_telehealth(line, Topic.COVERAGE))
    named = any(_about_telehealth(line, Topic.COVERAGE, Topic.LABEL))
    if refused:
        yield False
    elif line.facts.is_telehealth or line.facts.subject.is_virtual or named:
        if information in codes.SPEAKING and not line.facts.subject.is_mute:
            yield True
        elif information in codes.CLOSING and not line.facts.subject.closes_nothing:
            yield False


def _about_telehealth(line: Line, *topics: Topic) -> Iterator[Record]:
    for clause in line.facts.text.clauses:
        if clause.is_understood and clause.names.telehealth and not clause.names.programs:
            yield from (record for record in clause.records if record.topic in topics)
