"""Which plan each line belongs to, and which lines are in force. Source: ``ANSWER.md`` [C4], [C6], [C7], [S7], [D5]."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from contracts import Benefit
from contracts.benefits import Place
from payers.reading.coverage.dates import dates_of, line_holds, period_holds
from payers.reading.coverage.other_plans import PART_A, PART_B, is_on_other_types, is_other_plan
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Effect


class LinesByPlan:
    """The lines of the replies, each with the plan that it belongs to; asked by everything that needs the plan."""

    def __init__(self, lines: Sequence[Line], on: date) -> None:
        """Find the plan of each of ``lines``; ``on`` is the day of service."""
        self.lines, self.on = tuple(lines), on
        self.whole = _whole(lines)
        self._plans = _plans_by_line(lines)
        # By the identity of the benefit, which the lines keep alive: a value of 26 fields is slow to compare.
        self._others: dict[int, bool] = {}
        self._holding: dict[int, bool] = {}

    def plan(self, reply: int, benefit: Benefit) -> Benefit | None:
        """Return the plan line of a benefit; None when there is none."""
        return self._plans.get((reply, benefit.at))

    def is_of_other_plan(self, benefit: Benefit) -> bool:
        """Whether a line belongs to a plan that is set aside."""
        found = self._others.get(id(benefit))
        if found is None:
            found = self._others[id(benefit)] = is_other_plan(benefit)
        return found

    def holds(self, benefit: Benefit) -> bool:
        """Whether the dates of a line hold the day."""
        dated = benefit.dates
        if not dated:
            return True
        found = self._holding.get(id(benefit))
        if found is None:
            found = line_holds(dated, self.on) and dates_of(dated, self.on).holds(self.on)
            self._holding[id(benefit)] = found
        return found

    @cached_property
    def _split_lines(self) -> tuple[list[Line], list[Line]]:
        """The lines in force, and those that may point to somebody."""
        in_force: list[Line] = []
        pointing: list[Line] = []
        for line in self.lines:
            benefit = line.benefit
            plan = self.plan(line.reply, benefit)
            is_aside = self.is_set_aside(benefit, plan)
            if is_aside and (self.is_aside(plan) or not _is_other_by_types_alone(benefit)):
                continue
            if self._some_hold and not (self.holds(benefit) and (plan is None or self.holds(plan))):
                continue
            is_over = benefit.dates and not period_holds(benefit.dates, self.on)
            here = line._replace(is_in_period=False) if is_over else line
            pointing.append(here)
            if not is_aside:
                in_force.append(here)
        return in_force, pointing

    def in_force(self) -> list[Line]:
        """Return the lines that may give a verdict or a figure, each with whether its benefit period holds ([S7]).

        Left out are lines of plans that are set aside, of an ended plan beside another one, and lines whose own dates
        do not hold. Where no plan holds the day every line of the medical plans stays: the status is unclear then, and
        says so.
        """
        return self._split_lines[0]

    def may_point(self) -> list[Line]:
        """Return the lines that may name an administrator: those in force, and those on other plans' types alone.

        Payers hide behavioral carve-outs on dental, vision or drug types ([D5]); a line that names another plan in
        EB04, EB05 or words stays out.
        """
        return self._split_lines[1]

    @cached_property
    def _some_hold(self) -> bool:
        """Whether any status line, with its plan, holds the day."""
        for reply, one in self.whole:
            if self.is_status(one) and one.insurance != PART_A and self.holds(one):
                plan = self.plan(reply, one)
                if plan is None or self.holds(plan):
                    return True
        return False

    def is_status(self, benefit: Benefit) -> bool:
        """Whether a line gives the medical plan's status."""
        return may_be_status(benefit) and not self.is_of_other_plan(benefit)

    def is_aside(self, plan: Benefit | None) -> bool:
        """Whether a plan is one that is set aside."""
        return plan is not None and self.is_of_other_plan(plan)

    def is_set_aside(self, benefit: Benefit, plan: Benefit | None) -> bool:
        """Whether a line is of a plan that never gives status, verdict or accumulators, or of Part A alone ([C7])."""
        return self.is_of_other_plan(benefit) or self.is_aside(plan) or is_part_a(benefit, plan)


def _is_other_by_types_alone(benefit: Benefit) -> bool:
    return is_on_other_types(benefit) and not is_other_plan(benefit._replace(service_types=()))


def is_part_a(benefit: Benefit, plan: Benefit | None) -> bool:
    """Whether a line belongs to Medicare Part A, which pays for neither program ([C7])."""
    if benefit.insurance in {PART_A, PART_B}:
        return benefit.insurance == PART_A
    return plan is not None and plan.insurance == PART_A


def _plans_by_line(lines: Sequence[Line]) -> dict[tuple[int, Place], Benefit]:
    """The plan line of each line: the one with its EB05, else with its EB04 beside Medicare, else the nearest above.

    Of several plan lines of one name (last year's and this year's) it is the nearest above as well, else the first.
    """
    found: dict[tuple[int, Place], Benefit] = {}
    by_name: dict[tuple[int, str], Benefit] = {}
    by_part: dict[tuple[int, str], Benefit] = {}
    plans = [(line.reply, line.benefit) for line in lines if _is_plan_line(line.benefit)]
    for reply, plan in reversed(plans):
        by_name[reply, plan.plan] = by_part[reply, plan.insurance] = plan
    above: dict[int, Benefit] = {}
    for line in lines:
        benefit = line.benefit
        if _is_plan_line(benefit):
            above[line.reply] = by_name[line.reply, benefit.plan] = by_part[line.reply, benefit.insurance] = benefit
            found[line.reply, benefit.at] = benefit
            continue
        named = by_name.get((line.reply, benefit.plan)) if benefit.plan else None
        if named is None and benefit.insurance in {PART_A, PART_B}:
            named = by_part.get((line.reply, benefit.insurance))
        its_plan = named or above.get(line.reply)
        if its_plan is not None:
            found[line.reply, benefit.at] = its_plan
    return found


def _is_plan_line(benefit: Benefit) -> bool:
    return benefit.information in codes.STATUS and is_on_plan(benefit)


def _whole(lines: Sequence[Line]) -> list[tuple[int, Benefit]]:
    """Every benefit once; without those that name a program to close it: they close that program alone."""
    return list(
        {
            (line.reply, line.benefit.at): (line.reply, line.benefit)
            for line in lines
            if not (
                line.benefit.information in codes.INACTIVE
                and any(one.effect is not Effect.REFERS for one in line.facts.statements)
            )
        }.values()
    )


def is_on_plan(benefit: Benefit) -> bool:
    """Whether a line is of the whole plan: on 30, or on no service type and no procedure."""
    if benefit.procedure:
        return False
    return not benefit.service_types or codes.PLAN_TYPE in benefit.service_types


def may_be_status(benefit: Benefit) -> bool:
    """Whether a line gives its plan's status: 1 to 5 also on a behavioral type, 6 to 8 on 30 or on none.

    A procedure is no service of the plan's: one of a program shows the plan active, and none shows it inactive.
    """
    if benefit.information in codes.INACTIVE:
        return is_on_plan(benefit)
    if benefit.information not in codes.ACTIVE:
        return False
    if benefit.procedure:
        return benefit.procedure in codes.CONDITIONS_OF_PROCEDURE
    return is_on_plan(benefit) or not CARRIES_BEHAVIORAL.isdisjoint(benefit.service_types)


CARRIES_BEHAVIORAL = frozenset(codes.CONDITION_OF_TYPE)
