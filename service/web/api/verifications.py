"""The door for one question: ask it, or look at what was asked before."""

import re
from datetime import UTC, datetime
from math import ceil
from time import monotonic

from fastapi import APIRouter, Request, Response

from contracts import Answer, Deadline, State
from service.security.access import Caller, project
from service.web.api.bodies import question_of, read_body
from service.web.api.description import ASK, LOOK, answer_responses, problem_responses
from service.web.api.headers import idempotency_key_of, wait_of
from service.web.dependencies import Right, caller_of
from service.web.problems import Refused
from service.web.services import Services

PATH = "/v1/verifications"

_ID = re.compile(r"ver_[A-Z2-7]{26}")
"""What an id looks like; nothing else is looked up."""

LOOK_AGAIN = 2
"""Seconds after which to look again, when nothing says more."""

LATEST = 3600
"""Seconds after which to look again at the latest, whatever the clocks say."""


def verifications(services: Services) -> APIRouter:
    """The routes of this door."""
    router = APIRouter()

    @router.post(
        PATH,
        operation_id="ask",
        responses={**answer_responses(), **problem_responses(401, 403, 408, 413, 415, 422, 429, 503)},
        openapi_extra=ASK,
        response_class=Response,
    )
    async def ask(request: Request) -> Response:
        """Ask a payer whether it pays for IOP and PHP."""
        caller = caller_of(request, Right.VERIFY)
        deadline = _deadline(request, services, caller)
        services.verifier.admission.refuse(caller.role)
        key = idempotency_key_of(request.headers.getlist("idempotency-key"))
        body = await read_body(request, deadline)
        question = question_of(body, services.directory, services.provider, services.today())
        answer = await services.verifier.verify(question, caller=caller, deadline=deadline, idempotency_key=key)
        return _respond(answer, caller)

    @router.get(
        PATH + "/{verification_id}",
        operation_id="look",
        responses={**answer_responses(), **problem_responses(401, 403, 404, 429, 503)},
        openapi_extra=LOOK,
        response_class=Response,
    )
    async def look(request: Request) -> Response:
        """Look at an earlier verification, waiting for it while it is pending."""
        caller = caller_of(request, Right.LOOK)
        deadline = _deadline(request, services, caller)
        verification_id: str = request.path_params["verification_id"]
        answer = None
        if _ID.fullmatch(verification_id):
            answer = await services.verifier.look(verification_id, caller=caller, deadline=deadline)
        if answer is None:
            raise Refused(404, "not_found")
        return _respond(answer, caller)

    return router


def _deadline(request: Request, services: Services, caller: Caller) -> Deadline:
    """The caller's wait, which began when the request arrived."""
    deadline = Deadline(wait_of(request.headers.getlist("prefer"), services.waits[caller.role]))
    deadline.shorten(deadline.budget - (monotonic() - request.state.arrived))
    return deadline


def _respond(answer: Answer, caller: Caller) -> Response:
    headers = {"Location": f"{PATH}/{answer.verification_id}"}
    pending = answer.state is State.PENDING
    if pending:
        headers["Retry-After"] = str(_look_again_in(answer, datetime.now(UTC)))
    return Response(
        project(answer, caller.role).model_dump_json(),
        status_code=202 if pending else 200,
        headers=headers,
        media_type="application/json",
    )


def _look_again_in(answer: Answer, now: datetime) -> int:
    """Seconds until more is known: when the payer is asked again, or soon while it is being asked."""
    times = [problem.retry_at for problem in answer.problems if problem.retry_at is not None]
    if not times:
        return LOOK_AGAIN
    return min(max(LOOK_AGAIN, ceil((min(times) - now).total_seconds()) + 1), LATEST)
