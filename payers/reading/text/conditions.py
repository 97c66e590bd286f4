"""The conditions that are attached to a clause: ages, days, visits, and what nobody can know. Source: [T10]."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from contracts import LimitPeriod, LimitUnit
from payers.reading.text.kinds import COST_KINDS, VERDICT_KINDS
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Attached, Quantity
from payers.reading.text.tokens import Sort, day_of
from payers.reading.text.vocabulary import Kind

_OLDEST = 200
_AGES = {Kind.ADULTS: (18, _OLDEST), Kind.CHILDREN: (0, 17), Kind.ADOLESCENTS: (12, 17)}
_GROUPS = frozenset(_AGES)
_UNITS = {
    "days": LimitUnit.DAYS,
    "visits": LimitUnit.VISITS,
    "sessions": LimitUnit.SESSIONS,
    "hours": LimitUnit.HOURS,
    "units": LimitUnit.UNITS,
}


@dataclass
class Conditions:
    """What was found, and the places of the terms that it used up."""

    ages: list[tuple[int, int]] = field(default_factory=list)
    bounds: list[tuple[int, int]] = field(default_factory=list)
    begins: date | None = None
    ends: date | None = None
    unmet: bool = False
    first: bool = False
    quantity: Quantity | None = None
    used: set[int] = field(default_factory=set)

    def attached(self) -> Attached:
        """Return the conditions as a value."""
        return Attached(tuple(self.ages), tuple(self.bounds), self.begins, self.ends, self.unmet, self.first)


def conditions_of(terms: Sequence[Term], used: set[int], *, only_binds: bool) -> Conditions:
    """Return the conditions that stand in ``terms``.

    ``used``: places of terms that something else has read already. ``only_binds``: whether ONLY stands beside words
    that it may bind (an age, a day, a side, authorization), so that it is no condition of its own.
    """
    found = Conditions(used=set(used))
    found.quantity = _quantity(terms, found.used)
    for place, term in enumerate(terms):
        if place not in found.used:
            _read(terms, place, term, found)
    binds = only_binds or bool(found.ages or found.bounds or found.begins or found.ends)
    is_only = any(Kind.ONLY in term.kinds for term in terms) and not binds
    if is_only or any(_has_exclusions(terms, place) for place in range(len(terms))):
        found.unmet = True
    return found


def _read(terms: Sequence[Term], place: int, term: Term, found: Conditions) -> None:
    kinds = term.kinds
    named = kinds & _GROUPS
    if named:
        found.ages += [_AGES[kind] for kind in named]
    elif Kind.SEQUENCE in kinds:
        found.first = True
    elif kinds & {Kind.AGE_UNDER, Kind.AGE_OVER}:
        _relative_age(terms, place, found, under=Kind.AGE_UNDER in kinds)
    elif Kind.AGE in kinds:
        _age(terms, place, found)
    elif _number(terms, place) is not None and _open_range(terms, place + 1, _number(terms, place) or 0) is not None:
        _add_bound(found, *(_open_range(terms, place + 1, _number(terms, place) or 0) or (0, _OLDEST)))
        found.used |= {place, place + 1}
    elif kinds & {Kind.DATE_FROM, Kind.DATE_TO, Kind.UP_TO} and _age_follows(terms, place):
        _age_to(terms, place, found, until=term.words in {"UNTIL", "UP TO"}, from_=Kind.DATE_FROM in kinds)
    elif _read_time(terms, place, term, found):
        return
    elif Kind.UNMET in kinds or _follows_something(terms, place):
        found.unmet = True


def _follows_something(terms: Sequence[Term], place: int) -> bool:
    """Whether FOLLOWING is AFTER: right behind a verdict, as in COVERED FOLLOWING INPATIENT."""
    return terms[place].words == "FOLLOWING" and place > 0 and not terms[place - 1].kinds.isdisjoint(VERDICT_KINDS)


def _is(terms: Sequence[Term], place: int, kind: Kind) -> bool:
    return 0 <= place < len(terms) and kind in terms[place].kinds


def _sort(terms: Sequence[Term], place: int) -> Sort | None:
    return terms[place].sort if 0 <= place < len(terms) else None


def _number(terms: Sequence[Term], place: int) -> int | None:
    if _sort(terms, place) is not Sort.NUMBER:
        return None
    value = Decimal(terms[place].words.replace(",", ""))
    return int(value) if value == int(value) and value <= _OLDEST else None


def _add_bound(found: Conditions, low: int, high: int) -> None:
    found.bounds.append((low, high))


def _relative_age(terms: Sequence[Term], place: int, found: Conditions, *, under: bool) -> None:
    at = place + 1
    while _is(terms, at, Kind.AGE):
        at += 1
    age = _number(terms, at)
    if age is None or (at + 1 < len(terms) and terms[at + 1].kinds & _COUNTED):
        # OVER 30 VISITS is no age.
        found.unmet = True
        return
    _add_bound(found, *((0, age - 1) if under else (age + 1, _OLDEST)))
    found.used |= set(range(place, at + 2 if _is(terms, at + 1, Kind.AGE) else at + 1))


_COUNTED = COST_KINDS | {Kind.UNIT}


def _age(terms: Sequence[Term], place: int, found: Conditions) -> None:
    """AGE n TO m, AGE n AND OVER, n YEARS AND OVER; an age alone is a condition that nobody can judge."""
    first = _number(terms, place + 1)
    if first is None:
        earlier = _number(terms, place - 1)
        bound = _open_range(terms, place + 1, earlier) if earlier is not None else None
        if bound is not None:
            _add_bound(found, *bound)
            found.used |= {place - 1, place, place + 1}
        elif _is(terms, place + 1, Kind.AGE) or (earlier is None and not _is_bare_age(terms, place)):
            return
        else:
            found.unmet = True
        return
    found.used |= {place, place + 1}
    at = place + 2
    bound = _open_range(terms, at, first)
    joined = _is(terms, at, Kind.DATE_TO) or _sort(terms, at) is Sort.HYPHEN
    # A hyphen between two numbers is a space ([T2]): AGES 13-17 are two numbers side by side.
    last = _number(terms, at + 1 if joined else at)
    if bound is not None:
        _add_bound(found, *bound)
        found.used.add(at)
    elif last is not None:
        _add_bound(found, first, last)
        found.used |= {at, at + 1 if joined else at}
    else:
        found.unmet = True


def _is_bare_age(terms: Sequence[Term], place: int) -> bool:
    """Whether AGE stands without a number and without ALL before it."""
    return terms[place].words in {"AGE", "AGES", "AGED"} and not (place and terms[place - 1].words in {"ALL", "ANY"})


def _open_range(terms: Sequence[Term], place: int, age: int) -> tuple[int, int] | None:
    """The ages of n AND OVER, n AND UNDER; None when neither stands at ``place``."""
    if _is(terms, place, Kind.AND_OVER):
        return age, _OLDEST
    return (0, age) if _is(terms, place, Kind.AND_UNDER) else None


def _age_follows(terms: Sequence[Term], place: int) -> bool:
    return _is(terms, place + 1, Kind.AGE) and _number(terms, place + 2) is not None


def _age_to(terms: Sequence[Term], place: int, found: Conditions, *, until: bool, from_: bool) -> None:
    age = _number(terms, place + 2) or 0
    if from_:
        _add_bound(found, age, _OLDEST)
    else:
        _add_bound(found, 0, age - 1 if until else age)
    found.used |= {place, place + 1, place + 2}


def _day(word: str, found: Conditions, *, begins: bool) -> None:
    day = day_of(word)
    if day is None:
        found.unmet = True
    elif begins:
        found.begins = day
    else:
        found.ends = day


def _has_exclusions(terms: Sequence[Term], place: int) -> bool:
    """Whether exclusions are said to apply, which nobody can judge: WITH EXCLUSIONS, EXCLUSIONS (MAY) APPLY."""
    if not terms[place].words.startswith("EXCLUSION"):
        return False
    after = terms[place + 1 : place + 3]
    return _is(terms, place - 1, Kind.WITH) or any(one.words.split(" ")[-1] in {"APPLY", "APPLIES"} for one in after)


_YEARS = range(2010, 2100)
_FIGURES = frozenset({Kind.UNIT, Kind.COPAY, Kind.COINSURANCE, Kind.DEDUCTIBLE, Kind.COST})


def _year(terms: Sequence[Term], place: int) -> int | None:
    """The year that stands at ``place``; None when it is no number, or one of days or dollars."""
    if _sort(terms, place) is not Sort.NUMBER or not re.fullmatch(r"[0-9]{4}", terms[place].words):
        return None
    year = int(terms[place].words)
    counts = place + 1 < len(terms) and terms[place + 1].kinds & {Kind.UNIT}
    of_money = place > 0 and terms[place - 1].kinds & _FIGURES
    return None if year not in _YEARS or counts or of_money else year


def _time_after(terms: Sequence[Term], place: int) -> int | None:
    """Where the day or the year stands that a word of time speaks of: EFFECTIVE DATE 2027, THROUGH THE YEAR 2025."""
    at = place + 1
    while at < len(terms) and terms[at].kinds and terms[at].kinds <= {Kind.FIELD, Kind.PARTICLE}:
        at += 1
    return at if _sort(terms, at) is Sort.DATE or _year(terms, at) is not None else None


def _read_time(terms: Sequence[Term], place: int, term: Term, found: Conditions) -> bool:
    """Read a day or a year, with the word of time before it, if any; whether one begins at ``place``."""
    at = _time_after(terms, place) if term.kinds & {Kind.DATE_FROM, Kind.DATE_TO} else None
    year = _year(terms, place if at is None else at)
    begins = Kind.DATE_FROM in term.kinds
    if at is None and term.sort is Sort.DATE:
        _one_day(terms, place, found)
    elif at is None and year is not None:
        _one_year(year, found)
    elif at is None:
        return False
    elif year is None:
        _day(terms[at].words, found, begins=begins)
    elif begins:
        found.begins = date(year, 1, 1)
    else:
        found.ends = date(year - 1 if term.words == "UNTIL" else year, 12, 31)
    if at is not None:
        found.used |= {place, at}
    return True


def _one_day(terms: Sequence[Term], place: int, found: Conditions) -> None:
    """A day without a word of time: the first begins, the second ends; a date of service is that day alone."""
    is_service_date = place > 0 and terms[place - 1].words in _SERVICE_DATES
    _day(terms[place].words, found, begins=found.begins is None)
    if is_service_date and found.ends is None:
        found.ends = found.begins


_SERVICE_DATES = frozenset({"DATE OF SERVICE", "DATES OF SERVICE", "ON"})


def _one_year(year: int, found: Conditions) -> None:
    """A year without a word of time is the whole of it; a second one makes it a stretch of years."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found.begins = first if found.begins is None else found.begins
    found.ends = last if found.ends is None else max(found.ends, last)


def _counted_at(terms: Sequence[Term], place: int) -> int | None:
    """Where the number of a unit stands: 20 VISITS, 20 IOP VISITS, 12 OF 20 VISITS REMAINING; None when nowhere."""
    at = place - 1
    if at > 0 and terms[at].kinds & {Kind.IOP, Kind.PHP}:
        at -= 1
    if _sort(terms, at) is not Sort.NUMBER:
        return None
    is_part = at > 1 and terms[at - 1].words == "OF" and _sort(terms, at - 2) is Sort.NUMBER
    return at - 2 if is_part and any(Kind.REMAINING in one.kinds for one in terms) else at


_OF_OTHER_THINGS = COST_KINDS | {Kind.SPENT, Kind.UNMET, Kind.AUTHORIZATION, Kind.SEQUENCE}
"""Beside these words 0 DAYS says nothing of a limit."""


def _quantity(terms: Sequence[Term], used: set[int]) -> Quantity | None:
    """A number of days or visits, where words say that it is a limit, or what is left."""
    for place, term in enumerate(terms):
        unit = _UNITS.get(term.value(Kind.UNIT))
        at = _counted_at(terms, place)
        if unit is None or at is None:
            continue
        period = next((one.value(Kind.PERIOD) for one in terms if Kind.PERIOD in one.kinds), "")
        remains = any(Kind.REMAINING in one.kinds for one in terms)
        bounded = any(one.kinds & {Kind.UP_TO, Kind.LIMIT} for one in terms)
        is_none = terms[at].words == "0" and not any(one.kinds & _OF_OTHER_THINGS for one in terms)
        if not (period or remains or bounded or is_none):
            continue
        used |= {at, place} | {at for at, one in enumerate(terms) if one.kinds & {Kind.UP_TO, Kind.LIMIT}}
        number = Decimal(terms[at].words.replace(",", ""))
        return Quantity(number, unit, LimitPeriod(period or "unknown"), remains)
    return None
