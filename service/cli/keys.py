"""``benefits keys``: make, list and end the API keys that callers authenticate with."""

import json
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import click

from contracts.report import escape_for_terminal
from service.cli.lists import json_value, show_time
from service.cli.stores import with_store
from service.security.access import Role
from service.store import KeyRow


@click.group("keys")
def command() -> None:
    """Make, list and end the API keys of callers.

    A key is shown once, when it is made; the database keeps only its hash. `staff` sees whole answers, `batch` sees
    all but the payer's own words, and its own batches only.

    To change a key without a pause: `rotate` it, give the caller the new one, and `revoke` the old one. Both work
    meanwhile, for the same caller.
    """


def _check_networks(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return networks as they are kept. Raises ``BadParameter``."""
    try:
        return tuple(str(ip_network(one)) for one in given)
    except ValueError:
        raise click.BadParameter("a network is written as 192.0.2.0/24, without bits of a host") from None


_as_json = click.option("--json", "as_json", is_flag=True, help="Print the key's id and the key as JSON.")


def _print_key(plain: str, *, as_json: bool) -> None:
    click.echo(json.dumps({"id": plain.split("_")[1], "key": plain}) if as_json else plain)


@command.command("create")
@click.option("--role", type=click.Choice([Role.STAFF.value, Role.BATCH.value]), required=True, help="What it may see.")
@click.option("--label", default="", help="A word for people, shown by `benefits keys list`.")
@click.option("--expires-in", type=click.IntRange(1, 3650), metavar="DAYS", help="The key ends after so many days.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="It ends as this day begins.")
@click.option(
    *("--from", "networks"),
    multiple=True,
    metavar="NETWORK",
    callback=_check_networks,
    help="The only network it may be used from (CIDR); several by several options.",
)
@_as_json
def create(
    role: str, label: str, expires_in: int | None, expires: datetime | None, networks: tuple[str, ...], *, as_json: bool
) -> None:
    """Make a key and print it, alone, on standard output. Days are those of UTC."""
    ends = _end_of(expires_in, expires, datetime.now(UTC))
    plain = with_store(lambda store: store.create_key(Role(role), label, expires_at=ends, networks=networks))
    _print_key(plain, as_json=as_json)


@command.command("rotate")
@click.argument("key_id")
@click.option("--expires-in", type=click.IntRange(1, 3650), metavar="DAYS", help="The new key ends after so many days.")
@click.option("--old-ends-in", type=click.IntRange(0, 90), metavar="DAYS", help="The old key ends after so many days.")
@_as_json
def rotate(key_id: str, expires_in: int | None, old_ends_in: int | None, *, as_json: bool) -> None:
    """Make a second key for the caller of KEY_ID and print it, alone, on standard output.

    It has the role, label and networks of the first, and is the same caller: it sees what the first one asked. Both
    work until the first one ends; a caller has two live keys at most.
    """
    now = datetime.now(UTC)
    ends = None if expires_in is None else now + timedelta(expires_in)
    old_ends = None if old_ends_in is None else now + timedelta(old_ends_in)
    plain = with_store(lambda store: store.rotate_key(key_id, old_ends_at=old_ends, expires_at=ends))
    _print_key(plain, as_json=as_json)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_keys(*, as_json: bool) -> None:
    """List the keys, never a key itself.

    Of each: id, role, when made, when last used, whether ended, label, the networks it is bound to, and the caller
    whose second key it is.
    """
    now = datetime.now(UTC)
    for row in with_store(lambda store: store.list_keys()):
        if as_json:
            click.echo(json.dumps(row._asdict() | {"state": _state(row, now)}, default=json_value))
            continue
        used = f"used {show_time(row.last_used_at)}" if row.last_used_at else "never used"
        bound = f"from {', '.join(row.networks)}  " if row.networks else ""
        mate = f"of {row.caller_id}  " if row.caller_id != row.id else ""
        line = f"{row.id}  {row.role:<6}  {show_time(row.created_at)}  {used}  {_state(row, now)}  {bound}{mate}"
        line += row.label
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
    count = with_store(lambda store: store.retire_sealing_key(key_id, lost=lost))
    given_up = f"; {count} values are given up" if count else ""
    click.echo(f"retired{given_up}: take it out of BENEFITS_KEYS__SEALING and start the service again", err=True)


@command.command("rotate-sealing")
def rotate_sealing() -> None:
    """Bring everything under the first key of BENEFITS_KEYS__SEALING, while the service runs, and end the others.

    Put the new key before the old one and start the service with both first. It may be stopped and begun again at any
    time. The old key may leave the settings when this has ended.
    """
    done = with_store(lambda store: store.rotate_sealing(show_rotation))
    click.echo(f"{done.data_keys} data keys were wrapped anew, {done.values} values sealed anew", err=True)
    if done.retired:
        ended = ", ".join(done.retired)
        click.echo(f"ended: {ended}; take it out of BENEFITS_KEYS__SEALING and start the service again", err=True)


def show_rotation(keys: int, values: int) -> None:
    """Show how far a rotation has come, to whoever watches."""
    if sys.stderr.isatty():
        click.echo(f"\r{keys:,} data keys, {values:,} values", err=True, nl=False)


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
        return f"ended {show_time(row.revoked_at)}"
    if row.expires_at is None:
        return "live"
    return f"{'expired' if row.expires_at <= now else 'live until'} {show_time(row.expires_at)}"
