"""The rows of the answer: what the ladder decides for each program and condition, with the terms of its rung."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contracts import (
    NOT_CHECKED,
    PROGRAMS,
    SIDES,
    Condition,
    FindingCode,
    Grade,
    OpenQuestionCode,
    Program,
    ProgramTerms,
    Rule,
    Side,
    Terms,
    Verdict,
)
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
from payers.reading.terms.lines_in_force import Ladder, LinesInForce
from payers.reading.terms.repeated import read_once
from payers.reading.terms.rungs import is_exclusion
from payers.reading.terms.values import marks
from payers.reading.terms.virtual import virtual_of

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_COVERED = {Program.IOP: OpenQuestionCode.IOP_COVERED, Program.PHP: OpenQuestionCode.PHP_COVERED}


_OF_PROGRAM = frozenset(_COVERED.values())

_Decided = tuple[tuple[Level, ...], Decision]
"""The levels of a ladder that was walked, and what it came to."""


class ReadRow(NamedTuple):
    """What was read for a program and a condition, side by side, and what is left to ask.

    It follows from the lines that are ``heard`` and from who ``runs`` the program, and for some lines from the program.
    """

    heard: Ladder
    runs: Sequence[Run | None]
    decided: Mapping[Side, _Decided]
    terms: dict[Side, Terms]
    left_open: tuple[OpenQuestionCode, ...]

    def is_of(self, heard: Ladder, runs: Sequence[Run | None]) -> bool:
        """Whether the same lines are heard, the same companies run it, and no question names the program."""
        return self.heard == heard and self.runs == runs and _OF_PROGRAM.isdisjoint(self.left_open)


class ReadPrograms(NamedTuple):
    """The rows of ``PROGRAMS``, in their order, and what is left to ask."""

    rows: tuple[ProgramTerms, ...]
    left_open: Sequence[tuple[OpenQuestionCode, Program, Condition]]


class ProgramReader:
    """Reads the terms of each program from the lines in force.

    ``left_open``: what is left to ask.
    """

    def __init__(
        self, lines: LinesInForce, patient: Patient, delegated: Delegation, book: Book, *, partly_asked: bool
    ) -> None:
        """Read from ``lines``. ``partly_asked``: an inquiry was not answered, so silence is not yet the payer's."""
        self._lines, self._patient, self._delegated, self._book = lines, patient, delegated, book
        self._partly_asked = partly_asked
        self.left_open: list[tuple[OpenQuestionCode, Program, Condition]] = []
        self._read: dict[Condition, ReadRow] = {}

    def read_all(self) -> ReadPrograms:
        """Return the terms of every program."""
        if self._delegated.runs:
            # The name of whoever runs it stands below a line, and may be a person's.
            return self._read_all()
        # What words say of a patient's age and day is in the facts of a line, which are then that patient's alone.
        asked = [*self._lines.basis, *self._lines.certified]
        beside = (len(self._lines.certified), self._partly_asked)
        return read_once(self._read_all, asked, beside, self._book, lambda found: found.rows)

    def _read_all(self) -> ReadPrograms:
        rows = tuple(
            [
                ProgramTerms(
                    program=program,
                    condition=condition,
                    in_network=sides[Side.IN_NETWORK],
                    out_of_network=sides[Side.OUT_OF_NETWORK],
                )
                for program, condition in PROGRAMS
                for sides in (self.read(program, condition).terms,)
            ]
        )
        return ReadPrograms(rows, tuple(self.left_open))

    def read(self, program: Program, condition: Condition) -> ReadRow:
        """Return the row of a program for a condition."""
        heard = self._lines.heard_by(program, condition)
        runs = [self._delegated.of(program, condition, side) for side in SIDES]
        row = None if condition in self._lines.tells_programs_apart else self._read.get(condition)
        if row is None or not row.is_of(heard, runs):
            # Where no line names a program, what holds for one holds for the other that the same lines are heard for.
            row = self._read[condition] = self._read_row(program, condition, heard, runs)
        self.left_open += [(code, program, condition) for code in row.left_open]
        self._ask_about_words(program, condition)
        return row

    def _read_row(self, program: Program, condition: Condition, heard: Ladder, runs: Sequence[Run | None]) -> ReadRow:
        levels = levels_of(heard)
        # Where nothing that the rows ask holds for one side alone, what holds for one holds for the other.
        are_same = not self._lines.tells_sides_apart and runs[0] == runs[1]
        decided: dict[Side, _Decided] = {}
        terms: dict[Side, Terms] = {}
        left_open: list[OpenQuestionCode] = []
        for side, run in zip(SIDES, runs, strict=True):
            if are_same and terms:
                decided[side], terms[side] = decided[Side.IN_NETWORK], terms[Side.IN_NETWORK]
                continue
            row = Row(program, condition, side, self._lines, self._patient)
            decision = decide(levels[side], program, delegated=run is not None, book=self._book)
            found, leaves_limits_open = self._terms(row, decision, run)
            decided[side], terms[side] = (levels[side], decision), self._with_delivery(row, found)
            left_open += decision.open
            if leaves_limits_open:
                left_open.append(OpenQuestionCode.LIMITS)
        return ReadRow(heard, runs, decided, terms, tuple(left_open))

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
