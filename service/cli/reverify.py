"""``benefits reverify``: a whole roster, checked first and then asked about at the payers' pace."""

import sys
from pathlib import Path

import click

from contracts.report import escape_for_terminal, escape_json_for_terminal
from service.batches.reading import MappingWrong, load_mapping
from service.batches.result_files import format_by_name, write_results
from service.batches.views import BatchView
from service.cli.batch_places import REFUSED, BatchPlace, batches_at, batches_worked_on
from service.cli.batch_watching import describe_end, describe_preflight, watch_batch
from service.cli.credentials import api_key
from service.cli.options import batch_options
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.store.batch_values import BatchState

DETACHED = 130
"""The exit code after Ctrl-C: what was started goes on where it can."""


@click.command("reverify")
@click.argument("roster", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A TOML file that says what headers and payers of the roster mean.",
)
@click.option("--yes", is_flag=True, help="Start without a question once the roster is checked.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the results: .csv, .xlsx or .jsonl."
)
@batch_options
def command(
    roster: Path,
    mapping: Path | None,
    *,
    yes: bool,
    output: Path | None,
    url: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Check a roster of members, then ask about every one of them at their payers' pace.

    ROSTER is CSV, XLSX or JSON lines; service/batches/README.md says how it is read. First everything is checked and
    nobody is asked: which rows are ready, which are refused and why, and what starting would cost. With --url a running
    service does the work; without it this process does, and goes on where it was when it is started again.

    Ctrl-C stops watching: a running service goes on, and `benefits batches watch` takes up again.

    \b
    Examples:
      benefits reverify members.csv --yes --output results.xlsx
      benefits reverify members.xlsx --url http://127.0.0.1:8000 --key-file batch.key

    \b
    Exit codes:
      0    every row that could be asked was answered; or the roster was checked and not started
      3    it finished with rows that could not be checked
      2    the roster was refused, no row of it can be asked, or the command was not used as it is meant
      1    a failure of ours; stderr says why
      130  Ctrl-C: nobody watches any more
    """  # noqa: D301 - the sign with which click keeps lines as they are
    check_output(output)
    read = _read_mapping(mapping)
    with refusing():
        place = batches_at(url, api_key(key_file)) if url else batches_worked_on()

        async def run() -> int:
            async with place as batches:
                view = await batches.check(roster, read)
                show_preflight(view, as_json=as_json)
                if view.preflight is None or not view.preflight.ready:
                    return REFUSED
                if not yes and not _is_wanted(view.id):
                    return 0
                await batches.change(view.id, "start")
                return await see_to_end(batches, view.id, output, as_json=as_json)

        try:
            code = run_to_end(run())
        except KeyboardInterrupt:
            click.echo("not watching any more; `benefits batches watch` takes up again", err=True)
            code = DETACHED
    sys.exit(code)


def check_output(output: Path | None) -> None:
    """Raise ``click.BadParameter`` unless the ending of ``output`` is one of a form that is written."""
    try:
        if output is not None:
            format_by_name(output)
    except ValueError:
        raise click.BadParameter("results end in .csv, .xlsx or .jsonl", param_hint="--output") from None


def show_preflight(view: BatchView, *, as_json: bool) -> None:
    """Print what a roster came to: as JSON on stdout, or in words on stderr."""
    if as_json:
        click.echo(escape_json_for_terminal(view.model_dump_json()))
    elif view.preflight is not None:
        for line in describe_preflight(view, view.preflight).splitlines():
            click.echo(escape_for_terminal(line), err=True)


async def see_to_end(place: BatchPlace, batch_id: str, output: Path | None, *, as_json: bool) -> int:
    """Watch a batch to its end, write its results, and return the exit code."""
    view = await watch_batch(place, batch_id)
    if output is not None:
        await write_results(output, place.results(batch_id))
    click.echo(escape_json_for_terminal(view.model_dump_json()) if as_json else describe_end(view))
    return view.exit_code if view.state is BatchState.FINISHED else 3


def _read_mapping(path: Path | None) -> str:
    """The text of a mapping file that can be used; empty without one."""
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8")
        load_mapping(text)
    except (MappingWrong, UnicodeDecodeError, OSError) as wrong:
        why = str(wrong) if isinstance(wrong, MappingWrong) else type(wrong).__name__
        raise click.BadParameter(f"it can't be used ({why})", param_hint="--mapping") from None
    return text


def _is_wanted(batch_id: str) -> bool:
    """Ask whoever sits at the terminal; elsewhere say how it is started."""
    if sys.stdin.isatty():
        return click.confirm("Start?", default=False, err=True)
    click.echo(f"checked and not started: --yes starts it, and so does `benefits batches start {batch_id}`", err=True)
    return False
