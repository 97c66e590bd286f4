"""The FastAPI application: routers and middleware put together, and one log line for each request."""

from collections.abc import Iterable
from functools import cached_property
from time import monotonic
from typing import Any

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.single_flight import SingleFlight
from service.telemetry.durations import Durations
from service.web import documentation
from service.web.api import (
    batches,
    calls,
    guidance,
    health,
    history,
    metrics,
    payers,
    people,
    reports,
    sign_in,
    verifications,
)
from service.web.connections import Connections
from service.web.direct_route import operation_id
from service.web.key_lookups import KeyLookups
from service.web.load_shedding import LoadShedding
from service.web.pages import assets, front
from service.web.pages.desk.routers import DESK_ROUTERS
from service.web.pages.refusals import for_browsers
from service.web.pages.visitor import routes as visitor_routes
from service.web.pages.visitor.limits import VisitorLimits
from service.web.problems import EXCEPTION_HANDLERS, correct_media_types
from service.web.services import Services

log = structlog.get_logger()

VERSION = "1.0.0"
"""The version of the interface, not of the program."""

ROUTERS_WITH_KEY = (
    verifications.router,
    history.router,
    guidance.router,
    calls.router,
    reports.router,
    payers.router,
    batches.router,
    metrics.router,
    people.router,
    *DESK_ROUTERS,
)
"""The routers whose every route needs a key, a token or a session."""

PAGE_ROUTERS = (sign_in.router, assets.router, front.router, visitor_routes.router)
"""The routers of pages that anybody may open."""

NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""FastAPI would hand exceptions and paths to whatever OpenTelemetry provider a plugin brings: a member's details."""


class App(FastAPI):
    """Our FastAPI. It describes its errors as the problem documents that they are."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, which FastAPI generates once."""
        if self.openapi_schema is None:
            self.openapi_schema = correct_media_types(super().openapi())
        return self.openapi_schema

    @cached_property
    def openapi_json(self) -> bytes:
        """The OpenAPI document as JSON: anybody may ask for it, and writing it costs more than most answers do."""
        return orjson.dumps(self.openapi())


def create_api() -> App:
    """Return the endpoints without services: enough to describe them, not to call them."""
    app = App(
        title="Benefit Verification",
        version=VERSION,
        description="Will this insurance pay for an intensive outpatient or partial hospitalization program?",
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        exception_handlers={kind: for_browsers(handler) for kind, handler in EXCEPTION_HANDLERS.items()},
        telemetry=NO_TELEMETRY,
    )

    async def openapi(_: Request) -> Response:
        return Response(app.openapi_json, media_type="application/json")

    routers = (*ROUTERS_WITH_KEY, health.router)
    _answer_head((*DESK_ROUTERS, *PAGE_ROUTERS, documentation.router))
    # Routes are tried in their order, one of a router that is included twice: these two get nearly all requests.
    app.router.routes.extend(verifications.router.routes)
    # FastAPI's own ``openapi_url`` writes the document anew for each request.
    app.add_route(documentation.OPENAPI_PATH, openapi, include_in_schema=False)
    for router in routers:
        if router is not verifications.router:
            app.include_router(router)
    app.state.resources = [route for router in routers for route in router.routes]
    return app


def create_app(services: Services, *, connections: Connections | None = None, show_documentation: bool = False) -> App:
    """Return the application whose endpoints use ``services``; ``show_documentation`` adds ``/docs`` and ``/redoc``.

    ``connections`` are those of what listens, whose counts it shows.
    """
    app = create_api()
    app.state.services = services
    app.state.connections = connections or Connections()
    app.state.requests = Durations()
    app.state.store_trouble = SingleFlight(services.store.trouble, health.TRIED_SECONDS)
    app.state.sign_in_tries = sign_in.sign_in_tries()
    app.state.visitor_limits = VisitorLimits()
    for router in PAGE_ROUTERS:
        app.include_router(router)
        app.state.resources += router.routes
    if show_documentation:
        app.include_router(documentation.router)
    paths = [route.path_regex for router in ROUTERS_WITH_KEY for route in router.routes if isinstance(route, APIRoute)]
    app.state.key_lookups = KeyLookups(services.callers)
    app.add_middleware(LoadShedding, services=services, paths=paths, lookups=app.state.key_lookups)
    app.add_middleware(RequestLog, durations=app.state.requests)
    return app


def _answer_head(routers: Iterable[APIRouter]) -> None:
    """Have every page of ``routers`` answered to HEAD as to GET, without its body: link checkers ask so."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
                route.methods.add("HEAD")


class RequestLog:
    """Counts each request and writes a line: its route, never its path or its query, which may hold anything."""

    def __init__(self, app: ASGIApp, durations: Durations) -> None:
        """Stand in front of ``app``; ``durations`` count its requests by route and status."""
        self._app = app
        self._durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = monotonic(), 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            route, seconds = _pattern_of(scope), monotonic() - started
            self._durations.add((route or "", str(status)), seconds)
            log.info(
                "request.answered",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000),
                caller_id=scope.get("state", {}).get("caller_id"),
            )


def _pattern_of(scope: Scope) -> str | None:
    """Return the pattern of a request's path; None where no route has one."""
    pattern: str | None = getattr(scope.get("route"), "path", None)
    return pattern
