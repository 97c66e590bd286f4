"""What codes and words make of a line, whatever its figures, dates and place in the reply are.

Found out once for all lines that have the same codes and words, in whatever reply. Source: ``ANSWER.md`` 2.1 to 2.3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from contracts import Benefit, Condition, Dialect, Program
from contracts.benefits import Message
from payers.reading.evidence import Book, show_code
from payers.reading.lines import codes
from payers.reading.lines.code_facts import CodeFacts, code_facts_of
from payers.reading.lines.program_codes import ProgramCodes, program_codes_of
from payers.reading.lines.statements import Effect, Patient, Statement, statements_of
from payers.reading.lines.subject import Subject, subject_of_line
from payers.reading.memory import Remembered, remember
from payers.reading.text import Lexicon, Text, Topic, read_text

_Codes = tuple[Any, ...]
"""The elements of ``_CODES`` of a line, as sent."""

_Texts = tuple[str, ...]

_NOBODY = Patient(None, date.min)


class Reader(NamedTuple):
    """What every line of a reply is read against."""

    dialect: Dialect
    lexicon: Lexicon
    patient: Patient
    book: Book


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What the codes and the words of a line say at one place (``""`` when it has none).

    ``codes``: the codes and words themselves, without figures, dates and the line's place in the reply; its ``plan`` is
    empty where EB05 is the name of the plan. ``types``: the service types without the struck ones. ``conditions``:
    those it speaks for; none where its type and its procedure exclude each other. ``is_behavioral``: its type,
    procedure or words speak of behavioral health. ``named``: the programs that its procedures name.
    ``named_by_procedure``, ``named_by_type``: the programs and conditions that its procedures and its service types
    name. ``statements``: what its words say of each program.
    ``mismatch``: the element whose condition differs from that of the service types; empty when none does.
    ``unknown_types``: service types that no table holds.
    ``asks_for_patient``: its words set an age or a day, so that these are the facts for one patient alone.

    Facts are told apart as objects: what follows from them alone is kept with them, by functions that remember.
    """

    codes: Benefit
    place: str
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
    unknown_types: tuple[str, ...]
    asks_for_patient: bool

    @property
    def is_struck(self) -> bool:
        """Whether nothing is left of its service types."""
        return bool(self.codes.service_types) and not self.types

    @property
    def names_program(self) -> bool:
        """Whether its procedure or its words name a program."""
        return bool(self.named or self.statements)

    @property
    def is_plan_level(self) -> bool:
        """Whether it is the plan's own line, on 30 or on no type and no procedure, and names no program."""
        types = self.codes.service_types
        on_plan = codes.PLAN_TYPE in types or not (types or self.codes.procedure)
        return on_plan and not self.names_program

    @property
    def is_excluded_place(self) -> bool:
        """Whether its place is that of no program."""
        return self.place in codes.EXCLUDED_PLACES

    def names(self, program: Program) -> bool:
        """Whether its procedure or its words name ``program``."""
        return program in self.named or any(one.program is program for one in self.statements)

    def says(self, program: Program, *effects: Effect) -> bool:
        """Whether its words have one of ``effects`` for ``program``."""
        # Most lines have no statement, and are asked many times.
        return bool(self.statements) and any(
            one.program is program and one.effect in effects for one in self.statements
        )


class FactsOfReply:
    """The facts of the lines of one reply. ``products``: names of its plans, which are no words about a program."""

    def __init__(self, reader: Reader, products: frozenset[str]) -> None:
        """Take what the lines are read against."""
        self._products, self._patient = products, reader.patient
        self._known = _known_facts(program_codes_of(reader.dialect), reader.lexicon)

    def of(self, benefit: Benefit) -> tuple[Facts, ...]:
        """Return the facts of a line, place by place; payers write most lines with the same codes and words."""
        plan, sent = benefit.plan, _codes_of(benefit)
        if not (benefit.messages or benefit.places or (plan and plan not in self._products)):
            return self._known.of_codes(sent)
        label = "" if plan in self._products else plan
        messages = tuple([said.text for said in benefit.messages])
        places = tuple([said.text for said in benefit.places])
        # Hardly any words set an age or a day, and those that set none are read once for all patients.
        found = self._known.of_words((sent, label, messages, places))
        if not found[0].asks_for_patient:
            return found
        return self._known.for_patient((sent, label, messages, places, self._patient))


class _KnownFacts(NamedTuple):
    """The facts that were found of all lines that are read against the same codes of programs and the same lexicon.

    ``of_codes``: by the elements of ``_CODES`` of a line without a word or a place. ``of_words``: by these, the label
    in EB05, the messages and the places; ``for_patient``: by these and the patient.
    """

    of_codes: Callable[[_Codes], tuple[Facts, ...]]
    of_words: Callable[[tuple[_Codes, str, _Texts, _Texts]], tuple[Facts, ...]]
    for_patient: Callable[[tuple[_Codes, str, _Texts, _Texts, Patient]], tuple[Facts, ...]]


_CODES = tuple(
    "information level service_types insurance period quantity_kind authorization network procedure_kind procedure"
    " modifiers procedure_end".split()
)
_codes_of: Callable[[Benefit], _Codes] = itemgetter(*map(Benefit._fields.index, _CODES))


@remember(32)
def _known_facts(known: ProgramCodes, lexicon: Lexicon) -> _KnownFacts:
    def read(
        sent: _Codes, plan: str = "", messages: _Texts = (), places: _Texts = (), patient: Patient = _NOBODY
    ) -> tuple[Facts, ...]:
        words = tuple([Message(0, text) for text in messages])
        benefit = Benefit(0, "", plan=plan, messages=words, **dict(zip(_CODES, sent, strict=True)))
        facts = _find(known, lexicon, patient, benefit, messages)
        return _at_places(facts, places) if places else (facts,)

    # Three kinds, so that many words drive no codes out.
    return _KnownFacts(
        of_codes=Remembered(read, 512).__getitem__,
        of_words=Remembered(lambda key: read(*key), 512).__getitem__,
        for_patient=Remembered(lambda key: read(*key), 128).__getitem__,
    )


def _at_places(facts: Facts, places: _Texts) -> tuple[Facts, ...]:
    found = [replace(facts, place=place) for place in dict.fromkeys(place.zfill(2) for place in places)]
    return tuple([replace(one, is_telehealth=True) if one.place in codes.VIRTUAL_PLACES else one for one in found])


def _find(
    known: ProgramCodes, lexicon: Lexicon, patient: Patient, benefit: Benefit, messages: tuple[str, ...]
) -> Facts:
    by_code = code_facts_of(known, benefit.service_types, benefit.procedure, benefit.procedure_end, benefit.modifiers)
    is_behavioral = bool(by_code.of_types)
    text = read_text(messages, lexicon, behavioral=is_behavioral, is_of_other_care=by_code.is_of_other_care)
    plan_text = _read_plan_text(benefit, lexicon, behavioral=is_behavioral)
    conditions, mismatch = _conditions(benefit, by_code, (text, plan_text))
    return Facts(
        codes=benefit,
        place="",
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
        unknown_types=tuple(
            [code for code in benefit.service_types if not (code in codes.KNOWN_TYPES or code in known.service_types)]
        ),
        asks_for_patient=any(
            record.attached.asks_for_patient
            for clause in (*text.clauses, *plan_text.clauses)
            for record in clause.records
        ),
    )


def _read_plan_text(benefit: Benefit, lexicon: Lexicon, *, behavioral: bool) -> Text:
    """EB05, where it is a bare label and not the name of the plan itself ([T18])."""
    if not benefit.plan:
        return Text()
    text = read_text((benefit.plan,), lexicon, behavioral=behavioral)
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
        # Beside a program, labels say of which condition the line speaks, and its clauses where all of them do and none
        # refuses: what is said of one condition and denied of the other is the line's own of neither ([T17], [T20]).
        denies = any(record.positive is False for clause in naming for record in clause.records)
        every = not denies and all(clause.names.conditions for clause in naming)
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
