"""The printed report of a verification: as a page to print, and as a file to keep."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from service.guidance.report.forms import ReportForm
from service.security.access import Caller
from service.web.api.calls import find_looking
from service.web.api.guidance import VerificationId
from service.web.api.reports import report_response
from service.web.dependencies import PageDeadlineDependency, Right, ServicesDependency, get_person
from service.web.pages.desk.navigation import RECORD_PATH

router = APIRouter(prefix=RECORD_PATH, include_in_schema=False)

Reporting = Annotated[Caller, Security(get_person, scopes=[Right.CALL, Right.COST])]


@router.get("/{verification_id}/report")
async def show_report_page(
    verification_id: VerificationId, caller: Reporting, deadline: PageDeadlineDependency, services: ServicesDependency
) -> Response:
    """Show the report under a policy of its own; it is a document by itself, and a browser prints it on one sheet."""
    return await report_response(await find_looking(verification_id, caller, deadline, services, None), ReportForm.HTML)


@router.get("/{verification_id}/report.pdf")
async def take_report(
    verification_id: VerificationId, caller: Reporting, deadline: PageDeadlineDependency, services: ServicesDependency
) -> Response:
    """Return the report as a file to keep."""
    looking = await find_looking(verification_id, caller, deadline, services, None)
    return await report_response(looking, ReportForm.PDF, to_keep=True)
