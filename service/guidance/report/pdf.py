"""A report as tagged PDF (PDF/UA-1), with the record attached; typst sets it from the template beside this module."""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from service.guidance.report.html import generator
from service.guidance.report.page import page_of
from service.guidance.report.record import SealedReport

if TYPE_CHECKING:
    from typst import Fonts

RECORD_NAME = "record.json"
"""What the attached record is called."""

_STRANGE_SIGNS = re.compile(r"[^\u0020-\u024f\u0370-\u045f\u2010-\u2027\u2190-\u2199\u2200-\u226f\u20ac]")
"""Signs that the built-in fonts may not have: a sign without a glyph is an error of PDF/UA-1, and right-to-left script
would reorder what stands around it. They are written out."""

_LONG_WORD = re.compile(r"\S{27,}")
_PIECE = 12
_BREAK = "\u200b"
"""Where a word that fits in no column may be broken: a space without width."""


def write_pdf(sealed: SealedReport) -> bytes:
    """Return the report as PDF; the same record gives the same bytes. It takes a core for about 100 ms."""
    import typst

    as_of = sealed.report.answer.as_of
    latest = max([as_of, *(one.recorded_at for one in sealed.report.notes)])
    found: bytes = typst.compile(
        _template(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={
            "page": orjson.dumps(_make_printable(page_of(sealed).model_dump(mode="json"))).decode(),
            "record": sealed.record.decode(),
            "generator": generator(),
        },
        pdf_standards=["ua-1"],
        timestamp=int(latest.timestamp()),
    )
    return found


@cache
def _template() -> bytes:
    return files(__package__).joinpath("report.typ").read_bytes()


@cache
def _fonts() -> "Fonts":
    """Return the fonts that typst brings and no others: with those of a machine the bytes would differ."""
    from typst import Fonts

    return Fonts(include_system_fonts=False)


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
