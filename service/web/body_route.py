"""Routes with a body: read within bounds of size and time, taken strictly as JSON, and never repeated in an error.

FastAPI reads a body whole, for as long as its sender likes, before it calls a dependency; it takes the last of two
fields with one name, and a number for a date. ``BodyRoute`` is the way around that it offers (a route and a request of
one's own): an endpoint declares its model as usual, and the description is FastAPI's.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect

from contracts import Deadline
from service.verification.step_timeouts import share
from service.web.dependencies import deadline_of
from service.web.problems import FieldError, RequestRefused

MAX_BYTES = 16 * 1024
"""Bytes of the longest body."""

READ_SECONDS = 5.0
"""Seconds within which the whole body has to come, and never more than the caller waits."""

Model = TypeVar("Model", bound=BaseModel)

Result = TypeVar("Result")


class BodyRoute(APIRoute):
    """A route whose body is read and checked by ``read_body`` and ``parse_body``. Its endpoint declares one model."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, which is given a request that bounds its body."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        model = self.body_field.field_info.annotation

        async def handle_bounded(request: Request) -> Response:
            return await handle(_BoundedRequest(request, model))

        return handle_bounded


class _BoundedRequest(Request):
    """A request that hands FastAPI its body as the model that it was read into."""

    def __init__(self, request: Request, model: Any) -> None:  # noqa: ANN401 - FastAPI does not say which type it is
        super().__init__(request.scope, request.receive)
        self._model = model
        self._parsed: BaseModel | None = None

    async def body(self) -> bytes:
        """Read and check the body; FastAPI asks for it first. Raises ``RequestRefused``."""
        raw = await read_body(self, deadline_of(self))
        self._parsed = parse_body(raw, self._model)
        return raw

    async def json(self) -> Any:  # noqa: ANN401 - as starlette has it
        """Return the model; FastAPI leaves an instance as it is."""
        return self._parsed


async def read_body(request: Request, deadline: Deadline) -> bytes:
    """Return the body of ``request``, JSON by its headers.

    Raises ``RequestRefused`` 415, and as ``read_bytes`` does.
    """
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/json" or _has_other_charset(parameters):
        raise RequestRefused(415, "unsupported_media_type")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestRefused(415, "unsupported_media_type")
    return await read_bytes(request, MAX_BYTES, share(deadline, READ_SECONDS))


async def read_bytes(request: Request, most: int, seconds: float) -> bytes:
    """Return the body of ``request``, of ``most`` bytes at most, within ``seconds``.

    Raises ``RequestRefused``: 413, 408, and 400 when the caller hangs up.
    """
    reading = _read_all(request, most)
    # What listens knows whether all of it has come: then nothing is waited for.
    is_whole = request.scope.get("state", {}).get("is_whole")
    return await (reading if is_whole else read_within(seconds, reading))


async def read_within(seconds: float, reading: Coroutine[Any, Any, Result]) -> Result:
    """Return what ``reading`` a body comes to, bounded in time.

    Raises ``RequestRefused``: 408, and 400 when the caller hangs up.
    """
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError:
        raise RequestRefused(408, "request_timeout") from None
    except ClientDisconnect:
        raise _incomplete_request() from None


def _incomplete_request() -> RequestRefused:
    """The caller hung up before the end of its request: nobody reads this, and nobody is at fault."""
    return RequestRefused(400, "incomplete_request")


async def _read_all(request: Request, most: int) -> bytes:
    _refuse_announced(request, most)
    raw, is_more = bytearray(), True
    while is_more:
        # Starlette's ``stream`` does the same as an asynchronous generator, which costs as much as reading the rest.
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise _incomplete_request()
        raw += message.get("body", b"")
        if len(raw) > most:
            raise RequestRefused(413, "body_too_large")
        is_more = message.get("more_body", False)
    return bytes(raw)


async def bounded_stream(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """Yield the body of ``request`` as it comes. Raises ``RequestRefused`` 413 beyond ``most`` bytes."""
    _refuse_announced(request, most)
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > most:
            raise RequestRefused(413, "body_too_large")
        yield chunk


def _refuse_announced(request: Request, most: int) -> None:
    """Raise ``RequestRefused`` 413 for a body that is too long by what its header says."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise RequestRefused(413, "body_too_large")


def parse_body(raw: bytes, model: type[Model]) -> Model:
    """Return the ``model`` in the JSON text ``raw``. Raises ``RequestRefused`` 422 with the fields at fault."""
    try:
        body = model.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        errors = [_field_error(error) for error in wrong.errors(include_input=False, include_url=False)]
    else:
        errors = list(_find_repeated(_PAIRS.decode(raw.decode())))
        if not errors:
            return body
    raise RequestRefused(422, "invalid_request", tuple(dict.fromkeys(errors)))


class _Pairs(tuple[tuple[str, object], ...]):
    """A JSON object as it was written, every one of its names included."""

    __slots__ = ()


_PAIRS = json.JSONDecoder(object_pairs_hook=_Pairs)


def _find_repeated(pairs: object, place: tuple[str, ...] = ()) -> Iterator[FieldError]:
    """Yield the fields that were given twice, in a body whose every name is one of ours."""
    if not isinstance(pairs, _Pairs):
        return
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            yield FieldError(field=_field_path((*place, name)), code="repeated")
        seen.add(name)
        yield from _find_repeated(value, (*place, name))


def _has_other_charset(parameters: str) -> bool:
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('" ') not in {"utf-8", "utf8"}:
            return True
    return False


def _field_error(error: ErrorDetails) -> FieldError:
    """Return which field is wrong and how; an unknown field's name may be a value, so its parent is named instead."""
    place = tuple(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        place = place[:-1]
    return FieldError(field=_field_path(place), code=_CODES.get(error["type"], "bad_value"))


def _field_path(place: tuple[str, ...]) -> str:
    """Return the name of a field as callers know it: the member's fields go without ``member.``."""
    if len(place) > 1 and place[0] == "member":
        place = place[1:]
    return ".".join(place) or "body"


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "json_invalid": "malformed_json",
    "json_type": "malformed_json",
    "string_too_long": "too_long",
    "string_too_short": "blank",
    "too_short": "too_short",
    "blank": "blank",
    "string_type": "wrong_type",
    "date_type": "wrong_type",
    "model_type": "wrong_type",
    "date_parsing": "not_a_date",
    "date_from_datetime_parsing": "not_a_date",
    "date_from_datetime_inexact": "not_a_date",
    "enum": "not_one_of",
}
"""The code of a field error for each of pydantic's error types."""
