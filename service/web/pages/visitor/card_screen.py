"""The second screen: the details as they are printed on the card, and only those that this payer's card asks for."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from contracts import Card, Relationship
from contracts.wording import Both, format_day
from service.web.pages.visitor.checks import Checked, Circumstances, Doubt, ShownError
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.inputs import InputReading, dates, member_ids, names
from service.web.pages.visitor.texts import DOUBT, ERROR

DATE_PARTS = ("month", "day", "year")
SUBSCRIBER_FIELDS = ("subscriber_first_name", "subscriber_last_name", "subscriber_birth_date")

INPUTS = (
    *("first_name", "last_name", "member_id", "group_number", "is_subscriber", "relationship"),
    *(f"birth_date_{part}" for part in DATE_PARTS),
    *("subscriber_first_name", "subscriber_last_name"),
    *(f"subscriber_birth_date_{part}" for part in DATE_PARTS),
)

ORDER = ("first_name", "last_name", "birth_date", "member_id", "group_number")
"""In which the details stand on the screen."""


def fields_of(card: Card) -> tuple[str, ...]:
    """Return the details that the payer of ``card`` needs, in the order of the screen."""
    needed = {field for group in card.needs for field in group}
    return tuple(field for field in ORDER if field in needed)


def check_card_screen(draft: VisitorDraft, given: Circumstances) -> Checked:
    """Return ``draft`` with what its inputs were read as. Of a group of details one is enough, as the payer needs."""
    if given.card is None:
        return Checked(draft)
    fields = fields_of(given.card)
    is_dependent = draft.typed.get("is_subscriber") == "no"
    asked = (*fields, *(SUBSCRIBER_FIELDS if is_dependent else ()))
    found = {field: _read(field, draft.typed, given) for field in asked}
    missing = {field for field, reading in found.items() if reading.value is None}
    excused = {
        field
        for group in given.card.needs
        if any(one in found and one not in missing for one in group)
        for field in group
        if not _holds_words(field, draft.typed)
    }
    values: dict[str, Any] = dict.fromkeys((*ORDER, *SUBSCRIBER_FIELDS))
    values |= {field: reading.value for field, reading in found.items()}
    values["is_subscriber"] = _one_of(draft.typed.get("is_subscriber"), ("yes", "no", "unsure"))
    values["relationship"] = _relationship(draft.typed.get("relationship")) if is_dependent else None
    errors = [ShownError(_first_input(field), getattr(ERROR, field)) for field in asked if field in missing - excused]
    if values["is_subscriber"] is None:
        errors.append(ShownError("is_subscriber", ERROR.is_subscriber))
    return Checked(draft.model_copy(update=values), tuple(errors), tuple(_doubts(found, given.card)))


def _read(field: str, typed: Mapping[str, str], given: Circumstances) -> InputReading[Any]:
    if field.endswith("birth_date"):
        boxes = [typed.get(f"{field}_{part}", "") for part in DATE_PARTS]
        return dates.read_birth_date(*boxes, today=given.today)
    text = typed.get(field, "")
    if field == "member_id":
        return member_ids.read_member_id(text, given.card)
    return _READERS.get(field, names.read_name)(text)


_READERS: Mapping[str, Callable[[str], InputReading[str]]] = {"group_number": member_ids.read_group_number}


def _holds_words(field: str, typed: Mapping[str, str]) -> bool:
    inputs = [f"{field}_{part}" for part in DATE_PARTS] if field.endswith("birth_date") else [field]
    return any(typed.get(one, "").strip() for one in inputs)


def _first_input(field: str) -> str:
    return f"{field}_{DATE_PARTS[0]}" if field.endswith("birth_date") else field


def _doubts(found: Mapping[str, InputReading[Any]], card: Card) -> Iterator[Doubt]:
    for field, reading in found.items():
        if reading.value is not None and reading.doubt is not None:
            words: Both = getattr(DOUBT, reading.doubt)
            filled: dict[str, Both | str] = {
                "date": format_day(reading.value) if isinstance(reading.value, date) else "",
                "payer": card.name,
                "example": card.member_id.example if card.member_id else "",
            }
            yield Doubt(_first_input(field), reading.doubt, words.fill(**filled))


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str | None:
    return value if value in allowed else None


def _relationship(value: str | None) -> Relationship:
    return Relationship(value) if value in set(Relationship) else Relationship.OTHER
