"""What codes and words make of a line, whatever its figures, dates and side are. Source: ``ANSWER.md`` 2.1 to 2.3.

Found out once for all lines of a reply that have the same codes and words.
"""

from collections.abc import Sequence
from typing import NamedTuple

from contracts import Benefit, Condition, Dialect, Program
from payers.reading.evidence import Book, show_code
from payers.reading.lines import codes
from payers.reading.lines.code_facts import CodeFacts, code_facts_of
from payers.reading.lines.program_codes import program_codes_of
from payers.reading.lines.statements import Patient, Statement, statements_of
from payers.reading.lines.subject import Subject, subject_of_line
from payers.reading.text import Lexicon, Text, Topic, read_text


class Reader(NamedTuple):
    """What every line of a reply is read against."""

    dialect: Dialect
    lexicon: Lexicon
    patient: Patient
    book: Book


class Facts(NamedTuple):
    """What the codes and the words of a line say.

    ``types``: its service types without the struck ones. ``conditions``: those it speaks for; none where its type and
    its procedure exclude each other. ``is_behavioral``: its type, procedure or words speak of behavioral health.
    ``named``: the programs that its procedures name. ``named_by_procedure``, ``named_by_type``: the programs and
    conditions that its procedures and its service types name. ``statements``: what its words say of each program.
    ``mismatch``: the element whose condition differs from that of the service types; empty when none does.
    """

    types: frozenset[str]
    conditions: frozenset[Condition]
    is_behavioral: bool
    named: frozenset[Program]
    named_by_procedure: frozenset[tuple[Program, Condition]]
    named_by_type: frozenset[tuple[Program, Condition]]
    is_group_procedure: bool
    is_other_procedure: bool
    is_telehealth: bool
    statements: tuple[Statement, ...]
    subject: Subject
    text: Text
    mismatch: str


class FactsOfReply:
    """The facts of the lines of one reply. ``products``: names of its plans, which are no words about a program.

    ``own_types``: the service types by which the payer names a program.
    """

    def __init__(self, reader: Reader, products: frozenset[str]) -> None:
        """Begin without a line."""
        self._reader, self._products = reader, products
        self._codes = program_codes_of(reader.dialect)
        self.own_types = frozenset(self._codes.service_types)
        self._known: dict[tuple[object, ...], Facts] = {}

    def of(self, benefit: Benefit) -> Facts:
        """Return the facts of a line; a reply repeats the same codes and words on most of its lines."""
        messages = tuple([said.text for said in benefit.messages])
        key = (
            benefit.information,
            benefit.service_types,
            benefit.plan,
            messages,
            benefit.procedure,
            benefit.procedure_end,
            benefit.modifiers,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(benefit, messages)
        return found

    def _find(self, benefit: Benefit, messages: tuple[str, ...]) -> Facts:
        lexicon, patient = self._reader.lexicon, self._reader.patient
        by_code = code_facts_of(
            self._codes, benefit.service_types, benefit.procedure, benefit.procedure_end, benefit.modifiers
        )
        is_behavioral = bool(by_code.of_types)
        text = read_text(messages, lexicon, behavioral=is_behavioral, is_of_other_care=by_code.is_of_other_care)
        plan_text = self._read_plan_text(benefit, behavioral=is_behavioral)
        conditions, mismatch = _conditions(benefit, by_code, (text, plan_text))
        return Facts(
            types=by_code.types,
            conditions=conditions,
            is_behavioral=bool(by_code.of_types or by_code.named or by_code.is_group_procedure)
            or any(clause.names.behavioral for clause in (*text.clauses, *plan_text.clauses)),
            named=by_code.named,
            named_by_procedure=_named_by_procedure(benefit, by_code, conditions),
            named_by_type=by_code.named_by_type,
            is_group_procedure=by_code.is_group_procedure,
            is_other_procedure=by_code.is_other_procedure,
            is_telehealth=by_code.is_telehealth,
            statements=tuple(statements_of(text, plan_text, benefit.information, patient)),
            subject=subject_of_line(benefit, text, plan_text, patient),
            text=text,
            mismatch=mismatch,
        )

    def _read_plan_text(self, benefit: Benefit, *, behavioral: bool) -> Text:
        """EB05, where it is a bare label and not the name of the plan itself ([T18])."""
        if not benefit.plan or benefit.plan in self._products:
            return Text()
        text = read_text((benefit.plan,), self._reader.lexicon, behavioral=behavioral)
        labels = all(
            clause.is_understood and clause.records and all(record.topic is Topic.LABEL for record in clause.records)
            for clause in text.clauses
        )
        return text if labels else Text()


def _conditions(benefit: Benefit, by_code: CodeFacts, texts: Sequence[Text]) -> tuple[frozenset[Condition], str]:
    """The first that is given of words, modifier, service type and procedure; else both ([L4]). And the mismatch."""
    telling = [
        clause
        for text in texts
        for clause in text.clauses
        if not clause.names.services
        and any(record.topic in _TELLING and record.positive is not False for record in clause.records)
    ]
    naming = [clause for text in texts for clause in text.clauses if clause.names.programs]
    if naming:
        # Beside a program, labels say of which condition the line speaks, and its clauses where all of them do ([T17]).
        every = all(clause.names.conditions for clause in naming)
        telling = [
            clause
            for clause in telling
            if (every and clause.names.programs) or all(record.topic is Topic.LABEL for record in clause.records)
        ]
    of_words = frozenset(condition for clause in telling for condition in clause.names.conditions)
    of_types, of_modifier, of_procedure = by_code.of_types, by_code.of_modifier, by_code.of_procedure
    narrower = of_modifier or of_procedure
    if of_words:
        return of_words, "MSG" if of_types and not of_types & of_words else ""
    if narrower and of_types and not narrower & of_types:
        return frozenset(), show_code("EB13", benefit.procedure, longest=5)
    # A list of types names both conditions where the procedure names one: the procedure's alone is meant.
    return of_modifier or (of_types & of_procedure) or of_types or of_procedure or codes.BOTH, ""


def _named_by_procedure(
    benefit: Benefit, by_code: CodeFacts, conditions: frozenset[Condition]
) -> frozenset[tuple[Program, Condition]]:
    """The programs and conditions that the procedures name: in a range each code those of its own ([L6]).

    The condition of a single code is that of its line, which words and a modifier may have given ([L4]).
    """
    own = frozenset(row for row in by_code.rows_of_procedure if row[1] in conditions)
    if own and benefit.procedure_end and not by_code.of_modifier:
        return own
    return frozenset((program, condition) for program in by_code.named for condition in conditions)


_TELLING = frozenset({Topic.LABEL, Topic.COVERAGE, Topic.COST, Topic.LIMIT, Topic.EXHAUSTED})
