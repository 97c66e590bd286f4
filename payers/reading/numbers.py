"""Elements to numbers and dates: what is not written as one is None, and never 0.

A reply writes the same few amounts and days again and again, so each text is read once.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from payers.reading.memory import remember

_NUMBER = re.compile(r"[+-]?(?:\d{1,12}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_CENT = Decimal("0.01")
_DAY_DIGITS = 8
_MOMENT_DIGITS = frozenset({_DAY_DIGITS, 12, 14})
"""Lengths of a day, of one with hours and minutes, and of one with seconds."""

_NO_END = frozenset({9999, 2999})


@remember(4096)
def number(text: str) -> Decimal | None:
    """The number that ``text`` writes, None when it writes none, or one that no payer means."""
    return Decimal(text) if text and _NUMBER.fullmatch(text) else None


@remember(4096)
def amount(text: str) -> Decimal | None:
    """A number that is not negative."""
    found = number(text)
    return found if found is not None and found >= 0 else None


@remember(4096)
def cents(text: str) -> Decimal | None:
    """An amount of dollars that is not negative, in whole cents."""
    found = amount(text)
    return None if found is None else found.quantize(_CENT)


@remember(1024)
def day(text: str) -> date | None:
    """A CCYYMMDD or ISO date; None for no date, and for the years that mean "no end"."""
    plain = text.replace("-", "") if len(text) == 10 else text
    if not _is_digits(plain, _DAY_DIGITS):
        return None
    try:
        found = date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    except ValueError:
        return None
    return None if found.year in _NO_END else found


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdecimal()


@remember(1024)
def span(text: str) -> tuple[date | None, date | None]:
    """A begin and an end: two dates with a hyphen between, or one date that is both."""
    if len(text) in {8, 10}:
        one = day(text)
        return one, one
    middle = len(text) // 2
    return day(text[:middle]), day(text[middle + 1 :])


def without_end(text: str) -> bool:
    """Whether ``text`` writes a day, or a span, that ends in one of the years that mean "no end"."""
    last = (text if len(text) in {8, 10} else text[len(text) // 2 + 1 :])[:4]
    return last.isdecimal() and int(last) in _NO_END


def instant(text: str) -> datetime | None:
    """A CCYYMMDD, also with HHMM or HHMMSS, or an ISO instant, in UTC; None when it is neither."""
    try:
        if len(text) in _MOMENT_DIGITS and _is_digits(text, len(text)):
            whole = text.ljust(14, "0")
            hour, minute, second = int(whole[8:10]), int(whole[10:12]), int(whole[12:])
            return datetime(int(whole[:4]), int(whole[4:6]), int(whole[6:8]), hour, minute, second, tzinfo=UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def later(at: datetime, wait: timedelta) -> datetime:
    """``at`` and ``wait`` after it, as far as the calendar goes."""
    last = datetime.max.replace(tzinfo=UTC)
    return at + wait if last - at > wait else last


def new_year(on: date) -> date | None:
    """The first day of the calendar year after ``on``, None where the calendar ends."""
    return date(on.year + 1, 1, 1) if on.year < date.max.year else None
