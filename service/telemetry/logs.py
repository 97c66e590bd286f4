"""Write JSON lines to stderr, and redact them: nothing that may name a member passes.

The barrier is an allow-list. A key that is not on it loses its value; a value that is no short code loses its text; an
exception is named by its type alone; a line of somebody else's logger keeps where it came from and loses its words,
since a library may format a member's data into them.

Nobody gets past it: what a library logs, warns, prints to stderr or leaves unhandled becomes a line of ours, whatever
handlers it adds and whenever.
"""

import atexit
import io
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog

from service.telemetry.log_writer import LogWriter
from service.telemetry.places import place_of_trace

ALLOWED = frozenset({
    "batch_id", "caller_id", "code", "count", "detail", "distribution", "engine", "errno", "error", "event",
    "exchanges", "file", "function", "job_id", "level", "line", "logger", "method", "ms", "outcome", "payer", "pid",
    "plugin", "port", "profile", "reason", "remedy", "role", "route", "routes", "seconds", "setting", "signal",
    "status", "step", "timestamp", "unfinished", "verification_id", "verification_ids", "version", "why",
})  # fmt: skip
"""Keys whose values may be written: ids, counts and codes. A new log key is added here, or its value is dropped."""

LONGEST = 160
DROPPED = "[dropped]"

FLUSH_SECONDS = 1.0
"""What the end of the process waits for its last lines at most."""

_CODE = re.compile(
    r"(?:[\w.:/,%{} -]++|<(?:module|lambda|listcomp|setcomp|dictcomp|genexpr|locals|frozen [\w.]+|string|ROUTE)>)*+",
    re.ASCII,
)
"""What a code looks like, and what Python calls code that has no name, or our settings a part that has none.

A member's name could look so too: that is why the keys are allow-listed first.
"""

_EVENT = re.compile(r"[a-z_]+(?:\.[a-z_]+)+", re.ASCII)
"""An event is named ``area.verb``; words in its place are a stranger's, and may be about a member."""

_NUMBERS = (int, float)

_COLLECTIONS = (list, tuple, set, frozenset)

Event = MutableMapping[str, Any]

log = structlog.get_logger()


class _Lines:
    """What structlog writes to: every level of it is one line of the writer."""

    def __init__(self, writer: LogWriter) -> None:
        self.msg = self.debug = self.info = self.warning = self.error = self.critical = self.exception = writer.write


_writer = LogWriter(None)


def log_writer() -> LogWriter:
    """Return the writer of this process, for its gauges."""
    return _writer


def start_logging(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Write our events as JSON lines to stderr (or ``stream``), and those of the libraries that keep to the rules.

    ``logging_process`` holds those to it that do not.
    """
    global _writer  # noqa: PLW0603 - a process has one log
    _writer = LogWriter(stream or sys.stderr)
    lines = _Lines(_writer)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            barrier,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Foreign(max(level, logging.WARNING))]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "dbos"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


@contextmanager
def logging_process(*, level: int = logging.INFO, takes_stderr: bool = False, stays: bool = False) -> Iterator[None]:
    """Make every line of the process's log one of ours, while the block runs and, if it ``stays``, after.

    Where the log has stderr to itself (``takes_stderr``), what is printed there is a line of ours too; after the block
    ``sys.stderr`` is a command's again, for what it tells the person who called it.
    """
    with ExitStack() as stack, ExitStack() as hooks:
        hooks.callback(_go_back, _writer, structlog.get_config(), logging.getLogger().handlers[:])
        start_logging(level=level)
        stack.callback(_writer.flush, FLUSH_SECONDS)
        _replace(hooks, logging.Logger, "callHandlers", _calling_ours(max(level, logging.WARNING)))
        _replace(hooks, sys, "excepthook", _left_unhandled)
        _replace(hooks, sys, "unraisablehook", _could_not_raise)
        _replace(hooks, threading, "excepthook", _ended_a_thread)
        _replace(hooks, warnings, "showwarning", _log_warning)
        if takes_stderr:
            _replace(stack, sys, "stderr", _Printed(sys.stderr))
        if stays:
            atexit.register(_writer.flush, FLUSH_SECONDS)
            hooks.pop_all()
        yield


def _go_back(writer: LogWriter, configured: dict[str, Any], handlers: list[logging.Handler]) -> None:
    """Log as before: a command that runs within a test must leave nothing behind that writes to its stream."""
    global _writer  # noqa: PLW0603 - a process has one log
    _writer = writer
    structlog.configure(**configured)
    logging.getLogger().handlers[:] = handlers
    logging.captureWarnings(capture=False)


def _replace(stack: ExitStack, owner: object, name: str, value: object) -> None:
    stack.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, value)


def barrier(_logger: object, _method: str, event: Event) -> Event:
    """``event`` with nothing in it that could tell who a member is; a structlog processor."""
    failure = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if failure:
        event["error"] = _kind_of(failure)
    plain = {key: _plain(value) if key in ALLOWED else DROPPED for key, value in event.items()}
    if not _EVENT.fullmatch(str(plain.get("event", DROPPED))):
        plain["event"] = DROPPED
    return plain


class _Foreign(logging.Handler):
    """Writes lines of loggers that are not ours: where and how serious, never the words."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        _write_foreign(record)


def _write_foreign(record: logging.LogRecord) -> None:
    event: Event = {
        **structlog.contextvars.get_contextvars(),
        "event": "library.logged",
        "level": record.levelname.lower(),
        "logger": record.name,
        "function": record.funcName,
        "line": record.lineno,
    }
    if record.exc_info:
        event["exc_info"] = record.exc_info
    stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", event)
    _writer.write(_as_json(None, "", barrier(None, "", stamped)))


def _calling_ours(level: int) -> Callable[[logging.Logger, logging.LogRecord], None]:
    """What stands in for ``Logger.callHandlers``: whatever handlers a library hung on its logger, none of them runs."""

    def call_ours(_: logging.Logger, record: logging.LogRecord) -> None:
        if record.levelno >= level:
            _write_foreign(record)

    return call_ours


def _left_unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    del error
    if not issubclass(kind, KeyboardInterrupt):
        log.critical("process.failed", error=kind.__name__, function=place_of_trace(trace))


def _could_not_raise(unraisable: "sys.UnraisableHookArgs") -> None:
    log.error(
        "process.unraisable", error=unraisable.exc_type.__name__, function=place_of_trace(unraisable.exc_traceback)
    )


def _ended_a_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is not SystemExit:
        log.error("thread.failed", error=ended.exc_type.__name__, function=place_of_trace(ended.exc_traceback))


def _log_warning(
    message: object, category: type[Warning], filename: str, lineno: int, *_: object, **__: object
) -> None:
    """Stand in for ``warnings.showwarning``, also where a library puts the warning into a file of its own."""
    del message, filename
    log.warning("library.warned", error=category.__name__, line=lineno)


class _Printed(io.TextIOBase):
    """Stands in for stderr: who prints there past the log has a line for each of his, without the words."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        """Note that lines were printed."""
        lines = text.count("\n")
        if lines:
            log.warning("library.printed", count=lines)
        return len(text)

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of what it stands in for."""
        if self._stream is None:
            raise io.UnsupportedOperation
        return self._stream.fileno()


def _kind_of(failure: object) -> str:
    if isinstance(failure, BaseException):
        return type(failure).__name__
    if isinstance(failure, tuple) and failure and isinstance(failure[0], type):
        return failure[0].__name__
    current = sys.exc_info()[0]
    return "unknown" if current is None else current.__name__


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= LONGEST and _CODE.fullmatch(value) else DROPPED
    if value is None or isinstance(value, _NUMBERS):
        return value
    return [_plain(inner) for inner in value] if isinstance(value, _COLLECTIONS) else DROPPED


def _as_json(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(event), default=lambda _: DROPPED).decode()
