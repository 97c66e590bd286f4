"""Dates as rosters write them. The usual US forms and ISO 8601 are read; what could be two days is refused by name."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from contracts import tidy

_MONTHS = {
    name: number
    for number, names in enumerate(
        "JANUARY JAN ENERO ENE,FEBRUARY FEB FEBRERO,MARCH MAR MARZO,APRIL APR ABRIL ABR,MAY MAYO,JUNE JUN JUNIO,"
        "JULY JUL JULIO,AUGUST AUG AGOSTO AGO,SEPTEMBER SEP SEPT SEPTIEMBRE,OCTOBER OCT OCTUBRE,"
        "NOVEMBER NOV NOVIEMBRE,DECEMBER DEC DICIEMBRE DIC".split(","),
        start=1,
    )
    for name in names.split()
}

_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{2}|\d{4})")
_DIGITS = re.compile(r"\d{8}")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:ST|ND|RD|TH)?[-/ .,]*([A-Z]{3,10})[-/ .,]*(\d{4}|\d{2})")
_MONTH_NAMED = re.compile(r"([A-Z]{3,9})[-/ .,]*(\d{1,2})(?:ST|ND|RD|TH)?[-/ .,]+(\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_WEEKDAY = re.compile(r"(?:MON|TUE|TUES|WED|THU|THUR|THURS|FRI|SAT|SUN|\w+DAY)[,. ]+", re.IGNORECASE)


class DateOrder(StrEnum):
    """How the numeric dates of a column are written. ``unsure`` is a column that holds both."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"
    UNSURE = "unsure"


class DateRefused(Exception):
    """A text that is no date, or no single one; ``code`` says which."""

    def __init__(self, code: str) -> None:
        """Take the code."""
        super().__init__(code)
        self.code = code


def order_of(texts: Iterable[str]) -> DateOrder:
    """Return the order in which the numeric dates of one column are written, as far as they show it."""
    day_first = False
    for text in texts:
        match = _NUMERIC.fullmatch(_without_time(text))
        if match and int(match[1]) > 12 >= int(match[3]):
            day_first = True
            break
    # Dates that show the day first were not written by whoever writes the month first, so the others prove nothing.
    return DateOrder.UNSURE if day_first else DateOrder.MONTH_FIRST


def read_date(text: str, today: date, order: DateOrder = DateOrder.MONTH_FIRST, *, past: bool = False) -> date:
    """Return the day that ``text`` names; ``past`` is true for a day of birth, which lies before ``today``.

    Raises ``DateRefused`` with ``not_a_date``, ``ambiguous_date``, ``two_digit_year`` or ``serial_date``.
    """
    if match := _ISO.fullmatch(text.strip()):
        return _day(match[1], match[3], match[4])
    plain = _without_time(text).upper().replace(" DE ", " ")
    if match := _ISO.fullmatch(plain):
        return _day(match[1], match[3], match[4])
    if match := _NUMERIC.fullmatch(plain):
        return _numeric(match, today, order, past=past)
    if match := _DAY_NAMED.fullmatch(plain):
        return _day(_year(match[3], today, past=past), _month(match[2]), match[1])
    if match := _MONTH_NAMED.fullmatch(plain):
        return _day(_year(match[3], today, past=past), _month(match[1]), match[2])
    if _DIGITS.fullmatch(plain):
        return _eight_digits(plain, today)
    raise DateRefused("serial_date" if _SERIAL.fullmatch(plain) else "not_a_date")


def _without_time(text: str) -> str:
    return _WEEKDAY.sub("", _TIME.sub("", tidy(text)), count=1).strip()


def _day(year: str | int, month: str | int, day: str | int) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise DateRefused("not_a_date") from None


def _month(name: str) -> int:
    if name not in _MONTHS:
        raise DateRefused("not_a_date")
    return _MONTHS[name]


def _year(digits: str, today: date, *, past: bool) -> int:
    """Return the year; one of two digits where it can mean one alone.

    A day of birth in the year 57 was in 1957, since 2057 is not yet; in the year 12 it may have been in 1912 or 2012.
    A day of service lies near today.
    """
    if len(digits) == 4:
        return int(digits)
    this_century = today.year // 100 * 100 + int(digits)
    if not past:
        return this_century
    if this_century <= today.year:
        raise DateRefused("two_digit_year")
    return this_century - 100


def _numeric(match: re.Match[str], today: date, order: DateOrder, *, past: bool) -> date:
    year, first, second = _year(match[4], today, past=past), int(match[1]), int(match[3])
    # Dots are written by those who put the day first, and by some who don't.
    order = DateOrder.UNSURE if match[2] == "." and order is DateOrder.MONTH_FIRST else order
    if order is DateOrder.DAY_FIRST:
        return _day(year, second, first)
    if order is DateOrder.MONTH_FIRST:
        return _day(year, first, second)
    readings = {day for pair in ((first, second), (second, first)) if (day := _day_or_none(year, *pair)) is not None}
    if not readings:
        raise DateRefused("not_a_date")
    if len(readings) > 1:
        raise DateRefused("ambiguous_date")
    return readings.pop()


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _eight_digits(digits: str, today: date) -> date:
    """``19900212`` or ``02121990``: one of the two alone is a day that people live on."""
    readings = set()
    for form in ("%Y%m%d", "%m%d%Y"):
        try:
            day = datetime.strptime(digits, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
        if 1880 <= day.year <= today.year + 1:
            readings.add(day)
    if len(readings) > 1:
        raise DateRefused("ambiguous_date")
    if not readings:
        raise DateRefused("not_a_date")
    return readings.pop()
