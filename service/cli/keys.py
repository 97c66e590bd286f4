"""``benefits keys``: make, list and end the API keys that callers authenticate with."""

from datetime import UTC, datetime, timedelta

import click

from contracts.report import escape_for_terminal
from service.cli.stores import with_store
from service.security.access import Role
from service.store import KeyRow, SealingKeyNeeded


@click.group("keys")
def command() -> None:
    """Make, list and end the API keys of callers.

    A key is shown once, when it is made; the database keeps only its hash. `staff` sees whole answers, `batch` sees
    all but the payer's own words, and its own batches only.
    """


@command.command("create")
@click.option("--role", type=click.Choice([Role.STAFF.value, Role.BATCH.value]), required=True, help="What it may see.")
@click.option("--label", default="", help="A word for people, shown by `benefits keys list`.")
@click.option("--expires-in", type=click.IntRange(1, 3650), metavar="DAYS", help="The key ends after so many days.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="It ends as this day begins.")
def create(role: str, label: str, expires_in: int | None, expires: datetime | None) -> None:
    """Make a key and print it, alone, on standard output. Days are those of UTC."""
    ends = _end_of(expires_in, expires, datetime.now(UTC))
    click.echo(with_store(lambda store: store.create_key(Role(role), label, expires_at=ends)))


@command.command("list")
def list_keys() -> None:
    """List the keys: id, role, when made, when last used, whether ended, label; never the key itself."""
    now = datetime.now(UTC)
    for row in with_store(lambda store: store.list_keys()):
        used = f"used {_show_time(row.last_used_at)}" if row.last_used_at else "never used"
        state = _state(row, now)
        line = f"{row.id}  {row.role:<6}  {_show_time(row.created_at)}  {used}  {state}  {row.label}"
        click.echo(escape_for_terminal(line.rstrip()))


@command.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End the key with KEY_ID, as `benefits keys list` shows it; whoever uses it is refused from then on."""
    if not with_store(lambda store: store.revoke_key(key_id)):
        raise click.ClickException("no live key has this id")
    click.echo("ended", err=True)


@command.command("retire-sealing-key")
@click.argument("key_id")
@click.option("--lost", is_flag=True, help="Nobody has the key any more: what it sealed is given up.")
def retire_sealing_key(key_id: str, *, lost: bool) -> None:
    """Let BENEFITS_KEYS__SEALING do without the sealing key KEY_ID, once it seals nothing here or is lost."""
    try:
        count = with_store(lambda store: store.retire_sealing_key(key_id, lost=lost))
    except SealingKeyNeeded as needed:
        raise click.ClickException(str(needed)) from None
    given_up = f"; {count} values are given up" if count else ""
    click.echo(f"retired{given_up}: take it out of BENEFITS_KEYS__SEALING and start the service again", err=True)


def _end_of(days: int | None, day: datetime | None, now: datetime) -> datetime | None:
    """When a new key ends; None when never. Raises ``UsageError``."""
    if days is not None and day is not None:
        raise click.UsageError("--expires-in and --expires say the same thing: give one of them")
    if day is not None and day.replace(tzinfo=UTC) <= now:
        raise click.UsageError("--expires: that day has begun already")
    return now + timedelta(days) if days is not None else None if day is None else day.replace(tzinfo=UTC)


def _state(row: KeyRow, now: datetime) -> str:
    if not row.authentic:
        return "not made by this service: it lets nobody in"
    if row.revoked_at is not None:
        return f"ended {_show_time(row.revoked_at)}"
    if row.expires_at is None:
        return "live"
    return f"{'expired' if row.expires_at <= now else 'live until'} {_show_time(row.expires_at)}"


def _show_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
