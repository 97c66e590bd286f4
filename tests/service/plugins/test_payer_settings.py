"""The settings of single payers: they stand in for what the card says, and for nothing else of it."""

import pytest

from contracts import Answer, Card, Gateway, InquiryPlan, Question, RouteEntry, Several
from payers.adapter import DataAdapter
from service.plugins.loading import Directory
from service.plugins.payer_settings import as_set, paces_of
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
