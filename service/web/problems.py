"""Errors as ``application/problem+json`` (RFC 9457): codes and field names, never what was sent.

Starlette and FastAPI answer errors in formats of their own, and FastAPI's repeat the input: a member's details.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from contracts import Frozen, QuestionIncomplete, wait_limits
from service.errors import ServiceRefusal

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""The headers of every response: browsers keep nothing of it, guess no type, frame it nowhere and send no referrer.

No page of another site holds a window of ours, and no page of ours may use a camera or the like.
"""

STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")
"""Tells a browser to use TLS alone, for a year (RFC 6797)."""


def safety_headers(*, strict_transport: bool) -> list[tuple[str, str]]:
    """Return the headers of every response, those included that no application makes."""
    return [*SAFETY_HEADERS.items(), *([STRICT_TRANSPORT] if strict_transport else [])]


class FieldError(Frozen):
    """One field of the request that is wrong: its name as the body writes it, and a code."""

    field: str
    code: str


_EXAMPLE: JsonDict = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "code": "invalid_request",
    "errors": [{"field": "birth_date", "code": "in_the_future"}],
}


class ProblemDocument(Frozen):
    """Why a request was refused: a code, and the fields at fault. Nothing that was sent to us is repeated."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    type: str = "about:blank"
    title: str
    status: int
    code: str
    errors: tuple[FieldError, ...] = Field(default=())


class RequestRefused(HTTPException):
    """A request that is refused, with what the caller is told: a status, a code and the fields at fault."""

    def __init__(
        self, status: int, code: str, errors: tuple[FieldError, ...] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse under ``code``; ``errors`` name the fields."""
        super().__init__(status, code, headers)
        self.code = code
        self.errors = errors


def problem(
    status: int, code: str, errors: tuple[FieldError, ...] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """Return the response for a refused request."""
    return Response(_document(status, code, errors), status_code=status, headers=headers, media_type=MEDIA_TYPE)


def refusal_response(refusal: ServiceRefusal | RequestRefused) -> Response:
    """Return the response for a refusal of the service or of the web layer."""
    if isinstance(refusal, RequestRefused):
        return problem(refusal.status_code, refusal.code, refusal.errors, refusal.headers)
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return problem(refusal.status, refusal.code, headers=headers)


def raw_problem(status: int, code: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """Return the bytes of a whole response for what never becomes a request; the connection ends with it."""
    body = _document(status, code).encode()
    fields = [
        *headers,
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append((b"retry-after", b"%d" % wait_limits.RETRY_AFTER))
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return first + b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n" + body


@lru_cache(maxsize=256)
def _document(status: int, code: str, errors: tuple[FieldError, ...] = ()) -> str:
    title = HTTPStatus(status).phrase
    return ProblemDocument(title=title, status=status, code=code, errors=errors).model_dump_json()


async def _answer_refusal(_: Request, error: ServiceRefusal | RequestRefused) -> Response:
    return refusal_response(error)


async def _answer_incomplete_question(_: Request, error: QuestionIncomplete) -> Response:
    return problem(422, "question_incomplete", tuple(FieldError(field=field, code="missing") for field in error.fields))


async def _answer_invalid_parameter(_: Request, error: RequestValidationError) -> Response:
    # An error's ``loc`` is where the parameter stands and its name in the description; its input is never looked at.
    if any((one["type"], *one["loc"]) == ("missing", "header", "If-Match") for one in error.errors()):
        return problem(428, "precondition_required")
    names = dict.fromkeys(str(one["loc"][-1]) for one in error.errors())
    return problem(422, "invalid_request", tuple(FieldError(field=name, code="bad_value") for name in names))


async def _answer_http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names the methods of one of the routes that have this path.
        return problem(405, "method_not_allowed", headers={"Allow": ", ".join(_methods_at(request))})
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
    return problem(error.status_code, code, headers=error.headers)


def _methods_at(request: Request) -> list[str]:
    """Return what may be done at the path of a request."""
    routes: list[Route] = request.app.state.resources
    found = [route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for methods in found for method in methods})


async def _answer_fault(_: Request, error: Exception) -> Response:
    log.error("request.failed", error=type(error).__name__)
    return problem(500, "internal_error")


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    RequestRefused: _answer_refusal,
    ServiceRefusal: _answer_refusal,
    QuestionIncomplete: _answer_incomplete_question,
    RequestValidationError: _answer_invalid_parameter,
    HTTPException: _answer_http_error,
    Exception: _answer_fault,
}

_DESCRIPTIONS: Mapping[int, str] = {
    401: "`unauthorized`: no live key, token or session was given.",
    403: "`forbidden`: the caller has not this right. `cross_site`: another site began the request of a session.",
    404: "`not_found`: there is no such verification or batch, or it is somebody else's.",
    406: "`not_acceptable`: `Accept` asks for no form in which there is a report.",
    408: "`request_timeout`: the body did not come within 5 seconds, or within the wait.",
    409: (
        "`wrong_state`: the batch is in no state in which this can be done. `call_notes_full`: the verification has as"
        " many call notes as it may have; ask the payer again, and note calls there."
    ),
    412: "`call_notes_changed`: another call was noted since. Look at the call sheet again.",
    413: "`body_too_large`: the body has more than 16 KB, a roster more than 64 MB.",
    415: "`unsupported_media_type`: the body is not `application/json` in UTF-8.",
    422: (
        "`invalid_request`, `question_incomplete` (with `errors`), `idempotency_conflict`; `retries_refused`: what is "
        "to be mended is not yours, or about another person; `consent_required` or `consent_unknown`, where consent is "
        "needed, and `consent_ended` for one that has ended by its own words. Nothing was sent."
    ),
    428: "`precondition_required`: `If-Match` must say which version of the call sheet was seen.",
    429: "`too_many_requests`: this key, or this address, asks too much; see `Retry-After`. Nothing was sent.",
    503: (
        "`overloaded`, `draining`, `store_unavailable`, `not_ready` or `identity_provider_unavailable`; see "
        "`Retry-After`. Nothing was sent; after "
        "`store_unavailable` the question may be asked later all the same: repeat it with its `Idempotency-Key`."
    ),
}

RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to come again.", "schema": {"type": "integer"}}}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that may refuse with ``statuses``, for its description."""
    described: dict[int | str, dict[str, Any]] = {
        status: {
            "model": ProblemDocument,
            "description": _DESCRIPTIONS[status],
            **({"headers": RETRY_AFTER} if status in {429, 503} else {}),
        }
        for status in statuses
    }
    return described | {"default": {"model": ProblemDocument, "description": "Any other error."}}


def correct_media_types(description: dict[str, Any]) -> dict[str, Any]:
    """Have ``description``, an OpenAPI document, say of errors that they are problem documents.

    FastAPI describes every response of a route under the media type of its successes.
    """
    for path in description["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if not status.startswith("2"):
                    response["content"] = {MEDIA_TYPE: response["content"].pop("application/json")}
    return description
