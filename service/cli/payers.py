"""``benefits payers``: every payer that is installed, and how it is reached with the settings of this machine."""

from collections.abc import Sequence

import click

from contracts import Card
from contracts.report import escape_for_terminal, escape_json_for_terminal
from service.cli.refusals import refusing
from service.plugins.loading import load_payers, route_orders
from service.settings.model import Settings, load_settings


@click.command("payers")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option("--markdown", is_flag=True, help="Print the payers and their ids on each route as a Markdown table.")
def command(*, as_json: bool, markdown: bool) -> None:
    """List the payers: what each needs, and over which routes it is reached.

    The numbers of the matrix are the order in which routes are tried. One in parentheses is not set up here
    (BENEFITS_ROUTES__<ROUTE>__URL and its secrets) and is passed over; a dot stands where a payer has no such route.

    \b
    Examples:
      benefits payers
      benefits payers --json

    \b
    Settings:
      BENEFITS_ROUTES__<ROUTE>__URL and others  which routes are set up
      BENEFITS_PAYERS__<PAYER>__ROUTES         the order for one payer

    \b
    Exit codes:
      0  the payers were printed
      1  the settings or a plugin can't be used; stderr says why
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    with refusing():
        settings = load_settings()
        directory = load_payers()
        orders = route_orders(settings, directory)
    if markdown:
        click.echo("\n".join(map(escape_for_terminal, payers_table(directory.cards).split("\n"))))
        return
    rows = [_row(card, settings, orders.get(card.id)) for card in directory.cards]
    if as_json:
        import orjson

        click.echo(escape_json_for_terminal(orjson.dumps(rows).decode()))
        return
    from rich.table import Table

    from service.cli.tables import NOTHING, wide_console

    console = wide_console()
    names = route_names(directory.cards, [name for order in orders.values() for name in order])
    about = Table("payer", "name", "also called", "needs", box=None, pad_edge=False)
    matrix = Table("payer", *map(escape_for_terminal, names), box=None, pad_edge=False)
    for row, card in zip(rows, directory.cards, strict=True):
        needs = ", ".join(" or ".join(group) for group in card.needs)
        about.add_row(*map(escape_for_terminal, (card.id, card.name, ", ".join(card.aliases), needs)))
        places = {
            name: str(place) if ready else f"({place})" for place, (name, ready) in enumerate(_routes(row), start=1)
        }
        matrix.add_row(escape_for_terminal(card.id), *(places.get(name, NOTHING) for name in names))
    console.print(about)
    console.print()
    console.print(matrix)
    if not settings.routes:
        console.print("No route is set up here; `benefits demo` shows them all with a simulator.")


def route_names(cards: Sequence[Card], more: Sequence[str] = ()) -> list[str]:
    """Every route that a card names, or ``more``, in the order in which the cards do."""
    return list(dict.fromkeys([*(entry.route for card in cards for entry in card.routes), *more]))


def payers_table(cards: Sequence[Card]) -> str:
    """The payers and what each is called on every route, as a Markdown table for the README."""
    names = sorted(route_names(cards))
    heads = ["payer", *(f"`{name}`" for name in names), "needs", "behavioral benefit run by"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for card in cards:
        ids = [entry.payer_id if (entry := card.on(name)) is not None else "" for name in names]
        needs = ", ".join(" or ".join(group) for group in card.needs)
        run_by = ", ".join(dict.fromkeys([*card.own_arms, *(one.name for one in card.administrators)])) or "itself"
        lines.append("| " + " | ".join([f"{card.name} (`{card.id}`)", *ids, needs, run_by]) + " |")
    return "\n".join(lines)


def _row(card: Card, settings: Settings, order: tuple[str, ...] | None) -> dict[str, object]:
    names = order or tuple(entry.route for entry in card.routes)
    return {
        "id": card.id,
        "name": card.name,
        "aliases": card.aliases,
        "needs": card.needs,
        "routes": [{"route": name, "configured": name in settings.routes} for name in names],
        "phone": card.phone,
    }


def _routes(row: dict[str, object]) -> list[tuple[str, bool]]:
    routes = row["routes"]
    return [(route["route"], route["configured"]) for route in routes] if isinstance(routes, list) else []
