"""``benefits doctor``: each setting with its source, never a secret, and what is missing."""

import asyncio
import logging
import os
from collections.abc import Iterator

import click
from pydantic import SecretBytes, SecretStr

from contracts import Card
from contracts.report import escape_for_terminal, escape_json_for_terminal
from service.asker import missing_identities
from service.bootstrap import sealer_of, store_of
from service.config import Profile, Settings, SettingsWrong, load_settings, misspelt, not_for_production
from service.given import PREFIX, is_secret, leaves
from service.observe import logging_process
from service.plugins import Directory, PluginRefused, load_payers, open_roads, refuse_squatters, road_orders
from service.problems import ServiceRefusal
from service.store import StoreFileUnfit, way_out
from service.store.doors import sqlite_path


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> None:
    """Say what is set, from where, and what is missing.

    Exit code 1 when the service would not start, or would reach no payer.
    """
    try:
        settings = load_settings()
    except SettingsWrong as wrong:
        _show([], list(wrong.faults), [], as_json=as_json)
        raise SystemExit(1) from None
    rows = [(name, _shown(name, value, source), source) for name, value, source in leaves(settings, settings.origins)]
    warnings: list[str] = []
    # What is logged meanwhile goes to stderr: the document stands alone on stdout.
    with logging_process(level=logging.WARNING):
        missing = [*misspelt(settings), *not_for_production(settings), *_wiring(settings, warnings)]
    _show(rows, missing, [*warnings, *_unreached(settings)], as_json=as_json)
    if missing:
        raise SystemExit(1)


def _shown(name: str, value: object, source: str) -> str:
    if is_secret(name) or isinstance(value, SecretStr | SecretBytes):
        return "not set" if value is None else "a default" if source == "default" else "set"
    if value is None:
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _wiring(settings: Settings, warnings: list[str]) -> Iterator[str]:
    """What keeps the service from starting, or from reaching anybody; what need only be known goes to ``warnings``."""
    if not settings.roads:
        yield f"{PREFIX}ROADS__<ROAD>__URL: no road is set up, so no payer can be reached"
    try:
        refuse_squatters()
        directory = load_payers()
        yield from missing_identities(settings, open_roads(settings))
        road_orders(settings, directory)
        yield from _store_trouble(settings, warnings)
    except SettingsWrong as wrong:
        yield from wrong.faults
    except PluginRefused as refused:
        yield str(refused)


def _store_trouble(settings: Settings, warnings: list[str]) -> Iterator[str]:
    """What is wrong with the store. A database that is not there yet will be made, and is looked at no further."""
    try:
        path = sqlite_path(settings.database_url)
    except ValueError as wrong:
        yield f"{PREFIX}DATABASE_URL: {wrong}"
        return
    if settings.keys.sealing is not None:
        sealer_of(settings)
    if path is not None and not path.exists():
        if not os.access(path.parent, os.W_OK):
            yield f"{PREFIX}DATABASE_URL: its folder can't be written"
        return
    try:
        trouble, keys, sealed = asyncio.run(_look(settings))
    except StoreFileUnfit as unfit:
        yield f"{PREFIX}DATABASE_URL: {unfit}"
        return
    except ServiceRefusal as refusal:
        yield f"{PREFIX}DATABASE_URL: {refusal.code}"
        return
    warnings += [_of_an_older_key(name, count) for name, count in sealed.items()]
    if trouble is not None:
        yield f"the store is not ready: {'; '.join(way_out(trouble))}"
    elif settings.profile is Profile.PRODUCTION and not keys:
        yield "no caller has a key: make one with `benefits keys create --role staff`"


def _of_an_older_key(key_id: str, count: int) -> str:
    if count:
        return f"{PREFIX}KEYS__SEALING: the key {key_id} still seals {count} values, and must stay"
    return f"{PREFIX}KEYS__SEALING: the key {key_id} seals nothing: `benefits keys retire-sealing-key {key_id}`"


async def _look(settings: Settings) -> tuple[str | None, bool, dict[str, int]]:
    """What is wrong with the store, whether a caller has a key, and what sealing keys seal beside the newest."""
    store = store_of(settings, serving=False)
    await store.start()
    try:
        trouble = await store.trouble()
        sealed = await store.rows_by_sealing_key()
        older = {name: count for name, count in sealed.items() if name not in sealer_of(settings).key_ids[:1]}
        return trouble, trouble is None and await store.any_keys(), older
    finally:
        await store.stop()


def _unreached(settings: Settings) -> Iterator[str]:
    try:
        directory: Directory = load_payers()
        orders = road_orders(settings, directory)
    except (PluginRefused, SettingsWrong):
        return
    for card in directory.cards:
        if settings.roads and not settings.roads.keys() & _names(card, orders.get(card.id)):
            yield f"{card.id}: none of its roads is set up"


def _names(card: Card, order: tuple[str, ...] | None) -> set[str]:
    return set(order or (entry.road for entry in card.roads))


def _show(rows: list[tuple[str, str, str]], missing: list[str], warnings: list[str], *, as_json: bool) -> None:
    if as_json:
        import orjson

        document = {
            "ready": not missing,
            "settings": [{"name": name, "value": value, "source": source} for name, value, source in rows],
            "missing": missing,
            "warnings": warnings,
        }
        click.echo(escape_json_for_terminal(orjson.dumps(document).decode()))
        return
    if rows:
        from rich.table import Table

        from service.commands.tables import wide_console

        table = Table("setting", "value", "from", box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(escape_for_terminal, row))
        wide_console().print(table)
    for line in warnings:
        click.echo(escape_for_terminal(f"warning: {line}"))
    for line in missing:
        click.echo(escape_for_terminal(f"missing: {line}"))
    click.echo("not ready" if missing else "ready")
