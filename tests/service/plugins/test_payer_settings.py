"""The settings of single payers: they stand in for what the card says, and for nothing else of it."""

from collections.abc import Sequence

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Card,
    Gateway,
    Inquiry,
    InquiryPlan,
    Question,
    Reply,
    RouteEntry,
    Several,
)
from payers.adapter import DataAdapter
from service.plugins.loading import Directory
from service.plugins.payer_settings import as_set, authorization_orders, paces_of
from service.settings.groups import PayerSettings
from service.settings.model import Settings, SettingsWrong

CARD = Card(
    id="acme",
    name="Acme Health Plan",
    routes=(RouteEntry(route="core_mime", payer_id="A1", source="imaginary"),),
    plan=InquiryPlan(beside=("AI",), several=Several.UNKNOWN, source="imaginary"),
)


class PlansItself:
    """A payer of somebody else's, with an adapter of its own."""

    card = CARD

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        raise NotImplementedError


def settings(**chosen: object) -> Settings:
    return Settings(payers={"acme": PayerSettings.model_validate(chosen)})


def test_a_setting_says_whether_a_payer_answers_several_types_in_one_inquiry() -> None:
    directory = as_set(Directory([DataAdapter(CARD)]), settings(several="no"))

    plan = directory.adapter("acme").card.plan
    assert (plan.several, plan.service_types) == (Several.NO, CARD.plan.service_types)


def test_what_is_not_set_stays_as_the_card_has_it() -> None:
    adapter = DataAdapter(CARD)

    assert as_set(Directory([adapter]), settings(pace=20.0)).adapter("acme") is adapter


def test_the_plan_of_an_adapter_that_plans_itself_cannot_be_set() -> None:
    with pytest.raises(SettingsWrong, match="BENEFITS_PAYERS__ACME__SEVERAL: this payer's adapter plans"):
        as_set(Directory([PlansItself()]), settings(several="yes"))


def test_a_pace_can_be_set_for_every_payer() -> None:
    assert paces_of(settings(pace=20.0)) == {"acme": 20.0}


@pytest.mark.parametrize("pace", [0, -1, float("inf"), float("nan")])
def test_a_pace_at_which_nobody_is_ever_asked_is_refused(pace: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        settings(pace=pace)


class Approvals:
    """A route that can be asked about authorization alone."""

    name = "approvals"
    attempt_cap = 5.0

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        raise NotImplementedError

    async def check_authorization(
        self, inquiry: Inquiry, procedures: Sequence[str], numbers: AttemptNumbers, *, seconds: float
    ) -> Reply:
        raise NotImplementedError


class Plain:
    """A route that can't."""

    name = "plain"
    attempt_cap = 5.0

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        raise NotImplementedError


def test_routes_for_authorization_alone_can_be_set_for_every_payer() -> None:
    assert authorization_orders(settings(authorization_routes=["approvals"]), {"approvals": Approvals()}) == {
        "acme": ("approvals",)
    }
    assert authorization_orders(settings(), {}) == {}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("approvals", "AUTHORIZATION_ROUTES: approvals has no address in the settings"),
        ("plain", "AUTHORIZATION_ROUTES: plain is not asked about authorization alone"),
    ],
)
def test_a_route_that_cannot_be_asked_about_authorization_is_refused_at_start(name: str, fault: str) -> None:
    with pytest.raises(SettingsWrong, match=fault):
        authorization_orders(settings(authorization_routes=[name]), {"plain": Plain()})
