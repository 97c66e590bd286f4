"""The choices of the cost sheet: codes and figures that stand in the address, and the plan that they make."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from contracts import Answer, Condition, Delivery, Program, Side
from service.guidance.program_plan import ProgramPlan, default_phases
from service.settings.contract_roster import Roster
from service.web.api.plan_bodies import CostBody, plan_of
from service.web.body_route import parse_body
from service.web.problems import FieldError, RequestRefused

ROWS = 3
"""Phases that the form has room for."""

LATEST_BEGIN = 52
"""Weeks after the service date at which a stay begins at the latest."""


class PhaseChoice(NamedTuple):
    """One phase as it was chosen; every value is the text of its field."""

    program: str = ""
    days: str = ""
    weeks: str = ""
    charge: str = ""


class CostChoices(NamedTuple):
    """Everything that was chosen. ``begins`` is in weeks after the service date, ``place`` a number of the list."""

    phases: tuple[PhaseChoice, ...]
    condition: str
    delivery: str
    side: str
    place: str
    begins: str


class PlannedStay(NamedTuple):
    """A plan with the network side and the place for which it was chosen, None where that is left to the roster."""

    plan: ProgramPlan
    side: Side | None
    place: str | None


def read_choices(query: Mapping[str, str]) -> CostChoices:
    """Return what an address chooses; the usual stay where it chooses no phase."""
    names = PhaseChoice._fields
    phases = tuple(
        PhaseChoice(*(query.get(f"{name}{row}", "").strip() for name in names)) for row in range(1, ROWS + 1)
    )
    if not any(name.rstrip("123") in names for name in query):
        usual = [PhaseChoice(one.program, str(one.days_per_week), str(one.weeks)) for one in default_phases()]
        phases = (*usual, *[PhaseChoice()] * (ROWS - len(usual)))
    return CostChoices(
        phases=phases,
        condition=query.get("condition", Condition.MENTAL_HEALTH),
        delivery=query.get("delivery", Delivery.IN_PERSON),
        side=query.get("side", ""),
        place=query.get("place", ""),
        begins=query.get("begins", ""),
    )


def places_of(roster: Roster, payer: str | None) -> tuple[str, ...]:
    """Return the operator's own names of its places in the contracts with a payer, in the order of the settings."""
    named = [name for one in roster.contracts if payer is None or one.payer == payer for name in one.locations]
    return tuple(dict.fromkeys(named))


def stay_of(choices: CostChoices, answer: Answer, places: tuple[str, ...]) -> PlannedStay:
    """Return the stay that was chosen. Raises ``RequestRefused`` 422, whose errors name the form's own fields."""
    rows = [row for row, one in enumerate(choices.phases, start=1) if one.program or one.weeks]
    begins = _whole(choices.begins or "0", "begins", LATEST_BEGIN)
    place = _whole(choices.place or "0", "place", len(places))
    body = {
        "phases": [_phase(choices.phases[row - 1]) for row in rows],
        "condition": choices.condition,
        "delivery": choices.delivery,
        "side": choices.side or None,
        "starts_on": (answer.service_date + timedelta(weeks=begins)).isoformat(),
        "location": places[place - 1] if place else None,
    }
    try:
        sent = parse_body(orjson.dumps(body), CostBody)
        plan = plan_of(sent, answer)
    except RequestRefused as refused:
        raise RequestRefused(422, "invalid_request", tuple(_own_names(refused, rows))) from None
    return PlannedStay(plan, sent.side, sent.location)


def _phase(one: PhaseChoice) -> dict[str, Any]:
    """Return a phase as the interface takes it; a text that is no number goes on as it is, and is refused there."""
    return {
        "program": one.program or Program.IOP,
        "days_per_week": _number(one.days),
        "weeks": _number(one.weeks),
        "charge_per_day": one.charge.replace("$", "").replace(",", "") or None,
    }


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text


def _whole(text: str, field: str, most: int) -> int:
    number = _number(text)
    if not isinstance(number, int) or number > most:
        raise RequestRefused(422, "invalid_request", (FieldError(field=field, code="bad_value"),))
    return number


_NAMES = {"days_per_week": "days", "weeks": "weeks", "program": "program", "charge_per_day": "charge"}


def _own_names(refused: RequestRefused, rows: list[int]) -> Iterator[FieldError]:
    for error in refused.errors:
        parts = error.field.split(".")
        if len(parts) > 2 and parts[0] == "phases" and parts[1].isdigit():
            yield FieldError(field=f"{_NAMES.get(parts[2], 'program')}{rows[int(parts[1])]}", code=error.code)
        elif parts[0] == "phases":
            yield FieldError(field="weeks1", code=error.code)
        else:
            yield FieldError(field="begins" if parts[0] == "starts_on" else parts[0], code=error.code)
