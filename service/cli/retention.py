"""``benefits retention``: says what is kept longer than the settings allow, and shreds it."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import click

from service.cli.stores import with_store
from service.settings.model import load_settings
from service.store.identifiers import stamp

_WORDS: Mapping[str, str] = {
    "replies": "raw replies of payers",
    "answers": "questions with their answers and call notes",
    "rosters": "rows of rosters",
    "visitors": "requests and drafts of visitors",
}


@click.group("retention")
def command() -> None:
    """Say what is kept longer than BENEFITS_RETENTION__… allows, and shred it."""


@command.command("preview")
def preview() -> None:
    """Say what `run` would shred now; nothing is changed."""
    for due in with_store(lambda store: store.due(_limits())):
        click.echo(f"{due.records:>9,}  {_WORDS[due.kind]}")


@command.command("run")
def run() -> None:
    """Shred what is kept longer than it may be: its keys are deleted, here and thereby in every backup.

    It may be stopped and begun again at any time; each record that was shredded is a line of the audit.
    """
    for kind, count in with_store(lambda store: store.shred(_limits(), _show_progress)).items():
        click.echo(f"{count:>9,}  {_WORDS[kind]} shredded")


def _limits() -> dict[str, int]:
    """By kind, the stamp before which a record must have ended to be due now."""
    now = datetime.now(UTC)
    return {kind: stamp(now - timedelta(days=kept)) for kind, kept in load_settings().retention}


def _show_progress(kind: str, count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{count:,} {kind}", err=True, nl=False)
