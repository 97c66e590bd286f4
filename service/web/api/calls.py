"""The endpoints of what is staff's alone: what to ask by phone, what was said, and parity signals."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response, Security

from contracts import Deadline
from service.guidance.call_sheet import CallSheet, Looking
from service.guidance.calls import note_of, sheet_of, wrong_answers
from service.guidance.parity import ParitySignals, parity_signals_of
from service.security.access import Caller
from service.web.api.call_bodies import CallNoteBody, content_of
from service.web.api.guidance import LocationQuery, VerificationId
from service.web.api.verifications import PATH, find_answer, find_whole
from service.web.body_route import BodyRoute
from service.web.dependencies import DeadlineDependency, Right, ServicesDependency, authorize
from service.web.problems import FieldError, RequestRefused, problem_responses
from service.web.services import Services

router = APIRouter(prefix=PATH, tags=["calls"], route_class=BodyRoute)

Calling = Annotated[Caller, Security(authorize, scopes=[Right.CALL])]

_ETAG = {"ETag": {"description": "The version of the call sheet, for `If-Match`.", "schema": {"type": "string"}}}
SHEET: dict[int | str, dict[str, Any]] = {200: {"description": "The call sheet as it stands.", "headers": _ETAG}}
NOTED: dict[int | str, dict[str, Any]] = {201: {"description": "The call sheet with the call.", "headers": _ETAG}}


@router.get(
    "/{verification_id}/call-sheet",
    summary="What to ask the payer by phone",
    responses={**SHEET, **problem_responses(401, 403, 404, 422, 429, 503)},
)
async def show_call_sheet(
    verification_id: VerificationId,
    caller: Calling,
    deadline: DeadlineDependency,
    services: ServicesDependency,
    response: Response,
    location: LocationQuery = None,
) -> CallSheet:
    """Only what the electronic answer and earlier calls left open, in a caller's order; and all that is known."""
    sheet = sheet_of(await find_looking(verification_id, caller, deadline, services, location))
    response.headers["ETag"] = f'"{sheet.version}"'
    return sheet


async def find_looking(
    verification_id: str, caller: Caller, deadline: Deadline, services: Services, location: str | None
) -> Looking:
    """Return a verification with its calls. Raises ``RequestRefused`` 404 when ``caller`` may not see it."""
    looked = await find_whole(verification_id, caller, deadline, services)
    notes = await services.store.call_notes_of(verification_id)
    consent = await services.store.consent_of(verification_id)
    return Looking(
        verification_id=verification_id,
        answer=looked.answer,
        question=looked.about.question,
        card=looked.about.card,
        roster=services.roster,
        notes=[note_of(*one) for one in notes],
        location=location,
        consent=consent,
        redisclosure_notice=services.redisclosure_notice,
    )


@router.get(
    "/{verification_id}/parity",
    summary="Where the behavioral benefit looks worse than medical care",
    responses=problem_responses(401, 403, 404, 429, 503),
)
async def show_parity(
    verification_id: VerificationId, caller: Calling, deadline: DeadlineDependency, services: ServicesDependency
) -> ParitySignals:
    """Costs and limits that are worse than each medical row of the same reply: a signal, and no finding of law."""
    return parity_signals_of(await find_answer(verification_id, caller, deadline, services))


@router.post(
    "/{verification_id}/call-notes",
    status_code=201,
    summary="Keep what was said in a call",
    responses={**NOTED, **problem_responses(401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503)},
)
async def add_call_note(
    verification_id: VerificationId,
    body: CallNoteBody,
    caller: Calling,
    deadline: DeadlineDependency,
    services: ServicesDependency,
    response: Response,
    if_match: Annotated[
        str,
        Header(alias="If-Match", pattern='^"[0-9]{1,9}"$', description="The version of the call sheet that was seen."),
    ],
) -> CallSheet:
    """Nothing that was said before is replaced; of two who write at once, the second is told."""
    seen = int(if_match.strip('"'))
    await keep_call(verification_id, body, seen, caller=caller, deadline=deadline, services=services)
    return await show_call_sheet(verification_id, caller, deadline, services, response)


async def keep_call(
    verification_id: str, body: CallNoteBody, seen: int, *, caller: Caller, deadline: Deadline, services: Services
) -> None:
    """Keep a call of which ``caller`` wrote down ``body`` beside the version ``seen`` of the call sheet.

    Raises ``RequestRefused`` 422 with the answers at fault, and 404; ``CallNotesChanged`` and ``CallNotesFull``.
    """
    before = sheet_of(await find_looking(verification_id, caller, deadline, services, None))
    content = content_of(body)
    wrong = wrong_answers(content, before.record)
    if wrong:
        fields = (FieldError(field=f"answers.{one.place}.{one.field}", code="bad_value") for one in wrong)
        raise RequestRefused(422, "invalid_request", tuple(fields))
    kept = await services.store.add_call_note(
        verification_id, content.model_dump_json().encode(), seen=seen, caller=caller
    )
    if kept is None:
        raise RequestRefused(404, "not_found")
