"""Cells as they lie in a file, and the texts that they mean. An identifier stays what it is, sign for sign.

A spreadsheet program makes numbers of identifiers: leading zeros go, digits past the fifteenth become zeros, and long
ones turn into ``9.00E+11``. What was lost can't be told, so such an identifier is pointed out, or refused.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from service.batches.roster.dates import DateOrder, DateRefused, read_date
from service.batches.roster.header_names import without_accents

Value: TypeAlias = str | float | bool | date | datetime | time | timedelta | None
"""A cell: text, or what a workbook or JSON made of it. None and the empty text are no value."""

LONGEST_CELL = 1000
"""Characters of a cell; a longer one is a note in the wrong column."""

SAFEST_NUMBER = 10**15
"""From here on a spreadsheet program has put zeros for the last digits."""

_FORMULA = re.compile(r"[=@]|[+-](?![\d.])")
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_SEVERAL = re.compile(r"\s*[/;&|]\s+|\s+[/;&|]\s*|\s+(?:OR|AND)\s+", re.IGNORECASE)
"""What stands between two ids in one cell; a sign without a space beside it may belong to one."""

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)
_ENDS_IN_FRACTION = re.compile(r"\d+\.0+")
_LOOKS_LIKE_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d{2}-\d{2}")


_NOTHING_IN_NAMES = frozenset({"N/A", "#N/A", "-", "--", "?", "."})
_NOTHING = _NOTHING_IN_NAMES | {"NA", "NONE", "NULL", "NIL", "UNKNOWN", "TBD"}
"""What people write into a cell that they have nothing for. Null, None and Na are also names of people."""

_LONGEST_NOTHING = max(map(len, _NOTHING))


class CellRefused(Exception):
    """A cell that can't be taken for what its column holds; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Take the code."""
        super().__init__(code)
        self.code = code


class CellText(NamedTuple):
    """The text of a cell, empty when there is none, and the code of what somebody should look at."""

    text: str
    warning: str | None = None


class CellTerms(NamedTuple):
    """What cells are read by: today, and how the numeric dates of each column are written."""

    today: date
    orders: Mapping[str, DateOrder]


def is_empty(value: Value) -> bool:
    """Return whether a cell holds nothing to be read."""
    return value is None or (isinstance(value, str) and not value.strip())


def read_cell(column: str, value: Value, terms: CellTerms) -> CellText:
    """Return the text of ``value`` as ``column`` of ours is written. Raises ``CellRefused``."""
    if is_empty(value):
        return CellText("")
    if isinstance(value, str):
        plain = value.strip()
        if len(plain) <= _LONGEST_NOTHING and plain.upper() in (_NOTHING_IN_NAMES if "name" in column else _NOTHING):
            return CellText("")
        # What begins with a letter or a digit is no formula, and has nothing around it.
        if len(value) > LONGEST_CELL or not plain[0].isalnum():
            value = _plain_text(value)
    return _READERS.get(column, _read_text)(value, column, terms)


def _plain_text(text: str) -> str:
    """``text`` without what spreadsheet programs put around a text that they shall leave alone."""
    if match := _TEXT_FORMULA.fullmatch(text.strip()):
        text = match[1].replace('""', '"')
    elif len(text) > 1 and text[0] == "'":
        text = text[1:]
    if len(text) > LONGEST_CELL:
        raise CellRefused("too_long")
    if _FORMULA.match(text.lstrip()):
        raise CellRefused("formula")
    return text


def _read_id(value: Value, column: str, _: CellTerms) -> CellText:
    if isinstance(value, str):
        text = value.strip()
        if _SCIENTIFIC.fullmatch(text):
            raise CellRefused("digits_lost")
        if column in _MEMBER_IDS and _LOOKS_LIKE_DATE.fullmatch(text):
            raise CellRefused("looks_like_a_date")
        if column in _MEMBER_IDS and not any(sign.isdigit() for sign in text):
            # ``PENDING``, ``SELF PAY``: no payer's ids are without digits.
            raise CellRefused("not_an_id")
        if column in _MEMBER_IDS and _SEVERAL.search(text):
            raise CellRefused("several_ids")
        if _ENDS_IN_FRACTION.fullmatch(text):
            # It was a number on its way here; the point is no sign of the id, and would be taken for one.
            return CellText(text.partition(".")[0], "numeric_id")
        return CellText(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CellRefused("not_an_id")
    if value != value // 1 or value < 0:
        raise CellRefused("not_an_id")
    if value >= SAFEST_NUMBER:
        raise CellRefused("digits_lost")
    return CellText(str(int(value)), "numeric_id")


def _read_reference(value: Value, column: str, terms: CellTerms) -> CellText:
    """The caller's own id is nobody else's, so its form is never a reason to refuse a row."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
        return CellText(str(int(value)), "numeric_id" if value >= SAFEST_NUMBER else None)
    return _read_text(value, column, terms)


def _read_day(value: Value, column: str, terms: CellTerms) -> CellText:
    if isinstance(value, datetime):
        return CellText(value.date().isoformat())
    if isinstance(value, date):
        return CellText(value.isoformat())
    if isinstance(value, bool | time | timedelta) or value is None:
        raise CellRefused("not_a_date")
    if isinstance(value, float | int):
        whole = value == value // 1
        value = str(int(value)) if whole else str(value)
    order = terms.orders.get(column, DateOrder.MONTH_FIRST)
    try:
        return CellText(read_date(value, terms.today, order, past=column in _BIRTH_DATES).isoformat())
    except DateRefused as refused:
        raise CellRefused(refused.code) from None


def _read_name(value: Value, column: str, terms: CellTerms) -> CellText:
    text = _read_text(value, column, terms).text
    if text.isascii() and text.isalpha():
        return CellText(text)
    if sum(sign.isdigit() for sign in text) > 2:
        raise CellRefused("looks_like_an_id")
    if column.endswith(("first_name", "last_name")) and not _is_one_part(text, column):
        raise CellRefused("name_not_parted")
    if _GARBLED.search(text):
        return CellText(text, "looks_garbled")
    return CellText(text, "nickname" if _NICKNAME.search(text) else None)


def _is_one_part(text: str, column: str) -> bool:
    """Whether a first or last name is that alone; behind a comma stands a suffix of a last name, or something else."""
    name, _, after = text.partition(",")
    return not after or (column.endswith("last_name") and bool(name) and is_suffix(after))


def is_suffix(word: str) -> bool:
    """Return whether ``word`` stands behind a last name and is none."""
    return word.strip().rstrip(".").upper() in {"JR", "SR", "II", "III", "IV", "V"}


_NICKNAME = re.compile(r"[(\"“”]")
_GARBLED = re.compile("[ÃÂ][\u0080-¿]|\ufffd|â€|[ƒ„…†‡ˆ‰‹›•™¤¦§©«¬®¯°±²³µ¶»¼½¾¿¡÷×]")
"""Text that was read in another encoding than it was written in: signs that stand in nobody's name."""


def _read_text(value: Value, column: str, _: CellTerms) -> CellText:
    if isinstance(value, str):
        return CellText(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool) and column == "payer" and value == value // 1:
        return CellText(str(int(value)))
    raise CellRefused("not_text")


def _read_word(words: Mapping[str, str]) -> Callable[[Value, str, CellTerms], CellText]:
    def read(value: Value, column: str, terms: CellTerms) -> CellText:
        plain = without_accents(_read_text(value, column, terms).text).lower()
        text = " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())
        return CellText(words.get(text, text.replace(" ", "_")))

    return read


RELATIONSHIPS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("self", "subscriber", "insured", "policy holder", "patient", "member", "18", "same"), "self"),
        **dict.fromkeys(("titular", "el mismo", "ella misma", "asegurado", "asegurada"), "self"),
        **dict.fromkeys(("spouse", "wife", "husband", "01", "1", "conyuge", "esposo", "esposa"), "spouse"),
        **dict.fromkeys(("hijo", "hija", "hijastro", "hijastra"), "child"),
        **dict.fromkeys(
            ("child", "son", "daughter", "dependent child", "stepchild", "step child", "19", "minor child"), "child"
        ),
        **dict.fromkeys(
            ("other", "dependent", "other adult", "partner", "domestic partner", "34", "53", "g8"), "other"
        ),
        **dict.fromkeys(("parent", "mother", "father", "sibling", "grandchild", "niece", "nephew", "ward"), "other"),
    }
)
"""What rosters call the patient's relationship to the subscriber; numbers are X12's (1069: 01, 18, 19, 34, 53, G8)."""

_DELIVERIES = {"in person": "in_person", "onsite": "in_person", "on site": "in_person", "telehealth": "virtual"} | {
    "online": "virtual", "remote": "virtual", "both": "either", "any": "either", "hybrid": "either"
}  # fmt: skip

_CONDITIONS = {"mental health": "mental_health", "mh": "mental_health", "psych": "mental_health"} | {
    "substance use": "substance_use", "substance abuse": "substance_use", "su": "substance_use", "sud": "substance_use",
    "both": "mental_health substance_use", "mh su": "mental_health substance_use",
    "mh sud": "mental_health substance_use", "mental health substance use": "mental_health substance_use",
    "substance use mental health": "mental_health substance_use",
}  # fmt: skip

_PURPOSES = {"lead": "prospect", "inquiry": "prospect", "pending": "admission", "admitting": "admission"} | {
    "admitted": "active", "current": "active", "in treatment": "active", "enrolled": "active"
}  # fmt: skip

_MEMBER_IDS = frozenset({"member_id", "subscriber_member_id"})
_BIRTH_DATES = frozenset({"birth_date", "subscriber_birth_date"})

_READERS: Mapping[str, Callable[[Value, str, CellTerms], CellText]] = {
    "member_id": _read_id,
    "subscriber_member_id": _read_id,
    "group_number": _read_id,
    "reference": _read_reference,
    "birth_date": _read_day,
    "subscriber_birth_date": _read_day,
    "service_date": _read_day,
    "first_name": _read_name,
    "last_name": _read_name,
    "full_name": _read_name,
    "subscriber_first_name": _read_name,
    "subscriber_last_name": _read_name,
    "subscriber_full_name": _read_name,
    "relationship": _read_word(RELATIONSHIPS),
    "delivery": _read_word(_DELIVERIES),
    "conditions": _read_word(_CONDITIONS),
    "purpose": _read_word(_PURPOSES),
}
