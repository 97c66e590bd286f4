"""Birth dates: three boxes, in which people write names of months, short years, or the whole date in the first one."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from contracts import basic, tidy
from service.web.pages.visitor.inputs import InputReading

OLDEST_AGE = 125
"""Nobody alive is older, in years."""

YOUNG = 13
"""A year of two digits that makes somebody younger than this is asked about."""

READ_AS = "date_read_as"
"""The doubt about a date that could be meant otherwise: the form says how it was read, and asks once."""

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"setiembre": 9}
_NO_MEANING = frozenset(
    "of the de del el la dia mes ano day month year date birth birthday born dob fecha nacimiento nac naci on st nd rd"
    " th ro er do to o a ordinal monday tuesday wednesday thursday friday saturday sunday lunes martes miercoles jueves"
    " viernes sabado domingo mon tue tues wed thu thur thurs fri sat sun".split()
)
"""Words that stand around the parts of a date, and the endings of ordinal numbers."""

_TIME = re.compile(r"(?<=\d)[T ]\d{1,2}:\d{2}\S*.*$")
_PART = re.compile(r"\d+|[a-z]+")
_ORDINAL_SIGNS = str.maketrans("", "", "ºª°")
_DIGITS_MISREAD = re.compile(r"\bo?[\dOIl]*\d[\dOIl]*\b")
"""Numbers with letters that look like digits; a small ``o`` behind a number is an ordinal in Spanish: ``3o``."""

_LOOK_ALIKES = str.maketrans({"o": "0", "O": "0", "l": "1", "I": "1"})


def read_birth_date(month: str, day: str, year: str, *, today: date) -> InputReading[date]:
    """Return the date that three boxes mean; the other boxes may be empty where one holds the whole date."""
    boxes = [_parts(box) for box in (month, day, year)]
    whole = next((box for box in boxes if len(box) == 3 or (len(box) == 1 and len(box[0]) in {6, 8})), None)
    if whole is not None and not any(box and box != whole and not set(box) <= set(whole) for box in boxes):
        return _read_whole(whole, today)
    parts = [part for box in boxes for part in box]
    return _read_parts(parts, today, in_boxes=True)


def _parts(text: str) -> list[str]:
    """Return the numbers, and the names of months, that ``text`` holds; an unknown word stays, and is not read."""
    plain = _TIME.sub("", tidy(text.translate(_ORDINAL_SIGNS)))
    plain = _DIGITS_MISREAD.sub(lambda found: found.group().translate(_LOOK_ALIKES), basic(plain)).lower()
    return [part for part in _PART.findall(plain) if part not in _NO_MEANING]


def _read_whole(parts: Sequence[str], today: date) -> InputReading[date]:
    if len(parts) == 3:
        return _read_parts(parts, today, in_boxes=False)
    digits = parts[0]
    if not digits.isdigit():
        return InputReading(None)
    cut = (2, 4) if len(digits) == 6 else None
    splits = [(digits[:2], digits[2:4], digits[4:])] if cut else list(_splits(digits))
    found = list(dict.fromkeys(filter(None, (_date(month, day, year, today) for month, day, year in splits))))
    return InputReading(found[0], READ_AS if len(found) > 1 or cut else None) if found else InputReading(None)


def _splits(digits: str) -> Iterator[tuple[str, str, str]]:
    """Yield eight digits as month, day and year: in the order of the US, of ISO 8601, and of most other countries."""
    yield digits[:2], digits[2:4], digits[4:]
    yield digits[4:6], digits[6:], digits[:4]
    yield digits[2:4], digits[:2], digits[4:]


def _read_parts(parts: Sequence[str], today: date, *, in_boxes: bool) -> InputReading[date]:
    """Read three parts: a month by its name wherever it stands, a year by its length, the rest in the order of the US.

    Two numbers that can't be month and day in that order are taken in the other one.
    """
    if len(parts) != 3:
        return InputReading(None)
    months = [part for part in parts if not part.isdigit()]
    if len(months) > 1 or (months and _month(months[0]) is None):
        return InputReading(None)
    if months:
        day, year = (part for part in parts if part not in months)
        if len(day) == 4 or (len(day) == 3 and len(year) < 3) or (len(year) <= 2 < len(day)):
            day, year = year, day
        orders = [(months[0], day, year), *([] if len(year) == 4 else [(months[0], year, day)])]
    elif len(parts[0]) == 4:
        orders = [(parts[1], parts[2], parts[0]), (parts[2], parts[1], parts[0])]
    else:
        orders = [(parts[0], parts[1], parts[2]), (parts[1], parts[0], parts[2])]
    found = list(dict.fromkeys(filter(None, (_date(*order, today) for order in orders))))
    if not found:
        return InputReading(None)
    first = _date(*orders[0], today)
    is_iso = len(parts[0]) == 4
    is_clear = found[0] == first and (in_boxes or is_iso or bool(months) or len(found) == 1)
    is_young = max(map(len, parts)) <= 2 and _age(found[0], today) < YOUNG
    return InputReading(found[0], None if is_clear and not is_young else READ_AS)


def _month(part: str) -> int | None:
    if part.isdigit():
        return int(part) if 1 <= int(part) <= 12 else None
    if len(part) < 3:
        return None
    meant = {number for name, number in _MONTHS.items() if name.startswith(part)}
    if len(meant) != 1:
        near = get_close_matches(part, _MONTHS, n=1, cutoff=0.8) if len(part) > 4 else []
        meant = {_MONTHS[name] for name in near}
    return meant.pop() if len(meant) == 1 else None


def _date(month: str, day: str, year: str, today: date) -> date | None:
    number = _month(month)
    if number is None or not (day.isdigit() and year.isdigit()) or len(day.lstrip("0")) > 2:
        return None
    full = _full_year(year, today)
    if full is None:
        return None
    try:
        found = date(full, number, int(day))
    except ValueError:
        return None
    return found if found <= today and _age(found, today) <= OLDEST_AGE else None


def _full_year(year: str, today: date) -> int | None:
    """Return a year of four digits; two digits are the latest such year that is not still to come."""
    if len(year) == 4:
        return int(year)
    if len(year) != 2:
        return None
    century = today.year - today.year % 100
    found = century + int(year)
    return found if found <= today.year else found - 100


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
