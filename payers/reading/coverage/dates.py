"""When a plan begins and ends, by the dates of a reply. Source: ``ANSWER.md`` [C5]."""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from contracts import Dated
from payers.reading.memory import remember
from payers.reading.numbers import day, span, without_end

_BEGINS = ("346", "356", "539")
_ENDS = ("347", "349", "357", "341", "540")
_RANGES = ("291", "307", "346", "356")
_ECHOES = frozenset({"291", "307"})
"""Qualifiers whose range may be the echo of the question."""

_LINE_BEGIN, _LINE_END = "348", "349"
_PERIOD, _PERIOD_BEGIN, _PERIOD_END = "292", "193", "194"
_PREMIUM_PAID_TO = "343"
_DEATH = "442"
_FAR = 50
"""Years after the day of service from which a date means that there is no end."""
_READ = frozenset({*_BEGINS, *_ENDS, *_RANGES, _DEATH})
_ONE_DAY = 10
"""The longest way in which one day is written; what is longer holds two."""


class Known(NamedTuple):
    """A day, and the line that gives it."""

    on: date
    source: Dated


class Dates(NamedTuple):
    """When a plan begins and ends, each with the line that says so."""

    begins: Known | None = None
    ends: Known | None = None

    @property
    def begins_on(self) -> date | None:
        """The first day, None when it is not known."""
        return self.begins.on if self.begins else None

    @property
    def ends_on(self) -> date | None:
        """The last day, None when it is not known or lies open."""
        return self.ends.on if self.ends else None

    @property
    def sources(self) -> tuple[Dated, ...]:
        """The lines that both rest on, each once."""
        return tuple(dict.fromkeys([known.source for known in (self.begins, self.ends) if known]))

    @property
    def are_known(self) -> bool:
        """Whether there is a begin or an end; most lines have neither."""
        return self.begins is not None or self.ends is not None

    def holds(self, on: date) -> bool:
        """Whether ``on`` lies within; an end that is not known lies open."""
        if not self.are_known:
            return True
        return not self.is_over(on) and not (self.begins_on is not None and self.begins_on > on)

    def is_over(self, on: date) -> bool:
        """Whether the plan ended before ``on``."""
        return self.ends_on is not None and self.ends_on < on

    def else_by(self, other: "Dates") -> "Dates":
        """These dates, and those of ``other`` where these say nothing."""
        return Dates(self.begins or other.begins, self.ends or other.ends)

    def unless_dead(self, death: Known | None) -> "Dates":
        """These dates, ended by ``death`` where it comes first."""
        dies_first = death is not None and (self.ends is None or death.on < self.ends.on)
        return self._replace(ends=death) if dies_first else self


NO_DATES = Dates()


class Days(NamedTuple):
    """What the dates of a line come to, on the day of service.

    ``hold``: whether they leave it in force. ``are_in_period``: whether its benefit period holds the day.
    ``are_malformed``: whether any that would count is no date.
    """

    hold: bool
    are_in_period: bool
    are_malformed: bool


_Sent = tuple[tuple[str, str], ...]
"""Dates without their places: kind and value of each. The same dates stand on most lines of a reply."""


def days_of(dated: Iterable[Dated], on: date) -> Days:
    """Return what the dates of a line say of the day of service."""
    return _days_of(tuple([(one.kind, one.value) for one in dated]), on)


@remember(4096)
def _days_of(sent: _Sent, on: date) -> Days:
    dated = _number_dates(sent)
    holds = line_holds(dated, on) and dates_of(dated, on).holds(on)
    return Days(holds, period_holds(dated, on), any(True for _ in find_malformed(dated)))


def dates_of(dated: Iterable[Dated], on: date) -> Dates:
    """Return begin and end of a plan, by the order of qualifiers of the answer; a death ends it.

    ``on`` is the day of service: a range that only echoes the question gives neither, and a day 50 years later is none.
    """
    said = tuple(dated)
    if not said:
        return NO_DATES
    begins, ends = _dates_of(tuple([(one.kind, one.value) for one in said]), on)
    return Dates(
        begins and Known(begins.on, said[int(begins.source.at)]), ends and Known(ends.on, said[int(ends.source.at)])
    )


def _number_dates(sent: _Sent) -> list[Dated]:
    """Return the dates at numbers in their order."""
    return [Dated(number, kind, "", value) for number, (kind, value) in enumerate(sent)]


@remember(4096)
def _dates_of(sent: _Sent, on: date) -> Dates:
    """Return begin and end by the numbers of the dates."""
    dated = _number_dates(sent)
    said = [one for one in dated if one.kind in _READ]
    if not said:
        return Dates()
    kinds = {one.kind for one in said}
    ranges = [
        one
        for kind in _RANGES
        if kind in kinds
        for one in said
        if one.kind == kind and len(one.value) > _ONE_DAY and not _is_echo(one, on)
    ]
    begins = next((known for kind in _BEGINS if kind in kinds for known in _of_kind(said, kind, 0)), None)
    ends = next((known for kind in _ENDS if kind in kinds for known in _of_kind(said, kind, 1)), None)
    begins = begins or next((Known(first, one) for one in ranges if (first := span(one.value)[0])), None)
    ends = ends or next(
        (
            Known(last, one)
            for one in ranges
            if (last := span(one.value)[1]) and not (one.kind in _ECHOES and last == on)
        ),
        None,
    )
    return Dates(_near(begins, on), _near(ends, on)).unless_dead(death_of(said))


def _near(known: Known | None, on: date) -> Known | None:
    return known if known is not None and known.on.year - on.year < _FAR else None


def _is_echo(one: Dated, on: date) -> bool:
    """Whether a range is the day that was asked for, or the calendar month that holds it."""
    if one.kind not in _ECHOES:
        return False
    first, last = span(one.value)
    month = (on.replace(day=1), on.replace(day=calendar.monthrange(on.year, on.month)[1]))
    return (first, last) in {(on, on), month}


def line_holds(dated: Iterable[Dated], on: date) -> bool:
    """Whether a line's own begin and end (348, 349) leave it in force on the day of service."""
    said = list(dated)
    if not said:
        return True
    begins = next(_of_kind(said, _LINE_BEGIN, 0), None)
    ends = next(_of_kind(said, _LINE_END, 1), None)
    return not (begins and begins.on > on) and not (ends and ends.on < on)


def period_holds(dated: Iterable[Dated], on: date) -> bool:
    """Whether a line's benefit period (292, or 193 with 194) holds the day of service; true when it has none."""
    said = list(dated)
    for one in said:
        if one.kind == _PERIOD and len(one.value) > _ONE_DAY:
            first, last = span(one.value)
            if (first and first > on) or (last and last < on):
                return False
    begins, ends = next(_of_kind(said, _PERIOD_BEGIN, 0), None), next(_of_kind(said, _PERIOD_END, 0), None)
    return not (begins and begins.on > on) and not (ends and ends.on < on)


def premium_paid_to(dated: Iterable[Dated]) -> Known | None:
    """Return the day to which the premium is paid, when one is given."""
    return next(_of_kind(list(dated), _PREMIUM_PAID_TO, 1), None)


def includes_day(dated: Iterable[Dated], on: date) -> bool:
    """Whether no range, begin or end among ``dated`` leaves the day of service out; of another company's line."""
    said = list(dated)
    begins = [span(one.value)[0] if len(one.value) > _ONE_DAY else _begin_of(one) for one in said]
    return not has_ended(said, on) and not any(first is not None and first > on for first in begins)


def _begin_of(one: Dated) -> date | None:
    return day(one.value) if one.kind in {*_BEGINS, _LINE_BEGIN, _PERIOD_BEGIN} else None


def has_ended(dated: Iterable[Dated], on: date) -> bool:
    """Whether any range or end among ``dated`` lies before the day of service; of another payer ([C11])."""
    for one in dated:
        is_end = one.kind in {*_ENDS, _PERIOD_END}
        last = span(one.value)[1] if len(one.value) > _ONE_DAY else day(one.value) if is_end else None
        if last is not None and last < on:
            return True
    return False


def death_of(dated: Sequence[Dated]) -> Known | None:
    """The day of death, when one is given."""
    return next(_of_kind(dated, _DEATH, 0), None)


def find_malformed(dated: Iterable[Dated]) -> Iterator[Dated]:
    """Every date that would count and is none; a year that means "no end" is one."""
    for one in dated:
        if one.kind in _READ:
            halves = span(one.value) if len(one.value) > _ONE_DAY else (day(one.value),)
            if None in halves and not without_end(one.value):
                yield one


def _of_kind(said: Iterable[Dated], kind: str, end: int) -> Iterator[Known]:
    for one in said:
        if one.kind == kind:
            found = span(one.value)[end] if len(one.value) > _ONE_DAY else day(one.value)
            if found is not None:
                yield Known(found, one)
