"""Which plan each line belongs to, and which lines are in force. Source: ``ANSWER.md`` [C4], [C6], [C7], [S7], [D5]."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from contracts import Benefit
from payers.reading.coverage.dates import days_of
from payers.reading.coverage.other_plans import PART_A, PART_B
from payers.reading.coverage.plan_facts import (
    PlanFacts,
    is_of_other_plan,
    is_other,
    is_other_by_types_alone,
    plan_facts_of,
    words_of_status,
)
from payers.reading.lines.line import Line
from payers.reading.memory import MOST_LINES, remember_apart

_PARTS = frozenset({PART_A, PART_B})


@dataclass(frozen=True, slots=True)
class PlanOfLines:
    """A plan as the lines below it need it. ``number``: that of its status line; None where there is none.

    ``is_aside``: it is one that gives no status, verdict or accumulators. ``is_plain``: it is none, and not Part A.
    ``holds``: its dates hold the day.
    """

    number: int | None = None
    is_aside: bool = False
    is_part_a: bool = False
    is_plain: bool = True
    holds: bool = True


_NO_PLAN = PlanOfLines()


class PlacedLine(NamedTuple):
    """A line with what its codes and words say of its plan, and with that plan."""

    line: Line
    said: PlanFacts
    plan: PlanOfLines

    @property
    def is_set_aside(self) -> bool:
        """Whether it is of a plan that never gives status, verdict or accumulators, or of Part A alone ([C7])."""
        return self.is_on_plan_aside or is_other(self.line.benefit, self.said)

    @property
    def is_on_plan_aside(self) -> bool:
        """Whether the plan that it belongs to is such a one, whatever the line itself is."""
        if self.plan.is_aside:
            return True
        return self.said.insurance == PART_A if self.said.insurance in _PARTS else self.plan.is_part_a


class _Layout(NamedTuple):
    """Where the lines of replies stand, each by its number.

    ``status``: those that give the status of a plan, with it. ``in_force``, ``pointing``: as the methods of
    ``LinesByPlan``; ``late``: those of them whose benefit period does not hold the day. ``with_odd_dates``,
    ``with_words_of_status``: as its properties.
    """

    status: tuple[tuple[int, PlanOfLines], ...]
    in_force: tuple[int, ...]
    pointing: tuple[int, ...]
    late: frozenset[int]
    with_odd_dates: tuple[int, ...]
    with_words_of_status: tuple[int, ...]


MOST_SIGNS = 4_000
"""Signs of all names of plans and dates of such a layout."""

_LAYOUTS = remember_apart(128)


class LinesByPlan:
    """The lines of the replies, each with the plan that it belongs to; asked by everything that needs the plan."""

    def __init__(self, lines: Sequence[Line], on: date) -> None:
        """Find the plan of each of ``lines``; ``on`` is the day of service."""
        self.lines, self.on = tuple(lines), on
        self._layout = _layout_of(self.lines, on)

    @cached_property
    def benefits(self) -> list[Line]:
        """A line for every benefit, without those that name a program to close it: they close that program alone."""
        named = {_benefit_of(line): line for line in self.lines if not plan_facts_of(line.facts).closes_program}
        return list(named.values())

    @cached_property
    def status(self) -> list[PlacedLine]:
        """The lines that give the status of a plan and are no others' themselves, each benefit once."""
        found = [(self.lines[number], plan) for number, plan in self._layout.status]
        return [PlacedLine(line, plan_facts_of(line.facts), plan) for line, plan in found]

    def line_of(self, plan: PlanOfLines) -> Line | None:
        """Return the status line of a plan; None where there is none."""
        return None if plan.number is None else self.lines[plan.number]

    @property
    def with_odd_dates(self) -> list[Line]:
        """The lines with a date that is none, without those that name a program to close it."""
        return [self.lines[number] for number in self._layout.with_odd_dates]

    @property
    def with_words_of_status(self) -> list[Line]:
        """The lines with words about the status of the plan."""
        return [self.lines[number] for number in self._layout.with_words_of_status]

    def in_force(self) -> list[Line]:
        """Return the lines that may give a verdict or a figure, each with whether its benefit period holds ([S7]).

        Left out are lines of plans that are set aside, of an ended plan beside another one, and lines whose own dates
        do not hold. Where no plan holds the day every line of the medical plans stays: the status is unclear then, and
        says so.
        """
        return self._with_periods(self._layout.in_force)

    def may_point(self) -> list[Line]:
        """Return the lines that may name an administrator: those in force, and those on other plans' types alone.

        Payers hide behavioral carve-outs on dental, vision or drug types ([D5]); a line that names another plan in
        EB04, EB05 or words stays out.
        """
        return self._with_periods(self._layout.pointing)

    def _with_periods(self, numbers: Sequence[int]) -> list[Line]:
        lines, late = self.lines, self._layout.late
        if not late:
            return [lines[number] for number in numbers]
        return [replace(lines[one], is_in_period=False) if one in late else lines[one] for one in numbers]


def _layout_of(lines: Sequence[Line], on: date) -> _Layout:
    """Return where ``lines`` stand. Members of one plan have the same lines but for their figures, which tell nothing.

    What it follows from: facts, names of plans, dates, and which lines are of one reply and of one benefit. A line that
    is kept stands for its own.
    """
    own = [line.benefit for line in lines if not line.is_kept]
    signs = sum([len(one.plan) + sum([len(day.value) + len(day.sent) for day in one.dates]) for one in own])
    if len(lines) > MOST_LINES or signs > MOST_SIGNS:
        return _Placing(lines, on).layout()
    # Lines of one benefit at several places are told by the first of them.
    first: dict[tuple[int, int], int] = {}
    key = (
        on,
        *[
            line
            if line.is_kept
            else (line.reply, line.facts, line.benefit.plan, line.benefit.dates, first.setdefault(_benefit_of(line), n))
            for n, line in enumerate(lines)
        ],
    )
    known: _Layout | None = _LAYOUTS.find(key)
    if known is None:
        known = _Placing(lines, on).layout()
        _LAYOUTS.keep(key, known)
    return known


def _benefit_of(line: Line) -> tuple[int, int]:
    """Return what tells the benefit of a line from the others of these replies: one object may stand in several."""
    return line.reply, id(line.benefit)


class _Placing:
    """Finds out where lines stand."""

    def __init__(self, lines: Sequence[Line], on: date) -> None:
        self._lines, self._on = lines, on
        self._facts = [plan_facts_of(line.facts) for line in lines]
        self._plans = self._place_lines()

    def layout(self) -> _Layout:
        """Return all of it."""
        status = {
            _benefit_of(line): (number, plan)
            for number, (line, said, plan) in enumerate(self._walk())
            if said.may_be_status and not said.closes_program and not is_other(line.benefit, said)
        }
        some_hold = any(
            self._facts[number].insurance != PART_A and plan.holds and self._holds(self._lines[number].benefit)
            for number, plan in status.values()
        )
        in_force, pointing, late = self._split_lines(some_hold=some_hold)
        odd = [
            number
            for number, (line, said, _) in enumerate(self._walk())
            if line.benefit.dates and not said.closes_program and days_of(line.benefit.dates, self._on).are_malformed
        ]
        worded = [number for number, line in enumerate(self._lines) if words_of_status(line.facts)]
        return _Layout(
            tuple(status.values()),
            tuple(in_force),
            tuple(pointing),
            frozenset(late),
            tuple(odd),
            tuple(worded),
        )

    def _walk(self) -> Iterator[tuple[Line, PlanFacts, PlanOfLines]]:
        return zip(self._lines, self._facts, self._plans, strict=True)

    def _place_lines(self) -> list[PlanOfLines]:
        """The plan of each line: that with its EB05, else with its EB04 beside Medicare, else the nearest above.

        Of several plan lines of one name (last year's and this year's) it is the nearest above as well, else the first.
        """
        plans = {number: self._plan(number) for number, said in enumerate(self._facts) if said.is_plan_line}
        by_name: dict[tuple[int, str], PlanOfLines] = {}
        by_part: dict[tuple[int, str], PlanOfLines] = {}
        for number in reversed(plans):
            line = self._lines[number]
            by_name[line.reply, line.benefit.plan] = by_part[line.reply, line.benefit.insurance] = plans[number]
        above: dict[int, PlanOfLines] = {}
        found: list[PlanOfLines] = []
        for number, (line, said) in enumerate(zip(self._lines, self._facts, strict=True)):
            name, plan = line.benefit.plan, None
            if said.is_plan_line:
                plan = plans[number]
                above[line.reply] = by_name[line.reply, name] = by_part[line.reply, said.insurance] = plan
            elif name:
                plan = by_name.get((line.reply, name))
            if plan is None and said.insurance in _PARTS:
                plan = by_part.get((line.reply, said.insurance))
            found.append(plan or above.get(line.reply, _NO_PLAN))
        return found

    def _plan(self, number: int) -> PlanOfLines:
        line, benefit = self._lines[number], self._lines[number].benefit
        is_aside, is_part_a = is_of_other_plan(line), benefit.insurance == PART_A
        return PlanOfLines(number, is_aside, is_part_a, not (is_aside or is_part_a), self._holds(benefit))

    def _holds(self, benefit: Benefit) -> bool:
        """Whether the dates of a line hold the day."""
        return not benefit.dates or days_of(benefit.dates, self._on).hold

    def _split_lines(self, *, some_hold: bool) -> tuple[list[int], list[int], list[int]]:
        """The lines in force, those that may point to somebody, and those of both whose benefit period does not hold.

        ``some_hold``: whether any status line, with its plan, holds the day.
        """
        in_force: list[int] = []
        pointing: list[int] = []
        late: list[int] = []
        for number, (line, said, plan) in enumerate(self._walk()):
            if some_hold and not plan.holds:
                continue
            benefit = line.benefit
            is_plain = said.is_plain and plan.is_plain and not benefit.plan
            is_aside = not is_plain and PlacedLine(line, said, plan).is_set_aside
            if is_aside and (plan.is_aside or not is_other_by_types_alone(benefit, said)):
                continue
            if benefit.dates:
                days = days_of(benefit.dates, self._on)
                if some_hold and not days.hold:
                    continue
                if not days.are_in_period:
                    late.append(number)
            pointing.append(number)
            if not is_aside:
                in_force.append(number)
        return in_force, pointing, late
