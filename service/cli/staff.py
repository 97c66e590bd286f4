"""``benefits staff``: invite people, give them links to sign in, set their roles, end their access."""

import json

import click

from contracts.report import escape_for_terminal
from service.cli.lists import json_value, show_time
from service.cli.stores import with_store
from service.security.access import StaffRole
from service.settings.model import Settings, load_settings
from service.store import StaffRow, Store
from service.web.api.sign_in import LINK_PATH

ROLES = click.Choice([role.value for role in StaffRole])
MINUTES = 15


@click.group("staff")
def command() -> None:
    """Invite people of the staff, set their roles, and end their access.

    A role says what a person may do, and several add up: `intake` asks payers and sees verdicts, `billing` and
    `supervisor` see what the patient pays and call sheets too, `privacy_officer` looks at answers and the audit and
    asks no payer. `break_glass` gives nothing by itself; whoever has it may open everything for an hour, for a reason
    that is kept and reviewed (`benefits staff emergencies`).

    Where BENEFITS_STAFF__ISSUER names an identity provider, people sign in there and have the roles that it says;
    then `list`, `end` and `emergencies` are for them too.
    """


_roles = click.option(
    *("--role", "roles"), type=ROLES, multiple=True, required=True, help="What the person does; may be repeated."
)
_minutes = click.option(
    "--minutes", type=click.IntRange(1, 1440), default=MINUTES, show_default=True, help="How long the link works."
)


@command.command("invite")
@click.option("--label", required=True, help="A word for people, such as a name; shown by `benefits staff list`.")
@_roles
@_minutes
@click.option("--json", "as_json", is_flag=True, help="Print the person's id and the link as JSON.")
def invite(label: str, roles: tuple[str, ...], minutes: int, *, as_json: bool) -> None:
    """Add a person, and print a link that signs them in once.

    Give the link to that person alone. It is shown now or never, works once, and ends after some minutes;
    `benefits staff link` makes another one.
    """

    async def add(store: Store) -> tuple[str, str]:
        person_id = await store.invite(label, frozenset(StaffRole(role) for role in roles))
        return person_id, await store.make_link(person_id, minutes * 60)

    person_id, code = with_store(add)
    _print_link(person_id, code, as_json=as_json)


@command.command("link")
@click.argument("person_id")
@_minutes
@click.option("--json", "as_json", is_flag=True, help="Print the person's id and the link as JSON.")
def link(person_id: str, minutes: int, *, as_json: bool) -> None:
    """Print another link for the person PERSON_ID; it signs them in once."""
    code = with_store(lambda store: store.make_link(person_id, minutes * 60))
    _print_link(person_id, code, as_json=as_json)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_staff(*, as_json: bool) -> None:
    """List the people: id, roles, since when, whether ended, where they sign in, label."""
    for row in with_store(lambda store: store.list_staff()):
        if as_json:
            click.echo(json.dumps(row._asdict(), default=json_value))
        else:
            roles = "+".join(row.roles) or "no role"
            line = f"{row.id}  {roles}  {show_time(row.created_at)}  {_state(row)}  {row.label}"
            click.echo(escape_for_terminal(line.rstrip()))


@command.command("roles")
@click.argument("person_id")
@_roles
def set_roles(person_id: str, roles: tuple[str, ...]) -> None:
    """Give PERSON_ID these roles in place of those before, from the next request on.

    Whoever signs in at the identity provider has the roles that it says, at the next sign-in at the latest.
    """
    with_store(lambda store: store.set_roles(person_id, frozenset(StaffRole(role) for role in roles)))
    click.echo("changed", err=True)


@command.command("end")
@click.argument("person_id")
def end(person_id: str) -> None:
    """End the access of PERSON_ID: sessions, links and tokens let them in no more, from the next request on."""
    if not with_store(lambda store: store.end_person(person_id)):
        raise click.ClickException("no person with access has this id")
    click.echo("ended", err=True)


@command.command("emergencies")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_emergencies(*, as_json: bool) -> None:
    """List who broke the glass, when, until when, and for which reason. Have somebody else review it."""
    for row in with_store(lambda store: store.emergencies()):
        if as_json:
            click.echo(json.dumps(row._asdict(), default=json_value))
        else:
            line = f"{row.staff_id}  {show_time(row.started_at)}  until {show_time(row.ends_at)}  {row.reason}"
            click.echo(escape_for_terminal(line))


def _state(row: StaffRow) -> str:
    if not row.authentic:
        return "not written by this service: it lets nobody in"
    if row.ended_at is not None:
        return f"ended {show_time(row.ended_at)}"
    return "signs in by links" if row.invited else "signs in at the identity provider"


def _print_link(person_id: str, code: str, *, as_json: bool) -> None:
    settings: Settings = load_settings()
    address = (settings.staff.url or "http://127.0.0.1:8000").rstrip("/")
    # Behind ``#`` stands what a browser sends to nobody: no log on the way has it.
    found = f"{address}{LINK_PATH}#{code}"
    click.echo(json.dumps({"id": person_id, "link": found}) if as_json else found)
