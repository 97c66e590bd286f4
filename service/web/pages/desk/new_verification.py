"""C2, a new verification: what a clerk pastes is split into fields, confirmed, and asked once."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from service.security.access import Caller
from service.web.dependencies import Right, get_person
from service.web.pages.desk.navigation import NEW_PATH, render_desk

router = APIRouter(include_in_schema=False)

Asking = Annotated[Caller, Security(get_person, scopes=[Right.VERIFY])]


@router.get(NEW_PATH)
async def show_form(caller: Asking) -> Response:
    """Show the empty form."""
    return render_desk("new_verification.html.jinja", caller, here=NEW_PATH)
