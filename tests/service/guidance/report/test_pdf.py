"""The report as PDF, opened by two other programs: tagged, one page and an annex, and hostile words are only words."""

import re
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from service.guidance.report import pdf
from service.guidance.report.page import TITLE
from service.guidance.report.pdf import PdfNotWritten, write_pdf
from service.guidance.report.record import SealedReport
from tests.service.guidance.report.reports import ID, each_report, hostile_report, plain_report

LETTER = (612.0, 792.0)
BREAK = "\u200b"


def texts(written: bytes) -> list[str]:
    """The text of each page, as PDFium reads it; where a long word may be broken is no part of it."""
    document = pypdfium2.PdfDocument(written)
    try:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_range().replace(BREAK, "")) for page in document]
    finally:
        document.close()


def elements(node: Any, found: list[str]) -> list[str]:
    """The kinds of the elements of a structure tree, parents first."""
    node = node.get_object()
    if isinstance(node, DictionaryObject):
        if "/S" in node:
            found.append(str(node["/S"]))
        children = node.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            elements(child, found)
    return found


def is_one_page(written: bytes) -> bool:
    """Whether the page ends on the first sheet, and the annex begins on the second."""
    first, second, *_ = texts(written)
    return "It does not prove who wrote it." in first and second.startswith("Annex: what every statement rests on")


def test_it_is_tagged_and_says_its_title_and_language() -> None:
    sealed = plain_report()
    reader = PdfReader(BytesIO(write_pdf(sealed)), strict=True)
    root = reader.trailer["/Root"]
    kinds = elements(root["/StructTreeRoot"], [])

    assert root["/Lang"] == "en-US"
    assert bool(root["/MarkInfo"]["/Marked"]) is True
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"]) is True
    assert reader.metadata.title == f"{TITLE}, {ID}"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert kinds.count("/H1") == kinds.count("/H2") == 1
    assert kinds.count("/Table") == kinds.count("/Caption") == kinds.count("/THead") > 10
    assert kinds.count("/TH") > 20
    assert "/Figure" not in kinds


def test_everybody_has_one_page_and_an_annex_in_letter_size() -> None:
    for actor, sealed in each_report()[::3]:
        written = write_pdf(sealed)

        assert is_one_page(written), actor
        assert {
            (float(page.mediabox.width), float(page.mediabox.height)) for page in PdfReader(BytesIO(written)).pages
        } == {LETTER}


def test_the_page_holds_every_point_and_who_states_it() -> None:
    first = texts(write_pdf(plain_report()))[0]

    for number in range(1, 62):
        assert re.search(rf"\b{number}\b", first), number
    assert "No promise of payment." in first
    assert "As of: Jun 1, 2026, 15:00:00 UTC" in first
    assert "36 level of care covered covered (payer)" in first
    assert "$40.00 per day (payer)" in first
    assert "not stated not known" in first
    assert plain_report().digest in first


def test_hostile_words_are_only_words_on_one_page() -> None:
    written = write_pdf(hostile_report())
    pages = texts(written)
    text = " ".join(pages)

    assert is_one_page(written)
    assert '#import "x": * #panic("x") $x$ *bold* <script>alert(1)</script>' in text
    assert "{{7*7}} {% x %} =HYPERLINK(1) \\u202etxt\\u202c \\x1b[31m \\u6f22\\u5b57 \\u05e9" in text
    assert "\u202e" not in text
    assert max(len(word) for word in re.sub("W+", "", text).split()) < 200
    assert not any(mark in written for mark in (b"/JavaScript", b"/Launch", b"/URI", b"/OpenAction"))


def test_markup_that_is_read_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    template = pdf._template().replace(
        "[#one.text]", 'if one.number == 13 { eval(one.text, mode: "markup") } else { one.text }'
    )
    monkeypatch.setattr(pdf, "_template", lambda: template)

    assert write_pdf(plain_report(plan_name="GOLD PPO")).startswith(b"%PDF-"), "words without markup are set"
    with pytest.raises(PdfNotWritten):
        write_pdf(hostile_report())


def test_a_page_that_does_not_shrink_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    template = pdf._template().replace("set text(size: chosen)", "set text(size: best)")
    monkeypatch.setattr(pdf, "_template", lambda: template)

    assert not is_one_page(write_pdf(hostile_report()))


def test_every_sign_that_is_not_written_out_has_a_glyph() -> None:
    signs = "".join(map(chr, range(0x20, 0x2270)))
    kept = [sign for sign in signs if sign.isprintable() and not pdf._STRANGE_SIGNS.match(sign)]
    named = plain_report(plan_name=" ".join(kept), group_number=" ".join(kept))

    assert len(kept) > 700
    assert write_pdf(named).startswith(b"%PDF-")


def test_a_sign_without_a_glyph_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_STRANGE_SIGNS", re.compile(r"(?!)"))

    with pytest.raises(PdfNotWritten):
        write_pdf(plain_report(plan_name="漢字"))


def test_the_same_record_is_the_same_file() -> None:
    assert write_pdf(hostile_report()) == write_pdf(hostile_report())


def test_the_record_is_attached() -> None:
    sealed: SealedReport = hostile_report()
    attached = PdfReader(BytesIO(write_pdf(sealed))).attachments

    assert {name: list(map(bytes, contents)) for name, contents in attached.items()} == {"record.json": [sealed.record]}


def test_what_can_not_be_set_says_nothing_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_template", lambda: "#panic(sys.inputs.record)")

    with pytest.raises(PdfNotWritten) as failure:
        write_pdf(plain_report())

    assert str(failure.value) == "CalledProcessError"
    assert failure.value.__cause__ is None


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_template", lambda: "#let n = 0; #while true { n += 1; if n > 9000 { n = 0 } }")
    monkeypatch.setattr(pdf, "LONGEST", 0.2)

    with pytest.raises(PdfNotWritten):
        write_pdf(plain_report())


def test_the_typesetter_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setenv("BENEFITS_KEYS__SEALING", "k1:secret")
    monkeypatch.setattr(
        pdf.subprocess, "run", lambda command, **given: asked.append((command, given["env"])) or _Done()
    )

    write_pdf(plain_report())

    ((command, environment),) = asked
    assert "BENEFITS_KEYS__SEALING" not in environment
    assert ID not in " ".join(command)


class _Done:
    stdout = b""
