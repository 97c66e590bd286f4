"""Errors of the HTTP door as ``application/problem+json`` (RFC 9457): codes and fields, never what was sent."""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from contracts import Frozen, QuestionIncomplete
from service.errors import ServiceRefusal

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

COME_AGAIN_SECONDS = 2
"""What a caller is told to wait for whom there was no place."""


SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What stands on every response: nothing of it is kept, guessed at, framed or told to others."""

STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")
"""What tells a browser to come over TLS alone, for a year (RFC 6797)."""


def safety_headers(*, strict_transport: bool) -> list[tuple[str, str]]:
    """The headers of every response, those included that no application makes."""
    return [*SAFETY_HEADERS.items(), *([STRICT_TRANSPORT] if strict_transport else [])]


class FieldError(Frozen):
    """One field of the request that is wrong: its name as the body writes it, and a code."""

    field: str
    code: str


class ProblemDocument(Frozen):
    """Why a request was refused. Nothing was sent to any payer."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    errors: tuple[FieldError, ...] = Field(default=())


class Refused(Exception):
    """A request that the door refuses, with what the caller is told."""

    def __init__(
        self, status: int, code: str, errors: tuple[FieldError, ...] = (), headers: dict[str, str] | None = None
    ) -> None:
        """Refuse under ``code``; ``errors`` name the fields."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.errors = errors
        self.headers = headers or {}


def problem(
    status: int, code: str, errors: tuple[FieldError, ...] = (), headers: dict[str, str] | None = None
) -> Response:
    """The response for a refused request."""
    return Response(_document(status, code, errors), status_code=status, headers=headers, media_type=MEDIA_TYPE)


def raw_problem(status: int, code: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """The bytes of a whole response for what never becomes a request; the connection ends with it."""
    body = _document(status, code).encode()
    fields = [
        *headers,
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append((b"retry-after", b"%d" % COME_AGAIN_SECONDS))
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return first + b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n" + body


@lru_cache(maxsize=256)
def _document(status: int, code: str, errors: tuple[FieldError, ...] = ()) -> str:
    title = HTTPStatus(status).phrase
    return ProblemDocument(title=title, status=status, code=code, errors=errors).model_dump_json()


def install(app: FastAPI) -> None:
    """Have every error of ``app`` answered with a problem."""
    app.add_exception_handler(Refused, _handle_refusal)
    app.add_exception_handler(ServiceRefusal, _service_refused)
    app.add_exception_handler(QuestionIncomplete, _incomplete)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _handle_disconnect)
    app.add_exception_handler(Exception, _fault)


async def _handle_refusal(_: Request, error: Exception) -> Response:
    known = error if isinstance(error, Refused) else Refused(500, "internal_error")
    return problem(known.status, known.code, known.errors, known.headers)


def refusal_response(refusal: ServiceRefusal) -> Response:
    """The response for what the service refuses."""
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return problem(refusal.status, refusal.code, headers=headers)


async def _service_refused(_: Request, error: Exception) -> Response:
    return refusal_response(error if isinstance(error, ServiceRefusal) else ServiceRefusal(500, "internal_error"))


async def _incomplete(_: Request, error: Exception) -> Response:
    fields = error.fields if isinstance(error, QuestionIncomplete) else ()
    return problem(422, "question_incomplete", tuple(FieldError(field=field, code="missing") for field in fields))


async def _http(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return problem(status, HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_"), headers=headers)


async def _handle_disconnect(_: Request, error: Exception) -> Response:
    # The caller hung up before the end of its request: nobody reads this, and nobody is at fault.
    del error
    return problem(400, "incomplete_request")


async def _fault(_: Request, error: Exception) -> Response:
    log.error("door.fault", error=type(error).__name__)
    return problem(500, "internal_error")
