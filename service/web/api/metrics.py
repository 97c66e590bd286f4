"""The endpoint that whoever watches this process reads: what it did and how it does, as Prometheus text.

A key is needed: who could read the counts before and after a visitor's question would know its answer.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security

from service.security.access import Caller
from service.web.dependencies import Right, authorize, services_of
from service.web.problems import problem_responses

PATH = "/metrics"

router = APIRouter(tags=["health"])


_TEXT = {"schema": {"type": "string"}}
_METRICS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Prometheus text, or OpenMetrics where `Accept` asks for it.",
        "content": {"text/plain": _TEXT, "application/openmetrics-text": _TEXT},
    }
}


@router.get(
    PATH,
    summary="What this process did and how it does",
    response_class=Response,
    responses={**_METRICS, **problem_responses(401, 403, 429, 503)},
)
async def show_metrics(
    _caller: Annotated[Caller, Security(authorize, scopes=[Right.METRICS])], request: Request
) -> Response:
    """Counts and durations since this process began, and gauges of now. Every process counts for itself.

    A batch's key is enough for a Prometheus server (`authorization: {credentials_file: …}`).
    """
    # A process that nobody watches does not hold the library.
    from service.web.exposition import Metrics

    state = request.app.state
    content, media_type = Metrics(state.requests, state.connections, services_of(request)).write(
        request.headers.get("accept", "")
    )
    return Response(content, media_type=media_type)
