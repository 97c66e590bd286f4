"""The HTTP door: routes put together, one line written for each request. Nothing is decided here."""

from functools import cached_property
from time import monotonic
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.api import Services, health, install, payers, verifications
from service.web.api.description import description
from service.web.load_shedding import Doorstep

log = structlog.get_logger()


class App(FastAPI):
    """Our FastAPI: it describes itself with the schemas of what it really reads and writes."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = description(self)
        return self.openapi_schema

    @cached_property
    def document(self) -> bytes:
        """The same as JSON: anybody may have it, and writing it costs more than most answers do."""
        return orjson.dumps(self.openapi())


def create_app(services: Services) -> FastAPI:
    """The application whose doors open into ``services``."""
    app = App(title="Benefit Verification", openapi_url=None, redirect_slashes=False)

    async def describe(_: Request) -> Response:
        return Response(app.document, media_type="application/json")

    app.add_route("/openapi.json", describe, include_in_schema=False)
    install(app)
    for router in (verifications(services), payers(services), health(services)):
        app.include_router(router)
    app.add_middleware(Doorstep, services=services)
    app.add_middleware(RequestLog)
    return app


class RequestLog:
    """Writes one line for each request: its route, never its path or its query, which may hold anything."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = monotonic(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            log.info(
                "door.answered",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", None),
                status=status,
                ms=round((monotonic() - started) * 1000),
                caller_id=scope.get("state", {}).get("caller_id"),
            )
