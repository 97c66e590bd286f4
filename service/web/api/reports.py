"""The endpoint of the report: one verification as a page, as a file to print, or as FHIR. Staff's alone."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security

from service.guidance.call_sheet import Looking
from service.guidance.report.forms import MEDIA_TYPE, SUFFIX, ReportForm, write_report
from service.guidance.report.record import report_of
from service.security.access import Caller
from service.web.api.calls import find_looking
from service.web.api.guidance import LocationQuery, VerificationId
from service.web.api.verifications import PATH
from service.web.body_route import BodyRoute
from service.web.dependencies import DeadlineDependency, Right, ServicesDependency, authorize
from service.web.media_types import choose_media_type
from service.web.problems import RequestRefused, problem_responses

router = APIRouter(prefix=PATH, tags=["reports"], route_class=BodyRoute)

_FORM = {media_type: form for form, media_type in MEDIA_TYPE.items()}
_SCHEMA = {
    ReportForm.HTML: {"type": "string"},
    ReportForm.PDF: {"type": "string", "format": "binary"},
    ReportForm.FHIR: {"type": "object", "description": "A FHIR R4 Bundle."},
}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report in the form that `Accept` asks for; HTML where it asks for none.",
        "content": {MEDIA_TYPE[form]: {"schema": _SCHEMA[form]} for form in ReportForm},
    }
}


@router.get(
    "/{verification_id}/report",
    summary="The verification of benefits as a report: HTML, PDF or FHIR",
    response_class=Response,
    responses={**_REPORT, **problem_responses(401, 403, 404, 406, 422, 429, 503)},
)
async def show_report(
    verification_id: VerificationId,
    caller: Annotated[Caller, Security(authorize, scopes=[Right.CALL, Right.COST])],
    deadline: DeadlineDependency,
    services: ServicesDependency,
    request: Request,
    location: LocationQuery = None,
) -> Response:
    """All 61 points of the form, each with who states it. The same record gives the same bytes."""
    # A description names no parameter `Accept`: what a response may be says which values are wanted.
    chosen = choose_media_type(request.headers.getlist("accept"), tuple(_FORM))
    if chosen is None:
        raise RequestRefused(406, "not_acceptable")
    looking = await find_looking(verification_id, caller, deadline, services, location)
    response = await report_response(looking, _FORM[chosen])
    response.headers["Vary"] = "Accept"
    return response


async def report_response(looking: Looking, form: ReportForm, *, to_keep: bool = False) -> Response:
    """Return the report of a verification in one form; ``to_keep`` has a browser save it, and not show it."""
    # Writing takes a core for a tenth of a second, which would hold the event loop.
    content = await asyncio.to_thread(lambda: write_report(report_of(looking), form))
    shown = "attachment" if to_keep else "inline"
    headers = {"Content-Disposition": f'{shown}; filename="{looking.verification_id}{SUFFIX[form]}"'}
    if form is ReportForm.HTML:
        headers["Content-Security-Policy"] = _html_policy()
    return Response(content, media_type=MEDIA_TYPE[form], headers=headers)


def _html_policy() -> str:
    """Return the policy of the page in place of that of other responses, under which it would have no stylesheet."""
    from service.guidance.report.html import security_policy

    return f"{security_policy()}; frame-ancestors 'none'"
