"""What a line did for one program, condition and side: on which rung, and whether that decided; else why it did not.

It asks the functions that the conclusion itself asks, and has no rule of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from contracts import Answer, Condition, Program, Side, Terms, Verdict
from payers.reading.coverage.dates import dates_of, line_holds
from payers.reading.coverage.other_plans import PART_A, is_other_plan
from payers.reading.explanation.words import EFFECTS, OBSTACLES, VOICES
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.terms.bindings import binding_of
from payers.reading.terms.figures import prices
from payers.reading.terms.ladder import Decision, Level
from payers.reading.terms.rungs import RUNGS, LadderFacts, Rung, Voice, is_exclusion, is_exhausted, obstacles_of

Key = tuple[Program, Condition, Side]


class Walk(NamedTuple):
    """The ladder as it was walked for one row, with what it came to.

    ``voices``: by the identity of a line, the levels that hear it, in their order.
    """

    key: Key
    levels: tuple[Level, ...]
    decision: Decision
    terms: Terms
    voices: Mapping[int, Sequence[tuple[Level, Voice]]]


def rung_name(rung: Rung) -> str:
    """Return the name of a rung; two are called ``place``, one of them for partial hospitalization by name."""
    return f"{rung.rule.value} (grade {rung.grade.value})"


def lines_by_voice(level: Level) -> tuple[tuple[Voice, tuple[Line, ...]], ...]:
    """Return the lines of ``level`` by what they do there."""
    return (
        (Voice.EXHAUSTED, level.exhausted),
        (Voice.RESTRICTS, level.restricting),
        (Voice.STOPS, level.stopping),
        (Voice.CLOSES, level.closing),
        (Voice.SPEAKS, level.speaking),
    )


def voices_of(levels: Sequence[Level]) -> Mapping[int, Sequence[tuple[Level, Voice]]]:
    """Return what each line does, by its identity: the levels that hear it, in the order of the ladder."""
    found: dict[int, list[tuple[Level, Voice]]] = {}
    for level in levels:
        for voice, lines in lines_by_voice(level):
            for line in lines:
                found.setdefault(id(line), []).append((level, voice))
    return found


def effect_of(line: Line, walk: Walk, evidence: str | None) -> str:
    """Return what ``line`` did in ``walk``; ``evidence`` is its id in the answer, None when it is not cited."""
    heard = list(_describe_influence(line, walk))
    figure = _figure(line, walk, evidence)
    if not heard:
        heard = [why_not(line, walk.key)]
        if figure is None and evidence is not None and evidence in walk.terms.evidence:
            delegated = walk.decision.verdict is Verdict.DELEGATED
            figure = "it decided that another company runs it" if delegated else "it counts for the terms"
    return "; ".join(part for part in (*heard, figure) if part)


def _describe_influence(line: Line, walk: Walk) -> Iterator[str]:
    decided = walk.decision.on
    order = {id(level): number for number, level in enumerate(walk.levels)}
    for level, voice in walk.voices.get(id(line), ()):
        does = f"{VOICES[voice]} on rung {rung_name(level.rung)}"
        if level is decided:
            yield f"{does}, the rung which decided: {_outcome(walk, level, voice)}"
        elif decided is not None and order[id(level)] > order[id(decided)]:
            yield f"{does}; a higher rung had decided"
        elif walk.decision.verdict is Verdict.DELEGATED:
            yield f"{does}; another company runs the benefit"
        else:
            yield f"{does} for its place alone; a lower rung speaks, so it was passed over"


def _outcome(walk: Walk, level: Level, voice: Voice) -> str:
    verdict, stated = walk.decision.verdict, walk.terms.verdict
    said = verdict.value.replace("_", " ")
    if stated is not verdict:
        # What the ladder decides is no more than likely, and refuses nothing, where the plan is unclear ([L8]).
        return f"{said}, which is {stated.value.replace('_', ' ')} while the plan is unclear"
    if verdict is Verdict.NOT_STATED and level.speaking and level.closing and not level.stopping:
        return f"{said}, since lines contradict each other"
    if verdict in {Verdict.COVERED, Verdict.LIKELY} and voice is Voice.CLOSES:
        return f"{said}; what it closes is narrower, and is asked about"
    return said


def why_not(line: Line, key: Key) -> str:
    """Return why ``line``, which is in force, is heard on no rung of ``key``."""
    program, condition, _ = key
    known = LadderFacts(line.facts, line.age_fits, is_exhausted(line), line.is_base_only)
    if any(True for rung in RUNGS for _ in rung.hears(known, program, condition)):
        has_side = line.benefit.network in {"Y", "N"} or any(one.sides for one in line.facts.statements)
        return "it holds for the other network side" if has_side else "it names no network side, beside lines that do"
    if line.facts.is_plan_level:
        return "it is about the plan as a whole"
    said = list(dict.fromkeys(EFFECTS[one.effect] for one in line.facts.statements if one.program is program))
    if is_exclusion(line.facts, program, condition):
        said.append("what it closes is a part, another service or place: it closes nothing here")
    obstacles = [OBSTACLES[one] for one in obstacles_of(line.facts, program, condition)]
    if obstacles:
        return "; ".join((*said, *obstacles))
    information = line.benefit.information
    if information not in codes.WORDED:
        reason = f"EB01 {information or 'empty'} neither speaks nor closes"
    elif line.facts.subject.is_mute:
        reason = "words that are not understood, or a condition that is not met, keep it silent"
    elif line.age_fits is False:
        reason = "it is for another age"
    else:
        reason = "it stands on no rung of the program"
    return "; ".join((*said, reason))


def _figure(line: Line, walk: Walk, evidence: str | None) -> str | None:
    """Return what became of the figure of a cost line; None when it has none that bears on the row."""
    if line.benefit.information not in codes.SHARES or evidence is None:
        return None
    for one in walk.terms.alternatives:
        if evidence in one.evidence:
            apart = f"told apart by {one.distinguished_by.value}" if one.distinguished_by else "nothing tells it apart"
            bound = "bound, " if binding_of(line) is not None else "one of several, "
            return f"its figure stands among the alternatives ({bound}{apart})"
    if evidence not in walk.terms.evidence:
        return None
    if any(level is walk.decision.on for level, _ in walk.voices.get(id(line), ())):
        if not prices(line, walk.key[0]):
            return None
        is_stated = walk.terms.copay if line.benefit.information == "B" else walk.terms.coinsurance is not None
        return "its figure is the program's own" if is_stated else "its figure does not count: words contradict it"
    return "its figure is borrowed" if walk.terms.assumed else None


def why_set_aside(line: Line, on: date) -> str:
    """Return why a line is not in force on the day of service, so that no rung and no figure is read from it."""
    benefit = line.benefit
    if is_other_plan(benefit):
        return "it is of a plan that gives no verdict: dental, an account, an indemnity and the like"
    if benefit.insurance == PART_A:
        return "it is of Medicare Part A, which pays for neither program"
    if not line_holds(benefit.dates, on) or not dates_of(benefit.dates, on).holds(on):
        return "its own dates do not hold the service date"
    return "its plan gives no verdict, or does not hold the service date while another one does"


def uses_of(answer: Answer) -> dict[str, list[str]]:
    """Return what each id of evidence is cited for outside of the programs, in words."""
    found: dict[str, list[str]] = {}

    def cite(ids: tuple[str, ...], purpose: str) -> None:
        for one in ids:
            found.setdefault(one, []).append(purpose)

    cite(answer.coverage.evidence, "the plan's status and data")
    for payer in answer.coverage.other_payers:
        cite(payer.evidence, "another payer")
    for company in answer.administrators:
        cite(company.evidence, "who runs the behavioral benefit")
    for side, kept in answer.accumulators:
        for level, figures in kept:
            for figure, value in figures:
                purpose = f"the plan's {figure}, {side}, {level}".replace("_", " ")
                cite((*value.evidence, *(one for other in value.alternatives for one in other.evidence)), purpose)
    return found
