"""The endpoints for a person who signed in: who they are here, and breaking the glass."""

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter
from pydantic import AfterValidator, Field

from contracts import Frozen
from service.security.access import StaffRole
from service.verification.question_fields import WORDS, check_words
from service.web.api.bodies import RequestBody
from service.web.body_route import BodyRoute
from service.web.dependencies import PersonDependency, ServicesDependency, rights_of
from service.web.problems import RequestRefused, problem_responses

log = structlog.get_logger()

router = APIRouter(prefix="/v1", tags=["people"], route_class=BodyRoute)


class PersonView(Frozen):
    """A person who signed in: ``rights`` follow from the roles, and from the glass while it is broken."""

    id: str
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    in_emergency: bool


class EmergencyBody(RequestBody):
    """Why the glass is broken, in words for whoever reviews it. They are kept sealed."""

    reason: Annotated[str, Field(min_length=10, max_length=500, json_schema_extra=WORDS), AfterValidator(check_words)]


class EmergencyView(Frozen):
    """Until when everything is open to the person who broke the glass."""

    ends_at: datetime


@router.get("/me", summary="Who is signed in", responses=problem_responses(401, 403, 429, 503))
async def show_me(person: PersonDependency) -> PersonView:
    """The person behind the session or the token."""
    return PersonView(
        id=person.id,
        roles=tuple(sorted(person.staff_roles or ())),
        rights=tuple(sorted(rights_of(person))),
        in_emergency=person.in_emergency,
    )


@router.post(
    "/emergencies",
    status_code=201,
    summary="Break the glass",
    responses=problem_responses(401, 403, 408, 413, 415, 422, 429, 503),
)
async def break_glass(body: EmergencyBody, person: PersonDependency, services: ServicesDependency) -> EmergencyView:
    """For an hour the person may see everything. It needs the role `break_glass` and a reason; others are alerted."""
    if StaffRole.BREAK_GLASS not in (person.staff_roles or ()):
        raise RequestRefused(403, "forbidden")
    ends_at = await services.store.break_glass(person, body.reason)
    log.warning("glass.broken", caller_id=person.id)
    return EmergencyView(ends_at=ends_at)
