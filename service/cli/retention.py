"""``benefits retention``: says what is kept longer than the settings allow, and shreds it."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import click

from service.cli.stores import with_store
from service.settings.model import load_settings
from service.store import Store
from service.store.audit_retention import AuditNotWhole
from service.store.identifiers import stamp
from service.store.shredding import Due

_WORDS: Mapping[str, str] = {
    "replies": "raw replies of payers",
    "answers": "questions with their answers and call notes",
    "rosters": "rows of rosters",
    "visitors": "requests and drafts of visitors",
    "audit": "lines of the audit",
}


LONGEST_PAUSE = timedelta(days=31)
"""Without a line of the audit: whoever is away for longer says that the clock is right."""


@click.group("retention")
def command() -> None:
    """Say what is kept longer than BENEFITS_RETENTION__… allows, and shred it."""


@command.command("preview")
def preview() -> None:
    """Say what `run` would shred now; nothing is changed."""

    async def count(store: Store) -> list[Due]:
        limits = _limits()
        return [*await store.due(limits), Due("audit", await store.due_audit_lines(limits["audit"]))]

    for due in with_store(count):
        click.echo(f"{due.records:>9,}  {_WORDS[due.kind]}")


@command.command("run")
@click.option("--clock-is-right", is_flag=True, help="Shred though nothing happened here for more than 31 days.")
def run(*, clock_is_right: bool) -> None:
    """Shred what is kept longer than it may be: its keys are deleted, here and thereby in every backup.

    Nothing is shredded when the clock is more than 31 days ahead of the last line of the audit, as one is that was set
    wrong: it would shred what has years to stay.

    Lines of the audit are removed, and what is left of it still verifies; on PostgreSQL that needs a role that may
    delete them. It may be stopped and begun again at any time; whatever goes is a line of the audit.
    """

    async def shred(store: Store) -> dict[str, int]:
        limits = _limits()
        if not clock_is_right:
            _refuse_clock_ahead(await store.last_audit_line_at())
        shredded = await store.shred(limits, _show_progress)
        try:
            removed = await store.remove_audit_lines(limits["audit"], _show_progress)
        except AuditNotWhole as broken:
            raise click.ClickException(str(broken)) from None
        return {**shredded, "audit": removed}

    for kind, count in with_store(shred).items():
        click.echo(f"{count:>9,}  {_WORDS[kind]} {'removed' if kind == 'audit' else 'shredded'}")


def _limits() -> dict[str, int]:
    """By kind, the stamp before which a record must have ended to be due now."""
    now = _now()
    return {kind: stamp(now - timedelta(days=kept)) for kind, kept in load_settings().retention}


def _refuse_clock_ahead(last: datetime | None) -> None:
    """Raise ``click.ClickException`` when the clock is further from the ``last`` line of the audit than any pause."""
    now = _now()
    if last is not None and now - last > LONGEST_PAUSE:
        raise click.ClickException(
            f"nothing was shredded: the clock says {now:%Y-%m-%d}, and the last line of the audit was written on"
            f" {last:%Y-%m-%d}. What is shredded never comes back; if the clock is right, give --clock-is-right"
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _show_progress(kind: str, count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{count:,} {kind}", err=True, nl=False)
