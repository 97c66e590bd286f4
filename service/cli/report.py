"""``benefits report``: one verification of benefits as a page, a file to print, or FHIR; and whether a file is one."""

import os
import sys
from pathlib import Path
from urllib.parse import urlencode

import click

from contracts.report import escape_for_terminal
from service.cli.credentials import api_key
from service.cli.guiding import Lookup, check_id, look_here, roster_here
from service.cli.options import KEY_FILE, URL
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.guidance.report.forms import MEDIA_TYPE, SUFFIX, ReportForm, write_report
from service.guidance.report.html import generator
from service.guidance.report.integrity import (
    LARGEST_FILE,
    FileCheck,
    KeptCheck,
    KeptMatch,
    PageMatch,
    compare_kept,
    read_file,
)
from service.guidance.report.record import SealedReport, report_of
from service.security.file_modes import OWNER_ALONE


class ReportCommand(click.Group):
    """A group whose first command may be left out: ``benefits report ID`` writes the report of ``ID``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the first command in front where none is given."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group("report", cls=ReportCommand, subcommand_metavar="ID [OPTIONS] | verify FILE")
def command() -> None:
    """Write a verification of benefits as a page, a PDF or FHIR; or say whether such a file is what was written.

    The report holds all 61 points of the form, each with who states it: the payer's reply, a representative on the
    phone, or we; what nobody states is said to be not stated. An annex has what every statement rests on. It holds the
    member's details: keep it as you keep those.

    \b
    Examples:
      benefits report ver_01JD... --out report.pdf
      benefits report ver_01JD... --as html > report.html
      benefits report ver_01JD... --as fhir --url http://127.0.0.1:8000 --key-file staff.key
      benefits report verify report.pdf

    \b
    See also:
      benefits report write --help     options of writing one
      benefits report verify --help    what verifying a file proves, and what not
    """  # noqa: D301 - the sign with which click keeps lines as they are


@command.command("write")
@click.argument("verification_id", metavar="ID")
@click.option(
    "--as",
    "form",
    type=click.Choice([one.value for one in ReportForm]),
    help="The form; by the name of --out, else html, when absent.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write; else it is printed.")
@click.option("--location", help="One of our places, as BENEFITS_CONTRACTS calls it.")
@URL
@KEY_FILE
def write(
    verification_id: str,
    form: str | None,
    out: Path | None,
    location: str | None,
    url: str | None,
    key_file: Path | None,
) -> None:
    """Write the report of one verification: `benefits report ID` does the same.

    The same verification gives the same bytes, until more is known of it. A file is readable by its owner alone.

    \b
    Examples:
      benefits report ver_01JD... --out report.pdf
      benefits report ver_01JD... --as fhir --out bundle.json

    \b
    Settings:
      BENEFITS_CONTRACTS, BENEFITS_CHARGES     our contracts and charges, without --url
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  a report was written
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    check_id(verification_id)
    chosen = ReportForm(form) if form else _form_by_name(out)
    if out is None and chosen is ReportForm.PDF and sys.stdout.isatty():
        raise click.UsageError("a PDF is no text for a terminal: name a file with --out")
    place = Lookup(verification_id, url, key_file, as_json=False)
    content = _fetch(place, chosen, location)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    _write_file(out, content)
    click.echo(f"written: {escape_for_terminal(str(out))} ({len(content)} bytes)", err=True)


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--file-alone", is_flag=True, help="Look at the file alone; ask no service and no database.")
@URL
@KEY_FILE
def verify(file: Path, url: str | None, key_file: Path | None, *, file_alone: bool) -> None:
    """Say whether FILE, an HTML or PDF report, is what was written, and whether its record is still kept.

    \b
    It looks at three things:
      record   the record within the file has the hash that the file states
      page     what this program writes from that record is the file, byte for byte:
               no word on the page differs from the record
      kept     the service, or the database of this machine, keeps the same record

    The first two find what was changed, by accident or by hand. They do not say who wrote the file: whoever has this
    program can write one. That the service wrote it follows from the third alone.

    \b
    Examples:
      benefits report verify report.pdf
      benefits report verify report.html --url http://127.0.0.1:8000 --key-file staff.key
      benefits report verify report.pdf --file-alone

    \b
    Exit codes:
      0  everything that was looked at holds; calls may have been noted since
      1  something differs, or the file is no report, or nothing is kept of it
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    if file.stat().st_size > LARGEST_FILE:
        raise click.ClickException("the file is too large for a report")
    found = read_file(file.read_bytes())
    if found is None:
        raise click.ClickException("the file is no HTML or PDF report, or another program wrote it anew")
    check, sealed = found
    for line in _describe_file(check):
        click.echo(escape_for_terminal(line))
    holds = check.record_holds and check.page is PageMatch.SAME
    if not file_alone:
        kept = _look_up(Lookup(check.verification_id, url, key_file, as_json=False), sealed)
        click.echo(escape_for_terminal(f"kept:    {_describe_kept(kept)}"))
        holds = holds and kept.match in {KeptMatch.SAME, KeptMatch.CALLS_SINCE}
    if not holds:
        raise click.ClickException("the file does not hold what it should; see above")


def _form_by_name(out: Path | None) -> ReportForm:
    """Return the form that a file's name asks for."""
    found = [form for form, suffix in SUFFIX.items() if out is not None and out.suffix.lower() == suffix]
    return found[0] if found else ReportForm.HTML


def _fetch(place: Lookup, form: ReportForm, location: str | None) -> bytes:
    with refusing():
        if place.url:
            return run_to_end(_download(place, form, location))
        return write_report(_report_here(place.verification_id, location), form)


def _report_here(verification_id: str, location: str | None) -> SealedReport:
    kept = run_to_end(look_here(verification_id))
    return report_of(kept.looking(roster_here(), location))


async def _download(place: Lookup, form: ReportForm, location: str | None) -> bytes:
    from service.cli.remote import RemoteService

    query = f"?{urlencode({'location': location})}" if location else ""
    async with RemoteService(place.url or "", api_key(place.key_file)) as service:
        return await service.download(f"/v1/verifications/{place.verification_id}/report{query}", MEDIA_TYPE[form])


def _write_file(out: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, from its first byte on."""
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "wb") as file:
            os.fchmod(file.fileno(), OWNER_ALONE)
            file.write(content)
    except OSError as failure:
        raise click.ClickException(f"the file can't be written ({type(failure).__name__})") from None


def _look_up(place: Lookup, sealed: SealedReport) -> KeptCheck:
    """Return how the record of a file compares with the one that is kept now."""
    check_id(place.verification_id)
    location = sealed.report.location
    with refusing():
        if not place.url:
            return compare_kept(sealed, _report_here(place.verification_id, location))
        fetched = read_file(run_to_end(_download(place, ReportForm.HTML, location)))
    if fetched is None:
        raise click.ClickException("what answered is no service of this version: its answer can't be read")
    return compare_kept(sealed, fetched[1])


_PAGE = {
    PageMatch.SAME: "what is written from the record within it, byte for byte",
    PageMatch.CHANGED: "NOT what is written from the record within it: it was changed",
}
_KEPT = {
    KeptMatch.SAME: "the same record",
    KeptMatch.CALLS_SINCE: "the same record; calls were noted since",
    KeptMatch.FINAL_SINCE: "ANOTHER record: the answer was pending then and is final now",
    KeptMatch.DIFFERS: "ANOTHER record",
}


def _describe_file(check: FileCheck) -> list[str]:
    record = "has the hash that the file states" if check.record_holds else "does NOT have the hash that it states"
    other = f"written by {check.written_by}; {generator()} cannot say whether it was changed"
    return [
        f"report:  {check.verification_id}, {check.form.value.upper()}, record SHA-256 {check.digest}",
        f"record:  {record}",
        f"page:    {_PAGE.get(check.page, other)}",
    ]


def _describe_kept(check: KeptCheck) -> str:
    fields = f" (differs in: {', '.join(check.fields)})" if check.match is KeptMatch.DIFFERS else ""
    return f"{_KEPT[check.match]}{fields}"
