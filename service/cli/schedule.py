"""``benefits schedule``: what is asked by itself in the next days."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.table import Table

from contracts.report import escape_json_for_terminal
from service.batches.schedules import DAYS_SHOWN, PlannedRun, planned_runs
from service.cli.stores import with_store
from service.cli.tables import wide_console
from service.plugins.loading import load_payers
from service.settings.model import load_settings


@click.command("schedule")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line, one for each run.")
def command(*, as_json: bool) -> None:
    """Show what the schedules ask by themselves in the next 14 days, and how many inquiries that costs at least.

    Members are counted by what is known now: who is asked about in between is due no more.

    \b
    Examples:
      benefits schedule
      BENEFITS_SCHEDULES='[{"name": "weekly", "cron": "0 3 * * 1"}]' benefits schedule

    \b
    Settings:
      BENEFITS_SCHEDULES   a list of {"name", "cron", "purposes", "due", "days", "payers"};
                           see service/batches/README.md
    """  # noqa: D301 - the sign with which click keeps lines as they are
    settings, directory = load_settings(), load_payers()
    runs = with_store(lambda store: planned_runs(store, settings.schedules, directory, datetime.now(UTC)))
    if as_json:
        for run in runs:
            click.echo(escape_json_for_terminal(run.model_dump_json()))
    elif not settings.schedules:
        click.echo("no schedule is set: nothing is asked by itself (BENEFITS_SCHEDULES)")
    else:
        wide_console().print(_table(runs))


def _table(runs: Sequence[PlannedRun]) -> Table:
    table = Table(title=f"the next {DAYS_SHOWN} days, US Eastern")
    for heading in ("when", "schedule", "members", "inquiries", "because of"):
        table.add_column(heading, justify="right" if heading in {"members", "inquiries"} else "left")
    for run in runs:
        rules = ", ".join(f"{rule.replace('_', ' ')} {count}" for rule, count in run.by_rule.items())
        table.add_row(f"{run.at:%a %b %d %H:%M}", run.schedule, f"{run.members:,}", f"{run.inquiries:,}", rules)
    total = sum(run.inquiries for run in runs)
    table.add_section()
    table.add_row("", "", "", f"{total:,}", "")
    return table
