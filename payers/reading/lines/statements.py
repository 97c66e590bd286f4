"""What the words of a line say of each program: a grant, a refusal, an exception, a mention. Source: [T11]-[T20]."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum, auto
from typing import NamedTuple

from contracts import Condition, Program, Side
from payers.reading.lines import codes
from payers.reading.text import Clause, Names, Record, Text, Topic


class Effect(StrEnum):
    """What a statement does for its program."""

    GRANTS = auto()
    REFUSES = auto()
    EXCEPTS = auto()
    STOPS = auto()
    """A mention with a negative or limiting word: the ladder stops, and nothing is stated ([T16])."""
    MENTIONS = auto()
    """A mention without such a word: silent ([T16])."""
    EXHAUSTED = auto()
    REFERS = auto()
    """Somebody else is named for the program ([T15])."""


class Statement(NamedTuple):
    """What one clause says about one program.

    ``sides``: the network sides it is bound to; empty for those of the line. ``without``: sides on which other words
    refuse what it grants. ``conditions``: those that its words name; empty for those of the line. ``is_virtual``: it
    speaks of telehealth; ``is_only_virtual``: of nothing else. ``messages``: indexes of its messages; empty for those
    of the plan text. ``is_understood``: the clause is. ``is_authorization``: it speaks of authorization.
    """

    program: Program
    effect: Effect
    sides: frozenset[Side] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    is_virtual: bool = False
    is_only_virtual: bool = False
    messages: tuple[int, ...] = ()
    is_understood: bool = True
    is_authorization: bool = False
    without: frozenset[Side] = frozenset()


class Patient(NamedTuple):
    """What a condition in words is judged by: the age in whole years (None: not known) and the day of service."""

    age: int | None
    on: date


_TERMS = frozenset({Topic.AUTHORIZATION, Topic.COST, Topic.LIMIT})


def statements_of(text: Text, plan_text: Text, information: str, patient: Patient) -> list[Statement]:
    """Return every statement about a program, in the order of the words."""
    found = [one for clause in text.clauses for one in _of_clause(clause, information, patient)]
    found += [
        _under_words(one._replace(messages=()), text, patient)
        for clause in plan_text.clauses
        for one in _of_clause(clause, information, patient)
    ]
    return [_check(one, found, text) for one in found]


def _under_words(one: Statement, text: Text, patient: Patient) -> Statement:
    """A statement of the plan text as the messages leave it: they speak of the program that it names ([T6], [T11])."""
    for clause in text.clauses:
        if clause.names.programs or clause.excepted or clause.names.services or clause.names.parts:
            continue
        if not clause.is_understood:
            one = one._replace(effect=Effect.STOPS) if clause.is_cautious else one
            continue
        for record in clause.records:
            if record.topic is Topic.COVERAGE and record.positive is False and not record.names.is_elsewhere:
                refuses = record.attached.is_met(patient.age, patient.on)
                one = one._replace(effect=Effect.REFUSES if refuses else Effect.STOPS)
            elif record.topic in {Topic.LABEL, Topic.OTHER, Topic.COVERAGE}:
                if not record.attached.is_met(patient.age, patient.on):
                    one = one._replace(effect=Effect.STOPS)
                if record.topic is Topic.LABEL:
                    is_virtual = record.names.telehealth
                    one = one._replace(
                        sides=one.sides or record.sides,
                        is_virtual=one.is_virtual or is_virtual,
                        is_only_virtual=one.is_only_virtual or (is_virtual and not record.names.own),
                    )
    return one


def _of_clause(clause: Clause, information: str, patient: Patient) -> Iterator[Statement]:
    for program in Program:
        if program in clause.excepted:
            yield _statement(clause, program, Effect.EXCEPTS)
    if clause.is_understood:
        yield from _read_statements(clause, information, patient)
        return
    # What would have granted under a condition that is not met stops the ladder, however little of it is understood.
    is_unmet = any(not record.attached.is_met(patient.age, patient.on) for record in clause.records)
    for program in sorted(_programs_of(clause)):
        yield _statement(clause, program, Effect.STOPS if is_unmet else _mention(clause), clause.names)


def _mention(clause: Clause) -> Effect:
    """What a clause does for a program that it names beside everything else: one with a word of W9 stops ([T16])."""
    return Effect.STOPS if clause.is_cautious else Effect.MENTIONS


def _read_statements(clause: Clause, information: str, patient: Patient) -> Iterator[Statement]:
    said: set[Program] = set()
    for record in clause.records:
        for program in sorted(record.names.programs):
            if record.topic in _TERMS and program not in clause.names.programs:
                # Terms grant where their clause names the program ([T11]), not by what stood before it.
                continue
            effect = _effect(record, information, patient)
            if effect is Effect.REFUSES and record.topic is Topic.LABEL and _is_qualified(clause, record):
                effect = Effect.MENTIONS
            if effect is Effect.MENTIONS and record.topic is Topic.OTHER and program in _programs_of(clause):
                effect = _mention(clause)
            if effect is not None:
                said.add(program)
                statement = _statement(clause, program, effect, record.names, record.sides)
                yield statement._replace(is_authorization=record.topic is Topic.AUTHORIZATION)
            elif _is_part_of_it(record):
                said.add(program)
    parts_alone = any(record.topic is Topic.COVERAGE and record.names.is_service for record in clause.records)
    for program in sorted(_programs_of(clause) - said):
        if not parts_alone:
            yield _statement(clause, program, _mention(clause), clause.names)


def _is_qualified(clause: Clause, record: Record) -> bool:
    """Whether a label of a closing line leaves some of the program out: the office, or what nobody authorized."""
    authorized = any(one.topic is Topic.AUTHORIZATION and one.positive for one in clause.records)
    return authorized or (record.names.office and not record.names.own)


def _programs_of(clause: Clause) -> frozenset[Program]:
    return clause.names.programs - clause.excepted


def _is_part_of_it(record: Record) -> bool:
    return record.topic in {Topic.COVERAGE, Topic.LABEL, *_TERMS}


def _statement(
    clause: Clause, program: Program, effect: Effect, names: Names | None = None, sides: frozenset[Side] = frozenset()
) -> Statement:
    names = names or Names()
    return Statement(
        program,
        effect,
        sides or frozenset(side for record in clause.records for side in record.sides),
        names.conditions,
        is_virtual=names.telehealth,
        is_only_virtual=names.telehealth and not names.own,
        messages=clause.messages,
        is_understood=clause.is_understood,
    )


_PLAIN_EFFECTS = {Topic.EXHAUSTED: Effect.EXHAUSTED, Topic.CONTACT: Effect.REFERS}


def _effect(record: Record, information: str, patient: Patient) -> Effect | None:
    """What an understood record does for a program that it names."""
    is_met = record.attached.is_met(patient.age, patient.on)
    closes = information in codes.CLOSING
    if record.topic is Topic.COVERAGE and record.positive:
        # A closing line that grants the same program does neither ([T12]).
        return (Effect.MENTIONS if closes else Effect.GRANTS) if is_met else Effect.STOPS
    if record.topic is Topic.COVERAGE:
        return _refusal(record, patient)
    if record.topic is Topic.LABEL:
        return _label(information) if is_met else (Effect.MENTIONS if closes else Effect.STOPS)
    if record.topic in _TERMS:
        is_open = record.topic is Topic.AUTHORIZATION and record.positive is None
        return Effect.GRANTS if is_met and not closes and not is_open else Effect.MENTIONS
    if record.topic is Topic.EXHAUSTED and not is_met:
        return Effect.STOPS if record.attached.unmet else Effect.MENTIONS
    return _PLAIN_EFFECTS.get(record.topic, Effect.MENTIONS)


def _label(information: str) -> Effect:
    """What a bare label does on a line of ``information`` ([T11], [T12]); EB01 6 closes types alone ([L3])."""
    if information == codes.INACTIVE_SERVICE:
        return Effect.MENTIONS
    return Effect.REFUSES if information in codes.CLOSING else Effect.GRANTS


def _refusal(record: Record, patient: Patient) -> Effect:
    """A refusal of the program as a whole; one for another age or another time is silent, any other condition stops."""
    attached = record.attached
    if attached.unmet or attached.first:
        return Effect.STOPS
    if attached.has_age and not attached.age_holds(patient.age):
        return Effect.MENTIONS if patient.age is not None else Effect.STOPS
    if not attached.day_holds(patient.on):
        return Effect.MENTIONS
    if record.names.office and not record.names.own and not record.names.telehealth:
        return Effect.MENTIONS
    return Effect.REFUSES


def _check(one: Statement, everything: Sequence[Statement], text: Text) -> Statement:
    """A grant holds only where no other clause of the text refuses the program or is a limiting riddle ([T11])."""
    if one.effect is not Effect.GRANTS:
        return one
    for other in everything:
        if other.program is one.program and other.effect is Effect.REFUSES and _overlaps(one, other):
            if not other.sides or one.sides or other.sides == frozenset(Side):
                return one._replace(effect=Effect.MENTIONS)
            # Refused on one side alone, it is granted on the other, where the line speaks.
            one = one._replace(without=other.sides)
    for clause in text.clauses:
        riddle = not clause.is_understood and clause.is_cautious
        if riddle and not is_about_another_service(clause):
            return one._replace(effect=Effect.MENTIONS)
    return one._replace(effect=Effect.MENTIONS) if text.is_cut else one


def _overlaps(one: Statement, other: Statement) -> bool:
    """Whether two statements speak of the same side, condition and delivery."""
    same_side = not other.sides or not one.sides or bool(other.sides & one.sides)
    same_condition = not one.conditions or not other.conditions or bool(one.conditions & other.conditions)
    return same_side and same_condition and not one.is_only_virtual and not other.is_only_virtual


def is_about_another_service(clause: Clause) -> bool:
    """Whether a clause names another service, a part, the office or telehealth, and no program ([S3])."""
    names = clause.names
    return (names.services or names.parts or names.is_elsewhere) and not names.programs
