"""The settings of single payers: a pace, routes for authorization alone, and how many service types an inquiry has."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from contracts import AuthorizationRoute, Card, PayerAdapter, Route
from service.plugins.loading import Directory
from service.settings.model import Settings, SettingsWrong
from service.settings.sources import NESTED, PREFIX


@runtime_checkable
class Replannable(Protocol):
    """An adapter that follows another card of its payer, as those do that are made of a card alone."""

    def with_card(self, card: Card) -> PayerAdapter:
        """Return the same adapter with ``card`` in place of its own."""
        ...


def as_set(directory: Directory, settings: Settings) -> Directory:
    """Return ``directory`` with the plans of asking as the settings want them.

    Raises ``SettingsWrong`` for a payer whose adapter plans by itself.
    """
    adapters: dict[str, PayerAdapter] = {card.id: directory.adapter(card.id) for card in directory.cards}
    for payer, chosen in settings.payers.items():
        adapter = adapters.get(payer)
        if chosen.several is None or adapter is None:
            continue
        if not isinstance(adapter, Replannable):
            setting = f"{PREFIX}PAYERS{NESTED}{payer.upper()}{NESTED}SEVERAL"
            raise SettingsWrong((f"{setting}: this payer's adapter plans its inquiries itself",))
        plan = adapter.card.plan.model_copy(update={"several": chosen.several})
        adapters[payer] = adapter.with_card(adapter.card.model_copy(update={"plan": plan}))
    return Directory(adapters.values())


def authorization_orders(settings: Settings, routes: Mapping[str, Route]) -> Mapping[str, tuple[str, ...]]:
    """Return the routes that the settings name for authorization alone, by payer.

    Raises ``SettingsWrong`` for a route that is not set up, and for one that can't be asked about authorization.
    """
    orders = {
        payer: chosen.authorization_routes
        for payer, chosen in settings.payers.items()
        if chosen.authorization_routes is not None
    }
    faults: list[str] = []
    for payer, names in orders.items():
        setting = f"{PREFIX}PAYERS{NESTED}{payer.upper()}{NESTED}AUTHORIZATION_ROUTES"
        faults += [f"{setting}: {name} has no address in the settings" for name in names if name not in routes]
        faults += [
            f"{setting}: {name} is not asked about authorization alone"
            for name in names
            if name in routes and not isinstance(routes[name], AuthorizationRoute)
        ]
    if faults:
        raise SettingsWrong(tuple(faults))
    return orders


def paces_of(settings: Settings) -> Mapping[str, float]:
    """Return the paces that the settings give payers, in inquiries a second, by payer."""
    return {payer: chosen.pace for payer, chosen in settings.payers.items() if chosen.pace is not None}
