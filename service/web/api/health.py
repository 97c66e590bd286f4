"""Alive and ready: two questions of whoever watches the process. Payers are never part of either."""

from fastapi import APIRouter, Response

from service.gateway.isolation import MOST_LEAKED
from service.single_flight import Shared
from service.telemetry.logs import log_writer
from service.web.api.description import OPEN, problem_responses
from service.web.problems import FieldError, Refused
from service.web.services import Services

TRIED_SECONDS = 0.5
"""Seconds for which a try of the store stands."""

RETRY = {"Retry-After": "2"}


def health(services: Services) -> APIRouter:
    """The routes of this door; it asks for no key and tells no secret."""
    router = APIRouter()

    async def try_store() -> str | None:
        return await services.store.trouble()

    # Anybody may ask, and each try of the store is a write.
    trouble = Shared(try_store, TRIED_SECONDS)

    @router.get("/healthz", operation_id="alive", openapi_extra=OPEN, response_class=Response)
    async def alive() -> Response:
        """Whether the process turns its loop."""
        return _plain('{"status":"alive"}')

    @router.get(
        "/readyz", operation_id="ready", responses=problem_responses(503), openapi_extra=OPEN, response_class=Response
    )
    async def ready() -> Response:
        """Whether questions can be taken.

        The store writes, its schema and keys are here, nothing is ending, few plugins have left tasks behind, and the
        log is written down.
        """
        if services.verifier.admission.draining:
            raise Refused(503, "draining", headers=RETRY)
        if len(services.guards.leaked) > MOST_LEAKED or await trouble.find() is not None:
            raise Refused(503, "not_ready", headers=RETRY)
        log = log_writer()
        if log.is_failing:
            # Questions are answered all the same; whoever watches has to see that nothing is written of it.
            raise Refused(503, "not_ready", (FieldError(field="log", code="lines_lost"),), RETRY)
        return _plain(f'{{"status":"ready","log_lines_lost":{log.lost}}}' if log.lost else '{"status":"ready"}')

    return router


def _plain(body: str) -> Response:
    return Response(body, media_type="application/json")
