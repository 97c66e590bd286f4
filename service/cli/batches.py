"""``benefits batches``: look at batches, watch them, change them, take their results."""

import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

import click

from contracts.report import escape_for_terminal, escape_json_for_terminal
from service.batches.changes import ChangedRow, morning_summary
from service.batches.result_files import write_results
from service.batches.views import BatchView
from service.cli.batch_places import BatchPlace, batches_at, batches_worked_on, stored_batches
from service.cli.batch_watching import Progress, describe_end, progress_table
from service.cli.credentials import api_key
from service.cli.options import batch_options
from service.cli.refusals import refusing
from service.cli.reverify import DETACHED, check_output, see_to_end
from service.cli.running import run_to_end
from service.cli.tables import wide_console
from service.store import StoreInUse

Result = TypeVar("Result")

_ID = re.compile(r"bat_[A-Z2-7]{26}")


class BatchId(click.ParamType[str]):
    """The id of a batch; nothing else is looked up or becomes a part of an address."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return ``value`` when it looks like an id."""
        if not _ID.fullmatch(value):
            self.fail("an id begins with bat_, as `benefits batches list` prints it", param, ctx)
        return value


batch_argument = click.argument("batch_id", type=BatchId())


@click.group("batches")
def command() -> None:
    """Look at batches, watch them, change them, take their results.

    With --url a running service is asked. Without it the database of this machine's settings is looked at, beside
    whoever serves it.
    """


@command.command("list")
@batch_options
def list_batches(url: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """List the newest batches."""
    found = _do(url, key_file, lambda place: place.list_batches())
    if as_json:
        click.echo(escape_json_for_terminal(found.model_dump_json()))
        return
    for view in found.batches:
        click.echo(f"{view.created_at:%Y-%m-%d %H:%M}  {describe_end(view)}")


@command.command("show")
@batch_argument
@batch_options
def show(batch_id: str, url: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """Show how far a batch is."""
    _print(_do(url, key_file, lambda place: place.look(batch_id)), as_json=as_json)


@command.command("watch")
@batch_argument
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the results at its end.")
@batch_options
def watch(batch_id: str, output: Path | None, url: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """Watch a batch until it ends. Without --url this process works on it, unless another one serves the database.

    Exit codes are those of `benefits reverify`.
    """
    check_output(output)

    async def see(place: BatchPlace) -> int:
        return await see_to_end(place, batch_id, output, as_json=as_json)

    with refusing():
        try:
            try:
                work = _with_place(batches_at(url, api_key(key_file)) if url else batches_worked_on(), see)
                code = run_to_end(work)
            except StoreInUse:
                code = run_to_end(_with_place(stored_batches(), see))
        except KeyboardInterrupt:
            code = DETACHED
    sys.exit(code)


def _add_change(word: str, words: str) -> None:
    @command.command(word, help=words)
    @batch_argument
    @batch_options
    def change(batch_id: str, url: str | None, key_file: Path | None, *, as_json: bool) -> None:
        _print(_do(url, key_file, lambda place: place.change(batch_id, word)), as_json=as_json)


_add_change("start", "Start a batch that was checked.")
_add_change("pause", "Ask no more for now; what is being asked goes on.")
_add_change("resume", "Go on with a batch that is paused.")
_add_change("cancel", "Ask no more at all; what was answered stays.")
_add_change("retry", "Ask again about the rows that could not be checked.")


@command.command("results")
@batch_argument
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where they are written: .csv, .xlsx or .jsonl.",
)
@batch_options
def results(batch_id: str, output: Path, url: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """Write the results of a batch, as far as they are known: one row a member."""
    check_output(output)

    async def write(place: BatchPlace) -> int:
        await place.look(batch_id)
        return await write_results(output, place.results(batch_id))

    count = _do(url, key_file, write)
    click.echo(f'{{"rows": {count}}}' if as_json else f"{count} rows written")


@command.command("changes")
@batch_argument
@click.option("--summary", is_flag=True, help="Print the summary of the morning alone: twelve lines.")
@batch_options
def changes(batch_id: str, url: str | None, key_file: Path | None, *, summary: bool, as_json: bool) -> None:
    """Say what changed for the members of a batch since the last answer about each.

    Each change says how much it matters, who acts, and by when. Silence of a payer is no change.
    """

    async def collect(place: BatchPlace) -> tuple[BatchView, list[ChangedRow]]:
        return await place.look(batch_id), [row async for row in place.changes(batch_id)]

    view, rows = _do(url, key_file, collect)
    if as_json:
        for row in rows:
            click.echo(escape_json_for_terminal(row.model_dump_json()))
        return
    for line in morning_summary(view, rows):
        click.echo(line)
    for row in () if summary else rows:
        click.echo(f"\nrow {row.row}  {escape_for_terminal(row.reference or '')}  {row.verification_id}")
        for one in row.changes:
            until = f", until {one.by}" if one.by else ""
            click.echo(f"  {one.severity.value}, {one.actor.value}{until}: {escape_for_terminal(one.text)}")


def _do(url: str | None, key_file: Path | None, work: Callable[[BatchPlace], Awaitable[Result]]) -> Result:
    with refusing():
        return run_to_end(_with_place(batches_at(url, api_key(key_file)) if url else stored_batches(), work))


async def _with_place(
    place: AbstractAsyncContextManager[BatchPlace], work: Callable[[BatchPlace], Awaitable[Result]]
) -> Result:
    async with place as batches:
        return await work(batches)


def _print(view: BatchView, *, as_json: bool) -> None:
    if as_json:
        click.echo(escape_json_for_terminal(view.model_dump_json()))
        return
    click.echo(describe_end(view))
    wide_console().print(progress_table(view, Progress()))
