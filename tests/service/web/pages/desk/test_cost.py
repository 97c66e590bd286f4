"""The cost sheet as a page: choices in the address, a range in words, and an error beside its field."""

from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from contracts import Program
from service.guidance.cost_values import CostRange
from service.security.access import StaffRole
from service.settings.contract_roster import ContractRate, PayerContract, Roster
from service.web.pages.desk.cost import WIDTH, range_bar
from service.web.pages.desk.cost_form import read_choices
from tests.service.web.conftest import ServedApi

from .sessions import ask, sign_in


async def path_of(api: ServedApi) -> str:
    return f"/desk/verifications/{await ask(api)}/cost"


def use_roster(api: ServedApi) -> None:
    rates = tuple(ContractRate(program=one, per_day=Decimal(100)) for one in Program)
    roster = Roster((PayerContract(payer="acme", source="contract 1", rates=rates, locations=("Tampa", "Miami")),))
    api.http._transport.app.state.services = api.services._replace(roster=roster)  # type: ignore[attr-defined]


async def test_the_usual_stay_is_estimated_until_somebody_chooses(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)

    page = await api.http.get(await path_of(api), headers=clerk)

    assert page.status_code == 200
    assert "44 days of treatment" in page.text
    assert "or more; there is no known end" in page.text
    assert "Why it is a range" in page.text
    assert len(api.acme.asked) == 1, "no payer is asked again"


async def test_what_was_chosen_stands_in_the_address_and_in_the_form(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    use_roster(api)
    chosen = "program1=iop&days1=3&weeks1=2&condition=substance_use&side=in_network&place=1&begins=2"

    page = (await api.http.get(f"{await path_of(api)}?{chosen}", headers=clerk)).text

    assert "6 days of treatment, Dec 7, 2026" in page
    assert "$600.00" in page
    assert "IOP for substance use" in page
    assert 'value="1" selected' in page
    assert "PHP for" not in page


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ("program1=iop&days1=9&weeks1=2", "days1"),
        ("program1=iop&days1=3&weeks1=", "weeks1"),
        ("program1=php&days1=5&weeks1=4&program2=iop&days2=x&weeks2=8", "days2"),
        ("program1=iop&days1=3&weeks1=2&charge1=cheap", "charge1"),
        ("program1=iop&days1=3&weeks1=2&begins=900", "begins"),
        ("program1=iop&days1=3&weeks1=2&side=somewhere", "side"),
        ("program1=iop&days1=7&weeks1=52", "weeks1"),
        ("program1=iop&days1=3&weeks1=2&place=7", "place"),
    ],
)
async def test_a_choice_that_cannot_be_is_said_at_its_field(api: ServedApi, chosen: str, field: str) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)

    page = await api.http.get(f"{await path_of(api)}?{chosen}", headers=clerk)

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert "The patient may pay" not in page.text
    assert dict(parse_qsl(chosen))["days1"] in page.text, "what was chosen stays"


async def test_who_may_not_see_costs_sees_no_estimate(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)

    assert (await api.http.get(await path_of(api), headers=clerk)).status_code == 403


def test_a_stay_without_a_phase_is_the_usual_one() -> None:
    assert [one.program for one in read_choices({"condition": "substance_use"}).phases] == ["php", "iop", ""]
    assert [one.program for one in read_choices({"program1": "iop"}).phases] == ["iop", "", ""]


@pytest.mark.parametrize(
    ("least", "most", "begins", "width", "is_open"),
    [("0", "100", 0.0, 50.0, False), ("50", "200", 25.0, 75.0, False), ("100", None, 50.0, 50.0, True)],
)
def test_a_bar_is_drawn_to_the_scale_of_the_stay(
    least: str, most: str | None, begins: float, width: float, is_open: bool
) -> None:
    amount = CostRange(at_least=Decimal(least), at_most=None if most is None else Decimal(most))

    bar = range_bar(amount, Decimal(200))

    assert (bar.begins, bar.width, bar.is_open) == (begins, width, is_open)
    assert bar.begins + bar.width <= WIDTH
