"""Payers and routes, found by entry points and checked at start-up: a faulty one is refused by its distribution's name.

``payers/README.md`` says how a payer or a route is registered.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import EntryPoint, packages_distributions
from inspect import iscoroutine, iscoroutinefunction

from contracts import Card, PayerAdapter, Route, RouteSettings, plain_id
from contracts.wait_limits import LONGEST_USUAL_ATTEMPT
from service.entry_points import (
    DISTRIBUTION,
    OWN_PACKAGES,
    PAYERS,
    ROUTES,
    PluginRefused,
    describe,
    entries,
    load,
    owner,
)
from service.plugins.card_checks import administrator_faults, card_faults, dialect_faults, line_of
from service.settings.model import Settings, SettingsWrong
from service.settings.sources import NESTED, PREFIX

__all__ = ["Directory", "PluginRefused", "load_payers", "open_routes", "refuse_squatters", "route_orders"]


class Directory:
    """Every payer that is known, by its card's id."""

    def __init__(self, adapters: Iterable[PayerAdapter]) -> None:
        """Take the adapters. Raises ``ValueError`` when two of them go by one name."""
        self._adapters: dict[str, PayerAdapter] = {}
        self._named: dict[str, str] = {}
        for adapter in adapters:
            card = adapter.card
            if card.id in self._adapters:
                raise ValueError(f"id: two payers are called {card.id}")
            self._adapters[card.id] = adapter
            for name in (card.id, *card.aliases):
                holder = self._named.setdefault(_plain(name), card.id)
                if holder != card.id:
                    raise ValueError(f"aliases: {name} is a name of {holder} already")
        for card in self.cards:
            # A payer's long names resolve as well, but are nobody's when two payers go by one.
            for name in (card.name, *card.legal_names):
                self._named.setdefault(_plain(name), card.id)

    def __contains__(self, payer: object) -> bool:
        """Whether there is a payer with the id ``payer``."""
        return payer in self._adapters

    def __len__(self) -> int:
        """How many payers there are."""
        return len(self._adapters)

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every payer as data, in the order of their ids."""
        return tuple(self._adapters[payer].card for payer in sorted(self._adapters))

    def adapter(self, payer: str) -> PayerAdapter:
        """Return the adapter of the payer with that id. Raises ``KeyError`` when there is none."""
        return self._adapters[payer]

    def resolve(self, name: str) -> str | None:
        """Return the id of the payer whose id or alias is ``name``, however it is written; None when nobody's is."""
        return self._named.get(_plain(name))


def load_payers(found: Iterable[EntryPoint] | None = None, routes: Iterable[EntryPoint] | None = None) -> Directory:
    """Return every payer that is installed; ``found`` and ``routes`` stand in for the real entry points.

    Raises ``PluginRefused``, naming distribution, field and line, for what is no adapter or holds what can't be, and
    for the later one of two that clash; ours are never the later ones.
    """
    served = {point.name for point in entries(ROUTES, routes)}
    adapters: dict[str, PayerAdapter] = {}
    points = entries(PAYERS, found)
    for point in points:
        adapter = _adapter(point, served)
        try:
            Directory((*adapters.values(), adapter))
        except ValueError as clash:
            field, _, fault = str(clash).partition(": ")
            raise PluginRefused(_sentence(point, field, fault)) from None
        adapters[point.name] = adapter
    for point in points:
        for field, fault in administrator_faults(adapters[point.name].card, adapters):
            raise PluginRefused(_sentence(point, field, fault))
    return Directory(adapters.values())


def open_routes(settings: Settings, found: Iterable[EntryPoint] | None = None) -> Mapping[str, Route]:
    """Return every route that the settings give an address, opened; nothing is connected yet.

    Raises ``SettingsWrong`` with every route that nobody serves and every setting that its route refuses, and
    ``PluginRefused`` for a route that is none.
    """
    points = {point.name: point for point in entries(ROUTES, found)}
    routes: dict[str, Route] = {}
    faults: list[str] = []
    for name, given in settings.routes.items():
        try:
            routes[name] = _open_route(points.get(name), f"{PREFIX}ROUTES{NESTED}{name.upper()}", given)
        except SettingsWrong as wrong:
            faults += wrong.faults
    if faults:
        raise SettingsWrong(tuple(faults))
    return routes


def _open_route(point: EntryPoint | None, setting: str, given: RouteSettings) -> Route:
    if point is None:
        raise SettingsWrong((f"{setting}: no route of that name is installed",))
    try:
        route: object = load(point)(given)  # type: ignore[operator]  # A plugin may be anything.
    except PluginRefused:
        raise
    except ValueError as wrong:
        # A route names its setting first: ``USERNAME: it is missing``.
        field, colon, words = str(wrong).partition(": ")
        named = f"{setting}{NESTED}{field}: {words}" if colon and field.isupper() else f"{setting}: {wrong}"
        raise SettingsWrong((named,)) from None
    except BaseException as failure:  # noqa: BLE001 - a plugin's
        # Only its type and place: the words of a stranger's failure may hold a secret of the settings.
        raise PluginRefused(f"{_name_entry(point)} opens no route: {describe(failure, words=False)}") from None
    with _refusing(point, "is no route", words=False):
        return _route(point, route)


def route_orders(settings: Settings, directory: Directory) -> Mapping[str, tuple[str, ...]]:
    """Return the order of routes that the settings give payers, by payer.

    Raises ``SettingsWrong`` for a payer that is not known and a route that is not served.
    """
    orders: dict[str, tuple[str, ...]] = {}
    for payer, chosen in settings.payers.items():
        setting = f"{PREFIX}PAYERS{NESTED}{payer.upper()}"
        if payer not in directory:
            raise SettingsWrong((f"{setting}: no payer of that id is installed",))
        if chosen.routes is None:
            continue
        served = {point.name for point in entries(ROUTES)} | settings.routes.keys()
        if not served.issuperset(chosen.routes):
            raise SettingsWrong((f"{setting}{NESTED}ROUTES: names a route that nobody serves",))
        orders[payer] = chosen.routes
    return orders


def refuse_squatters(owners: Mapping[str, list[str]] | None = None) -> None:
    """Refuse to run beside a distribution that owns one of our three package names: it may have overwritten files.

    ``owners`` stands in for what is installed. Raises ``PluginRefused``.
    """
    installed = packages_distributions() if owners is None else owners
    for package in OWN_PACKAGES:
        for distribution in installed.get(package, []):
            if distribution.lower().replace("_", "-") != DISTRIBUTION:
                raise PluginRefused(f"{distribution}: it also owns the package {package}; install us apart from it")


def _adapter(point: EntryPoint, served: Iterable[str]) -> PayerAdapter:
    loaded = load(point)
    with _refusing(point, "is no payer adapter"):
        return _checked_adapter(point, loaded, served)


@contextmanager
def _refusing(point: EntryPoint, what: str, *, words: bool = True) -> Iterator[None]:
    """Refuse a plugin for whatever it raises while it is looked at: an attribute of it may be any code.

    Without ``words`` the sentence names only the type and place of what it raised.
    """
    try:
        yield
    except PluginRefused:
        raise
    except BaseException as failure:  # noqa: BLE001 - a plugin may raise anything
        raise PluginRefused(f"{_name_entry(point)} {what}: {describe(failure, words=words)}") from None


def _checked_adapter(point: EntryPoint, adapter: object, served: Iterable[str]) -> PayerAdapter:
    card = getattr(adapter, "card", None)
    verify = getattr(adapter, "verify", None)
    if isinstance(adapter, type):
        raise PluginRefused(f"{_name_entry(point)} is no payer adapter but a class; name an instance of it")
    if not isinstance(card, Card):
        raise PluginRefused(f"{_name_entry(point)} is no payer adapter: it has no card")
    if not iscoroutinefunction(verify):
        raise PluginRefused(
            f"{_name_entry(point)} is no payer adapter: it has no `async def verify(question, gateway)`"
        )
    if not isinstance(adapter, PayerAdapter):  # pragma: no cover - what is left after both looks above
        raise PluginRefused(f"{_name_entry(point)} is no payer adapter")
    for field, fault in card_faults(card, served):
        raise PluginRefused(_sentence(point, field, fault))
    if card.id != point.name:
        raise PluginRefused(_sentence(point, "id", f"it stands under a name that is not its card's id, {card.id}"))
    if hasattr(adapter, "dialect"):
        for field, fault in dialect_faults(adapter.dialect):
            raise PluginRefused(_sentence(point, field, fault))
    return adapter


def _route(point: EntryPoint, route: object) -> Route:
    if iscoroutine(route):
        route.close()
        raise PluginRefused(f"{_name_entry(point)} opens no route: open_route is async, and must be a plain function")
    if not isinstance(route, Route):
        lacking = [name for name in ("name", "attempt_cap", "exchange") if not hasattr(route, name)]
        raise PluginRefused(f"{_name_entry(point)} is no route of that name: it has no {', '.join(lacking)}")
    if route.name != point.name:
        raise PluginRefused(f"{_name_entry(point)} is no route of that name; it calls itself {route.name}")
    cap: object = route.attempt_cap
    if isinstance(cap, bool) or not isinstance(cap, int | float) or not 0 < cap <= LONGEST_USUAL_ATTEMPT:
        most = f"{LONGEST_USUAL_ATTEMPT:.0f}"
        raise PluginRefused(f"{_name_entry(point)}: attempt_cap is seconds, above 0 and {most} at most")
    if not iscoroutinefunction(route.exchange):
        raise PluginRefused(f"{_name_entry(point)}: exchange is no `async def`")
    return route


def _name_entry(point: EntryPoint) -> str:
    return f"{owner(point)}: {point.name}"


def _sentence(point: EntryPoint, field: str, fault: str) -> str:
    return f"{_name_entry(point)}: {field}: {fault} ({point.module}{line_of(point.module, field)})"


def _plain(name: str) -> str:
    return plain_id(name).casefold()
