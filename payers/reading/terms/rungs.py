"""The rungs of the ladder: on which of them a line stands, and what it does there. Source: ``ANSWER.md`` [L2], [L3].

``heard_on`` returns what a line does on a rung for one program and condition: a voice, and the network mark under which
it holds. A line does nothing on a rung on which it does not stand. A new rung is a ``Rung`` in ``RUNGS``, at its place.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum, auto
from typing import NamedTuple

from contracts import Condition, Grade, Program, Rule, Side, Verdict
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Effect, Statement
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


class Heard(NamedTuple):
    """A line on a rung: what it does, and the network mark under which it does so."""

    line: Line
    voice: Voice
    mark: str


class Rung(NamedTuple):
    """A step of the ladder.

    ``rule``: its name in the answer. ``verdict`` and ``grade``: what a line that speaks on it gives. ``hears``: what a
    line does on it. ``may_hear``: whether a line can do anything on it, for any program. ``is_named``: the program is
    named there, so that delegation stands below it.
    """

    rule: Rule
    verdict: Verdict
    grade: Grade
    hears: Callable[[Line, Program, Condition], Sequence[Heard]]
    may_hear: Callable[[Line], bool]
    is_named: bool


def _mark(statement: Statement, line: Line) -> str:
    """The mark of a statement: words of a network side go before EB12 ([L5])."""
    return _mark_of(statement.sides) or line.benefit.network


def _conditions(statement: Statement, line: Line) -> frozenset[Condition]:
    return statement.conditions or line.facts.conditions


def _own_voices(line: Line) -> Sequence[tuple[Voice, str]]:
    """What a line does by its EB01 and by the words about its own subject, under which network mark."""
    information, subject = line.benefit.information, line.facts.subject
    is_silent = subject.is_mute or line.age_fits is False
    if is_silent or (information in codes.CLOSING and subject.closes_nothing):
        return ()
    mark = _mark_of(subject.sides) or line.benefit.network
    if information in codes.CLOSING:
        return ((Voice.CLOSES, mark),)
    if information in codes.SPEAKING:
        refused = subject.refuses_itself
        voice = Voice.EXHAUSTED if _is_exhausted(line) else Voice.SPEAKS
        if not refused:
            return ((voice, mark),)
        closes = (Voice.CLOSES, line.benefit.network if refused == _BOTH else _mark_of(refused))
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


def _is_exhausted(line: Line) -> bool:
    """Whether a line says that nothing is left: 0 days or dollars of a limit, or words ([T14])."""
    benefit = line.benefit
    if line.facts.subject.is_exhausted:
        return True
    if not line.is_in_period or benefit.diagnoses or line.age_fits is False or line.facts.subject.binds_figures:
        return False
    if benefit.information == "F":
        # Nothing used yet is not nothing left.
        counted = benefit.quantity_kind in codes.COUNTED and benefit.period != codes.USED
        quantity = amount(benefit.quantity) if counted else None
        dollars = amount(benefit.amount) if benefit.period != codes.USED else None
        limits = [one for one in line.deliveries if codes.USED not in {one.period, benefit.period}]
        return 0 in {quantity, dollars} or any(amount(one.quantity) == 0 for one in limits)
    return any(one.period in codes.LEFT and amount(one.quantity) == 0 for one in line.deliveries)


_NOTHING: tuple[Heard, ...] = ()


def by_procedure(line: Line, program: Program, condition: Condition) -> Sequence[Heard]:
    """A line that carries one of the program's procedure codes (EB13)."""
    facts = line.facts
    if (program, condition) not in facts.named_by_procedure or facts.is_telehealth or facts.subject.is_virtual:
        return _NOTHING
    if line.facts.subject.is_other_service:
        return _NOTHING
    if line.says(program, Effect.REFUSES):
        return _but_for(line, program, Effect.REFUSES, Voice.CLOSES)
    if line.says(program, Effect.STOPS) or _restricts_itself(line):
        return _but_for(line, program, Effect.STOPS, Voice.RESTRICTS)
    if line.says(program, Effect.EXCEPTS) or line.benefit.information == codes.INACTIVE_SERVICE:
        return _NOTHING
    is_exhausted = line.says(program, Effect.EXHAUSTED)
    return [Heard(line, Voice.EXHAUSTED if is_exhausted else voice, own_mark) for voice, own_mark in _own_voices(line)]


def by_phrase(line: Line, program: Program, condition: Condition) -> Sequence[Heard]:
    """A line whose message or plan text grants or refuses the program, or holds a limiting mention of it."""
    information = line.benefit.information
    if information not in codes.WORDED:
        return _NOTHING
    voices = dict.fromkeys(
        (voice, mark)
        for one in line.facts.statements
        if one.program is program and condition in _conditions(one, line) and not _is_virtual(one, line)
        for voice in [_phrase_voice(one, line)]
        for mark in [_without(_mark(one, line), one.without)]
        if voice is not None and mark is not None
    )
    return [Heard(line, voice, mark) for voice, mark in voices]


def _is_virtual(statement: Statement, line: Line) -> bool:
    """Whether the program by telehealth alone is meant, by the words or by the line's place or modifier ([S8])."""
    return statement.is_only_virtual or (line.facts.is_telehealth and not statement.is_virtual)


def _phrase_voice(one: Statement, line: Line) -> Voice | None:
    if one.effect is not Effect.GRANTS:
        return _VOICES.get(one.effect)
    if line.benefit.information in codes.STOPPING:
        return Voice.STOPS
    if line.age_fits is False:
        return None
    return Voice.EXHAUSTED if _is_exhausted(line) else Voice.SPEAKS


_VOICES = {Effect.REFUSES: Voice.CLOSES, Effect.STOPS: Voice.RESTRICTS, Effect.EXHAUSTED: Voice.EXHAUSTED}


def by_service_type(line: Line, program: Program, condition: Condition) -> Sequence[Heard]:
    """A service type that names the program: ``BB`` for PHP mental health, and those of the payer's dialect."""
    return (
        _by_type(line, program, condition, is_named=True)
        if (program, condition) in line.facts.named_by_type
        else _NOTHING
    )


def at_partial_place(line: Line, program: Program, condition: Condition) -> Sequence[Heard]:
    """A behavioral line at place of service 52, for PHP only."""
    if program is Program.PHP and line.place == codes.PARTIAL_PLACE and line.facts.is_behavioral:
        return _by_type(line, program, condition, is_named=True)
    return _NOTHING


def at_facility(line: Line, program: Program, condition: Condition) -> Sequence[Heard]:
    """A facility's outpatient benefit by type, day care for PHP, a general type at its place, a group procedure."""
    return _by_type(line, program, condition) if _stands_at_facility(line, program, condition) else _NOTHING


def at_outpatient(line: Line, program: Program, condition: Condition) -> Sequence[Heard]:
    """An outpatient or general behavioral type, without a place, or at one that no higher rung reads."""
    if codes.OUTPATIENT_TYPES[condition].isdisjoint(line.facts.types) or _stands_at_facility(line, program, condition):
        return _NOTHING
    refused = condition in line.facts.subject.refused and line.benefit.information in codes.SPEAKING
    # What its words refuse is what they speak of ([L4], [T17]).
    if refused and may_stand(_as_refused(line), program, condition):
        return [Heard(line, Voice.CLOSES, line.benefit.network)]
    return _by_type(line, program, condition)


def _as_refused(line: Line) -> Line:
    """Return ``line`` as one about the conditions that its words refuse."""
    return line._replace(facts=line.facts._replace(conditions=line.facts.subject.refused))


def _stands_at_facility(line: Line, program: Program, condition: Condition) -> bool:
    if line.is_base_only:
        return False
    types, places = codes.PLACED_TYPES[condition]
    day_care = (
        program is Program.PHP and condition is Condition.MENTAL_HEALTH and codes.DAY_CARE_TYPE in line.facts.types
    )
    by_place = bool(line.facts.types & types) and line.place in places
    return (
        day_care
        or by_place
        or line.facts.is_group_procedure
        or bool(line.facts.types & codes.FACILITY_TYPES[condition])
    )


def _by_type(line: Line, program: Program, condition: Condition, *, is_named: bool = False) -> Sequence[Heard]:
    """What a line does on a rung of types or places. ``is_named``: the rung names the program itself ([T16]).

    A line that closes and names programs closes those alone that its words refuse ([T12], [T20]).
    """
    if not may_stand(line, program, condition):
        return _NOTHING
    information = line.benefit.information
    speaks = information in codes.SPEAKING
    if speaks and (line.says(program, Effect.STOPS) or (is_named and _restricts_itself(line))):
        return _but_for(line, program, Effect.STOPS, Voice.RESTRICTS)
    if speaks and is_named and _may_be_of_other(line, program):
        return _NOTHING
    if speaks and _is_of_telehealth_alone(line, program, is_named=is_named):
        return _NOTHING
    if line.facts.statements and information in codes.CLOSING:
        return [
            Heard(line, Voice.CLOSES, _mark(one, line))
            for one in line.facts.statements
            if one.program is program and one.effect is Effect.REFUSES and not one.is_only_virtual
        ]
    return [Heard(line, voice, mark) for voice, mark in _own_voices(line)]


def _but_for(line: Line, program: Program, effect: Effect, voice: Voice) -> Sequence[Heard]:
    """What a line does whose words refuse or limit the program: ``voice`` on the sides they name, else its own.

    Words that name no side hold for those of the line.
    """
    said = [one.sides for one in line.facts.statements if one.program is program and one.effect is effect]
    sides = frozenset().union(*said)
    if not all(said) or sides in {frozenset(), _BOTH}:
        return [Heard(line, voice, line.benefit.network)]
    beside = ((own, _without(mark, sides)) for own, mark in _own_voices(line))
    return [Heard(line, voice, _mark_of(sides)), *(Heard(line, own, left) for own, left in beside if left is not None)]


def _is_of_telehealth_alone(line: Line, program: Program, *, is_named: bool) -> bool:
    """Whether all that the words of a line grant of the program is its delivery by telehealth ([S8]).

    On a rung that names the program, words that are not understood and name it by telehealth count as well ([L1]);
    words of authorization never narrow a line ([S3]).
    """
    own = [one for one in line.facts.statements if one.program is program and not one.is_authorization]
    said = [one for one in own if one.effect is Effect.GRANTS or (is_named and not one.is_understood)]
    return bool(said) and all(one.is_only_virtual for one in said)


def _may_be_of_other(line: Line, program: Program) -> bool:
    """Whether words that are not understood name the other program alone: the line may be that one's ([L1], [T20])."""
    return not line.names(program) and any(
        not clause.is_understood and clause.names.programs for clause in line.facts.text.clauses
    )


def _restricts_itself(line: Line) -> bool:
    """Whether the words of a line that grants limit its own subject; on a line with a figure they bind the figure."""
    information = line.benefit.information
    return line.facts.subject.is_mute and information in codes.SPEAKING - codes.MONEY - {"F"}


def _leaves_open(line: Line, program: Program) -> bool:
    """Whether the words of a closing line name the program without refusing the whole of it ([T12], [S8])."""
    said = [one for one in line.facts.statements if one.program is program]
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


def obstacles_of(line: Line, program: Program, condition: Condition) -> Iterator[Obstacle]:
    """Yield what keeps a line from standing for the program and condition; nothing when it may stand."""
    if condition not in line.facts.conditions:
        yield Obstacle.OTHER_CONDITION
    named = line.facts.named_by_procedure
    if not is_about(line, program) or (named and (program, condition) not in named):
        yield Obstacle.OTHER_PROGRAM
    yield from _obstacles_for_any(line)
    if program is Program.IOP and line.place == codes.PARTIAL_PLACE:
        yield Obstacle.EXCLUDED_PLACE


def _obstacles_for_any(line: Line) -> Iterator[Obstacle]:
    """What keeps a line from standing for any program and condition."""
    if line.is_struck:
        yield Obstacle.STRUCK_TYPES
    if line.facts.subject.is_other_service:
        yield Obstacle.OTHER_SERVICE
    if line.facts.is_other_procedure:
        yield Obstacle.OTHER_PROCEDURE
    if line.facts.is_telehealth:
        yield Obstacle.TELEHEALTH
    if line.is_excluded_place:
        yield Obstacle.EXCLUDED_PLACE


def may_stand(line: Line, program: Program, condition: Condition) -> bool:
    """Whether a line may stand on a rung of types and places for the program: it is about no other service."""
    return condition in line.facts.conditions and next(obstacles_of(line, program, condition), None) is None


def is_about(line: Line, program: Program) -> bool:
    """Whether nothing names the other program alone, or leaves this one out ([T19], [T20], [S1])."""
    if line.says(program, Effect.EXCEPTS):
        return False
    if line.facts.named and program not in line.facts.named:
        return False
    return line.facts.subject.only in {None, program}


_HEARD = codes.SPEAKING | codes.CLOSING | codes.STOPPING
_FACILITY_TYPES = frozenset({codes.DAY_CARE_TYPE}).union(*codes.FACILITY_TYPES.values())
_PLACED_TYPES = frozenset().union(*(types for types, _ in codes.PLACED_TYPES.values()))
_OUTPATIENT_TYPES = frozenset().union(*codes.OUTPATIENT_TYPES.values())


def _may_be_heard(line: Line) -> bool:
    """Whether a line can do anything on a rung of types and places."""
    return line.benefit.information in _HEARD and next(_obstacles_for_any(line), None) is None


def _has_named_type(line: Line) -> bool:
    return bool(line.facts.named_by_type) and _may_be_heard(line)


def _is_at_partial_place(line: Line) -> bool:
    return line.place == codes.PARTIAL_PLACE and _may_be_heard(line)


def _may_be_at_facility(line: Line) -> bool:
    is_of_facility = line.facts.is_group_procedure or not _FACILITY_TYPES.isdisjoint(line.facts.types)
    is_placed = bool(line.place) and not _PLACED_TYPES.isdisjoint(line.facts.types)
    return (is_of_facility or is_placed) and _may_be_heard(line)


def _may_be_outpatient(line: Line) -> bool:
    return not _OUTPATIENT_TYPES.isdisjoint(line.facts.types) and _may_be_heard(line)


RUNGS = (
    Rung(Rule.PROCEDURE, Verdict.COVERED, Grade.A, by_procedure, lambda line: bool(line.facts.named), is_named=True),
    Rung(Rule.PHRASE, Verdict.COVERED, Grade.A, by_phrase, lambda line: bool(line.facts.statements), is_named=True),
    Rung(Rule.SERVICE_TYPE, Verdict.COVERED, Grade.A, by_service_type, _has_named_type, is_named=True),
    Rung(Rule.PLACE, Verdict.COVERED, Grade.A, at_partial_place, _is_at_partial_place, is_named=True),
    Rung(Rule.PLACE, Verdict.LIKELY, Grade.B, at_facility, _may_be_at_facility, is_named=False),
    Rung(Rule.OUTPATIENT, Verdict.LIKELY, Grade.C, at_outpatient, _may_be_outpatient, is_named=False),
)


def speaks_on_a_rung(line: Line) -> bool:
    """Whether a line speaks for any program and condition."""
    return any(
        heard.voice is Voice.SPEAKS
        for rung in RUNGS
        if rung.may_hear(line)
        for program in Program
        for condition in Condition
        for heard in rung.hears(line, program, condition)
    )


def is_exclusion(line: Line, program: Program, condition: Condition) -> bool:
    """Whether a line closes something else, another service or a part, on types where the program has a rung ([S5])."""
    if line.benefit.information not in codes.CLOSING:
        return False
    if line.names(program):
        return program not in line.facts.named and _leaves_open(line, program)
    types = codes.OUTPATIENT_TYPES[condition] | codes.FACILITY_TYPES[condition]
    if program is Program.PHP and condition is Condition.MENTAL_HEALTH:
        types |= {codes.DAY_CARE_TYPE}
    if not (line.facts.types & types or (program, condition) in line.facts.named_by_type):
        return False
    other = (
        line.facts.subject.is_other_service
        or line.facts.is_other_procedure
        or line.facts.is_telehealth
        or bool(line.facts.named)
    )
    return other or line.is_excluded_place or line.facts.subject.closes_nothing
