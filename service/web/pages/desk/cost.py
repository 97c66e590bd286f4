"""C5, the cost of a stay: choices in an ordinary form, a range with its words, and what every figure rests on."""

import asyncio
from decimal import Decimal
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Request, Response, Security

from contracts import Answer
from contracts.report.words import CONDITION
from service.guidance.cost_page import describe_range
from service.guidance.cost_values import CostRange, EpisodeCost
from service.guidance.program_plan import MOST_DAYS
from service.guidance.stay_cost import estimate_with_us
from service.security.access import Caller
from service.web.api.guidance import VerificationId
from service.web.api.verifications import find_answer
from service.web.dependencies import PageDeadlineDependency, Right, ServicesDependency, get_person
from service.web.pages.desk.cost_form import LATEST_BEGIN, CostChoices, places_of, read_choices, stay_of
from service.web.pages.desk.formats import FORMATS
from service.web.pages.desk.navigation import RECORD_PATH, WORK_PATH, record_path, render_desk
from service.web.problems import FieldError, RequestRefused

router = APIRouter(prefix=RECORD_PATH, include_in_schema=False)

Costing = Annotated[Caller, Security(get_person, scopes=[Right.LOOK, Right.COST])]

WIDTH = 100
"""Units of the drawing of a range from end to end."""


class RangeBar(NamedTuple):
    """A range as it is drawn: where it begins and how wide it is, of ``WIDTH``; ``is_open`` where it has no end."""

    begins: float
    width: float
    is_open: bool


class PhaseShown(NamedTuple):
    """One phase of the stay: its name, its days, what it may cost in words and as a bar, and its lines."""

    name: str
    days: int
    amount: str
    bar: RangeBar
    evidence: tuple[str, ...]


@router.get("/{verification_id}/cost")
async def show_cost(
    verification_id: VerificationId,
    caller: Costing,
    deadline: PageDeadlineDependency,
    services: ServicesDependency,
    request: Request,
) -> Response:
    """Show what a stay may cost; the address holds what was chosen, as codes and figures."""
    answer = await find_answer(verification_id, caller, deadline, services)
    choices, places = read_choices(request.query_params), places_of(services.roster, answer.payer)
    try:
        stay = stay_of(choices, answer, places)
    except RequestRefused as refused:
        return _render(answer, caller, choices, places, errors=refused.errors)
    # A plan with much that is not known is walked in many cases, which would hold the event loop.
    cost = await asyncio.to_thread(
        lambda: estimate_with_us(answer, stay.plan, services.roster, side=stay.side, location=stay.place)
    )
    return _render(answer, caller, choices, places, cost=cost)


_WORDS = {
    "days": "Write how many days a week, from 1 to 7",
    "weeks": "Write how many weeks, from 1 to 52",
    "charge": "Write dollars a day, such as 900 or 900.50",
    "program": "Choose a program",
    "begins": f"Write in how many weeks it begins, from 0 to {LATEST_BEGIN}",
}


def describe_error(error: FieldError) -> tuple[str, str]:
    """Return the id of the field at fault, and what to write there."""
    if error.code == "too_long":
        return error.field, f"Plan at most {MOST_DAYS} days of treatment in all"
    return error.field, _WORDS.get(error.field.rstrip("123"), "Choose one of the list")


def range_bar(amount: CostRange, most: Decimal) -> RangeBar:
    """Return a range as it is drawn on a scale that ends at ``most`` dollars."""
    scale = WIDTH / float(most or 1)
    least = float(amount.at_least) * scale
    end = WIDTH if amount.at_most is None else float(amount.at_most) * scale
    return RangeBar(round(min(least, WIDTH - 1), 1), round(max(end - least, 1), 1), amount.at_most is None)


def phases_shown(cost: EpisodeCost) -> tuple[PhaseShown, ...]:
    """Return the phases with their bars, on the scale of the whole stay."""
    most = max(filter(None, (cost.patient_pays.at_most, cost.patient_pays.at_least * 2)), default=Decimal(0))
    return tuple(
        PhaseShown(
            name=f"{one.program.value.upper()} for {CONDITION[one.condition.value]}",
            days=one.days,
            amount=describe_range(one.patient_pays),
            bar=range_bar(one.patient_pays, most),
            evidence=one.evidence,
        )
        for one in cost.phases
    )


def _render(
    answer: Answer,
    caller: Caller,
    choices: CostChoices,
    places: tuple[str, ...],
    *,
    cost: EpisodeCost | None = None,
    errors: tuple[FieldError, ...] = (),
) -> Response:
    return render_desk(
        "cost.html.jinja",
        caller,
        here=WORK_PATH,
        status=422 if errors else 200,
        record=record_path(answer.verification_id or ""),
        choices=choices,
        places=places,
        errors=[describe_error(one) for one in errors],
        cost=cost,
        amount=describe_range(cost.patient_pays) if cost else "",
        phases=phases_shown(cost) if cost else (),
        is_unusable=answer.coverage.status.value in {"inactive", "not_found", "could_not_check"},
        width=WIDTH,
        **FORMATS,
    )
