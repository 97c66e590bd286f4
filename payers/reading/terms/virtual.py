"""Whether the program is covered when it is delivered by telehealth. Source: ``ANSWER.md`` [S8]."""

from collections.abc import Iterator

from contracts import Condition, FindingCode, Program, Side, VirtualDelivery
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import is_on_side
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
    said = [(line, covers) for line in lines.naming for covers in _says(line.facts, program, condition, side)]
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


@remember(4096)
def _says(facts: Facts, program: Program, condition: Condition, side: Side) -> tuple[bool, ...]:
    return tuple(_read(facts, program, condition, side))


def _read(facts: Facts, program: Program, condition: Condition, side: Side) -> Iterator[bool]:
    """True for each word that covers it, False for each that refuses it."""
    information, network = facts.codes.information, facts.codes.network
    for one in facts.statements:
        conditions = one.conditions or facts.conditions
        is_here = side in one.sides if one.sides else is_on_side(side, network, marked=False)
        if one.program is not program or condition not in conditions or not is_here:
            continue
        if not (one.is_virtual or facts.is_telehealth or facts.subject.is_virtual):
            continue
        if one.effect is Effect.GRANTS and information in _GRANTING:
            yield True
        elif one.effect is Effect.REFUSES and information in codes.WORDED:
            yield False
    row = (program, condition)
    is_named = row in facts.named_by_procedure or row in facts.named_by_type
    if is_named and is_on_side(side, network, marked=False):
        yield from _of_codes(facts)


def _of_codes(facts: Facts) -> Iterator[bool]:
    """What a line whose codes name the program says of telehealth, by its place, its modifier or its words."""
    information = facts.codes.information
    refused = any(record.positive is False for record in _about_telehealth(facts, Topic.COVERAGE))
    named = any(_about_telehealth(facts, Topic.COVERAGE, Topic.LABEL))
    if refused:
        yield False
    elif facts.is_telehealth or facts.subject.is_virtual or named:
        if information in codes.SPEAKING and not facts.subject.is_mute:
            yield True
        elif information in codes.CLOSING and not facts.subject.closes_nothing:
            yield False


def _about_telehealth(facts: Facts, *topics: Topic) -> Iterator[Record]:
    for clause in facts.text.clauses:
        if clause.is_understood and clause.names.telehealth and not clause.names.programs:
            yield from (record for record in clause.records if record.topic in topics)
