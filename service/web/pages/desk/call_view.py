"""What the call sheet shows: the calls with their questions in order, each with its field and what was said to it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from contracts.report.words import CONDITION
from service.guidance.call_sheet import CallQuestion, CallSheet, Looking, PhoneLine, calls_about, questions_of
from service.guidance.report.wording import SOURCE, describe_statement
from service.guidance.vob_points import AnswerKind, CallPart
from service.guidance.vob_values import CallNote, Provenance, VobEntry, VobStatement
from service.security.access import Caller
from service.web.pages.desk.call_form import ABOUT_CALL, NOTHING_TYPED, VALUE, CallProblem, TypedAnswer, TypedCall
from service.web.pages.desk.formats import write_time

SAME_CALL = timedelta(hours=4)
"""For so long after a call was noted its representative stands in the form of whoever noted it."""

REPRESENTATIVE = 56
"""The point of who answers under which number: the form has fields for it, once for a whole call."""

PARTS: Mapping[CallPart, str] = {
    CallPart.WHO: "Who answers for this benefit",
    CallPart.PLAN: "The plan",
    CallPart.LEVEL_OF_CARE: "Level of care",
    CallPart.MONEY: "Deductible and maximum",
    CallPart.PROGRAM_RULES: "Rules of the programs",
    CallPart.CONTRACT: "Our contract",
    CallPart.CLOSE: "Before you hang up",
}

HINTS: Mapping[AnswerKind, str] = {
    AnswerKind.MONEY: "Dollars, such as 1,500",
    AnswerKind.SHARE: "Percent, such as 20%",
    AnswerKind.NUMBER: "A number",
    AnswerKind.DAY: "Month/day/year",
}


class SpokenWords(NamedTuple):
    """What one source says of a point: who, in words, when it was said, and the lines that it rests on."""

    source: str
    text: str
    when: str
    evidence: tuple[str, ...]


class QuestionField(NamedTuple):
    """One question with its field. ``id`` is that of the field of its value, ``answers`` what was said by phone so far.

    ``place`` is where it stands on the page.
    """

    entry: str
    place: str
    id: str
    ask: str
    kind: str
    hint: str
    typed: TypedAnswer
    error: str
    answers: tuple[SpokenWords, ...]


class QuestionGroup(NamedTuple):
    """Questions that belong together, under one heading."""

    title: str
    questions: tuple[QuestionField, ...]


class CallShown(NamedTuple):
    """One call: whom to call, in order, and what to ask."""

    phones: tuple[PhoneLine, ...]
    groups: tuple[QuestionGroup, ...]
    open: int


class PhonePoint(NamedTuple):
    """A point of which something was said by phone, beside what others say; ``differs`` where they disagree."""

    label: str
    differs: bool
    replies: tuple[SpokenWords, ...]
    calls: tuple[SpokenWords, ...]


def place_of(entry: str) -> str:
    """Return the id of the place on the page where an entry's question stands."""
    return f"q-{entry.replace('.', '-')}"


def list_calls(
    looking: Looking, sheet: CallSheet, typed: TypedCall | None, problems: Sequence[CallProblem] = ()
) -> tuple[CallShown, ...]:
    """Return the calls with every question that is open, or was answered by phone, in the order of the call."""
    entries = {one.id: one for one in sheet.record}
    asked = [
        one
        for one in sheet.record
        if one.ask is not None and one.point != REPRESENTATIVE and (one.is_open or _by_phone(one))
    ]
    errors = {one.field: one.text for one in problems}
    notes = {one.number: one for one in sheet.notes}

    def field(question: CallQuestion) -> QuestionField:
        entry = entries[question.entry]
        name = VALUE + entry.id
        return QuestionField(
            entry=entry.id,
            place=place_of(entry.id),
            id=name,
            ask=question.ask,
            kind=entry.kind.value,
            hint=HINTS.get(entry.kind, ""),
            typed=NOTHING_TYPED if typed is None else typed.answer(entry.id),
            error=errors.get(name, ""),
            answers=tuple(_words_of(entry, one, notes) for one in _by_phone(entry)),
        )

    return tuple(
        CallShown(
            phones=call.phones,
            groups=tuple(
                QuestionGroup(title, tuple(field(one) for one in group))
                for title, group in groupby(call.questions, key=_title)
            ),
            open=sum(entries[one.entry].is_open for one in call.questions),
        )
        for call in calls_about(looking.answer, looking.card, questions_of(asked))
    )


def _title(question: CallQuestion) -> str:
    title = PARTS[question.part]
    if question.program is None or question.condition is None:
        return title
    return f"{title}: {question.program.value.upper()} for {CONDITION[question.condition.value]}"


def _by_phone(entry: VobEntry) -> list[VobStatement]:
    return [one for one in entry.statements if one.provenance is Provenance.PHONE]


def _words_of(entry: VobEntry, statement: VobStatement, notes: Mapping[int, CallNote]) -> SpokenWords:
    note = None if statement.note is None else notes.get(statement.note)
    source = SOURCE[statement.provenance] if note is None else note.representative
    when = "" if note is None else write_time(note.called_at)
    return SpokenWords(source, describe_statement(entry, statement), when, statement.evidence)


def points_by_phone(sheet: CallSheet) -> Iterator[PhonePoint]:
    """Yield the points of which something was said by phone, with all that is said of them."""
    notes = {one.number: one for one in sheet.notes}
    for entry in sheet.record:
        phone = _by_phone(entry)
        if phone:
            yield PhonePoint(
                label=_label(entry),
                differs=entry.contradicts,
                replies=tuple(_words_of(entry, one, notes) for one in entry.statements if one not in phone),
                calls=tuple(_words_of(entry, one, notes) for one in phone),
            )


def _label(entry: VobEntry) -> str:
    about = (
        f" ({entry.program.value.upper()} for {CONDITION[entry.condition.value]})"
        if entry.program and entry.condition
        else ""
    )
    return f"{entry.label[:1].upper()}{entry.label[1:]}{about}"


def calls_before(sheet: CallSheet) -> tuple[CallNote, ...]:
    """Return the calls that were made, each once: answers that were kept one after the other belong to one call."""
    found: dict[tuple[object, ...], CallNote] = {}
    for one in sheet.notes:
        key = (one.recorded_by, one.representative, one.reference_number, one.called_at.date())
        earlier = found.get(key)
        answers = one.answers if earlier is None else (*earlier.answers, *one.answers)
        found[key] = one.model_copy(update={"answers": answers})
    return tuple(found.values())


def details_of_last_call(sheet: CallSheet, caller: Caller, now: datetime) -> dict[str, str]:
    """Return who answers the call that ``caller`` is making, as noted with its first answer; empty without one."""
    nothing = dict.fromkeys(ABOUT_CALL, "")
    last = next((one for one in reversed(sheet.notes) if one.recorded_by == caller.id), None)
    if last is None or now - last.recorded_at > SAME_CALL:
        return nothing
    return nothing | {name: getattr(last, name) or "" for name in ("representative", "reference_number", "department")}


def next_place(calls: Sequence[CallShown], answered: Sequence[str]) -> str:
    """Return the place of the first question behind those that were ``answered`` to which nothing was said yet."""
    questions = [one for call in calls for group in call.groups for one in group.questions]
    last = max((number for number, one in enumerate(questions) if one.entry in answered), default=-1)
    return next((one.place for one in questions[last + 1 :] if not one.answers), "saved")
