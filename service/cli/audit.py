"""``benefits audit``: verify that the audit is whole, and find whose data an actor touched."""

import csv
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
import orjson
from sqlalchemy import Connection

from service.batches.result_files import neutralize
from service.cli.bootstrap import heads_of
from service.cli.local import CALLER
from service.cli.stores import with_store
from service.security.file_modes import open_for_owner
from service.security.signed_heads import HeadBroken
from service.settings.model import load_settings
from service.store import AuditEntry, Store
from service.store.audit_verification import AuditState, Broken, Damage
from service.store.identifiers import instant, stamp
from service.store.touches import Period, Touch, by_actor, of_member

_WORDS = {
    Damage.ALTERED: "it is not what was written there",
    Damage.UNLINKED: "this service did not write it",
    Damage.REMOVED_BEFORE: "the lines before it are missing",
    Damage.CUT_OFF: "it is missing, with every line of its strand after it",
    Damage.REWRITTEN: "it was written anew with the key of the audit",
    Damage.MARK_FORGED: "this service did not write the mark that names it",
}


@click.group("audit")
def command() -> None:
    """Verify that the audit is whole, and find whose data an actor touched."""


@command.command("verify")
@click.option(
    "--heads",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A file of signed heads, in place of BENEFITS_AUDIT__HEADS; may be given again.",
)
def verify(heads: tuple[Path, ...]) -> None:
    """Recompute the chain of the audit and compare it to the signed heads.

    Names the first broken line of each strand, by its `seq`. Exit code 1 when there is one.
    """
    files = heads or tuple(path for path in [heads_of(load_settings())] if path is not None and path.exists())
    if not files:
        click.echo("no signed head is here: lines that were cut off the end can't be noticed", err=True)
    try:
        state = with_store(lambda store: store.verify_audit(files, _show_progress))
    except HeadBroken as broken:
        raise click.ClickException(f"the file of signed heads was changed: {broken}") from None
    if state.broken:
        for one in state.broken:
            click.echo(_describe(one))
        raise SystemExit(1)
    click.echo(_describe_whole(state))


@command.command("touched")
@click.option("--actor", metavar="ID", help="Whose doings: a key's id, a person's, `command-line`, `visitor`.")
@click.option("--member-of", metavar="VERIFICATION_ID", help="Who touched the data of this verification's member.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="From this day on (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Until before this day (UTC).")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, in place of standard output.")
def touched(
    actor: str | None,
    member_of: str | None,
    *,
    since: datetime | None,
    until: datetime | None,
    form: str,
    output: Path | None,
) -> None:
    """List whose data an actor touched, or who touched a member's, from the audit.

    A line holds ids and codes alone; the same member has the same index. The look is itself a line of the audit.
    """
    if (actor is None) == (member_of is None):
        raise click.UsageError("give one of --actor and --member-of")
    period = Period(*(stamp(day.replace(tzinfo=UTC)) for day in (since or _FIRST_DAY, until or _LAST_DAY)))

    async def export(store: Store) -> int | None:
        look = AuditEntry(CALLER.id, CALLER.role.value, "audit.searched", member_of, outcome=actor)
        await store.note(look)
        return await store.read_through(write)

    def write(connection: Connection) -> int | None:
        touches = by_actor(connection, actor, period) if actor else of_member(connection, member_of or "", period)
        if touches is None:
            return None
        with nullcontext(sys.stdout) if output is None else open_for_owner(output) as stream:
            return _write(touches, stream, form)

    count = with_store(export)
    if count is None:
        raise click.ClickException("no verification in this database has this id")
    click.echo(f"{count} lines", err=True)


_FIRST_DAY, _LAST_DAY = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def _write(touches: Iterable[Touch], stream: TextIO, form: str) -> int:
    """Write ``touches``; returns how many there were."""
    count, notice = 0, load_settings().redisclosure_notice
    table = csv.writer(stream)
    if form == "csv":
        table.writerow((*Touch._fields, "redisclosure_notice"))
    for touch in touches:
        count += 1
        row = {**touch._asdict(), "at": touch.at.isoformat(), "redisclosure_notice": notice}
        if form == "csv":
            table.writerow([neutralize(value) if isinstance(value, str) else value for value in row.values()])
        else:
            stream.write(orjson.dumps(row).decode() + "\n")
    return count


def _show_progress(lines: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{lines:,} of {total:,} lines", err=True, nl=lines >= total)


def _describe(broken: Broken) -> str:
    signed = (
        ""
        if broken.named_at is None
        else f" (what was noted of it on {instant(broken.named_at):%Y-%m-%d %H:%M} says so)"
    )
    return f"line {broken.seq}: {broken.damage.value}: {_WORDS[broken.damage]}{signed}"


def _describe_whole(state: AuditState) -> str:
    strands = f" in {len(state.ends)} strands" if len(state.ends) > 1 else ""
    removed = f"; {state.removed:,} before them were removed after their time" if state.removed else ""
    return f"whole: {state.lines:,} lines{strands}{removed}"
