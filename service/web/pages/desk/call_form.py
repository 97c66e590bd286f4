"""What a clerk typed on the call sheet, as it was typed and as the note of a call that is kept."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import orjson

from service.batches.roster.dates import DateRefused, read_date
from service.guidance.vob_points import AnswerKind
from service.guidance.vob_values import NOT_KNOWN, VobEntry

VALUE, UNKNOWN, REMARK = "value.", "unknown.", "remark."
"""What the names of an entry's three fields begin with."""

ABOUT_CALL = ("representative", "reference_number", "department", "remark")
"""The fields that are filled in once for a call."""


class TypedAnswer(NamedTuple):
    """What was typed for one question: its value, whether they do not know it, and a remark."""

    value: str = ""
    unknown: bool = False
    remark: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.value.strip() or self.unknown or self.remark.strip())


NOTHING_TYPED = TypedAnswer()


class TypedCall(NamedTuple):
    """A call sheet as it was sent: which version was seen, who answered, and what was typed for each entry."""

    seen: int
    about: Mapping[str, str]
    answers: Mapping[str, TypedAnswer]

    def answer(self, entry: str) -> TypedAnswer:
        """Return what was typed for an entry."""
        return self.answers.get(entry, NOTHING_TYPED)


def read_call(form: Mapping[str, str]) -> TypedCall:
    """Return what was typed. A version that is no number is that of a sheet that nobody has seen."""
    seen = form.get("version", "")
    entries = {name.removeprefix(VALUE).removeprefix(UNKNOWN).removeprefix(REMARK) for name in form if "." in name}
    answers = {
        entry: TypedAnswer(form.get(VALUE + entry, ""), UNKNOWN + entry in form, form.get(REMARK + entry, ""))
        for entry in entries
    }
    return TypedCall(
        seen=int(seen) if re.fullmatch("[0-9]{1,9}", seen) else -1,
        about={name: form.get(name, "").strip() for name in ABOUT_CALL},
        answers={entry: one for entry, one in answers.items() if not one.is_empty},
    )


class CallProblem(NamedTuple):
    """What is wrong with a field: its id on the page, and what to do, in words."""

    field: str
    text: str


class ReadCall(NamedTuple):
    """A call as the interface takes it: JSON, the entries in the order of its answers, and what could not be read."""

    body: bytes
    entries: tuple[str, ...]
    problems: tuple[CallProblem, ...]


def body_of(typed: TypedCall, record: Iterable[VobEntry], now: datetime, today: date) -> ReadCall:
    """Return what was typed as the body of a call note, its answers in the order of the record."""
    answers, problems = [], list(_problems_about(typed))
    for entry in record:
        one = typed.answer(entry.id)
        if one.is_empty:
            continue
        try:
            value = NOT_KNOWN if one.unknown else value_of(entry.kind, one.value, today)
        except ValueError as wrong:
            problems.append(CallProblem(VALUE + entry.id, str(wrong)))
        else:
            answers.append({"entry": entry.id, "value": value, "remark": one.remark.strip() or None})
    about = {name: value or None for name, value in typed.about.items()}
    body = {**about, "called_at": now.isoformat(), "answers": answers}
    return ReadCall(orjson.dumps(body), tuple(str(one["entry"]) for one in answers), tuple(problems))


def _problems_about(typed: TypedCall) -> Iterator[CallProblem]:
    if not typed.about["representative"]:
        yield CallProblem("representative", "Write who answers: their first name is enough")
    if not typed.answers and not typed.about["remark"]:
        yield CallProblem("remark", "Answer a question, or write what else was said")


def value_of(kind: AnswerKind, text: str, today: date) -> str:
    """Return what a person typed in the form of its kind. Raises ``ValueError`` with what to write instead."""
    text = text.strip()
    if not text:
        raise ValueError("Write the answer beside your remark, or choose that they don't know")
    match kind:
        case AnswerKind.YES_NO | AnswerKind.TEXT:
            return text
        case AnswerKind.MONEY:
            return str(_number(text.replace("$", ""), "Write dollars, such as 1,500 or 30.00"))
        case AnswerKind.NUMBER:
            return str(_number(text, "Write a number alone, such as 30; a remark holds the rest"))
        case AnswerKind.SHARE:
            return _share(text)
        case AnswerKind.DAY:
            return _day(text, today)


def _number(text: str, otherwise: str) -> Decimal:
    try:
        plain = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        raise ValueError(otherwise) from None
    if not plain.is_finite() or plain < 0:
        raise ValueError(otherwise)
    return plain


def _share(text: str) -> str:
    """Return a percentage as a share. ``1`` alone may be 1 or 100 percent, and is asked about."""
    written = _number(text.replace("%", ""), "Write a percentage, such as 20%")
    if written > 100:
        raise ValueError("Write a percentage of at most 100%")
    if "%" not in text and 0 < written <= 1:
        raise ValueError("Write it with a percent sign, such as 20%")
    return f"{(written / 100).normalize():f}"


def _day(text: str, today: date) -> str:
    try:
        return read_date(text, today).isoformat()
    except DateRefused:
        raise ValueError("Write the date as month/day/year, such as 12/31/2026") from None
