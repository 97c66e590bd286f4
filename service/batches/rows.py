"""A row of a roster: the question that it asks, or why it can't be asked. Every reader of rosters yields these.

A reader finds out which cell of a row is which column of ours and hands the texts to ``row_of``, which checks them by
the same fields as every other way in. Identifiers are text: nothing here makes a number of one.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from contracts import (
    Condition,
    Delivery,
    Member,
    Provider,
    Purpose,
    Question,
    Relationship,
    Subscriber,
    is_service_date_near,
    spell,
)
from contracts.vocabulary import Confidential
from service.plugins.loading import Directory
from service.store.batch_values import RowFault
from service.verification.question_fields import BirthDate, GroupNumber, MemberId, Name


class RosterRow(NamedTuple):
    """A row that can be asked. ``number`` is its place in the file, as a spreadsheet program shows it.

    ``question`` is spelt as its payer wants it. ``warnings`` are what somebody should look at; the row is asked
    all the same. ``keeps_purpose`` says that the row names no purpose, so that the member's last one stays.
    """

    number: int
    question: Question
    warnings: tuple[RowFault, ...] = ()
    keeps_purpose: bool = False

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"RosterRow(number={self.number})"


class RefusedRow(NamedTuple):
    """A row that can't be asked, and everything that is wrong with it.

    ``reference`` is the caller's own id for it, where it could be read.
    """

    number: int
    faults: tuple[RowFault, ...]
    reference: str | None = None

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"RefusedRow(number={self.number}, faults={len(self.faults)})"


class RosterTerms(NamedTuple):
    """What every row of a roster is read by: the payers, who asks, and the date of service when the row names none."""

    directory: Directory
    provider: Provider
    today: date


Reference = Annotated[str, Field(min_length=1, max_length=200)]


def _check_iso(value: object) -> object:
    """Refuse what is no date in the form YYYY-MM-DD: pydantic would take a number for seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise PydanticCustomError("date_parsing", "not a date")
    return value


_ISO = BeforeValidator(_check_iso)


class RowCells(Confidential):
    """The columns of a roster, each a text as the file has it; a cell that is absent or empty is None.

    ``payer`` is a card's id or one of its aliases; dates are ISO; ``conditions`` are words with a space or a comma
    between them; ``relationship`` is the patient's to the subscriber.
    """

    payer: Annotated[str, Field(max_length=80)]
    first_name: Name | None = None
    last_name: Name | None = None
    birth_date: Annotated[BirthDate | None, _ISO] = None
    member_id: MemberId | None = None
    group_number: GroupNumber | None = None
    subscriber_first_name: Name | None = None
    subscriber_last_name: Name | None = None
    subscriber_birth_date: Annotated[BirthDate | None, _ISO] = None
    subscriber_member_id: MemberId | None = None
    relationship: Relationship = Relationship.OTHER
    service_date: Annotated[date | None, _ISO] = None
    delivery: Delivery = Delivery.EITHER
    conditions: tuple[Condition, ...] = tuple(Condition)
    purpose: Purpose | None = None
    reference: Reference | None = None


COLUMNS = tuple(RowCells.model_fields)
"""The names of the columns, in the order in which they are documented."""

_SUBSCRIBER = {
    "first_name": "subscriber_first_name",
    "last_name": "subscriber_last_name",
    "birth_date": "subscriber_birth_date",
    "member_id": "subscriber_member_id",
}


def row_of(
    number: int, cells: Mapping[str, str], terms: RosterTerms, names: Mapping[str, str] | None = None
) -> RosterRow | RefusedRow:
    """Return the row that ``cells`` make, texts by the names of ``COLUMNS``.

    ``names`` are what the file calls those columns, for what is said to people.
    """
    names = names or {}
    given = {column: text.strip() for column, text in cells.items() if text and not text.isspace()}
    reference = given.get("reference")
    values: dict[str, object] = dict(given)
    if "conditions" in given:
        values["conditions"] = tuple(given["conditions"].replace(",", " ").lower().split())
    try:
        read = RowCells.model_validate(values)
    except ValidationError as wrong:
        faults = tuple(_fault_of(error, names) for error in wrong.errors(include_input=False, include_url=False))
        return RefusedRow(number, tuple(dict.fromkeys(faults)), reference)
    return _row_of_cells(number, read, terms, names)


def _row_of_cells(number: int, read: RowCells, terms: RosterTerms, names: Mapping[str, str]) -> RosterRow | RefusedRow:
    payer = terms.directory.resolve(read.payer)
    if payer is None:
        return RefusedRow(number, (fault("payer", "unknown", names),), read.reference)
    later = [
        name for name in ("birth_date", "subscriber_birth_date") if (getattr(read, name) or terms.today) > terms.today
    ]
    if later:
        return RefusedRow(number, tuple(fault(name, "in_the_future", names) for name in later), read.reference)
    if read.service_date is not None and not is_service_date_near(read.service_date, terms.today):
        return RefusedRow(number, (fault("service_date", "far_from_today", names),), read.reference)
    card = terms.directory.adapter(payer).card
    holder = {field: getattr(read, column) for field, column in _SUBSCRIBER.items()}
    member = ("first_name", "last_name", "birth_date", "member_id", "group_number")
    question = Question(
        payer=payer,
        member=Member(**{name: getattr(read, name) for name in member}),
        subscriber=Subscriber(**holder, relationship=read.relationship) if any(holder.values()) else None,
        provider=terms.provider,
        service_date=read.service_date or terms.today,
        delivery=read.delivery,
        conditions=tuple(one for one in Condition if one in read.conditions),
        purpose=read.purpose or Purpose.PROSPECT,
        reference=read.reference,
    )
    question = spell(question, card)
    missing = card.missing(question)
    if missing:
        return RefusedRow(number, tuple(fault(name, "missing", names) for name in missing), read.reference)
    return RosterRow(number, question, keeps_purpose=read.purpose is None)


_MEND = {
    "missing": "fill in this cell",
    "no_route": "set up a route to this payer, or leave the row out",
    "unknown": "write a payer's id as `benefits payers` lists them",
    "in_the_future": "write the date of birth",
    "far_from_today": "write a date within three years of today, or leave the cell empty for today",
    "not_a_date": "write the date as YYYY-MM-DD",
    "not_one_of": "write one of the words that the column takes",
    "too_long": "shorten it; it may be a note in the wrong column",
    "too_short": "write the whole id",
    "blank": "fill in this cell",
    "bad_value": "write it as it stands on the member's card",
    "malformed": "write one row of the roster there, with as many cells as the header has",
    "uncertain": "write the payer's id, as `benefits payers` lists them",
    "ambiguous_date": "write the date as YYYY-MM-DD, or say in a mapping file which of day and month stands first",
    "two_digit_year": "write the year with four digits",
    "serial_date": "give the cell the form of a date, or write the date as YYYY-MM-DD",
    "digits_lost": "write the id as it stands on the card, in a cell whose form is text",
    "not_an_id": "write the id as it stands on the card, in a cell whose form is text",
    "several_ids": "write the one id that shall be asked about; a second plan is a row of its own",
    "nickname": "compare it with the card: a name in quotation marks or parentheses does not stand there",
    "numeric_id": "compare it with the card: zeros at its start may be lost, since the cell is a number",
    "looks_like_a_date": "write the id there; the columns may be swapped",
    "looks_like_an_id": "write the name there; the columns may be swapped",
    "looks_garbled": "compare it with the card: its letters were read in a wrong encoding",
    "formula": "write what the cell shall say; a formula is not worked out",
    "not_text": "write it as text",
    "name_not_parted": "write LAST, FIRST, or two columns, or say in a mapping file how names are written",
}

_CODES = {
    "missing": "missing",
    "string_too_long": "too_long",
    "string_too_short": "blank",
    "too_short": "too_short",
    "blank": "blank",
    "date_parsing": "not_a_date",
    "date_from_datetime_parsing": "not_a_date",
    "date_from_datetime_inexact": "not_a_date",
    "date_type": "not_a_date",
    "enum": "not_one_of",
}
"""The code of a fault for each of pydantic's error types."""


def fault(column: str, code: str, names: Mapping[str, str] | None = None) -> RowFault:
    """Return the fault of one of ``COLUMNS``, which the file calls as ``names`` says."""
    return RowFault(column=(names or {}).get(column, column), code=code, mend=_MEND[code])


def _fault_of(error: ErrorDetails, names: Mapping[str, str]) -> RowFault:
    column = str(error["loc"][0]) if error["loc"] else "row"
    return fault(column, _CODES.get(error["type"], "bad_value"), names)
