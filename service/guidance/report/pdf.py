"""A report as tagged PDF (PDF/UA-1), with the record attached; typst sets it from the template beside this module."""

import os
import re
import subprocess
import sys
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from service.guidance.report import typesetter
from service.guidance.report.html import generator
from service.guidance.report.page import page_of
from service.guidance.report.record import SealedReport

_STRANGE_SIGNS = re.compile(r"[^\u0020-\u024f\u0370-\u045f\u2010-\u2027\u2190-\u2199\u2200-\u226f\u20ac]")
"""Signs that the built-in fonts may not have: a sign without a glyph is an error of PDF/UA-1, and right-to-left script
would reorder what stands around it. They are written out."""

_LONG_WORD = re.compile(r"\S{27,}")
_PIECE = 12
_BREAK = "\u200b"
"""Where a word that fits in no column may be broken: a space without width."""


LONGEST = 30.0
"""Seconds after which a document is given up."""


class PdfNotWritten(Exception):
    """The typesetter could not set the document, or took too long; its words are not kept, as they quote the report."""


def write_pdf(sealed: SealedReport) -> bytes:
    """Return the report as PDF; the same record gives the same bytes. It takes a core for 110 to 170 ms.

    Raises ``PdfNotWritten``.
    """
    latest = max([sealed.report.answer.as_of, *(one.recorded_at for one in sealed.report.notes)])
    inputs = {
        "page": orjson.dumps(_make_printable(page_of(sealed).model_dump(mode="json"))).decode(),
        "record": sealed.record.decode(),
        "generator": generator(),
    }
    return _typeset({"template": _template(), "inputs": inputs, "timestamp": int(latest.timestamp())})


def _typeset(order: dict[str, object]) -> bytes:
    # A process that sets text has no use for our secrets.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and no argument from outside
            [sys.executable, "-I", "-m", typesetter.__name__],
            input=orjson.dumps(order),
            capture_output=True,
            check=True,
            timeout=LONGEST,
            env=environment,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        raise PdfNotWritten(type(failure).__name__) from None
    return done.stdout


@cache
def _template() -> str:
    return files(__package__).joinpath("report.typ").read_text(encoding="utf-8")


def _make_printable(value: Any) -> Any:  # noqa: ANN401 - a value of JSON
    """Return a value of JSON in whose strings every sign has a glyph and every word fits in a column."""
    match value:
        case str():
            shown = _STRANGE_SIGNS.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
            return _LONG_WORD.sub(lambda found: _break_word(found[0]), shown)
        case list():
            return [_make_printable(one) for one in value]
        case dict():
            return {key: one if key in _WHOLE else _make_printable(one) for key, one in value.items()}
        case _:
            return value


_WHOLE = frozenset({"digest", "verification_id"})
"""Values of ours whose words are not broken."""


def _break_word(word: str) -> str:
    return _BREAK.join(word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
