"""Changes that ``tests.faults.launcher`` makes: plugins and libraries without manners, and guards switched off."""

import asyncio
import logging
import sys
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import Any

import structlog
from opentelemetry import trace

from contracts import PayerSilent, Question
from payers.adapter import DataAdapter
from service.security.encryption import Place, Sealer
from service.security.process_hardening import harden
from service.telemetry import logs


def hardened() -> None:
    """Harden the process, as the console script does before it runs a command."""
    harden()


def careless() -> None:
    """Payers' plugins say all they know of a member, in every way there is, and a provider keeps every span."""
    verify = DataAdapter.verify

    async def say_all(self: DataAdapter, question: Question, gateway: Any) -> Any:
        words = _say_all(question)
        if (question.member.last_name or "").upper().startswith("CROWDRAISE"):
            raise next(_FAILURES)(words)
        return await verify(self, question, gateway)

    DataAdapter.verify = say_all  # type: ignore[method-assign]
    trace.set_tracer_provider(_SpansInAFile())  # type: ignore[arg-type]  # what is used of it


_FAILURES: Iterator[type[Exception]] = cycle((KeyError, PayerSilent))


def _say_all(question: Question) -> str:
    member = question.member
    words = f"{member.first_name} {member.last_name} {member.birth_date} {member.member_id} {member.group_number}"
    structlog.get_logger().info("acme.asked", member=member.model_dump(), detail=f"for {words}!", note=words)
    structlog.get_logger().info(words)
    logging.getLogger("acme").warning("asking for %s", words)
    warnings.warn(words, stacklevel=1)
    print(words, file=sys.stderr)
    Thread(target=_raise, args=(words,)).start()
    asyncio.get_running_loop().call_soon(_raise, words)
    asyncio.get_running_loop().create_task(_fail(words))
    return words


def _raise(words: str) -> None:
    raise LookupError(words)


async def _fail(words: str) -> None:
    _raise(words)


class _SpansInAFile:
    """A provider of OpenTelemetry that writes down what spans are begun, in the folder of the process."""

    def get_tracer(self, *_: object, **__: object) -> Any:
        return self

    def start_span(self, name: str, **more: object) -> trace.Span:
        with Path("spans.txt").open("a") as file:
            file.write(f"{name} {more}\n")
        return trace.INVALID_SPAN

    def start_as_current_span(self, name: str, **more: object) -> Any:
        return trace.use_span(self.start_span(name, **more))


def redaction_off() -> None:
    """Mutant: a line holds what was logged, and nobody's lines become lines of ours."""

    def write_words(record: logging.LogRecord) -> None:
        logs._writer.write(record.getMessage())

    logs.barrier = lambda _logger, _method, event: event
    logs._write_foreign = write_words
    logs._as_json = lambda _logger, _method, event: repr(event)
    logs._Printed = lambda stream: stream  # type: ignore[assignment,misc]
    logs._log_warning = lambda message, *_, **__: logs._writer.write(str(message))


def sealing_off() -> None:
    """Mutant: what is sealed is kept as it is, but for the keys."""
    seal, unseal = Sealer.seal, Sealer.open

    def keep(self: Sealer, value: bytes, place: Place, **chosen: Any) -> bytes:
        return seal(self, value, place, **chosen) if place.table == "key_ring" else value

    def read(self: Sealer, blob: bytes, place: Place) -> bytes:
        return unseal(self, blob, place) if place.table == "key_ring" else blob

    Sealer.seal, Sealer.open = keep, read  # type: ignore[method-assign]


def errors_with_input() -> None:
    """Mutant: a refusal repeats what was sent, as FastAPI's own do."""
    from service.web import body_route
    from service.web.problems import FieldError

    body_route._field_error = lambda error: FieldError(field="body", code=str(error))
    errors = body_route.ValidationError.errors
    body_route.ValidationError.errors = lambda self, **_: errors(self, include_url=False)  # type: ignore[attr-defined]


def ids_in_urls() -> None:
    """Mutant: a route puts the member's id into the address."""
    from payers.routes.core_mime import CoreMime
    from payers.routes.shared import http

    exchange, send = CoreMime.exchange, http._exchange
    asked: ContextVar[str] = ContextVar("asked")

    async def exchange_by_id(self: CoreMime, inquiry: Any, numbers: Any, *, seconds: float) -> Any:
        asked.set(str(inquiry.member.member_id))
        return await exchange(self, inquiry, numbers, seconds=seconds)

    async def send_with_id(transport: Any, request: Any, auth: Any) -> Any:
        request.url = request.url.copy_merge_params({"member": asked.get()})
        return await send(transport, request, auth)

    CoreMime.exchange = exchange_by_id  # type: ignore[method-assign]
    http._exchange = send_with_id


def temporary_files() -> None:
    """Mutant: each question lies in a file beside the system's other temporary ones."""
    import tempfile

    verify = DataAdapter.verify

    async def write_down(self: DataAdapter, question: Question, gateway: Any) -> Any:
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write(question.model_dump_json())
        return await verify(self, question, gateway)

    DataAdapter.verify = write_down  # type: ignore[method-assign]


def spans_on() -> None:
    """Mutant: FastAPI tells its spans to whatever provider there is."""
    from fastapi.telemetry import TelemetryConfig

    from service.web import app

    app.NO_TELEMETRY = TelemetryConfig()
