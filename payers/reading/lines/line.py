"""A benefit line with everything that the ladder asks of it, found out once: subjects, condition, network, words.

A benefit at several places is a line for each place. Source: ``ANSWER.md`` 2.1 to 2.3.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts import Benefit, Benefits, Condition, Dialect, FindingCode, Program, Side
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.statements import Effect, Patient, Statement, statements_of
from payers.reading.lines.subject import Subject, subject_of_line
from payers.reading.numbers import amount
from payers.reading.text import Lexicon, Text, Topic, read_text


class Line(NamedTuple):
    """One benefit at one place (``""`` when it has none).

    ``types``: its service types without the struck ones. ``conditions``: those it speaks for; none where its type and
    its procedure exclude each other. ``is_behavioral``: its type, procedure or words speak of behavioral health.
    ``named``: the programs that its procedure names. ``statements``: what its words say of each program. ``age_fits``:
    whether an age in EB09 and EB10 holds; None when it has none. ``is_in_period``: its benefit period holds the day of
    service, so that its figures count.
    """

    reply: int
    benefit: Benefit
    place: str
    types: frozenset[str]
    conditions: frozenset[Condition]
    is_behavioral: bool
    named: frozenset[Program]
    is_group_procedure: bool
    is_other_procedure: bool
    is_telehealth: bool
    statements: tuple[Statement, ...]
    subject: Subject
    text: Text
    age_fits: bool | None = None
    is_base_only: bool = False
    is_in_period: bool = True

    @property
    def is_struck(self) -> bool:
        """Whether nothing is left of its service types."""
        return bool(self.benefit.service_types) and not self.types

    @property
    def is_plan_level(self) -> bool:
        """Whether it is the plan's own line, on 30 or on no type and no procedure, and names no program."""
        on_plan = codes.PLAN_TYPE in self.benefit.service_types or not (
            self.benefit.service_types or self.benefit.procedure
        )
        return on_plan and not self.names_program

    @property
    def names_program(self) -> bool:
        """Whether its procedure or its words name a program."""
        return bool(self.named or self.statements)

    @property
    def is_excluded_place(self) -> bool:
        """Whether its place is that of no program."""
        return self.place in codes.EXCLUDED_PLACES

    def names(self, program: Program) -> bool:
        """Whether its procedure or its words name ``program``."""
        return program in self.named or any(one.program is program for one in self.statements)

    def says(self, program: Program, *effects: Effect) -> bool:
        """Whether its words have one of ``effects`` for ``program``."""
        return any(one.program is program and one.effect in effects for one in self.statements)

    def on(self, side: Side, mark: str, *, marked: bool) -> bool:
        """Whether what it says under the network mark ``mark`` holds for ``side``.

        Without a mark it holds for both, unless another line of the rung is ``marked``.
        """
        if mark in {"Y", "N"}:
            return (mark == "Y") is (side is Side.IN_NETWORK)
        return mark == "W" or not marked


class Reader(NamedTuple):
    """What every line of a reply is read against."""

    dialect: Dialect
    lexicon: Lexicon
    patient: Patient
    book: Book


def lines_of(reply: int, benefits: Benefits, reader: Reader) -> list[Line]:
    """Return every line of one reply, place by place; what is odd about it becomes a finding."""
    is_base_only = _is_base_only(benefits, reader.book)
    products = frozenset(one.plan for one in benefits.lines if one.plan and codes.PLAN_TYPE in one.service_types)
    found: list[Line] = []
    for benefit in benefits.lines:
        _note_unknown(benefit, reader.book)
        found += _lines(reply, benefit, reader, products)
    return [line._replace(is_base_only=True) for line in found] if is_base_only else found


def authorized_of(reply: int, benefits: Benefits, reader: Reader) -> list[Line]:
    """Return what was said of single procedures and their authorization alone; it stands on no rung."""
    found = (_lines(reply, one, reader, frozenset()) for one in benefits.authorizations)
    return [line for lines in found for line in lines]


def _is_base_only(benefits: Benefits, book: Book) -> bool:
    """Whether the reply answers 30 although another type was asked: only the ten base codes came back ([L7])."""
    asked = set(benefits.asked) - codes.BASE_TYPES - {codes.PLAN_TYPE}
    answered = {code for benefit in benefits.lines for code in benefit.service_types}
    if not asked or not answered or answered & asked:
        return False
    if answered <= codes.BASE_TYPES | {codes.PLAN_TYPE}:
        book.find(FindingCode.BASE_CODES_ONLY, None, "asked " + " ".join(sorted(asked)))
        return True
    return False


def _lines(reply: int, benefit: Benefit, reader: Reader, products: frozenset[str]) -> Iterator[Line]:
    types = frozenset(benefit.service_types)
    of_types = frozenset(codes.CONDITION_OF_TYPE[code] for code in types if code in codes.CONDITION_OF_TYPE)
    messages = tuple(said.text for said in benefit.messages)
    other_care = bool(types) and not of_types and not types & codes.GENERAL_TYPES
    text = read_text(messages, reader.lexicon, behavioral=bool(of_types), is_of_other_care=other_care)
    plan_text = _plan_text(benefit, reader.lexicon, products, behavioral=bool(of_types))
    codes_named = frozenset(_procedures(benefit))
    named = frozenset(program for program in Program if codes_named & codes.PROCEDURES[program])
    statements = statements_of(text, plan_text, benefit.information, reader.patient)
    subject = subject_of_line(benefit, text, plan_text, reader.patient)
    behavioral_words = any(clause.names.behavioral for clause in (*text.clauses, *plan_text.clauses))
    is_group = bool(codes_named & codes.GROUP_PROCEDURES)
    line = Line(
        reply=reply,
        benefit=benefit,
        place="",
        types=types - codes.STRUCK_TYPES,
        conditions=_conditions(benefit, of_types, (text, plan_text), codes_named, reader.book),
        is_behavioral=bool(of_types or named or is_group) or behavioral_words,
        named=named,
        is_group_procedure=is_group,
        is_other_procedure=bool(benefit.procedure) and not named and not is_group,
        is_telehealth=bool(codes.TELEHEALTH_MODIFIERS & set(benefit.modifiers)),
        statements=tuple(statements),
        subject=subject,
        text=text,
        age_fits=_age_fits(benefit, reader.patient),
    )
    _note_words(line, reader.book)
    for place in dict.fromkeys(one.text.zfill(2) for one in benefit.places) or ("",):
        yield line._replace(place=place, is_telehealth=line.is_telehealth or place in codes.VIRTUAL_PLACES)


def _plan_text(benefit: Benefit, lexicon: Lexicon, products: frozenset[str], *, behavioral: bool) -> Text:
    """EB05, where it is a bare label and not the name of the plan itself ([T18])."""
    if not benefit.plan or benefit.plan in products:
        return Text()
    text = read_text((benefit.plan,), lexicon, behavioral=behavioral)
    labels = all(
        clause.is_understood and clause.records and all(record.topic is Topic.LABEL for record in clause.records)
        for clause in text.clauses
    )
    return text if labels else Text()


def _procedures(benefit: Benefit) -> Iterator[str]:
    """The codes of the programs that EB13 carries: its own, or every one in its range ([L6])."""
    known = (*codes.CONDITIONS_OF_PROCEDURE,)
    first, last = benefit.procedure, benefit.procedure_end
    if first in known:
        yield first
    if first and last and len(first) == len(last) and first[0] == last[0]:
        yield from (code for code in known if code[0] == first[0] and first <= code <= last)


def _conditions(
    benefit: Benefit,
    of_types: frozenset[Condition],
    texts: Sequence[Text],
    procedures: frozenset[str],
    book: Book,
) -> frozenset[Condition]:
    """The first that is given of words, modifier, service type and procedure; else both ([L4])."""
    of_words = frozenset(
        condition
        for text in texts
        for clause in text.clauses
        if not clause.names.services
        and any(record.topic in _TELLING and record.positive is not False for record in clause.records)
        for condition in clause.names.conditions
    )
    of_modifier = frozenset(
        codes.CONDITION_OF_MODIFIER[one] for one in benefit.modifiers if one in codes.CONDITION_OF_MODIFIER
    )
    of_procedure = frozenset(condition for code in procedures for condition in codes.CONDITIONS_OF_PROCEDURE[code])
    narrower = of_modifier or of_procedure
    if of_words:
        if of_types and not of_types & of_words:
            book.find(FindingCode.CONDITION_MISMATCH, benefit.at, "MSG")
        return of_words
    if narrower and of_types and not narrower & of_types:
        book.find(FindingCode.CONDITION_MISMATCH, benefit.at, _shown("EB13", benefit.procedure, longest=5))
        return frozenset()
    # A list of types names both conditions where the procedure names one: the procedure's alone is meant.
    return of_modifier or (of_types & of_procedure) or of_types or of_procedure or codes.BOTH


_TELLING = frozenset({Topic.LABEL, Topic.COVERAGE, Topic.COST, Topic.LIMIT, Topic.EXHAUSTED})


def _age_fits(benefit: Benefit, patient: Patient) -> bool | None:
    if benefit.quantity_kind not in {codes.HIGHEST_AGE, codes.LOWEST_AGE}:
        return None
    bound = amount(benefit.quantity)
    if bound is None or patient.age is None:
        return False
    return patient.age <= bound if benefit.quantity_kind == codes.HIGHEST_AGE else patient.age >= bound


def _note_words(line: Line, book: Book) -> None:
    """Enter every clause that is not understood, every program denied or excepted ([T12], [T16], [T21])."""
    benefit = line.benefit
    for clause in line.text.clauses:
        about_service = clause.names.services and not clause.names.programs
        if not clause.is_understood and not about_service:
            said = benefit.messages[min(clause.messages)] if clause.messages else None
            words = " ".join(clause.unknown) or "polarity"
            book.find(FindingCode.MESSAGE_NOT_UNDERSTOOD, said.at if said else benefit.at, words)
    for one in line.statements:
        at = benefit.messages[one.messages[0]].at if one.messages else benefit.at
        if one.effect in {Effect.REFUSES, Effect.EXCEPTS}:
            book.find(FindingCode.DENIED_PHRASE, at, one.program.value)
        elif one.effect is Effect.STOPS and one.is_understood:
            book.find(FindingCode.MESSAGE_NOT_UNDERSTOOD, at, "condition")
        elif one.effect is Effect.EXHAUSTED:
            book.find(FindingCode.EXHAUSTED, at, one.program.value)
    if any(
        record.topic is Topic.COVERAGE and record.positive is False and (record.names.services or record.names.parts)
        for clause in line.text.clauses
        for record in clause.records
        if clause.is_understood and not record.names.programs
    ):
        book.find(FindingCode.EXCLUSION, benefit.at, "MSG")
    closes = benefit.information in codes.CLOSING
    if closes and any(
        record.topic is Topic.COVERAGE and record.positive and record.names.programs
        for clause in line.text.clauses
        for record in clause.records
    ):
        book.find(FindingCode.CONTRADICTION, benefit.at, f"MSG:EB01={benefit.information}")


def _note_unknown(benefit: Benefit, book: Book) -> None:
    for name, value, known in (
        ("EB01", benefit.information, codes.KNOWN_INFORMATION),
        ("EB02", benefit.level, codes.KNOWN_LEVELS),
        ("EB04", benefit.insurance, codes.KNOWN_INSURANCES),
        ("EB06", benefit.period, codes.KNOWN_PERIODS),
        ("EB09", benefit.quantity_kind, codes.KNOWN_QUANTITIES),
        ("EB11", benefit.authorization, _YES_NO),
        ("EB12", benefit.network, _SIDES),
    ):
        if (value or name == "EB01") and value not in known:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, _shown(name, value))
    if benefit.information in codes.NOT_UNDERSTOOD:
        book.find(FindingCode.UNKNOWN_CODE, benefit.at, f"EB01={benefit.information}")
    for code in benefit.service_types:
        if code not in codes.KNOWN_TYPES:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, _shown("EB03", code))


_YES_NO = frozenset("YNU")
_SIDES = frozenset("YNUW")


def _shown(name: str, code: str, *, longest: int = 3) -> str:
    """A code that fits its element is shown; anything else may be words, which a finding never holds."""
    return f"{name}={code}" if len(code) <= longest and code.isascii() and code.isalnum() else name
