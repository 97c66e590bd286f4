"""The first page: it leads whoever has a session to the desk, and everybody else to the form."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.security.access import session_of
from service.web.pages.desk.navigation import WORK_PATH
from service.web.pages.refusals import asks_for_page
from service.web.problems import RequestRefused

FORM_PATH = "/verify"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def lead_on(request: Request) -> Response:
    """Lead a browser on; nothing is here for a program. Raises ``RequestRefused`` 404.

    The session is looked up there: here it counts only whether the browser shows one.
    """
    if not asks_for_page(request.headers):
        raise RequestRefused(404, "not_found")
    is_staff = session_of(request.headers.getlist("cookie")) is not None
    return RedirectResponse(WORK_PATH if is_staff else FORM_PATH, status_code=303)
