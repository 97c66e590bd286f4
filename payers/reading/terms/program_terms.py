"""The rows of the answer: what the ladder decides for each program and condition, with the terms of its rung."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contracts import NOT_CHECKED, Condition, FindingCode, Grade, OpenQuestionCode, Program, Rule, Side, Terms, Verdict
from payers.reading.coverage.administrators import Delegation, Run
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Effect, Patient
from payers.reading.memory import remember
from payers.reading.terms.authorization import authorization_of
from payers.reading.terms.figures import Row, costs_of
from payers.reading.terms.ladder import Decision, Level, decide, levels_of
from payers.reading.terms.limits import limits_of
from payers.reading.terms.lines_in_force import LinesInForce
from payers.reading.terms.rungs import is_exclusion
from payers.reading.terms.values import marks
from payers.reading.terms.virtual import virtual_of

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_COVERED = {Program.IOP: OpenQuestionCode.IOP_COVERED, Program.PHP: OpenQuestionCode.PHP_COVERED}


class _Asked(NamedTuple):
    """What the terms of a row follow from, but for the program."""

    condition: Condition
    side: Side
    decision: Decision
    run: Run | None


class _ReadTerms(NamedTuple):
    """Terms that were read, and whether a limit is left to ask for."""

    asked: _Asked
    terms: Terms
    leaves_limits_open: bool


class ProgramReader:
    """Reads the terms of each program from the lines in force.

    ``decisions``: the levels of each ladder that was walked, and what it came to. ``left_open``: what is left to ask.
    """

    def __init__(self, lines: LinesInForce, patient: Patient, book: Book, *, partly_asked: bool) -> None:
        """Read from ``lines``. ``partly_asked``: an inquiry was not answered, so silence is not yet the payer's."""
        self._lines, self._patient, self._book, self._partly_asked = lines, patient, book, partly_asked
        self.decisions: dict[tuple[Program, Condition, Side], tuple[tuple[Level, ...], Decision]] = {}
        self.left_open: list[tuple[OpenQuestionCode, Program, Condition]] = []
        self._found: list[_ReadTerms] = []

    def read(self, program: Program, condition: Condition, delegated: Delegation) -> dict[Side, Terms]:
        """Return the terms of a program for a condition, side by side."""
        levels = levels_of(self._lines, program, condition)
        inside = self._read_side((program, condition, Side.IN_NETWORK), levels, delegated)
        outside = (program, condition, Side.OUT_OF_NETWORK)
        runs = [delegated.of(program, condition, side) for side in Side]
        if not self._lines.tells_sides_apart and runs[0] == runs[1]:
            # Nothing that the rows ask holds for one side alone: what holds for one holds for the other.
            self.decisions[outside] = self.decisions[program, condition, Side.IN_NETWORK]
            found = {Side.IN_NETWORK: inside, Side.OUT_OF_NETWORK: inside}
        else:
            found = {Side.IN_NETWORK: inside, Side.OUT_OF_NETWORK: self._read_side(outside, levels, delegated)}
        self._ask_about_words(program, condition)
        return found

    def _read_side(
        self,
        key: tuple[Program, Condition, Side],
        levels: Mapping[Side, tuple[Level, ...]],
        delegated: Delegation,
    ) -> Terms:
        program, condition, side = key
        run = delegated.of(*key)
        decision = decide(levels[side], program, delegated=run is not None, book=self._book)
        self.decisions[key] = (levels[side], decision)
        self.left_open += [(code, program, condition) for code in decision.open]
        asked = _Asked(condition, side, decision._replace(open=()) if decision.open else decision, run)
        found = None
        if condition not in self._lines.tells_programs_apart:
            # No line names a program: what holds for one holds for the other, where the same lines are heard.
            found = next((one for one in self._found if one.asked[:2] == asked[:2] and one.asked == asked), None)
        if found is None:
            row = Row(program, condition, side, self._lines, self._patient)
            terms, leaves_limits_open = self._terms(row, decision, run)
            found = _ReadTerms(asked, self._with_delivery(row, terms), leaves_limits_open)
            self._found.append(found)
        if found.leaves_limits_open:
            self.left_open.append((OpenQuestionCode.LIMITS, program, condition))
        return found.terms

    def _ask_about_words(self, program: Program, condition: Condition) -> None:
        """A mention, and an exclusion of something else, leave open whether the program is covered ([T16], [S5])."""
        for line in self._lines.closing:
            if condition not in line.facts.conditions:
                continue
            excludes = is_exclusion(line.facts, program, condition)
            if excludes or line.facts.says(program, Effect.MENTIONS, Effect.STOPS):
                self.left_open.append((_COVERED[program], program, condition))
            if excludes or (line.facts.is_struck and line.benefit.information in codes.CLOSING):
                self._book.find(FindingCode.EXCLUSION, line.benefit.at, f"EB01={line.benefit.information}")

    def _with_delivery(self, row: Row, terms: Terms) -> Terms:
        """``terms`` with whether telehealth is covered, where the lines say so."""
        virtual, evidence = virtual_of(row.lines, row.program, row.condition, row.side, self._book)
        if not evidence:
            return terms
        return terms.model_copy(
            update={"virtual": virtual, "evidence": tuple(dict.fromkeys((*terms.evidence, *evidence)))}
        )

    def _terms(self, row: Row, decision: Decision, run: Run | None) -> tuple[Terms, bool]:
        """What the ladder decided, with the figures that its rung carries; and whether a limit is left to ask for."""
        verdict, grade, rule, level = decision.verdict, decision.grade, decision.rule, decision.on
        if verdict is Verdict.DELEGATED and run is not None:
            found = Terms(verdict=verdict, grade=grade, rule=rule, administered_by=run.name, evidence=run.evidence)
            return found, False
        if level is None:
            silent = self._partly_asked and rule is Rule.SILENT
            return NOT_CHECKED if silent else _plain_terms(verdict, grade, rule), False
        granted = verdict in _GRANTED
        others = () if granted else (*level.closing, *level.stopping, *level.restricting, *level.exhausted)
        decisive = (*level.speaking, *others)
        evidence = (*marks(decisive, self._book), *self._grounds(decisive, rule, row.program))
        limits, left_out = limits_of((*level.speaking, *level.exhausted), row.program, self._patient, self._book)
        if not granted:
            once = tuple(dict.fromkeys(evidence))
            return Terms(verdict=verdict, grade=grade, rule=rule, limits=limits, evidence=once), left_out
        costs = costs_of(level, decision.below, row, self._book)
        authorized = authorization_of(level.speaking, row, grade, self._book)
        found = Terms(
            verdict=verdict,
            grade=grade,
            rule=rule,
            authorization=authorized.word,
            copay=costs.copay,
            coinsurance=costs.coinsurance,
            deductible_applies=costs.deductible_applies,
            limits=limits,
            cost_rule=costs.cost_rule,
            alternatives=costs.alternatives,
            assumed=costs.assumed,
            evidence=tuple(dict.fromkeys((*evidence, *costs.evidence, *authorized.evidence))),
        )
        return found, left_out

    def _grounds(self, lines: Sequence[Line], rule: Rule, program: Program) -> list[str]:
        """The segments below the lines that a claim rests on too: the message that names the program, the place."""
        if rule is Rule.PHRASE:
            return [
                self._book.mark(line.reply, said.at, said.sent or said.text, "names the program")
                for line in lines
                for one in line.facts.statements
                if one.program is program
                for said in (line.benefit.messages[at] for at in one.messages)
            ]
        if rule is Rule.PLACE:
            return [
                self._book.mark(line.reply, said.at, said.sent or said.text, f"place of service {line.facts.place}")
                for line in lines
                if line.facts.place
                for said in line.benefit.places
                if said.text.zfill(2) == line.facts.place
            ]
        return []


@remember(64)
def _plain_terms(verdict: Verdict, grade: Grade, rule: Rule) -> Terms:
    """The terms of a verdict without a rung; nearly every answer has such rows."""
    return Terms(verdict=verdict, grade=grade, rule=rule)
