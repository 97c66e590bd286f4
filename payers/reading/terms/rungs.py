"""The rungs of the ladder: on which of them a line stands, and what it does there. Source: ``ANSWER.md`` [L2], [L3].

``heard_on`` returns what a line does on a rung for one program and condition: a voice, and the network mark under which
it holds. A line does nothing on a rung on which it does not stand. A new rung is a ``Rung`` in ``RUNGS``, at its place.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum, auto
from typing import NamedTuple

from contracts import Condition, Grade, Program, Rule, Side, Verdict
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Effect, Statement
from payers.reading.memory import remember
from payers.reading.numbers import amount


class Voice(StrEnum):
    """What a line does on a rung."""

    SPEAKS = auto()
    CLOSES = auto()
    STOPS = auto()
    """By its EB01: it stops the ladder where nothing of the rung speaks or closes ([L3])."""
    RESTRICTS = auto()
    """By words that limit the program: it stops the ladder also beside lines that speak ([T16])."""
    EXHAUSTED = auto()


class LadderFacts(NamedTuple):
    """All that the ladder knows of a line: lines with the same of it do the same on every rung.

    ``age_fits`` and ``is_base_only`` are those of the line; ``is_exhausted``: it says that nothing is left ([T14]).
    """

    facts: Facts
    age_fits: bool | None = None
    is_exhausted: bool = False
    is_base_only: bool = False


class Heard(NamedTuple):
    """What a line does on a rung, and the network mark under which it does so."""

    voice: Voice
    mark: str


class Rung(NamedTuple):
    """A step of the ladder.

    ``rule``: its name in the answer. ``verdict`` and ``grade``: what a line that speaks on it gives. ``hears``: what a
    line does on it. ``is_named``: the program is named there, so that delegation stands below it.
    """

    rule: Rule
    verdict: Verdict
    grade: Grade
    hears: Callable[[LadderFacts, Program, Condition], Sequence[Heard]]
    is_named: bool


def is_exhausted(line: Line) -> bool:
    """Whether a line says that nothing is left: 0 days or dollars of a limit, or words ([T14])."""
    benefit = line.benefit
    if line.facts.subject.is_exhausted:
        return True
    if not line.is_in_period or benefit.diagnoses or line.age_fits is False or line.facts.subject.binds_figures:
        return False
    counted = [one for one in line.deliveries if codes.USED not in {one.period, benefit.period}]
    if benefit.information == "F" and benefit.period != codes.USED:
        # Nothing used yet is not nothing left.
        quantity = amount(benefit.quantity) if benefit.quantity_kind in codes.COUNTED else None
        if 0 in {quantity, amount(benefit.amount)}:
            return True
    if benefit.information in codes.MONEY:
        # There an HSD says of which visits the figure is, unless it says what is left.
        counted = [one for one in counted if one.period in codes.LEFT]
    return any(amount(one.quantity) == 0 for one in counted)


def _mark(statement: Statement, line: LadderFacts) -> str:
    """The mark of a statement: words of a network side go before EB12 ([L5])."""
    return _mark_of(statement.sides) or line.facts.codes.network


def _conditions(statement: Statement, line: LadderFacts) -> frozenset[Condition]:
    return statement.conditions or line.facts.conditions


def _own_voices(line: LadderFacts) -> Sequence[tuple[Voice, str]]:
    """What a line does by its EB01 and by the words about its own subject, under which network mark."""
    information, subject = line.facts.codes.information, line.facts.subject
    is_silent = subject.is_mute or line.age_fits is False
    if is_silent or (information in codes.CLOSING and subject.closes_nothing):
        return ()
    mark = _mark_of(subject.sides) or line.facts.codes.network
    if information in codes.CLOSING:
        return ((Voice.CLOSES, mark),)
    if information in codes.SPEAKING:
        refused = subject.refuses_itself
        voice = Voice.EXHAUSTED if line.is_exhausted else Voice.SPEAKS
        if not refused:
            return ((voice, mark),)
        closes = (Voice.CLOSES, line.facts.codes.network if refused == _BOTH else _mark_of(refused))
        left = _without(mark, refused)
        return (closes,) if left is None else (closes, (voice, left))
    return ((Voice.STOPS, mark),) if information in codes.STOPPING else ()


_BOTH = frozenset(Side)


def _mark_of(sides: frozenset[Side]) -> str:
    """The network mark of sides that words name; empty when they name none."""
    if not sides:
        return ""
    if len(sides) == len(Side):
        return "W"
    return "Y" if Side.IN_NETWORK in sides else "N"


def _without(mark: str, refused: frozenset[Side]) -> str | None:
    """``mark`` without the refused sides; None when nothing is left."""
    marked = {"Y": frozenset({Side.IN_NETWORK}), "N": frozenset({Side.OUT_OF_NETWORK})}.get(mark, _BOTH)
    return _mark_of(marked - refused) or None


_NOTHING: tuple[Heard, ...] = ()


def by_procedure(line: LadderFacts, program: Program, condition: Condition) -> Sequence[Heard]:
    """A line that carries one of the program's procedure codes (EB13)."""
    facts = line.facts
    if (program, condition) not in facts.named_by_procedure or facts.is_telehealth or facts.subject.is_virtual:
        return _NOTHING
    if facts.is_struck or facts.subject.is_other_service:
        return _NOTHING
    if line.facts.says(program, Effect.REFUSES):
        return _but_for(line, program, Effect.REFUSES, Voice.CLOSES)
    if line.facts.says(program, Effect.STOPS) or _restricts_itself(line):
        return _but_for(line, program, Effect.STOPS, Voice.RESTRICTS)
    if line.facts.says(program, Effect.EXCEPTS) or line.facts.codes.information == codes.INACTIVE_SERVICE:
        return _NOTHING
    is_exhausted = line.facts.says(program, Effect.EXHAUSTED)
    return [Heard(Voice.EXHAUSTED if is_exhausted else voice, own_mark) for voice, own_mark in _own_voices(line)]


def by_phrase(line: LadderFacts, program: Program, condition: Condition) -> Sequence[Heard]:
    """A line whose message or plan text grants or refuses the program, or holds a limiting mention of it."""
    if line.facts.codes.information not in codes.WORDED:
        return _NOTHING
    voices = dict.fromkeys(
        (voice, mark)
        for one in line.facts.statements
        if one.program is program and condition in _conditions(one, line) and not _is_virtual(one, line)
        for voice in [_phrase_voice(one, line)]
        # An inpatient line says nothing for or against a program; a limiting mention is open wherever it stands.
        if not line.facts.is_struck or voice is Voice.RESTRICTS
        for mark in [_without(_mark(one, line), one.without)]
        if voice is not None and mark is not None
    )
    return [Heard(voice, mark) for voice, mark in voices]


def _is_virtual(statement: Statement, line: LadderFacts) -> bool:
    """Whether the program by telehealth alone is meant, by the words or by the line's place or modifier ([S8])."""
    return statement.is_only_virtual or (line.facts.is_telehealth and not statement.is_virtual)


def _phrase_voice(one: Statement, line: LadderFacts) -> Voice | None:
    if one.effect is not Effect.GRANTS:
        return _VOICES.get(one.effect)
    if line.facts.codes.information in codes.STOPPING:
        return Voice.STOPS
    if line.age_fits is False:
        return None
    return Voice.EXHAUSTED if line.is_exhausted else Voice.SPEAKS


_VOICES = {Effect.REFUSES: Voice.CLOSES, Effect.STOPS: Voice.RESTRICTS, Effect.EXHAUSTED: Voice.EXHAUSTED}


def by_service_type(line: LadderFacts, program: Program, condition: Condition) -> Sequence[Heard]:
    """A service type that names the program: ``BB`` for PHP mental health, and those of the payer's dialect."""
    return (
        _by_type(line, program, condition, is_named=True)
        if (program, condition) in line.facts.named_by_type
        else _NOTHING
    )


def at_partial_place(line: LadderFacts, program: Program, condition: Condition) -> Sequence[Heard]:
    """A behavioral line at place of service 52, for PHP only."""
    if program is Program.PHP and line.facts.place == codes.PARTIAL_PLACE and line.facts.is_behavioral:
        return _by_type(line, program, condition, is_named=True)
    return _NOTHING


def at_facility(line: LadderFacts, program: Program, condition: Condition) -> Sequence[Heard]:
    """A facility's outpatient benefit by type, day care for PHP, a general type at its place, a group procedure."""
    return _by_type(line, program, condition) if _stands_at_facility(line, program, condition) else _NOTHING


def at_outpatient(line: LadderFacts, program: Program, condition: Condition) -> Sequence[Heard]:
    """An outpatient or general behavioral type, without a place, or at one that no higher rung reads."""
    if codes.OUTPATIENT_TYPES[condition].isdisjoint(line.facts.types) or _stands_at_facility(line, program, condition):
        return _NOTHING
    refused = condition in line.facts.subject.refused and line.facts.codes.information in codes.SPEAKING
    # What its words refuse is what they speak of ([L4], [T17]).
    if refused and may_stand(_as_refused(line.facts), program, condition):
        return [Heard(Voice.CLOSES, line.facts.codes.network)]
    return _by_type(line, program, condition)


def _as_refused(facts: Facts) -> Facts:
    """Return ``facts`` as of a line about the conditions that its words refuse."""
    return replace(facts, conditions=facts.subject.refused)


def _stands_at_facility(line: LadderFacts, program: Program, condition: Condition) -> bool:
    if line.is_base_only:
        return False
    types, places = codes.PLACED_TYPES[condition]
    day_care = (
        program is Program.PHP and condition is Condition.MENTAL_HEALTH and codes.DAY_CARE_TYPE in line.facts.types
    )
    by_place = bool(line.facts.types & types) and line.facts.place in places
    return (
        day_care
        or by_place
        or line.facts.is_group_procedure
        or bool(line.facts.types & codes.FACILITY_TYPES[condition])
    )


def _by_type(line: LadderFacts, program: Program, condition: Condition, *, is_named: bool = False) -> Sequence[Heard]:
    """What a line does on a rung of types or places. ``is_named``: the rung names the program itself ([T16]).

    A line that closes and names programs closes those alone that its words refuse ([T12], [T20]).
    """
    if not may_stand(line.facts, program, condition):
        return _NOTHING
    information = line.facts.codes.information
    speaks = information in codes.SPEAKING
    if speaks and (line.facts.says(program, Effect.STOPS) or (is_named and _restricts_itself(line))):
        return _but_for(line, program, Effect.STOPS, Voice.RESTRICTS)
    if speaks and is_named and _may_be_of_other(line, program):
        return _NOTHING
    if speaks and _is_of_telehealth_alone(line, program, is_named=is_named):
        return _NOTHING
    if line.facts.statements and information in codes.CLOSING:
        return [
            Heard(Voice.CLOSES, _mark(one, line))
            for one in line.facts.statements
            if one.program is program and one.effect is Effect.REFUSES and not one.is_only_virtual
        ]
    return [Heard(voice, mark) for voice, mark in _own_voices(line)]


def _but_for(line: LadderFacts, program: Program, effect: Effect, voice: Voice) -> Sequence[Heard]:
    """What a line does whose words refuse or limit the program: ``voice`` on the sides they name, else its own.

    Words that name no side hold for those of the line.
    """
    said = [one.sides for one in line.facts.statements if one.program is program and one.effect is effect]
    sides = frozenset().union(*said)
    if not all(said) or sides in {frozenset(), _BOTH}:
        return [Heard(voice, line.facts.codes.network)]
    beside = ((own, _without(mark, sides)) for own, mark in _own_voices(line))
    return [Heard(voice, _mark_of(sides)), *(Heard(own, left) for own, left in beside if left is not None)]


def _is_of_telehealth_alone(line: LadderFacts, program: Program, *, is_named: bool) -> bool:
    """Whether all that the words of a line grant of the program is its delivery by telehealth ([S8]).

    On a rung that names the program, words that are not understood and name it by telehealth count as well ([L1]);
    words of authorization never narrow a line ([S3]).
    """
    own = [one for one in line.facts.statements if one.program is program and not one.is_authorization]
    said = [one for one in own if one.effect is Effect.GRANTS or (is_named and not one.is_understood)]
    return bool(said) and all(one.is_only_virtual for one in said)


def _may_be_of_other(line: LadderFacts, program: Program) -> bool:
    """Whether words that are not understood name the other program alone: the line may be that one's ([L1], [T20])."""
    return not line.facts.names(program) and any(
        not clause.is_understood and clause.names.programs for clause in line.facts.text.clauses
    )


def _restricts_itself(line: LadderFacts) -> bool:
    """Whether the words of a line that grants limit its own subject; on a line with a figure they bind the figure."""
    information = line.facts.codes.information
    return line.facts.subject.is_mute and information in codes.SPEAKING - codes.MONEY - {"F"}


def _leaves_open(facts: Facts, program: Program) -> bool:
    """Whether the words of a closing line name the program without refusing the whole of it ([T12], [S8])."""
    said = [one for one in facts.statements if one.program is program]
    return bool(said) and not any(one.effect is Effect.REFUSES and not one.is_only_virtual for one in said)


class Obstacle(StrEnum):
    """What keeps a line from standing on a rung of types and places for a program and condition."""

    OTHER_CONDITION = auto()
    OTHER_PROGRAM = auto()
    STRUCK_TYPES = auto()
    OTHER_SERVICE = auto()
    OTHER_PROCEDURE = auto()
    TELEHEALTH = auto()
    EXCLUDED_PLACE = auto()


def obstacles_of(facts: Facts, program: Program, condition: Condition) -> Iterator[Obstacle]:
    """Yield what keeps a line from standing for the program and condition; nothing when it may stand."""
    if condition not in facts.conditions:
        yield Obstacle.OTHER_CONDITION
    named = facts.named_by_procedure
    if not is_about(facts, program) or (named and (program, condition) not in named):
        yield Obstacle.OTHER_PROGRAM
    yield from _obstacles_for_any(facts)
    if program is Program.IOP and facts.place == codes.PARTIAL_PLACE:
        yield Obstacle.EXCLUDED_PLACE


def _obstacles_for_any(facts: Facts) -> Iterator[Obstacle]:
    """What keeps a line from standing for any program and condition."""
    if facts.is_struck:
        yield Obstacle.STRUCK_TYPES
    if facts.subject.is_other_service:
        yield Obstacle.OTHER_SERVICE
    if facts.is_other_procedure:
        yield Obstacle.OTHER_PROCEDURE
    if facts.is_telehealth:
        yield Obstacle.TELEHEALTH
    if facts.is_excluded_place:
        yield Obstacle.EXCLUDED_PLACE


def may_stand(facts: Facts, program: Program, condition: Condition) -> bool:
    """Whether a line may stand on a rung of types and places for the program: it is about no other service."""
    return condition in facts.conditions and next(obstacles_of(facts, program, condition), None) is None


def is_about(facts: Facts, program: Program) -> bool:
    """Whether nothing names the other program alone, or leaves this one out ([T19], [T20], [S1])."""
    if facts.says(program, Effect.EXCEPTS):
        return False
    if facts.named and program not in facts.named:
        return False
    return facts.subject.only in {None, program}


@remember(2048)
def may_price(facts: Facts, program: Program) -> bool:
    """Whether a figure of lines with these codes and words may be the program's: they are about no other one."""
    return facts.subject.priced in {None, program} and is_about(facts, program)


_STANDING_TYPES = frozenset({codes.DAY_CARE_TYPE}).union(
    *codes.FACILITY_TYPES.values(),
    *codes.OUTPATIENT_TYPES.values(),
    *(types for types, _ in codes.PLACED_TYPES.values()),
)


def may_be_heard(facts: Facts) -> bool:
    """Whether a line with these codes and words can stand on any rung; nearly all of a reply's lines cannot."""
    is_named = facts.named or facts.statements or facts.named_by_type or facts.is_group_procedure
    is_placed = facts.place == codes.PARTIAL_PLACE
    return bool(is_named) or is_placed or not _STANDING_TYPES.isdisjoint(facts.types)


RUNGS = (
    Rung(Rule.PROCEDURE, Verdict.COVERED, Grade.A, by_procedure, is_named=True),
    Rung(Rule.PHRASE, Verdict.COVERED, Grade.A, by_phrase, is_named=True),
    Rung(Rule.SERVICE_TYPE, Verdict.COVERED, Grade.A, by_service_type, is_named=True),
    Rung(Rule.PLACE, Verdict.COVERED, Grade.A, at_partial_place, is_named=True),
    Rung(Rule.PLACE, Verdict.LIKELY, Grade.B, at_facility, is_named=False),
    Rung(Rule.OUTPATIENT, Verdict.LIKELY, Grade.C, at_outpatient, is_named=False),
)


def is_exclusion(facts: Facts, program: Program, condition: Condition) -> bool:
    """Whether a line closes something else, another service or a part, on types where the program has a rung ([S5])."""
    if facts.codes.information not in codes.CLOSING:
        return False
    if facts.names(program):
        return program not in facts.named and _leaves_open(facts, program)
    types = codes.OUTPATIENT_TYPES[condition] | codes.FACILITY_TYPES[condition]
    if program is Program.PHP and condition is Condition.MENTAL_HEALTH:
        types |= {codes.DAY_CARE_TYPE}
    if not (facts.types & types or (program, condition) in facts.named_by_type):
        return False
    other = facts.subject.is_other_service or facts.is_other_procedure or facts.is_telehealth or bool(facts.named)
    return other or facts.is_excluded_place or facts.subject.closes_nothing
