"""What is written down while the service runs: JSON lines on stderr, behind one barrier that keeps members out.

The barrier is an allow-list. A key that is not on it loses its value; a value that is no short code loses its text; an
exception is named by its type alone; a line of somebody else's logger keeps where it came from and loses its words,
since a library may format a member's data into them.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import orjson
import structlog

ALLOWED = frozenset({
    "caller_id", "code", "count", "detail", "distribution", "engine", "error", "event", "exchanges", "file", "function",
    "job_id", "level", "line", "logger", "method", "ms", "outcome", "payer", "pid", "plugin", "port", "profile",
    "reason", "road", "roads", "role", "route", "seconds", "signal", "status", "step", "timestamp", "unfinished",
    "verification_id", "version", "why",
})  # fmt: skip
"""Keys whose values may be written: ids, counts and codes."""

LONGEST = 160
DROPPED = "[dropped]"

_CODE = re.compile(r"[\w.:/,%{} -]*", re.ASCII)
"""What a code looks like. A member's name could look so too: that is why the keys are allow-listed first."""

_EVENT = re.compile(r"[a-z_]+(?:\.[a-z_]+)+", re.ASCII)
"""An event is named ``room.verb``; words in its place are a stranger's, and may be about a member."""

Event = MutableMapping[str, Any]


def start_logging(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Write the events of the whole process, ours and the libraries', as JSON lines to stderr (or ``stream``)."""
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            barrier,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = _Foreign(target)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "dbos"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


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

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a stream that is gone ends nothing."""
        event: Event = {
            "event": "library.logged",
            "level": record.levelname.lower(),
            "logger": record.name,
            "function": record.funcName,
            "line": record.lineno,
        }
        if record.exc_info:
            event["exc_info"] = record.exc_info
        try:
            self._stream.write(_as_json(None, "", barrier(None, "", event)) + "\n")
        except (OSError, ValueError):
            return


def _kind_of(failure: object) -> str:
    if isinstance(failure, BaseException):
        return type(failure).__name__
    if isinstance(failure, tuple) and failure and isinstance(failure[0], type):
        return failure[0].__name__
    current = sys.exc_info()[0]
    return "unknown" if current is None else current.__name__


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    text = value if isinstance(value, str) else None
    if text is None or len(text) > LONGEST or not _CODE.fullmatch(text):
        return DROPPED
    return text


def _as_json(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(event), default=lambda _: DROPPED).decode()
