"""The ladder: which rung decides for one program, condition and side, and what it says. Source: [L2], [K1], [K2]."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contracts import FindingCode, Grade, OpenQuestionCode, Program, Rule, Side, Verdict
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line, sides_of
from payers.reading.terms.lines_in_force import Ladder
from payers.reading.terms.rungs import RUNGS, Rung, Voice


class Level(NamedTuple):
    """What the lines of one rung do for one side.

    ``speaking``, ``closing``, ``stopping``, ``restricting``, ``exhausted``: its lines by their voice. ``is_marked``:
    whether a line with a network mark speaks or closes, so that unmarked ones hold for no side.
    """

    rung: Rung
    speaking: tuple[Line, ...] = ()
    closing: tuple[Line, ...] = ()
    stopping: tuple[Line, ...] = ()
    restricting: tuple[Line, ...] = ()
    exhausted: tuple[Line, ...] = ()
    is_marked: bool = False


class Decision(NamedTuple):
    """Where the ladder ended.

    ``on``: what the deciding rung said; None when no rung did. ``below``: what the rungs under it did. ``open``: what
    it left to ask.
    """

    verdict: Verdict
    grade: Grade
    rule: Rule
    on: Level | None = None
    below: tuple[Level, ...] = ()
    open: tuple[OpenQuestionCode, ...] = ()


_MARKS = frozenset("YNW")
_OF_ONE_SIDE = frozenset("YN")
_STOPS = frozenset({Voice.STOPS, Voice.RESTRICTS})
_VOICES = (Voice.SPEAKS, Voice.CLOSES, Voice.STOPS, Voice.RESTRICTS, Voice.EXHAUSTED)
"""In the order of the fields of ``Level``."""
_COVERED = {Program.IOP: OpenQuestionCode.IOP_COVERED, Program.PHP: OpenQuestionCode.PHP_COVERED}
_SILENT = tuple(Level(rung) for rung in RUNGS)
"""A level for each rung on which nothing is heard; most rungs of most ladders are."""


def levels_of(ladder: Ladder) -> Mapping[Side, tuple[Level, ...]]:
    """Return what every rung says, side by side; ``ladder``: the lines that are heard on each, in its order."""
    inside: list[Level] = []
    outside: list[Level] = []
    for silent, here in zip(_SILENT, ladder, strict=True):
        if not here:
            inside.append(silent)
            outside.append(silent)
            continue
        # An unmarked line holds for both sides unless a marked one speaks or closes ([L5]).
        heard = [(line, voice, mark) for line, said in here for voice, mark in said]
        marked = not _MARKS.isdisjoint([mark for _, voice, mark in heard if voice not in _STOPS])
        sides = {mark: sides_of(mark, marked) for _, _, mark in heard}
        level = Level._make((silent.rung, *_by_voice(heard, Side.IN_NETWORK, sides), marked))
        inside.append(level)
        # Both sides hear the same where no line is marked for one of them.
        if not _OF_ONE_SIDE.isdisjoint(sides):
            level = Level._make((silent.rung, *_by_voice(heard, Side.OUT_OF_NETWORK, sides), marked))
        outside.append(level)
    return {Side.IN_NETWORK: tuple(inside), Side.OUT_OF_NETWORK: tuple(outside)}


def _by_voice(
    heard: Sequence[tuple[Line, Voice, str]], side: Side, sides: Mapping[str, Sequence[Side]]
) -> list[tuple[Line, ...]]:
    """What is heard on one side, in the order of the fields of ``Level``; ``sides``: those for which a mark holds."""
    # A line may be heard twice under two marks.
    found: dict[Voice, dict[Line, None]] = {}
    for line, voice, mark in heard:
        if side in sides[mark]:
            found.setdefault(voice, {})[line] = None
    return [tuple(found[voice]) if voice in found else () for voice in _VOICES]


def decide(levels: Sequence[Level], program: Program, *, delegated: bool, book: Book) -> Decision:
    """Walk the ladder for one side. ``delegated``: the benefit is run by another entity that has not answered."""
    questions: list[OpenQuestionCode] = []
    for number, here in enumerate(levels):
        if delegated and not here.rung.is_named:
            return Decision(Verdict.DELEGATED, Grade.D, Rule.DELEGATED, open=tuple(questions))
        if here is _SILENT[number]:
            continue
        below = tuple(levels[number + 1 :])
        if not here.rung.is_named and _closes_a_place_alone(here) and any(_is_heard(level) for level in below):
            _note_closings(here, book)
            _note_stops(here, book)
            questions.append(OpenQuestionCode.CLOSED_AT_PLACE)
            continue
        found = _judge(here, below, program, book)
        if found is not None:
            return found._replace(open=(*questions, *found.open)) if questions else found
    return Decision(Verdict.NOT_STATED, Grade.D, Rule.SILENT, open=tuple(questions))


def _is_heard(level: Level) -> bool:
    return bool(level.speaking)


def _closes_a_place_alone(level: Level) -> bool:
    """Whether all that a rung does is to close places, or the group's procedure ([K2])."""
    return (
        not level.speaking
        and not level.exhausted
        and bool(level.closing)
        and all(line.facts.place or line.facts.is_group_procedure for line in level.closing)
    )


def _judge(level: Level, below: tuple[Level, ...], program: Program, book: Book) -> Decision | None:
    """What one rung decides; None when it says nothing."""
    rung = level.rung
    _note_stops(level, book)
    if level.exhausted:
        return _decide_exhausted(level, below, program, book)
    if level.restricting or (level.stopping and not (level.speaking or level.closing)):
        return Decision(Verdict.NOT_STATED, Grade.D, rung.rule, level, open=(_COVERED[program],))
    if level.speaking and level.closing:
        return _resolve_contradiction(level, below, book)
    if level.speaking:
        return Decision(rung.verdict, rung.grade, rung.rule, level, below)
    if level.closing:
        return Decision(Verdict.NOT_COVERED, rung.grade, rung.rule, level)
    return None


def _resolve_contradiction(level: Level, below: tuple[Level, ...], book: Book) -> Decision:
    """What lines that speak for and lines that close on one rung come to ([K1])."""
    rung = level.rung
    if _all_narrower(level.closing, level.speaking):
        _note_closings(level, book)
        return Decision(rung.verdict, rung.grade, rung.rule, level, below, (OpenQuestionCode.CLOSED_AT_PLACE,))
    for line in level.closing:
        book.find(FindingCode.CONTRADICTION, line.benefit.at, f"{rung.rule}:{line.benefit.information}")
    return Decision(Verdict.NOT_STATED, Grade.D, rung.rule, level)


def _decide_exhausted(level: Level, below: tuple[Level, ...], program: Program, book: Book) -> Decision:
    """A benefit that is used up: refused where the program is named, else not stated, since it may be counted apart."""
    rung = level.rung
    for line in level.exhausted:
        book.find(FindingCode.EXHAUSTED, line.benefit.at, rung.rule.value)
    if rung.grade is Grade.A:
        return Decision(Verdict.NOT_COVERED, rung.grade, rung.rule, level, below)
    return Decision(Verdict.NOT_STATED, Grade.D, rung.rule, level, below, (_COVERED[program],))


def _all_narrower(closing: Sequence[Line], speaking: Sequence[Line]) -> bool:
    """Whether each of ``closing`` is bound to something that no speaking line has ([K1])."""
    spoken = frozenset().union(*(_bindings(line) for line in speaking))
    return all(_bindings(line) - spoken for line in closing)


def _bindings(line: Line) -> frozenset[str]:
    """What narrows a line: a place, an age, a diagnosis, a procedure, or a text that limits a service or provider."""
    found = {f"place {line.facts.place}"} if line.facts.place else set()
    if line.age_fits is not None:
        found.add(f"age {line.benefit.quantity_kind} {line.benefit.quantity}")
    found |= {f"diagnosis {one}" for one in line.benefit.diagnoses}
    if line.benefit.procedure:
        found.add(f"procedure {line.benefit.procedure}")
    for clause in line.facts.text.clauses:
        names = clause.names
        if clause.is_understood and (
            names.services or names.parts or names.office or names.telehealth or names.provider
        ):
            found.add(f"text {clause.words}")
    return frozenset(found)


def _note_closings(level: Level, book: Book) -> None:
    for line in level.closing:
        book.find(FindingCode.EXCLUSION, line.benefit.at, f"{level.rung.rule}:{line.benefit.information}")


def _note_stops(level: Level, book: Book) -> None:
    for line in level.stopping:
        if line.benefit.information in codes.STOPPING:
            code = FindingCode.PENDING if line.benefit.information in codes.PENDING else FindingCode.EXCLUSION
            book.find(code, line.benefit.at, f"{level.rung.rule}:{line.benefit.information}")
