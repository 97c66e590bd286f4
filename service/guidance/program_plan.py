"""A program plan: which program, how many days a week, for how many weeks, beginning when; and its days."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from contracts import Condition, Delivery, Frozen, Program

WEEKDAYS = {
    1: (0,),
    2: (1, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
    6: (0, 1, 2, 3, 4, 5),
    7: (0, 1, 2, 3, 4, 5, 6),
}
"""The weekdays of treatment by their number a week; 0 is Monday."""


class PlanPhase(Frozen):
    """A part of the plan: one program at one pace.

    ``hours_per_day`` serves copays and limits that count hours. ``allowed_per_day`` stands in for the contracted rate,
    and ``charge_per_day`` for our own charge; both are dollars.
    """

    program: Program
    days_per_week: Annotated[int, Field(ge=1, le=7)]
    weeks: Annotated[int, Field(ge=1, le=52)]
    condition: Condition = Condition.MENTAL_HEALTH
    delivery: Delivery = Delivery.IN_PERSON
    hours_per_day: Annotated[Decimal, Field(gt=0, le=24, decimal_places=2)] | None = None
    allowed_per_day: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)] | None = None
    charge_per_day: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)] | None = None

    @property
    def treatment_days(self) -> int:
        """How many days of treatment it has."""
        return self.days_per_week * self.weeks


class PlannedDay(NamedTuple):
    """One day of treatment. ``phase`` and ``week`` count from 0; a week of a phase is seven days from its first one."""

    on: date
    phase: int
    week: int


LATEST_START = date(9990, 1, 1)
"""A later plan, and the benefit years that it crosses, would leave the calendar, which ends with the year 9999."""

MOST_DAYS = 200
"""Days of treatment of the longest plan; each is walked in many cases."""


class ProgramPlan(Frozen):
    """The phases of a stay, one after the other, from ``starts_on``. It has at most ``MOST_DAYS`` of treatment."""

    starts_on: date
    phases: Annotated[tuple[PlanPhase, ...], Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if sum(one.treatment_days for one in self.phases) > MOST_DAYS:
            raise ValueError("too many days")
        return self

    def days(self) -> Iterator[PlannedDay]:
        """Yield every day of treatment, in order: as many in each week as the phase has, whatever day it begins on."""
        begins = self.starts_on
        for number, phase in enumerate(self.phases):
            wanted = WEEKDAYS[phase.days_per_week]
            for gone in range(7 * phase.weeks):
                on = begins + timedelta(days=gone)
                if on.weekday() in wanted:
                    yield PlannedDay(on, number, gone // 7)
            begins += timedelta(days=7 * phase.weeks)


def default_phases(
    condition: Condition = Condition.MENTAL_HEALTH, delivery: Delivery = Delivery.IN_PERSON
) -> tuple[PlanPhase, ...]:
    """Return the usual stay: PHP on five days a week for four weeks, then IOP on three days for eight."""
    return (
        PlanPhase(program=Program.PHP, days_per_week=5, weeks=4, condition=condition, delivery=delivery),
        PlanPhase(program=Program.IOP, days_per_week=3, weeks=8, condition=condition, delivery=delivery),
    )
