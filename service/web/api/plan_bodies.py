"""What callers send for an estimate of a stay's cost: a plan of days of treatment, all of it optional."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from contracts import Answer, Condition, Delivery, Program, Side
from service.guidance.program_plan import LATEST_START, MOST_DAYS, PlanPhase, ProgramPlan, default_phases
from service.web.api.bodies import WHOLE, RequestBody
from service.web.problems import FieldError, RequestRefused

LONGEST_LEAD = timedelta(days=366)
"""A stay begins at most this long before or after the day that the answer is for."""


class _Plain:
    """Annotates a decimal: as a string it has the form ``pattern``, which is described as it is checked."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler(schema)
        number = next(kind for kind in described["anyOf"] if kind["type"] == "number")
        return {"anyOf": [{**number, "multipleOf": 0.01}, {"type": "string", "pattern": self._pattern}]}

    def _check(self, value: object) -> object:
        # Behind a validator of ours pydantic takes JSON's numbers and strings for Python's, and strictly no decimals.
        if isinstance(value, str) and not re.fullmatch(self._pattern, value):
            raise PydanticCustomError("bad_value", "not a plain number")
        is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        return Decimal(str(value)) if is_plain else value


DayPrice = Annotated[
    Decimal,
    Field(ge=0, le=100_000, decimal_places=2),
    _Plain(r"^([0-9]{1,5}(\.[0-9]{1,2})?|100000(\.0{1,2})?)$"),
]
DayHours = Annotated[
    Decimal,
    Field(gt=0, le=24, decimal_places=2),
    _Plain(r"^(0\.(0[1-9]|[1-9][0-9]?)|([1-9]|1[0-9]|2[0-3])(\.[0-9]{1,2})?|24(\.0{1,2})?)$"),
]


class PhaseBody(RequestBody):
    """A part of the plan: one program at one pace.

    ``condition`` and ``delivery`` are those of the whole plan when absent. ``hours_per_day`` serves copays and limits
    that count hours. ``allowed_per_day`` stands in for the contracted rate, ``charge_per_day`` for our charge without a
    contract; both are dollars.
    """

    program: Program
    days_per_week: Annotated[int, Field(ge=1, le=7), WHOLE]
    weeks: Annotated[int, Field(ge=1, le=52), WHOLE]
    condition: Condition | None = None
    delivery: Delivery | None = None
    hours_per_day: DayHours | None = None
    allowed_per_day: DayPrice | None = None
    charge_per_day: DayPrice | None = None


_EXAMPLE: JsonDict = {
    "starts_on": "2026-12-01",
    "phases": [
        {"program": "php", "days_per_week": 5, "weeks": 4},
        {"program": "iop", "days_per_week": 3, "weeks": 8, "delivery": "virtual"},
    ],
}


class CostBody(RequestBody):
    """A plan of days of treatment, and where it takes place.

    Without ``phases`` it is PHP on five days a week for four weeks, then IOP on three days for eight. ``starts_on`` is
    the day that the answer is for when absent, ``condition`` mental health, ``delivery`` in person. ``side`` is taken
    from the operator's contracts when absent; ``location`` is one of their own names of places.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    starts_on: date | None = None
    phases: Annotated[tuple[PhaseBody, ...], Field(min_length=1, max_length=8)] | None = None
    condition: Condition | None = None
    delivery: Delivery | None = None
    side: Side | None = None
    location: Annotated[str, Field(min_length=1, max_length=80)] | None = None


def plan_of(body: CostBody, answer: Answer) -> ProgramPlan:
    """Return the plan in ``body``. Raises ``RequestRefused`` for one that is too long or far away."""
    condition = body.condition or Condition.MENTAL_HEALTH
    delivery = body.delivery or Delivery.IN_PERSON
    starts_on = body.starts_on or answer.service_date
    if abs(starts_on - answer.service_date) > LONGEST_LEAD or starts_on > LATEST_START:
        raise RequestRefused(422, "invalid_request", (FieldError(field="starts_on", code="bad_value"),))
    if body.phases is None:
        return ProgramPlan(starts_on=starts_on, phases=default_phases(condition, delivery))
    phases = tuple(
        PlanPhase(**dict(one) | {"condition": one.condition or condition, "delivery": one.delivery or delivery})
        for one in body.phases
    )
    if sum(one.treatment_days for one in phases) > MOST_DAYS:
        raise RequestRefused(422, "invalid_request", (FieldError(field="phases", code="too_long"),))
    return ProgramPlan(starts_on=starts_on, phases=phases)
