"""C1, the work list: what is to be done, the most urgent first."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from service.security.access import Caller
from service.web.dependencies import Right, get_person
from service.web.pages.desk.navigation import WORK_PATH, render_desk

router = APIRouter(include_in_schema=False)

Looking = Annotated[Caller, Security(get_person, scopes=[Right.LOOK])]


@router.get(WORK_PATH)
async def show_work(caller: Looking) -> Response:
    """Show the work list."""
    return render_desk("work_list.html.jinja", caller, here=WORK_PATH)
