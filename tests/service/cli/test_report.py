"""``benefits report``: written from the database of this machine or by a running service, and verified."""

import asyncio
import stat
from pathlib import Path

import pytest
import respx
from click.testing import CliRunner, Result

from service.cli.bootstrap import store_of
from service.cli.main import main
from service.guidance.report.forms import ReportForm, write_report
from service.guidance.vob_values import CallContent
from service.settings.model import load_settings
from tests.service.cli.stored import store_answer
from tests.service.guidance.report.reports import CALLED, ID, plain_report
from tests.service.guidance.staging import answer, terms
from tests.service.staging import STAFF

pytestmark = pytest.mark.usefixtures("key")

URL = "http://127.0.0.1:8123"
PLACE = f"{URL}/v1/verifications/{ID}/report"
BEGINS = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-1.7", "json": b'{"resourceType":"Bundle"'}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments])


@pytest.fixture
def kept() -> str:
    """The id of a verification in the database of this folder."""
    return store_answer(answer(terms(copay="40.00")))


def note_a_call(verification_id: str) -> None:
    async def note() -> None:
        store = store_of(load_settings(), serving=True)
        await store.start()
        try:
            content = CallContent(called_at=CALLED, representative="Pat").model_dump_json().encode()
            await store.add_call_note(verification_id, content, seen=0, caller=STAFF)
        finally:
            await store.stop()

    asyncio.run(note())


@pytest.mark.parametrize("suffix", BEGINS)
def test_the_name_of_the_file_says_its_form(kept: str, suffix: str) -> None:
    out = Path(f"report.{suffix}")

    written = run(kept, "--out", str(out))

    assert written.exit_code == 0, written.output
    assert out.read_bytes().startswith(BEGINS[suffix])
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_report_is_printed_without_a_file(kept: str) -> None:
    assert run(kept).stdout_bytes.startswith(BEGINS["html"])
    assert run("--as", "fhir", kept).stdout_bytes.startswith(BEGINS["json"])
    assert run("write", kept, "--as", "pdf").stdout_bytes.startswith(BEGINS["pdf"])


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_a_file_is_verified_against_the_database(kept: str, form: str) -> None:
    run(kept, "--as", form, "--out", "report")

    found = run("verify", "report")

    assert found.exit_code == 0, found.output
    assert "record:  has the hash that the file states" in found.output
    assert "page:    what is written from the record within it, byte for byte" in found.output
    assert "kept:    the same record" in found.output
    assert "Testcase" not in found.output, "no member's data"


def test_a_call_that_was_noted_since_is_named(kept: str) -> None:
    run(kept, "--out", "report.pdf")
    note_a_call(kept)

    found = run("verify", "report.pdf")

    assert found.exit_code == 0
    assert "kept:    the same record; calls were noted since" in found.output


def test_a_changed_page_is_found(kept: str) -> None:
    run(kept, "--out", "report.html")
    file = Path("report.html")
    file.write_bytes(file.read_bytes().replace(b"$40.00", b"$4.00"))

    found = run("verify", "report.html", "--file-alone")

    assert found.exit_code == 1
    assert "NOT what is written from the record within it" in found.output


def test_a_report_of_another_service_is_not_kept() -> None:
    Path("report.pdf").write_bytes(write_report(plain_report(), ReportForm.PDF))

    alone, kept_here = run("verify", "report.pdf", "--file-alone"), run("verify", "report.pdf")

    assert alone.exit_code == 0, alone.output
    assert kept_here.exit_code == 1


def test_what_is_no_report_is_refused() -> None:
    Path("report.pdf").write_bytes(b"%PDF-1.7 nothing")

    found = run("verify", "report.pdf")

    assert (found.exit_code, found.stdout) == (1, "")
    assert "no HTML or PDF report" in found.output


@respx.mock
def test_a_running_service_writes_and_verifies(key: Path) -> None:
    sealed = plain_report()
    for form, media_type in (("pdf", "application/pdf"), ("html", "text/html")):
        respx.get(PLACE, headers={"Accept": media_type}).respond(
            content=write_report(sealed, ReportForm(form)), content_type=f"{media_type}; charset=utf-8"
        )
    there = ("--url", URL, "--key-file", str(key))

    written = run(ID, "--out", "report.pdf", *there)
    found = run("verify", "report.pdf", *there)

    assert written.exit_code == found.exit_code == 0, found.output
    assert "kept:    the same record" in found.output


@respx.mock
def test_what_answers_with_another_form_is_refused(key: Path) -> None:
    respx.get(PLACE).respond(json={})

    found = run(ID, "--url", URL, "--key-file", str(key))

    assert found.exit_code == 1
    assert "no service of this version" in found.output


def test_help_says_what_verifying_proves_and_what_not() -> None:
    words = " ".join(run("verify", "--help").output.split())

    assert "They do not say who wrote the file" in words
    assert "benefits report verify report.pdf" in run("--help").output
    assert run("ver_!").exit_code == 2
