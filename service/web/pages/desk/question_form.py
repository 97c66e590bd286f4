"""Reads the form of a new verification: each field as it is typed, as it was read, and what is wrong or doubtful."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from contracts import Card, Member, Purpose, Question, Relationship, Subscriber, is_service_date_near
from contracts.report.words import format_day
from service.plugins.payer_search import PayerSearch
from service.verification.question_fields import check_words
from service.web.pages.visitor.inputs import InputReading
from service.web.pages.visitor.inputs.dates import read_birth_date
from service.web.pages.visitor.inputs.member_ids import LOOKS_UNUSUAL, read_group_number, read_member_id
from service.web.pages.visitor.inputs.names import HOLDS_A_NUMBER, read_name
from service.web.services import Services

_US = re.compile(r"(\d{1,2})\s*[/-]\s*(\d{1,2})\s*[/-]\s*(\d{4})")

LONGEST_REFERENCE = 200

DOUBTS = {
    LOOKS_UNUSUAL: "This payer's IDs usually look different. Compare it with the card; ask again to send it as it is.",
    HOLDS_A_NUMBER: "There is a number in the name. Compare it with the card; ask again to send it as it is.",
    "date_read_as": "This date can be read in two ways. It was read as {day}. Ask again if that is right.",
}
WRONG = {
    "payer": "Write the name of the insurance as it stands on the card",
    "first_name": "Write the first name",
    "last_name": "Write the last name",
    "birth_date": "Write the birth date as month, day and year, such as 04/12/1990",
    "member_id": "Write the member ID as it stands on the card",
    "group_number": "Write the group number as it stands on the card",
    "service_date": "Write the service date as month, day and year, such as 12/15/2026",
    "reference": f"Write your reference in at most {LONGEST_REFERENCE} letters, digits and signs",
}

PERSON = ("first_name", "last_name", "birth_date", "member_id")


class QuestionForm(NamedTuple):
    """What was typed, by field; what is wrong with it; what is doubtful; and the question, where nothing is wrong.

    ``candidates`` are payers that the text may mean, as id and name; ``card`` is the one that is meant.
    """

    typed: Mapping[str, str]
    card: Card | None
    candidates: tuple[tuple[str, str], ...]
    errors: Mapping[str, str]
    doubts: Mapping[str, str]
    question: Question | None

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return "QuestionForm(…)"


def needed_fields(card: Card | None) -> frozenset[str]:
    """Return the fields that the form shows: those that ``card`` needs, or most cards where none is chosen."""
    if card is None:
        return frozenset({"first_name", "last_name", "birth_date", "member_id"})
    return frozenset(name for group in card.needs for name in group)


def read_question(typed: Mapping[str, str], services: Services) -> QuestionForm:
    """Return what the form ``typed`` asks."""
    today = services.today()
    card, candidates = _find_card(typed.get("payer", ""), services)
    reader = _FieldReader(typed, card, today)
    errors: dict[str, str] = {} if card else {"payer": "Choose which one is meant" if candidates else WRONG["payer"]}
    member = reader.read("", needed_fields(card) | {"group_number"})
    holder = None
    if any(typed.get(f"subscriber_{name}", "").strip() for name in PERSON):
        relationship = typed.get("relationship", "")
        kind = Relationship(relationship) if relationship in set(Relationship) else Relationship.OTHER
        holder = Subscriber(**reader.read("subscriber_", frozenset(PERSON)), relationship=kind)
    service_date, reference = (
        _service_date(typed.get("service_date", ""), today),
        _reference(typed.get("reference", "")),
    )
    unread = {"service_date": service_date, "reference": reference}
    errors |= reader.errors | {name: WRONG[name] for name, value in unread.items() if value is None}
    question = None
    if card is not None and not errors:
        question = Question(
            payer=card.id,
            member=Member(**member),
            subscriber=holder,
            provider=services.provider,
            service_date=service_date or today,
            purpose=Purpose(typed["purpose"]) if typed.get("purpose") in set(Purpose) else Purpose.PROSPECT,
            reference=reference or None,
        )
        errors = {name: WRONG[name] for name in card.missing(question)}
    return QuestionForm(typed, card, candidates, errors, reader.doubts, None if errors else question)


def _find_card(text: str, services: Services) -> tuple[Card | None, tuple[tuple[str, str], ...]]:
    directory = services.directory
    if not text.strip():
        return None, ()
    found = PayerSearch(directory).find(text)
    if found.payer is not None:
        return directory.adapter(found.payer).card, ()
    return None, tuple((one, directory.adapter(one).card.name) for one in found.candidates)


class _FieldReader:
    """Reads the fields of one person after the other, and gathers what is wrong and what is doubtful."""

    def __init__(self, typed: Mapping[str, str], card: Card | None, today: date) -> None:
        self._typed, self._card, self._today = typed, card, today
        self.errors: dict[str, str] = {}
        self.doubts: dict[str, str] = {}

    def read(self, prefix: str, names: frozenset[str]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name in sorted(names):
            text = self._typed.get(prefix + name, "").strip()
            if not text:
                continue
            reading = self._read_one(name, text)
            if reading.value is None:
                self.errors[prefix + name] = WRONG[name]
            elif reading.doubt is not None:
                day = format_day(reading.value) if isinstance(reading.value, date) else ""
                self.doubts[prefix + name] = DOUBTS[reading.doubt].format(day=day)
            found[name] = reading.value
        return found

    def _read_one(self, name: str, text: str) -> InputReading[str] | InputReading[date]:
        if name == "birth_date":
            return read_day(text, self._today)
        if name == "member_id":
            return read_member_id(text, self._card)
        return read_group_number(text) if name == "group_number" else read_name(text)


def read_day(text: str, today: date) -> InputReading[date]:
    """Return a birth date: the field asks for month, day and year in this order, and takes other forms too."""
    match = _US.fullmatch(text.strip())
    return read_birth_date(*match.groups(), today=today) if match else read_birth_date(text, "", "", today=today)


def _service_date(text: str, today: date) -> date | None:
    """Return the day that care begins, ``today`` where nothing was typed; None for no day, and one far from today."""
    day = read_us_date(text.strip()) if text.strip() else today
    return day if day is not None and is_service_date_near(day, today) else None


def read_us_date(text: str) -> date | None:
    """Return a day that is typed as month, day and year, or sent as ``2026-12-15``; None for no day."""
    match = _US.fullmatch(text)
    try:
        return date(*(int(match[part]) for part in (3, 1, 2))) if match else date.fromisoformat(text)
    except ValueError:
        return None


def _reference(text: str) -> str | None:
    """Return a reference without needless spaces, empty where nothing was typed; None for one that is refused."""
    try:
        plain = check_words(text) if text.strip() else ""
    except ValueError:
        return None
    return plain if len(plain) <= LONGEST_REFERENCE else None
