import ast
import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from service.telemetry.logs import ALLOWED, log_writer, logging_process

CANARY = "Zqcanary Imaginary"


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_fact_is_one_line_of_json(written: io.StringIO) -> None:
    structlog.get_logger().info("gateway.exchanged", payer="acme", ms=12, route="core_mime")

    (line,) = lines(written)
    assert (line["event"], line["payer"], line["ms"], line["level"]) == ("gateway.exchanged", "acme", 12, "info")


def test_a_key_that_is_not_allowed_loses_its_value(written: io.StringIO) -> None:
    structlog.get_logger().info("area.verb", member=CANARY, first_name=CANARY, question={"last_name": CANARY})

    assert "canary" not in written.getvalue().lower()


@pytest.mark.leaks
def test_an_exception_is_named_by_its_type_alone(written: io.StringIO) -> None:
    try:
        int(CANARY)
    except ValueError:
        structlog.get_logger().exception("area.failed")
        logging.getLogger("asyncio").exception("what %s said", CANARY)

    ours, theirs = lines(written)
    assert ours["error"] == theirs["error"] == "ValueError"
    assert "canary" not in written.getvalue().lower()


@pytest.mark.leaks
def test_a_librarys_words_are_left_out(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning(f"GET /?name={CANARY}")  # noqa: G004 - as a careless library would
    logging.getLogger("uvicorn.access").info("GET /%s", CANARY)
    logging.getLogger("httpx").info("GET /%s", CANARY)
    with warnings.catch_warnings(action="default"):
        logging.captureWarnings(capture=True)
        warnings.warn(CANARY, stacklevel=1)

    assert [line["logger"] for line in lines(written)] == ["some.library", "py.warnings"]
    assert "canary" not in written.getvalue().lower()


def test_a_value_that_is_no_code_loses_its_text(written: io.StringIO) -> None:
    structlog.get_logger().info("area.verb", detail="EB*1**30~\n" + CANARY, code="x" * 500, payer=object())

    (line,) = lines(written)
    assert (line["detail"], line["code"], line["payer"]) == ("[dropped]",) * 3


@pytest.mark.parametrize("place", ["a.b:<module>", "a:<lambda>", "a:<genexpr>", "a:f.<locals>.g", "<frozen a.b>:f"])
def test_a_place_in_code_without_a_name_is_a_place(written: io.StringIO, place: str) -> None:
    structlog.get_logger().info("area.verb", function=place)

    (line,) = lines(written)
    assert line["function"] == place


def test_a_name_in_angle_brackets_is_no_place(written: io.StringIO) -> None:
    structlog.get_logger().info("area.verb", function="<LastName>Imaginary", detail="<Imaginary>")

    (line,) = lines(written)
    assert (line["function"], line["detail"]) == ("[dropped]",) * 2


def test_after_a_command_the_process_logs_as_before(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, handlers = log_writer(), logging.Logger.callHandlers
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    with logging_process(takes_stderr=True):
        print("past the log", file=sys.stderr)
        taken = log_writer()

    structlog.get_logger().info("area.verb")
    assert taken is not ours
    assert log_writer() is ours
    assert logging.Logger.callHandlers is handlers
    assert [line["event"] for line in lines(written)] == ["area.verb"]
    assert '"library.printed"' in sys.stderr.getvalue()  # type: ignore[attr-defined]  # what stands in for it


def test_a_handler_that_a_library_adds_writes_nothing(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    stderr, careless = io.StringIO(), logging.getLogger("careless")
    monkeypatch.setattr(sys, "stderr", stderr)
    with logging_process():
        careless.addHandler(logging.StreamHandler(stderr))
        careless.propagate = False
        careless.error(CANARY)
    careless.handlers.clear()
    careless.propagate = True

    (line,) = map(json.loads, stderr.getvalue().splitlines())
    assert (line["event"], line["logger"]) == ("library.logged", "careless")


ROOT = Path(__file__).parents[3]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def logged_keys(source: str) -> Iterator[str]:
    """The keys of every line that a module logs."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("log"), attr=level), keywords=given) if level in LEVELS:
                yield from (keyword.arg or "**" for keyword in given)


def test_no_line_of_ours_loses_a_value_by_its_key() -> None:
    """A number of a socket's error, or a batch's id, is nothing of a member: a key that is forgotten is of no use."""
    sources = [path for package in ("service", "payers") for path in (ROOT / package).rglob("*.py")]
    keys = {key for path in sources for key in logged_keys(path.read_text())}

    assert keys - ALLOWED == set()
    assert len(keys) > 15
