"""``benefits payers``: every payer that is installed, and how it is reached with the settings of this machine."""

import click

from contracts import Card
from service.commands.refusals import refusing
from service.config import Settings, load_settings
from service.plugins import load_payers, road_orders


@click.command("payers")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(*, as_json: bool) -> None:
    """List the payers: what each needs, and how it is reached."""
    with refusing():
        settings = load_settings()
        directory = load_payers()
        orders = road_orders(settings, directory)
    rows = [_row(card, settings, orders.get(card.id)) for card in directory.cards]
    if as_json:
        import orjson

        click.echo(orjson.dumps(rows).decode())
        return
    from rich.table import Table

    from service.commands.tables import wide_console

    table = Table("payer", "name", "also called", "needs", "roads", box=None, pad_edge=False)
    for row, card in zip(rows, directory.cards, strict=True):
        needs = ", ".join(" or ".join(group) for group in card.needs)
        roads = ", ".join(f"{name} {'ready' if ready else '(not set up)'}" for name, ready in _roads(row))
        table.add_row(card.id, card.name, ", ".join(card.aliases), needs, roads)
    wide_console().print(table)


def _row(card: Card, settings: Settings, order: tuple[str, ...] | None) -> dict[str, object]:
    names = order or tuple(entry.road for entry in card.roads)
    return {
        "id": card.id,
        "name": card.name,
        "aliases": card.aliases,
        "needs": card.needs,
        "roads": [{"road": name, "configured": name in settings.roads} for name in names],
        "phone": card.phone,
    }


def _roads(row: dict[str, object]) -> list[tuple[str, bool]]:
    roads = row["roads"]
    return [(road["road"], road["configured"]) for road in roads] if isinstance(roads, list) else []
