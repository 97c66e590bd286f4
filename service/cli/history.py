"""``benefits history``: what was asked about one member, in order."""

from urllib.parse import urlencode

import click

from contracts import Verdict
from contracts.report import escape_for_terminal, escape_json_for_terminal
from service.cli.credentials import api_key
from service.cli.guiding import Lookup, check_id, guidance_options
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.store import HistoryRequest
from service.verification.history import HistoryTry, MemberHistory

SILENT = (Verdict.NOT_STATED, Verdict.COULD_NOT_CHECK)
"""Verdicts that a line of a history leaves out."""


@click.command("history")
@guidance_options
@click.option("--limit", type=click.IntRange(1, 50), default=20, show_default=True, help="Searches to print.")
@click.option("--after", metavar="ID", help="The id that the page before ended with.")
def command(place: Lookup, limit: int, after: str | None) -> None:
    """List what was asked about the member of a verification, oldest first.

    Tries of one question stand together: `benefits verify --retries ID` says which earlier one it mends.

    \b
    Examples:
      benefits history ver_01JD...
      benefits history ver_01JD... --url http://127.0.0.1:8000 --key-file staff.key

    \b
    Settings:
      BENEFITS_DATABASE_URL and others         where to look, without --url
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  the history was printed
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    check_id(place.verification_id)
    request = HistoryRequest(place.verification_id, limit, after)
    with refusing():
        found = run_to_end(_fetch(place.url, api_key(place.key_file), request) if place.url else _look_here(request))
    click.echo(escape_json_for_terminal(found.model_dump_json()) if place.as_json else write_history(found))


async def _fetch(url: str, key: str, request: HistoryRequest) -> MemberHistory:
    from service.cli.remote import RemoteService

    page = {"limit": request.limit, **({"after": request.after} if request.after else {})}
    async with RemoteService(url, key) as service:
        return await service.fetch(
            f"/v1/verifications/{request.verification_id}/history?{urlencode(page)}", MemberHistory
        )


async def _look_here(request: HistoryRequest) -> MemberHistory:
    from service.cli.local import stored_answers

    async with stored_answers() as answers:
        return await answers.history(request)


def write_history(history: MemberHistory) -> str:
    """Return a history as lines: one for each try, those that mend an earlier one behind it."""
    lines = []
    for search in history.searches:
        for number, one in enumerate(search.tries):
            lines.append(("  then " if number else "") + _line(one))
    if history.after:
        lines.append(f"more: --after {history.after}")
    return "\n".join(map(escape_for_terminal, lines))


def _line(one: HistoryTry) -> str:
    verdicts = [
        f"{row.program.value} {row.condition.value.replace('_', ' ')} {row.in_network.value.replace('_', ' ')}"
        for row in one.programs
        if row.in_network not in SILENT
    ]
    said = "; ".join([one.coverage_status.value.replace("_", " "), *verdicts, *(code.value for code in one.problems)])
    state = "" if one.state.value == "final" else f" ({one.state.value})"
    reference = "" if one.reference is None else f" [{one.reference}]"
    return f"{one.asked_at:%Y-%m-%d %H:%M} {one.verification_id}{reference} {one.payer}{state}: {said}"
