"""The ladder: which rung decides for one program, condition and network side, and what it says.

Each rung is a small function that tells whether a line stands on it. Source: the answer's section 2.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from contracts import Condition, FindingCode, Grade, OpenQuestionCode, Program, Rule, Side, Verdict
from payers.reading import codes
from payers.reading.evidence import Book
from payers.reading.lines import Line
from payers.reading.words import Named, limits_a_service


def by_procedure(line: Line, program: Program, condition: Condition) -> bool:
    """A line that carries one of the program's procedure codes (EB13)."""
    return line.procedure_of is program and condition in line.conditions and not line.virtual


def by_phrase(line: Line, program: Program, condition: Condition) -> bool:
    """A line whose message or plan text names the program, to grant it or to deny it."""
    how = line.mentions.get(program, frozenset())
    return condition in line.conditions and bool(how - {Named.SILENT}) and not line.virtual


def by_service_type(line: Line, program: Program, condition: Condition) -> bool:
    """Partial hospitalization, psychiatric (``BB``), for PHP mental health only."""
    return (
        program is Program.PHP
        and condition is Condition.MENTAL_HEALTH
        and codes.PARTIAL_TYPE in line.types
        and _readable(line, program, condition)
    )


def at_partial_place(line: Line, program: Program, condition: Condition) -> bool:
    """A behavioral line at place of service 52, for PHP only."""
    return (
        program is Program.PHP
        and line.place == codes.PARTIAL_PLACE
        and line.behavioral
        and _readable(line, program, condition)
    )


def at_facility(line: Line, program: Program, condition: Condition) -> bool:
    """A facility's outpatient benefit by its type, day care for PHP, or a general type at a facility's place."""
    if not _readable(line, program, condition):
        return False
    types, places = codes.PLACED_TYPES[condition]
    day_care = program is Program.PHP and condition is Condition.MENTAL_HEALTH and codes.DAY_CARE_TYPE in line.types
    by_place = bool(line.types & types) and line.place in places and not line.base_only
    return day_care or by_place or bool(line.types & codes.FACILITY_TYPES[condition])


def at_outpatient(line: Line, program: Program, condition: Condition) -> bool:
    """An outpatient or general behavioral type, without a place, or at one that no higher rung reads."""
    return (
        bool(line.types & codes.OUTPATIENT_TYPES[condition])
        and _readable(line, program, condition)
        and not at_facility(line, program, condition)
    )


def _readable(line: Line, program: Program, condition: Condition) -> bool:
    return condition in line.conditions and not line.excluded and not line.is_silent_on(program)


class Rung(NamedTuple):
    """A step of the ladder: its name in the answer, what it grants, and which lines stand on it."""

    rule: Rule
    verdict: Verdict
    grade: Grade
    holds: Callable[[Line, Program, Condition], bool]


NAMED_RUNGS = (
    Rung(Rule.PROCEDURE, Verdict.COVERED, Grade.A, by_procedure),
    Rung(Rule.PHRASE, Verdict.COVERED, Grade.A, by_phrase),
    Rung(Rule.SERVICE_TYPE, Verdict.COVERED, Grade.A, by_service_type),
    Rung(Rule.PLACE, Verdict.COVERED, Grade.A, at_partial_place),
)
"""The rungs above delegation: the payer itself named the program."""

BROAD_RUNGS = (
    Rung(Rule.PLACE, Verdict.LIKELY, Grade.B, at_facility),
    Rung(Rule.OUTPATIENT, Verdict.LIKELY, Grade.C, at_outpatient),
)
"""The rungs below delegation: the program is part of what they speak of."""


class Voice(StrEnum):
    """What a line does on its rung."""

    SPEAKS = "speaks"
    CLOSES = "closes"
    STOPS = "stops"


def voices(line: Line, rung: Rung, program: Program) -> frozenset[Voice]:
    """What ``line`` does on ``rung``; both for a line that grants in one clause and denies in another."""
    information = line.benefit.information
    if information not in _VOCAL:
        return frozenset()
    how = line.mentions.get(program, frozenset()) if rung.holds in _BY_NAME else frozenset()
    found = {Voice.CLOSES} if Named.CLOSES in how else set()
    if not how or Named.SPEAKS in how:
        found |= _by_code(information, rung)
    return frozenset(found)


def _by_code(information: str, rung: Rung) -> set[Voice]:
    """What EB01 alone makes of a line on ``rung``."""
    if information == "I" or (information == "6" and rung.holds in _TYPED):
        return {Voice.CLOSES}
    if information in codes.STOPPING:
        return {Voice.STOPS}
    speaks = information in codes.SPEAKING or (information == "D" and rung.holds is by_phrase)
    return {Voice.SPEAKS} if speaks else set()


_VOCAL = codes.SPEAKING | codes.STOPPING | {"D", "I", "6"}
_BY_NAME = (by_procedure, by_phrase)
_TYPED = (by_service_type, at_partial_place, at_facility, at_outpatient)


def naming(line: Line, program: Program, condition: Condition) -> frozenset[Voice]:
    """What ``line`` does as one that names the program by procedure, phrase or place, whatever its setting."""
    if not (line.mentions or line.procedure_of or line.place == codes.PARTIAL_PLACE):
        return frozenset()
    plain = line._replace(virtual=False, office=False)
    rungs = [rung for rung in NAMED_RUNGS if rung.holds is not by_service_type]
    return frozenset(
        voice for rung in rungs if rung.holds(plain, program, condition) for voice in voices(line, rung, program)
    )


class Said(NamedTuple):
    """What the lines of one rung say for one side."""

    rung: Rung
    speaking: tuple[Line, ...] = ()
    closing: tuple[Line, ...] = ()
    stopping: tuple[Line, ...] = ()


class Decision(NamedTuple):
    """Where the ladder ended: ``on`` is what the deciding rung said, ``below`` what the rungs under it did."""

    verdict: Verdict
    grade: Grade
    rule: Rule
    on: Said | None = None
    below: tuple[Said, ...] = ()
    open: tuple[OpenQuestionCode, ...] = ()


def said_on(rung: Rung, lines: Sequence[Line], program: Program, condition: Condition) -> Mapping[Side, Said]:
    """What ``rung`` says, side by side. An unmarked line speaks for both sides unless a marked one speaks or closes."""
    heard = [(line, voices(line, rung, program)) for line in lines if rung.holds(line, program, condition)]
    sides = {side: on_side(heard, side) for side in Side}

    def those(side: Side, wanted: Voice) -> tuple[Line, ...]:
        return tuple(line for line, voice in sides[side] if wanted in voice)

    return {
        side: Said(rung, those(side, Voice.SPEAKS), those(side, Voice.CLOSES), those(side, Voice.STOPS))
        for side in Side
    }


Heard = Sequence[tuple[Line, frozenset[Voice]]]
"""Lines, each with what it does."""


def on_side(heard: Heard, side: Side) -> Heard:
    """Those of ``heard`` that are of ``side``; unmarked ones are of both unless a marked one speaks or closes."""
    marked = any(line.benefit.network in _MARKS and voice - {Voice.STOPS} for line, voice in heard)
    return [(line, voice) for line, voice in heard if line.on(side, marked=marked)]


_MARKS = frozenset("YNW")


def decide(
    lines: Sequence[Line], program: Program, condition: Condition, *, delegated: bool, book: Book
) -> dict[Side, Decision]:
    """Walk the ladder for one program and condition, on both sides."""
    rungs = [said_on(rung, lines, program, condition) for rung in (*NAMED_RUNGS, *BROAD_RUNGS)]
    return {side: _walk([said[side] for said in rungs], delegated=delegated, book=book) for side in Side}


def _walk(said: Sequence[Said], *, delegated: bool, book: Book) -> Decision:
    questions: list[OpenQuestionCode] = []
    for number, here in enumerate(said):
        below = tuple(said[number + 1 :])
        if delegated and number == len(NAMED_RUNGS):
            return Decision(Verdict.DELEGATED, Grade.D, Rule.DELEGATED)
        if number >= len(NAMED_RUNGS) and _closed_at_a_place_only(here) and any(other.speaking for other in below):
            _note_closings(here, book)
            _note_stops(here, book)
            questions.append(OpenQuestionCode.CLOSED_AT_PLACE)
            continue
        found = _judge(here, below, book)
        if found is not None:
            return found._replace(open=(*questions, *found.open))
    return Decision(Verdict.NOT_STATED, Grade.D, Rule.SILENT, open=tuple(questions))


def _closed_at_a_place_only(said: Said) -> bool:
    return not said.speaking and bool(said.closing) and all(line.place for line in said.closing)


def _judge(said: Said, below: tuple[Said, ...], book: Book) -> Decision | None:
    """What one rung decides; None when it says nothing."""
    rung = said.rung
    _note_stops(said, book)
    if said.speaking and said.closing:
        if _all_narrower(said.closing, said.speaking):
            _note_closings(said, book)
            code = OpenQuestionCode.CLOSED_AT_PLACE
            return Decision(rung.verdict, rung.grade, rung.rule, said, below, (code,))
        for line in said.closing:
            book.find(FindingCode.CONTRADICTION, line.benefit.at, f"{rung.rule}:{line.benefit.information}")
        return Decision(Verdict.NOT_STATED, Grade.D, rung.rule, said)
    if said.speaking:
        return Decision(rung.verdict, rung.grade, rung.rule, said, below)
    if said.closing:
        return Decision(Verdict.NOT_COVERED, rung.grade, rung.rule, said)
    if said.stopping:
        return Decision(Verdict.NOT_STATED, Grade.D, rung.rule, said)
    return None


def _all_narrower(closing: Sequence[Line], speaking: Sequence[Line]) -> bool:
    """Whether each of ``closing`` has a place, or a message that limits a service or provider, of its own."""
    places = {line.place for line in speaking}
    shared = {said.text for line in speaking for said in line.benefit.messages}
    return all(
        (line.place and line.place not in places)
        or any(said.text not in shared and limits_a_service(said.text) for said in line.benefit.messages)
        for line in closing
    )


def _note_closings(said: Said, book: Book) -> None:
    for line in said.closing:
        book.find(FindingCode.EXCLUSION, line.benefit.at, f"{said.rung.rule}:{line.benefit.information}")


def _note_stops(said: Said, book: Book) -> None:
    for line in said.stopping:
        code = FindingCode.PENDING if line.benefit.information in codes.PENDING else FindingCode.EXCLUSION
        book.find(code, line.benefit.at, f"{said.rung.rule}:{line.benefit.information}")
