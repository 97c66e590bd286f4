"""What verifying a file finds: a changed word, a changed record, a record that the service does not keep."""

from base64 import b64encode
from zlib import compress

import pytest

from contracts import State
from service.guidance.report import integrity
from service.guidance.report.forms import ReportForm, write_report
from service.guidance.report.integrity import KeptMatch, PageMatch, compare_kept, read_file
from service.guidance.report.record import SealedReport, seal
from service.guidance.vob_values import CallAnswer
from tests.service.guidance.report.reports import ID, call, each_report, hostile_report, plain_report, report_about

FORMS = (ReportForm.HTML, ReportForm.PDF)


def judge(content: bytes) -> tuple[bool, PageMatch]:
    found = read_file(content)
    assert found is not None
    return found[0].record_holds, found[0].page


@pytest.mark.parametrize("form", FORMS)
def test_a_file_as_it_was_written_holds(form: ReportForm) -> None:
    for sealed in (plain_report(), hostile_report()):
        found = read_file(write_report(sealed, form))

        assert found is not None
        check, again = found
        assert (check.form, check.verification_id, check.digest) == (form, ID, sealed.digest)
        assert (check.record_holds, check.page) == (True, PageMatch.SAME)
        assert again.record == sealed.record


def test_a_changed_word_of_the_page_is_found() -> None:
    page = write_report(plain_report(), ReportForm.HTML)

    assert judge(page.replace(b"$40.00 per day (payer)", b"$4.00 per day (payer)")) == (True, PageMatch.CHANGED)


def with_record(sealed: SealedReport, form: ReportForm, record: bytes) -> bytes:
    """A file whose record was replaced, and nothing else."""
    content = write_report(sealed, form)
    if form is ReportForm.HTML:
        return content.replace(b64encode(sealed.record), b64encode(record))
    begin = integrity._PDF_RECORD.search(content)
    assert begin is not None
    return content[: begin.end()] + compress(record) + content[begin.end() :]


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_record_is_found(form: ReportForm) -> None:
    sealed = plain_report()
    changed = with_record(sealed, form, sealed.record.replace(b"40.00", b"10.00"))

    assert judge(changed) == (False, PageMatch.CHANGED)


def test_a_changed_hash_is_found() -> None:
    sealed = plain_report()
    content = write_report(sealed, ReportForm.HTML).replace(sealed.digest.encode(), b"0" * 64)

    assert judge(content) == (False, PageMatch.CHANGED)


@pytest.mark.parametrize("form", FORMS)
def test_a_page_of_another_version_is_said_to_be_one(form: ReportForm, monkeypatch: pytest.MonkeyPatch) -> None:
    content = write_report(plain_report(), form)
    content = content.replace(b"benefit-verification 0", b"benefit-verification 9")

    assert judge(content) == (True, PageMatch.OTHER_VERSION)


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"<html></html>", b"\x00" * 99, b"%PDF- /EmbeddedFile\nstream\nx"]
)
def test_what_is_no_report_is_not_read(content: bytes) -> None:
    assert read_file(content) is None


def test_the_same_record_is_kept() -> None:
    assert compare_kept(plain_report(), plain_report()).match is KeptMatch.SAME


def test_a_call_that_was_noted_since_is_no_change_of_what_was_written() -> None:
    actor, sealed = each_report()[0]
    entry = sealed.report.entries[0].id
    later = report_about(actor, call(1, CallAnswer(entry=entry, value="yes")))

    assert compare_kept(sealed, later).match is KeptMatch.CALLS_SINCE
    assert compare_kept(later, sealed).match is KeptMatch.DIFFERS
    other = report_about(actor, call(1, CallAnswer(entry=entry, value="no")))
    assert compare_kept(later, other).match is KeptMatch.DIFFERS


def test_another_record_is_named_by_the_fields_that_differ() -> None:
    found = compare_kept(plain_report(), plain_report(plan_name="GOLD"))

    assert found.match is KeptMatch.DIFFERS
    assert found.fields == ("answer", "entries")


def test_an_answer_that_became_final_since_is_said_to_be() -> None:
    sealed = plain_report()
    pending = sealed.report.answer.model_copy(update={"state": State.PENDING})

    before = seal(sealed.report.model_copy(update={"answer": pending}))

    assert compare_kept(before, sealed).match is KeptMatch.FINAL_SINCE
