"""Whether a file is the report that was written: its record, its page, and the record that the service keeps.

Whoever has this program can write a report with a right hash. So the first two say that a file was not changed by
accident or by hand in one place alone; that a service wrote it, only the service's own record says.
"""

import re
import zlib
from base64 import b64decode
from enum import StrEnum

import orjson

from contracts import Frozen
from service.guidance.report.forms import ReportForm, write_report
from service.guidance.report.html import RECORD_LINK, generator
from service.guidance.report.record import SealedReport, read_record
from service.guidance.report.values import VobReport

LARGEST_FILE = 64_000_000
"""Bytes of the largest file that is read, and of the largest record in one."""

_HTML_DIGEST = re.compile(rb'<meta name="record-sha256" content="([0-9a-f]{64})">')
_HTML_RECORD = re.compile(rb'href="' + RECORD_LINK.encode() + rb'([A-Za-z0-9+/=]+)"')
_HTML_GENERATOR = re.compile(rb'<meta name="generator" content="([^"]{1,80})">')
_PDF_DIGEST = re.compile(rb"record-sha256:([0-9a-f]{64})")
_PDF_RECORD = re.compile(rb"/EmbeddedFile\b(?:(?!endobj).)*?\bstream\r?\n", re.DOTALL)
_PDF_GENERATOR = re.compile(rb"(benefit-verification [0-9A-Za-z.+]{1,40})")


class PageMatch(StrEnum):
    """Whether a file is what is written from the record within it."""

    SAME = "same"
    CHANGED = "changed"
    OTHER_VERSION = "other_version"


class KeptMatch(StrEnum):
    """Whether the service keeps the record of a file."""

    SAME = "same"
    CALLS_SINCE = "calls_since"
    FINAL_SINCE = "final_since"
    DIFFERS = "differs"


class FileCheck(Frozen):
    """What a file says of itself. ``digest`` is the hash that it states, ``written_by`` the program that it names."""

    form: ReportForm
    verification_id: str
    digest: str
    record_holds: bool
    page: PageMatch
    written_by: str


class KeptCheck(Frozen):
    """How the record of a file compares with the one that the service keeps: ``fields`` are those that differ."""

    match: KeptMatch
    fields: tuple[str, ...] = ()


def read_file(content: bytes) -> tuple[FileCheck, SealedReport] | None:
    """Return what a report's file says of itself, and its record; None when it is no file of this program."""
    form = ReportForm.PDF if content.startswith(b"%PDF-") else ReportForm.HTML
    is_pdf = form is ReportForm.PDF
    digest = (_PDF_DIGEST if is_pdf else _HTML_DIGEST).search(content)
    record = _record_of_pdf(content) if is_pdf else _record_of_html(content)
    sealed = None if record is None else read_record(record)
    if digest is None or sealed is None:
        return None
    named = (_PDF_GENERATOR if is_pdf else _HTML_GENERATOR).search(content)
    written_by = named[1].decode() if named else "an unknown program"
    if write_report(sealed, form) == content:
        page = PageMatch.SAME
    else:
        page = PageMatch.CHANGED if written_by == generator() else PageMatch.OTHER_VERSION
    stated = digest[1].decode()
    check = FileCheck(
        form=form,
        verification_id=sealed.report.verification_id,
        digest=stated,
        record_holds=sealed.digest == stated,
        page=page,
        written_by=written_by,
    )
    return check, sealed


def compare_kept(sealed: SealedReport, kept: SealedReport) -> KeptCheck:
    """Return how the record of a file compares with the one that the service keeps now."""
    ours, theirs = orjson.loads(sealed.record), orjson.loads(kept.record)
    fields = tuple(name for name in VobReport.model_fields if ours.get(name) != theirs.get(name))
    if not fields:
        return KeptCheck(match=KeptMatch.SAME)
    if ours["answer"]["state"] != theirs["answer"]["state"]:
        return KeptCheck(match=KeptMatch.FINAL_SINCE, fields=fields)
    earlier = theirs["notes"][: len(ours["notes"])]
    if {"entries", "notes"}.issuperset(fields) and "notes" in fields and earlier == ours["notes"]:
        return KeptCheck(match=KeptMatch.CALLS_SINCE, fields=fields)
    return KeptCheck(match=KeptMatch.DIFFERS, fields=fields)


def _record_of_html(content: bytes) -> bytes | None:
    found = _HTML_RECORD.search(content)
    return None if found is None else b64decode(found[1])


def _record_of_pdf(content: bytes) -> bytes | None:
    """Return the attached record of a PDF that typst wrote; another program may write it in another way."""
    found = _PDF_RECORD.search(content)
    if found is None:
        return None
    try:
        return zlib.decompressobj().decompress(content[found.end() :], LARGEST_FILE)
    except zlib.error:
        return None
