"""Where we stand with a payer follows from the roster alone."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts import Administrator, Answer, Condition, Delivery, Program, Side
from service.guidance.network_status import WhereAndWhen, network_status, prices_of, side_of
from service.guidance.network_values import NetworkStanding
from service.guidance.program_plan import PlanPhase
from service.settings.contract_roster import ContractRate, DailyCharge, PayerContract, Roster
from tests.service.guidance.staging import answer, terms

ON = date(2026, 6, 1)
IN, OUT, NOT_KNOWN = NetworkStanding.IN, NetworkStanding.OUT, NetworkStanding.NOT_KNOWN


def contract(**more: Any) -> PayerContract:
    return PayerContract(**({"payer": "acme", "source": "contract 1"} | more))


def standing(
    *contracts: PayerContract, of: Answer | None = None, on: date = ON, at: str | None = None
) -> tuple[Any, ...]:
    found = of or answer(terms(copay="40.00"), plan_name="GOLD PPO 500")
    status, _ = network_status(found, Roster(contracts), Condition.MENTAL_HEALTH, WhereAndWhen(on, at))
    return status.standing, status.source


CASES: dict[str, tuple[tuple[PayerContract, ...], tuple[NetworkStanding, str | None]]] = {
    "no roster": ((), (NOT_KNOWN, None)),
    "another payer": ((contract(payer="other"),), (NOT_KNOWN, None)),
    "every plan": ((contract(),), (IN, "contract 1")),
    "a plan's pattern": ((contract(plans=("gold ppo*",)),), (IN, "contract 1")),
    "another plan's pattern": ((contract(plans=("*HMO*",)),), (NOT_KNOWN, None)),
    "out for every plan": ((contract(in_network=False),), (OUT, "contract 1")),
    "one plan goes before every plan": (
        (contract(), contract(plans=("*PPO*",), in_network=False, source="contract 2")),
        (OUT, "contract 2"),
    ),
    "two contradict each other": ((contract(), contract(in_network=False, source="contract 2")), (NOT_KNOWN, None)),
    "two agree": ((contract(), contract(source="contract 2")), (IN, "contract 1")),
    "it has ended": ((contract(ends_on=date(2026, 5, 31)),), (OUT, "contract 1")),
    "it ends today": ((contract(ends_on=ON),), (IN, "contract 1")),
    "it has not begun": ((contract(begins_on=date(2026, 6, 2)),), (OUT, "contract 1")),
    "it was renewed": (
        (contract(ends_on=date(2026, 5, 31)), contract(begins_on=ON, source="contract 2")),
        (IN, "contract 2"),
    ),
    "a place that nobody gave": ((contract(locations=("Tampa",)),), (NOT_KNOWN, None)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_roster_decides(name: str) -> None:
    contracts, expected = CASES[name]

    assert standing(*contracts) == expected


def test_a_place_decides() -> None:
    ours = contract(locations=("Tampa",))

    assert standing(ours, at="tampa") == (IN, "contract 1")
    assert standing(ours, at="Miami") == (NOT_KNOWN, None)


def test_a_plan_without_a_name_is_not_decided_by_a_pattern() -> None:
    assert standing(contract(plans=("*PPO*",)), of=answer(terms(copay="40.00"))) == (NOT_KNOWN, None)


def test_the_line_of_a_reply_never_says_that_we_are_in_network() -> None:
    """In network is granted by the payer, and nobody has a contract."""
    given = answer(terms(copay="40.00"), plan_name="GOLD PPO 500")

    assert standing(of=given) == (NOT_KNOWN, None)


def test_the_contract_is_that_with_whoever_runs_the_benefit() -> None:
    given = answer(terms(copay="40.00", administered_by="OPTUM BEHAVIORAL")).model_copy(
        update={"administrators": (Administrator(name="OPTUM BEHAVIORAL", payer="optum", evidence=("e1",)),)}
    )

    assert standing(contract(), of=given) == (NOT_KNOWN, None)
    assert standing(contract(payer="optum"), of=given) == (IN, "contract 1")


def test_out_of_network_is_taken_only_where_the_roster_says_so() -> None:
    given = answer(terms(copay="40.00"))
    where = WhereAndWhen(ON)

    assert side_of(given, Roster(), Condition.MENTAL_HEALTH, where) is Side.IN_NETWORK
    roster = Roster((contract(in_network=False),))
    assert side_of(given, roster, Condition.MENTAL_HEALTH, where) is Side.OUT_OF_NETWORK


def test_the_narrowest_rate_holds() -> None:
    def rate(amount: str, **more: Any) -> ContractRate:
        return ContractRate(program=Program.IOP, per_day=Decimal(amount), **more)

    roster = Roster(
        (
            contract(
                rates=(
                    rate("300.00"),
                    rate("280.00", delivery=Delivery.VIRTUAL),
                    rate("350.00", condition=Condition.SUBSTANCE_USE),
                )
            ),
        ),
        (DailyCharge(program=Program.IOP, per_day=Decimal(900)),),
    )
    prices = prices_of(answer(terms(copay="40.00")), roster, WhereAndWhen(ON))

    def of(**more: Any) -> str:
        found = prices.rate(PlanPhase(program=Program.IOP, days_per_week=3, weeks=1, **more))
        return str(found.per_day) if found else "none"

    assert of() == "300.00"
    assert of(delivery=Delivery.VIRTUAL) == "280.00"
    assert of(condition=Condition.SUBSTANCE_USE) == "350.00"
    assert prices.rate(PlanPhase(program=Program.PHP, days_per_week=3, weeks=1)) is None
    charge = prices.charge(PlanPhase(program=Program.IOP, days_per_week=3, weeks=1))
    assert charge is not None
    assert charge.per_day == 900


def test_no_rate_holds_where_we_are_out_of_network() -> None:
    ours = contract(in_network=False, rates=(ContractRate(program=Program.IOP, per_day=Decimal(300)),))
    prices = prices_of(answer(terms(copay="40.00")), Roster((ours,)), WhereAndWhen(ON))

    assert prices.rate(PlanPhase(program=Program.IOP, days_per_week=3, weeks=1)) is None


def test_a_contract_shows_no_rate() -> None:
    ours = contract(rates=(ContractRate(program=Program.IOP, per_day=Decimal(300)),))

    assert "300" not in f"{ours} {ours!r}"
