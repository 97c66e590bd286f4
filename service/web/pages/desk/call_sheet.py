"""C4, the call sheet: whom to call, what to read out, and the questions in their order, each answered in place.

The whole sheet is one form, and every question has a button that saves: whatever was typed by then is kept as one note,
so that a click too few loses nothing. The version of the sheet travels in the form; when somebody else saved meanwhile,
the newer sheet is shown with everything that was typed in its fields.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import RedirectResponse

from contracts import Deadline
from service.errors import ServiceRefusal
from service.guidance.call_sheet import Looking
from service.guidance.calls import sheet_of
from service.security.access import Caller
from service.web.api.call_bodies import CallNoteBody
from service.web.api.calls import find_looking, keep_call
from service.web.api.guidance import VerificationId
from service.web.body_route import MAX_BYTES, parse_body
from service.web.dependencies import PageDeadlineDependency, Right, ServicesDependency, get_person, rights_of
from service.web.pages.desk.call_form import VALUE, CallProblem, ReadCall, TypedCall, body_of, read_call
from service.web.pages.desk.call_view import (
    PhonePoint,
    calls_before,
    details_of_last_call,
    list_calls,
    next_place,
    points_by_phone,
)
from service.web.pages.desk.formats import FORMATS
from service.web.pages.desk.navigation import RECORD_PATH, WORK_PATH, record_path, render_desk
from service.web.pages.forms import read_form
from service.web.problems import RequestRefused
from service.web.services import Services

router = APIRouter(prefix=RECORD_PATH, include_in_schema=False)

Calling = Annotated[Caller, Security(get_person, scopes=[Right.CALL])]

MOST_TYPED = 512 * 1024
MOST_FIELDS = 1_000
"""Bytes and fields of the form: a sheet has some eighty questions with three fields each."""

CHANGED, FULL = "call_notes_changed", "call_notes_full"


async def find_points_by_phone(
    verification_id: str, caller: Caller, deadline: Deadline, services: Services
) -> tuple[PhonePoint, ...]:
    """Return what was said by phone about a verification; nothing for somebody who may not see calls."""
    if Right.CALL not in rights_of(caller) or not await services.store.call_notes_of(verification_id):
        return ()
    return tuple(points_by_phone(sheet_of(await find_looking(verification_id, caller, deadline, services, None))))


@router.get("/{verification_id}/call")
async def show_call(
    verification_id: VerificationId,
    caller: Calling,
    deadline: PageDeadlineDependency,
    services: ServicesDependency,
    saved: Annotated[int, Query(ge=0, le=1_000)] = 0,
) -> Response:
    """Show the call sheet; ``saved`` is how many answers the form has just saved."""
    looking = await find_looking(verification_id, caller, deadline, services, None)
    return _render(looking, caller, saved=saved)


@router.post("/{verification_id}/call")
async def save_call(
    verification_id: VerificationId,
    caller: Calling,
    deadline: PageDeadlineDependency,
    services: ServicesDependency,
    request: Request,
) -> Response:
    """Keep what was answered, and go on to the next question."""
    typed = read_call(await read_form(request, most=MOST_TYPED, fields=MOST_FIELDS))
    looking = await find_looking(verification_id, caller, deadline, services, None)
    now = datetime.now(UTC)
    read = body_of(typed, sheet_of(looking).record, now, services.today())
    problems, refusal = read.problems, ""
    if not problems:
        try:
            body = parse_body(_bound_size(read.body), CallNoteBody)
            await keep_call(verification_id, body, typed.seen, caller=caller, deadline=deadline, services=services)
        except RequestRefused as refused:
            if refused.status_code not in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
                raise
            problems = _problems_of(refused, read)
        except ServiceRefusal as refused:
            if refused.code not in {CHANGED, FULL}:
                raise
            refusal = refused.code
            looking = await find_looking(verification_id, caller, deadline, services, None)
    if problems or refusal:
        return _render(looking, caller, typed=typed, problems=problems, refusal=refusal)
    after = await find_looking(verification_id, caller, deadline, services, None)
    place = next_place(list_calls(after, sheet_of(after), None), read.entries)
    path = record_path(verification_id, "call")
    return RedirectResponse(f"{path}?saved={len(read.entries)}#{place}", status_code=303)


def _bound_size(body: bytes) -> bytes:
    """Return the body of a note. Raises ``RequestRefused`` 413 for one that no program could send either."""
    if len(body) > MAX_BYTES:
        raise RequestRefused(413, "body_too_large")
    return body


_WORDS = {"too_long": "Shorten this", "bad_value": "Write this in the form that is asked for"}


def _problems_of(refused: RequestRefused, read: ReadCall) -> tuple[CallProblem, ...]:
    """Return what a refusal of the interface means to whoever filled in the form."""
    if refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return (CallProblem("remark", "This is more than one note holds: shorten the remarks"),)
    found = []
    for error in refused.errors:
        name, _, rest = error.field.partition(".")
        place = rest.partition(".")[0]
        field = VALUE + read.entries[int(place)] if name == "answers" and place.isdigit() else name
        found.append(CallProblem(field, _WORDS.get(error.code, _WORDS["bad_value"])))
    return tuple(found)


def _render(
    looking: Looking,
    caller: Caller,
    *,
    typed: TypedCall | None = None,
    problems: tuple[CallProblem, ...] = (),
    refusal: str = "",
    saved: int = 0,
) -> Response:
    sheet = sheet_of(looking)
    status = {CHANGED: 412, FULL: 409}.get(refusal, 422 if problems else 200)
    newer = sheet.notes[typed.seen :] if typed is not None and refusal == CHANGED and typed.seen >= 0 else ()
    return render_desk(
        "call_sheet.html.jinja",
        caller,
        here=WORK_PATH,
        status=status,
        sheet=sheet,
        record=record_path(looking.verification_id),
        calls=list_calls(looking, sheet, typed, problems),
        contradictions=tuple(one for one in points_by_phone(sheet) if one.differs),
        about=typed.about if typed is not None else details_of_last_call(sheet, caller, datetime.now(UTC)),
        before=calls_before(sheet),
        errors=[(one.field, one.text) for one in problems],
        refusal=refusal,
        newer=newer,
        saved=saved,
        **FORMATS,
    )
