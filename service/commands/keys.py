"""``benefits keys``: make, list and end the API keys that callers authenticate with."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import click

from service.access import Role
from service.bootstrap import store_of
from service.commands.refusals import refusing
from service.config import load_settings
from service.observe import logging_process
from service.store import Store

Result = TypeVar("Result")


@click.group("keys")
def command() -> None:
    """Make, list and end the API keys of callers.

    A key is shown once, when it is made; the database keeps only its hash. `staff` sees whole answers, `batch` sees
    all but the payer's own words, and its own batches only.
    """


@command.command("create")
@click.option("--role", type=click.Choice([Role.STAFF.value, Role.BATCH.value]), required=True, help="What it may see.")
@click.option("--label", default="", help="A word for people, shown by `benefits keys list`.")
def create(role: str, label: str) -> None:
    """Make a key and print it, alone, on standard output."""
    click.echo(_with_store(lambda store: store.create_key(Role(role), label)))


@command.command("list")
def listed() -> None:
    """List the keys: id, role, label, when made, whether ended; never the key itself."""
    for row in _with_store(lambda store: store.list_keys()):
        ended = f"ended {_shown(row.revoked_at)}" if row.revoked_at else "live"
        click.echo(f"{row.id}  {row.role:<6}  {_shown(row.created_at)}  {ended}  {row.label}".rstrip())


@command.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End the key with KEY_ID, as `benefits keys list` shows it; whoever uses it is refused from then on."""
    if not _with_store(lambda store: store.revoke_key(key_id)):
        raise click.ClickException("no live key has this id")
    click.echo("ended", err=True)


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _with_store(work: Callable[[Store], Awaitable[Result]]) -> Result:
    """Open the store beside whoever serves, and do ``work`` with it."""

    async def run() -> Result:
        store = store_of(load_settings(), serving=False)
        await store.start()
        try:
            return await work(store)
        finally:
            await store.stop()

    # What goes wrong is told on the standard error alone: the standard output holds the key and nothing else.
    with refusing(), logging_process(level=logging.ERROR):
        return asyncio.run(run())
