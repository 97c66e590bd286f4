"""Payers and roads, found by entry points and checked at start-up: what is wrong is refused by its distribution's name.

Source: ``README.md`` of the payers' wing says how a payer or a road is registered.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points, packages_distributions

from contracts import Card, PayerAdapter, Route, plain_id
from service.config import Settings, SettingsWrong
from service.given import NESTED, PREFIX

PAYERS = "benefit_verification.payers"
ROUTES = "benefit_verification.routes"
DISTRIBUTION = "benefit-verification"
OWN_PACKAGES = ("contracts", "payers", "service")

PROMISED_ROADS = frozenset({"core_mime", "core_soap", "availity_rest", "optum_json", "stedi_json", "optum_real"})
"""Roads that a card may name before anybody serves them, as the answer's section 8 lists them."""


class PluginRefused(Exception):
    """Something that was found can't be used; the message names its distribution and what is wrong with it."""


class Directory:
    """Every payer that is known, by its card's id."""

    def __init__(self, adapters: Iterable[PayerAdapter]) -> None:
        """Take the adapters. Raises ``ValueError`` when two of them go by one name."""
        self._adapters: dict[str, PayerAdapter] = {}
        self._named: dict[str, str] = {}
        for adapter in adapters:
            card = adapter.card
            if card.id in self._adapters:
                raise ValueError(f"two payers are called {card.id}")
            self._adapters[card.id] = adapter
            for name in (card.id, *card.aliases):
                owner = self._named.setdefault(_plain(name), card.id)
                if owner != card.id:
                    raise ValueError(f"{owner} and {card.id} share an alias")
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
        """The adapter of the payer with that id. Raises ``KeyError`` when there is none."""
        return self._adapters[payer]

    def resolve(self, name: str) -> str | None:
        """The id of the payer that goes by ``name``, id or alias, however it is written; None when nobody does."""
        return self._named.get(_plain(name))


def load_payers(found: Iterable[EntryPoint] | None = None, roads: Iterable[EntryPoint] | None = None) -> Directory:
    """Every payer that is installed; ``found`` and ``roads`` stand in for the real entry points.

    Raises ``PluginRefused`` for an object that is no adapter, stands under a name that is not its card's id, takes an
    alias of another, or names a road that nobody serves.
    """
    served = {point.name for point in _points(ROUTES, roads)} | PROMISED_ROADS
    adapters: list[PayerAdapter] = []
    for point in _points(PAYERS, found):
        adapter = _adapter(point)
        for entry in adapter.card.roads:
            if entry.road not in served:
                raise PluginRefused(
                    f"{_owner(point)}: payer {point.name} names a road that nobody serves: {entry.road}"
                )
        try:
            Directory((*adapters, adapter))
        except ValueError as clash:
            raise PluginRefused(f"{_owner(point)}: {clash}") from None
        adapters.append(adapter)
    return Directory(adapters)


def open_roads(settings: Settings, found: Iterable[EntryPoint] | None = None) -> Mapping[str, Route]:
    """Every road that the settings give an address, opened; nothing is connected yet.

    Raises ``SettingsWrong`` for a road that nobody serves or a setting that its road refuses, and ``PluginRefused``
    for a road that is none.
    """
    points = {point.name: point for point in _points(ROUTES, found)}
    roads: dict[str, Route] = {}
    for name, given in settings.roads.items():
        setting = f"{PREFIX}ROADS{NESTED}{name.upper()}"
        if name not in points:
            raise SettingsWrong((f"{setting}: no road of that name is installed",))
        try:
            road: object = _loaded(points[name])(given)  # type: ignore[operator]  # A plugin may be anything.
        except ValueError as wrong:
            # A road names its setting first: ``USERNAME: it is missing``.
            field, colon, words = str(wrong).partition(": ")
            named = f"{setting}{NESTED}{field}: {words}" if colon and field.isupper() else f"{setting}: {wrong}"
            raise SettingsWrong((named,)) from None
        except TypeError:
            raise PluginRefused(f"{_owner(points[name])}: {name} opens no road") from None
        if not isinstance(road, Route) or road.name != name:
            raise PluginRefused(f"{_owner(points[name])}: {name} is no road of that name")
        roads[name] = road
    return roads


def road_orders(settings: Settings, directory: Directory) -> Mapping[str, tuple[str, ...]]:
    """The order of roads that the settings give payers, by payer.

    Raises ``SettingsWrong`` for a payer that is not known and a road that is not served.
    """
    orders: dict[str, tuple[str, ...]] = {}
    for payer, chosen in settings.payers.items():
        setting = f"{PREFIX}PAYERS{NESTED}{payer.upper()}"
        if payer not in directory:
            raise SettingsWrong((f"{setting}: no payer of that id is installed",))
        if chosen.roads is None:
            continue
        served = {point.name for point in _points(ROUTES, None)} | PROMISED_ROADS | settings.roads.keys()
        if not served.issuperset(chosen.roads):
            raise SettingsWrong((f"{setting}{NESTED}ROADS: names a road that nobody serves",))
        orders[payer] = chosen.roads
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


def _adapter(point: EntryPoint) -> PayerAdapter:
    adapter = _loaded(point)
    if not isinstance(adapter, PayerAdapter) or not isinstance(adapter.card, Card):
        raise PluginRefused(f"{_owner(point)}: {point.name} is no payer adapter")
    if adapter.card.id != point.name:
        raise PluginRefused(f"{_owner(point)}: {point.name} stands under a name that is not its card's id")
    return adapter


def _loaded(point: EntryPoint) -> object:
    try:
        loaded: object = point.load()
    except Exception as failure:
        raise PluginRefused(f"{_owner(point)}: {point.name} can't be loaded ({type(failure).__name__})") from failure
    return loaded


def _points(group: str, given: Iterable[EntryPoint] | None) -> Iterator[EntryPoint]:
    yield from sorted(entry_points(group=group) if given is None else given, key=lambda point: point.name)


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "a distribution without a name"


def _plain(name: str) -> str:
    return plain_id(name).casefold()
