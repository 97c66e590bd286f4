"""``benefits doctor``: each setting with its source and meaning, never a secret, and what is missing."""

import logging
import re
from typing import NamedTuple

import click
from pydantic import SecretBytes, SecretStr

from contracts.report import escape_for_terminal, escape_json_for_terminal
from service.cli.examination import missing_from, probes_of, store_faults, warnings_of
from service.settings.model import Settings, SettingsWrong, load_settings
from service.settings.sources import is_secret, leaves, meaning
from service.telemetry.logs import logging_process


class SettingRow(NamedTuple):
    """A setting: its name, its value as it may be shown, where it came from, what it means."""

    name: str
    value: str
    source: str
    meaning: str

    @property
    def concerns(self) -> bool:
        """Whether it was given, or says something although it was not."""
        return self.source != "default" or self.value != NOT_SET


NOT_SET = "not set"
_BEHIND_PATH = re.compile(r"(\bhttps?://[^\s?#]*[?#])\S+", re.IGNORECASE)


@click.command("doctor")
@click.option("--all", "show_all", is_flag=True, help="Show also what is not set.")
@click.option("--probe", is_flag=True, help="Try each route as far as that goes without asking about anybody.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every setting.")
def command(*, show_all: bool, probe: bool, as_json: bool) -> None:
    """Say what is set, from where, what it means, and what is missing.

    Nothing is made, migrated or sent: the database is only read. --probe looks names up, connects, compares
    certificates and fetches tokens.

    Exit code 1 when the service would not start, or would reach no payer.
    """
    try:
        settings = load_settings()
    except SettingsWrong as wrong:
        _show([], list(wrong.faults), [], [], as_json=as_json)
        raise SystemExit(1) from None
    rows = [row for row in _rows(settings) if show_all or as_json or row.concerns]
    probed: list[str] = []
    # What is logged meanwhile goes to stderr: the document stands alone on stdout.
    with logging_process(level=logging.WARNING):
        faults, noticed = store_faults(settings)
        missing = [*missing_from(settings), *faults]
        for route, step, failure in probes_of(settings) if probe else []:
            if failure is None:
                probed.append(f"{route}: {step}: ok")
            else:
                missing.append(f"{route}: {step}: {failure}")
        warnings = [*warnings_of(settings), *noticed]
    _show(rows, missing, warnings, probed, as_json=as_json)
    if missing:
        raise SystemExit(1)


def _rows(settings: Settings) -> list[SettingRow]:
    return [
        SettingRow(name, _show_value(name, value, source), source, meaning(name, Settings))
        for name, value, source in leaves(settings, settings.origins)
    ]


def _show_value(name: str, value: object, source: str) -> str:
    if is_secret(name) or isinstance(value, SecretStr | SecretBytes):
        return NOT_SET if value is None else "a default" if source == "default" else "set"
    if value is None:
        return NOT_SET
    return ", ".join(map(_without_key, value if isinstance(value, tuple) else (value,)))


def _without_key(value: object) -> str:
    """Return a value without what stands behind the path of an address: some gateways take their key there."""
    return _BEHIND_PATH.sub(r"\1…", str(value))


def _show(rows: list[SettingRow], missing: list[str], warnings: list[str], probed: list[str], *, as_json: bool) -> None:
    if as_json:
        import orjson

        document = {
            "ready": not missing,
            "settings": [row._asdict() for row in rows],
            "missing": missing,
            "warnings": warnings,
            "probed": probed,
        }
        click.echo(escape_json_for_terminal(orjson.dumps(document).decode()))
        return
    if rows:
        from rich.table import Table

        from service.cli.tables import wide_console

        table = Table("setting", "value", "from", "meaning", box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(escape_for_terminal, row))
        wide_console().print(table)
    for kind, lines in (("probed", probed), ("warning", warnings), ("missing", missing)):
        for line in lines:
            click.echo(escape_for_terminal(f"{kind}: {line}"))
    click.echo("not ready" if missing else "ready")
