"""The endpoints for one question: ask it, or look at an earlier one."""

import re
from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response, Security

from contracts import Answer, Deadline, State, wait_limits
from service.security.access import Caller
from service.security.projection import project
from service.verification.shown_answer import Looked
from service.web.api.bodies import VerificationBody, consent_in, question_of
from service.web.dependencies import (
    IdempotencyKeyHeader,
    PreferHeader,
    Right,
    authorize,
    deadline_of,
    idempotency_key_of,
    services_of,
)
from service.web.direct_route import DirectRoute, operation_id
from service.web.problems import RETRY_AFTER, RequestRefused, problem_responses
from service.web.services import Services

PATH = "/v1/verifications"

_ID = re.compile(r"ver_[A-Z2-7]{26}")
"""What an id looks like; nothing else is looked up."""


_LOCATION = {"Location": {"description": "Where this verification is found.", "schema": {"type": "string"}}}

ANSWER_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The final answer, whatever it says.", "headers": _LOCATION},
    202: {
        "model": Answer,
        "description": "The pending answer: what is known is filled in, the rest reads `could_not_check`.",
        "headers": {**_LOCATION, **RETRY_AFTER},
    },
}

router = APIRouter(
    prefix=PATH, tags=["verifications"], route_class=DirectRoute, generate_unique_id_function=operation_id
)


@router.post(
    "",
    summary="Ask a payer whether it pays for IOP and PHP",
    response_model=Answer,
    responses={**ANSWER_RESPONSES, **problem_responses(401, 403, 408, 413, 415, 422, 429, 503)},
)
async def ask(
    body: VerificationBody,
    caller: Annotated[Caller, Security(authorize, scopes=[Right.VERIFY])],
    request: Request,
    _prefer: PreferHeader = None,
    _idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """The answer is final, or pending while more may still come; then look again at its `Location`."""
    services, deadline, idempotency_key = services_of(request), deadline_of(request), idempotency_key_of(request)
    question = question_of(body, services.directory, services.provider, services.today())
    answer = await services.verifier.verify(
        question,
        caller=caller,
        deadline=deadline,
        idempotency_key=idempotency_key,
        retries=body.retries,
        consent=consent_in(body, datetime.now(UTC)),
    )
    return _response_with(answer, caller)


@router.get(
    "/{verification_id}",
    summary="Look at an earlier verification",
    response_model=Answer,
    responses={**ANSWER_RESPONSES, **problem_responses(401, 403, 404, 429, 503)},
)
async def look(
    verification_id: Annotated[str, Path(examples=["ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ"])],
    caller: Annotated[Caller, Security(authorize, scopes=[Right.LOOK])],
    request: Request,
    _prefer: PreferHeader = None,
) -> Response:
    """While it is pending, the response waits for as long as `Prefer` says."""
    answer = await find_answer(verification_id, caller, deadline_of(request), services_of(request))
    return _response_with(answer, caller)


def is_id(verification_id: str) -> bool:
    """Whether ``verification_id`` looks like one of ours."""
    return _ID.fullmatch(verification_id) is not None


async def find_answer(verification_id: str, caller: Caller, deadline: Deadline, services: Services) -> Answer:
    """Return the answer of an earlier verification. Raises ``RequestRefused`` 404 when ``caller`` may not see it."""
    return (await find_whole(verification_id, caller, deadline, services)).answer


async def find_whole(verification_id: str, caller: Caller, deadline: Deadline, services: Services) -> Looked:
    """Return an answer with its question. Raises ``RequestRefused`` 404 when ``caller`` may not see it."""
    found = None
    if is_id(verification_id):
        found = await services.verifier.look_whole(verification_id, caller=caller, deadline=deadline)
    if found is None:
        raise RequestRefused(404, "not_found")
    return found


def _response_with(answer: Answer, caller: Caller) -> Response:
    """Return the response that brings ``answer`` as ``caller`` may see it."""
    status, headers = 200, {"Location": f"{PATH}/{answer.verification_id}"}
    if answer.state is State.PENDING:
        status, headers["Retry-After"] = 202, str(look_again_in(answer, datetime.now(UTC)))
    return Response(project(answer, caller).to_json(), status, headers, media_type="application/json")


def look_again_in(answer: Answer, now: datetime) -> int:
    """Return the seconds until more is known: until the payer is asked again, or a few while it is being asked."""
    times = [problem.retry_at for problem in answer.problems if problem.retry_at is not None]
    if not times:
        return wait_limits.RETRY_AFTER
    again = ceil((min(times) - now).total_seconds()) + 1
    return min(max(wait_limits.RETRY_AFTER, again), wait_limits.LONGEST_RETRY_AFTER)
