import io
import json
import logging
import warnings

import structlog

CANARY = "Zqcanary Imaginary"


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_fact_is_one_line_of_json(written: io.StringIO) -> None:
    structlog.get_logger().info("wire.exchanged", payer="acme", ms=12, road="core_mime")

    (line,) = lines(written)
    assert (line["event"], line["payer"], line["ms"], line["level"]) == ("wire.exchanged", "acme", 12, "info")


def test_a_key_that_is_not_allowed_loses_its_value(written: io.StringIO) -> None:
    structlog.get_logger().info("room.verb", member=CANARY, first_name=CANARY, question={"last_name": CANARY})

    assert "canary" not in written.getvalue().lower()


def test_an_exception_is_named_by_its_type_alone(written: io.StringIO) -> None:
    try:
        int(CANARY)
    except ValueError:
        structlog.get_logger().exception("room.failed")
        logging.getLogger("asyncio").exception("what %s said", CANARY)

    ours, theirs = lines(written)
    assert ours["error"] == theirs["error"] == "ValueError"
    assert "canary" not in written.getvalue().lower()


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
    structlog.get_logger().info("room.verb", detail="EB*1**30~\n" + CANARY, code="x" * 500, payer=object())

    (line,) = lines(written)
    assert (line["detail"], line["code"], line["payer"]) == ("[dropped]",) * 3
