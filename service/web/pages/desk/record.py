"""C3, the record: everything that is known of one verification, each figure with the line that it rests on."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from service.security.access import Caller
from service.security.projection import project
from service.web.api.guidance import VerificationId
from service.web.api.verifications import find_whole
from service.web.dependencies import DeadlineDependency, Right, ServicesDependency, get_person
from service.web.pages.desk.navigation import RECORD_PATH, WORK_PATH, render_desk

router = APIRouter(prefix=RECORD_PATH, include_in_schema=False)

Looking = Annotated[Caller, Security(get_person, scopes=[Right.LOOK])]


@router.get("/{verification_id}")
async def show_record(
    verification_id: VerificationId, caller: Looking, deadline: DeadlineDependency, services: ServicesDependency
) -> Response:
    """Show the record of a verification."""
    deadline.shorten(0.0)
    looked = await find_whole(verification_id, caller, deadline, services)
    return render_desk("record.html.jinja", caller, here=WORK_PATH, answer=project(looked.answer, caller))
