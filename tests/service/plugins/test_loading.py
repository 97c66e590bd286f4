import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from contracts import Answer, Card, Gateway, Inquiry, InquiryPlan, Question, Reply, RouteEntry, RouteSettings
from service.plugins.loading import Directory, PluginRefused, load_payers, open_routes, refuse_squatters, route_orders
from service.settings.model import Settings, SettingsWrong


class Acme:
    def __init__(self, payer: str = "acme", *, aliases: tuple[str, ...] = (), route: str = "core_mime") -> None:
        self.card = Card(
            id=payer,
            name=f"{payer.title()} Health Plan",
            aliases=aliases,
            routes=(RouteEntry(route=route, payer_id="A1", source="imaginary"),),
            plan=InquiryPlan(source="imaginary"),
        )

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        raise NotImplementedError


class Route:
    name = "acme_route"
    attempt_cap = 5.0

    async def exchange(self, inquiry: Inquiry, numbers: Any, *, seconds: float) -> Reply:
        raise NotImplementedError


def open_acme_route(settings: RouteSettings) -> Route:
    if settings.username is None:
        raise ValueError("USERNAME: it is missing")
    return Route()


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of plugins, as a distribution would bring it."""
    module = ModuleType("imaginary_plugins")
    monkeypatch.setitem(sys.modules, "imaginary_plugins", module)
    return module


def payer_point(name: str) -> EntryPoint:
    return EntryPoint(name, f"imaginary_plugins:{name}", "benefit_verification.payers")


def route_point(name: str) -> EntryPoint:
    return EntryPoint(name, f"imaginary_plugins:{name}", "benefit_verification.routes")


def test_a_payer_resolves_by_its_id_its_aliases_and_its_name() -> None:
    directory = Directory([Acme(aliases=("A-C-M-E 1",))])

    assert "acme" in directory
    assert "nobody" not in directory
    assert {directory.resolve(name) for name in ("ACME", "acme_1", "a c m e1", "Acme Health Plan")} == {"acme"}
    assert directory.resolve("nobody") is None
    assert [card.id for card in directory.cards] == ["acme"]


def test_payers_are_found_by_their_entry_points(plugins: ModuleType) -> None:
    plugins.acme = Acme()

    directory = load_payers([payer_point("acme")])

    assert directory.adapter("acme") is plugins.acme


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (object(), "no payer adapter"),
        (Acme("other"), "not its card's id"),
        (Acme(route="no_such_route"), "nobody serves the route no_such_route"),
    ],
)
def test_what_is_no_payer_is_refused_at_the_start(plugins: ModuleType, found: object, complaint: str) -> None:
    plugins.acme = found

    with pytest.raises(PluginRefused, match=complaint):
        load_payers([payer_point("acme")])


def test_a_payer_that_takes_anothers_alias_is_refused(plugins: ModuleType) -> None:
    plugins.acme, plugins.zenith = Acme(aliases=("same",)), Acme("zenith", aliases=("SAME",))

    with pytest.raises(PluginRefused, match="zenith: aliases: SAME is a name of acme already"):
        load_payers([payer_point("acme"), payer_point("zenith")])


def test_a_plugin_that_cannot_be_imported_is_named_by_its_distribution() -> None:
    with pytest.raises(PluginRefused, match="a distribution without a name: acme can't be loaded"):
        load_payers([payer_point("acme")])


def test_a_route_is_opened_with_its_settings(plugins: ModuleType) -> None:
    plugins.acme_route = open_acme_route
    settings = Settings(routes={"acme_route": RouteSettings(url="https://route.test", username="us")})

    routes = open_routes(settings, [route_point("acme_route")])

    assert routes["acme_route"].attempt_cap == 5.0


@pytest.mark.parametrize(
    ("route", "named"),
    [
        ("acme_route", "BENEFITS_ROUTES__ACME_ROUTE__USERNAME: it is missing"),
        ("nowhere", "BENEFITS_ROUTES__NOWHERE: no route"),
    ],
)
def test_a_route_that_is_not_served_or_not_set_up_is_named(plugins: ModuleType, route: str, named: str) -> None:
    plugins.acme_route = open_acme_route
    settings = Settings(routes={route: RouteSettings(url="https://route.test")})

    with pytest.raises(SettingsWrong, match=named):
        open_routes(settings, [route_point("acme_route")])


def test_what_opens_no_route_is_refused(plugins: ModuleType) -> None:
    plugins.acme_route = lambda settings: object()
    settings = Settings(routes={"acme_route": RouteSettings(url="https://route.test")})

    with pytest.raises(PluginRefused, match="no route of that name"):
        open_routes(settings, [route_point("acme_route")])


@pytest.mark.parametrize("payers", [{"nobody": {"routes": ("core_mime",)}}, {"acme": {"routes": ("no_such_route",)}}])
def test_an_order_of_routes_for_nobody_or_of_nothing_is_refused(payers: dict[str, Any]) -> None:
    with pytest.raises(SettingsWrong, match="BENEFITS_PAYERS__"):
        route_orders(Settings(payers=payers), Directory([Acme()]))


def test_another_distribution_with_our_package_names_is_refused() -> None:
    with pytest.raises(PluginRefused, match="PyContracts: it also owns the package contracts"):
        refuse_squatters({"contracts": ["benefit_verification", "PyContracts"]})

    refuse_squatters({"contracts": ["benefit-verification"], "service": ["Benefit_Verification"]})
