"""Liveness and readiness of the process. They need no key, tell no secret, and never ask a payer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from contracts import Frozen
from contracts.wait_limits import RETRY_AFTER
from service.gateway.isolation import MOST_LEAKED
from service.single_flight import SingleFlight
from service.telemetry.logs import log_writer
from service.web.dependencies import ServicesDependency
from service.web.problems import FieldError, RequestRefused, problem_responses

TRIED_SECONDS = 0.5
"""Seconds for which the result of trying the store is used again: anybody may ask, and each try is a write."""

router = APIRouter(tags=["health"])


class Liveness(Frozen):
    """The process runs its event loop."""

    status: Literal["alive"] = "alive"


class Readiness(Frozen):
    """Questions can be taken. ``log_lines_lost`` counts log lines lost since the start; absent when there are none."""

    status: Literal["ready"] = "ready"
    log_lines_lost: int = Field(default=0, exclude_if=lambda lost: lost == 0)


async def get_store_trouble(request: Request) -> SingleFlight[str | None]:
    """Return what finds out why the store does not write (None when it does), once for all who ask together."""
    shared: SingleFlight[str | None] = request.app.state.store_trouble
    return shared


@router.get("/healthz", summary="Whether the process runs", response_description="It runs.")
async def alive() -> Liveness:
    """Answered as long as the event loop turns."""
    return Liveness()


@router.get(
    "/readyz",
    summary="Whether questions can be taken",
    response_description="They can.",
    responses=problem_responses(503),
)
async def ready(
    services: ServicesDependency, store_trouble: Annotated[SingleFlight[str | None], Depends(get_store_trouble)]
) -> Readiness:
    """The process is ready when nothing keeps it from taking a question.

    The store writes, its schema and keys are present, the process is not draining, few tasks that plugins left behind
    still run, and the log is written.
    """
    if services.verifier.admission.draining:
        raise _not_ready("draining")
    if len(services.guards.leaked) > MOST_LEAKED or await store_trouble.find() is not None:
        raise _not_ready("not_ready")
    log = log_writer()
    if log.is_failing:
        # Questions are answered all the same; whoever watches has to see that nothing is written of it.
        raise _not_ready("not_ready", FieldError(field="log", code="lines_lost"))
    return Readiness(log_lines_lost=log.lost)


def _not_ready(code: str, *errors: FieldError) -> RequestRefused:
    return RequestRefused(503, code, errors, {"Retry-After": str(RETRY_AFTER)})
