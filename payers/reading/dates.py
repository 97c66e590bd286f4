"""When a plan begins and ends, by the dates of a reply. Source: the answer's section 3, Dates."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from contracts import Dated
from payers.reading.numbers import day, span, without_end

_BEGINS = ("346", "356")
_ENDS = ("347", "349", "357", "341")
_RANGES = ("291", "307", "346", "356")
_DEATH = "442"
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
        return tuple(dict.fromkeys(known.source for known in (self.begins, self.ends) if known))

    def holds(self, on: date) -> bool:
        """Whether ``on`` lies within; an end that is not known lies open."""
        return not self.ended(on) and not (self.begins_on is not None and self.begins_on > on)

    def ended(self, on: date) -> bool:
        """Whether the plan ended before ``on``."""
        return self.ends_on is not None and self.ends_on < on

    def else_by(self, other: "Dates") -> "Dates":
        """These dates, and those of ``other`` where these say nothing."""
        return Dates(self.begins or other.begins, self.ends or other.ends)

    def unless_dead(self, death: Known | None) -> "Dates":
        """These dates, ended by ``death`` where it comes first."""
        dies_first = death is not None and (self.ends is None or death.on < self.ends.on)
        return self._replace(ends=death) if dies_first else self


def dates_of(dated: Iterable[Dated]) -> Dates:
    """Begin and end of a plan, by the order of qualifiers of the answer; a death ends it."""
    said = list(dated)
    ranges = [one for kind in _RANGES for one in said if one.kind == kind and len(one.value) > _ONE_DAY]
    begins = next((known for kind in _BEGINS for known in _of_kind(said, kind, 0)), None)
    ends = next((known for kind in _ENDS for known in _of_kind(said, kind, 1)), None)
    begins = begins or next((Known(first, one) for one in ranges if (first := span(one.value)[0])), None)
    ends = ends or next((Known(last, one) for one in ranges if (last := span(one.value)[1])), None)
    return Dates(begins, ends).unless_dead(death_of(said))


def death_of(dated: Sequence[Dated]) -> Known | None:
    """The day of death, when one is given."""
    return next(_of_kind(dated, _DEATH, 0), None)


def malformed(dated: Iterable[Dated]) -> Iterator[Dated]:
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
