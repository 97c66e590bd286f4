"""What a line says of its plan: its status, whether that is a plan of another kind, or has ended by its words.

Source: ``ANSWER.md`` [C1], [C3], [C7], [D5].
"""

from dataclasses import dataclass

from contracts import Benefit
from payers.reading.coverage.other_plans import is_on_other_types, is_other_plan, is_other_plan_name
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Effect
from payers.reading.memory import remember
from payers.reading.text import Clause, Record, Topic

CARRIES_BEHAVIORAL = frozenset(codes.CONDITION_OF_TYPE)
"""Service types of behavioral health."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the codes and words of a line say of its plan, whatever the plan is called.

    ``is_plan_line``: it is the status line of a plan. ``may_be_status``: it gives its plan's status. ``is_other``: its
    plan is one that is set aside. ``is_on_other_types``: all its types are those of such plans;
    ``is_other_but_for_types``: then, whether it would be set aside without them. ``closes_program``: it names a program
    to close that alone. ``insurance``: its EB04. ``is_plain``: nothing of it but a plan's name can set it aside.
    """

    is_plan_line: bool
    may_be_status: bool
    is_other: bool
    is_other_but_for_types: bool
    is_on_other_types: bool
    closes_program: bool
    insurance: str
    is_plain: bool


@remember(2048)
def plan_facts_of(facts: Facts) -> PlanFacts:
    """Return what a line says of its plan; its EB05 is asked apart, since plans have many names."""
    said = facts.codes._replace(plan="")
    refers = all(one.effect is Effect.REFERS for one in facts.statements)
    is_on_other, is_of_other = is_on_other_types(said), is_other_plan(said)
    return PlanFacts(
        is_plan_line=said.information in codes.STATUS and is_on_plan(said),
        may_be_status=may_be_status(said),
        is_other=is_of_other,
        is_other_but_for_types=is_on_other and is_other_plan(said._replace(service_types=())),
        is_on_other_types=is_on_other,
        closes_program=said.information in codes.INACTIVE and not refers,
        insurance=said.insurance,
        is_plain=not (is_of_other or said.insurance),
    )


def is_of_other_plan(line: Line) -> bool:
    """Whether a line belongs to a plan that is set aside, by itself."""
    return is_other(line.benefit, plan_facts_of(line.facts))


def is_other(benefit: Benefit, said: PlanFacts) -> bool:
    """Whether a line belongs to a plan that is set aside, by what it says and by the name of its plan."""
    return said.is_other or (bool(benefit.plan) and is_other_plan_name(benefit.plan))


def is_other_by_types_alone(benefit: Benefit, said: PlanFacts) -> bool:
    """Whether nothing but its service types makes a line one of such a plan."""
    would_be = said.is_other_but_for_types or (bool(benefit.plan) and is_other_plan_name(benefit.plan))
    return said.is_on_other_types and not would_be


@remember(2048)
def words_of_status(facts: Facts) -> tuple[tuple[Clause, Record], ...]:
    """Return what the words of a line say of the status of its plan, each with its clause; most say nothing."""
    return tuple(
        [(clause, record) for clause in facts.text.clauses for record in clause.records if record.topic is Topic.STATUS]
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
