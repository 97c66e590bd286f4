"""The operator's contracts with payers, as settings: for which plans we are in network, where, when, at which rates.

``BENEFITS_CONTRACTS`` holds them as a list in JSON; ``BENEFITS_CONTRACTS_FILE`` names a file that holds that list.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from contracts import AuthorizationRule, Condition, Delivery, Frozen, Program

Dollars = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2, allow_inf_nan=False)]


class ContractRate(Frozen):
    """What a contract allows for one day of a program, in dollars.

    ``condition`` and ``delivery`` narrow it; without them it holds for every condition and delivery.
    """

    program: Program
    condition: Condition | None = None
    delivery: Delivery | None = None
    per_day: Dollars


class PayerContract(Frozen):
    """One contract with a payer.

    ``payer`` is a card's id. ``plans`` are patterns of plan or network names, or plan types, with ``*`` for any words;
    without them it holds for every plan. ``locations`` are the operator's own names of its places; without them it
    holds everywhere. ``in_network`` is false for plans that we know to be out of network. ``source`` says where this
    stands, such as the title of the contract.
    """

    payer: Annotated[str, Field(min_length=1, max_length=80)]
    plans: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()
    locations: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()
    begins_on: date | None = None
    ends_on: date | None = None
    in_network: bool = True
    rates: tuple[ContractRate, ...] = ()
    source: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        if self.begins_on is not None and self.ends_on is not None and self.ends_on < self.begins_on:
            raise ValueError("it ends before it begins")
        return self

    def __repr__(self) -> str:
        """Show whose contract it is, and no rate."""
        return f"PayerContract({self.source})"

    __str__ = __repr__


class DailyCharge(Frozen):
    """What we charge for one day of a program without a contract, in dollars."""

    program: Program
    per_day: Dollars


class PayerRule(AuthorizationRule):
    """A rule of the payer with the card's id ``payer`` about authorization."""

    payer: Annotated[str, Field(min_length=1, max_length=80)]

    def __str__(self) -> str:
        """Show whose rule it is, and when its source was last read."""
        return f"{self.payer}:{self.id}, checked {self.checked_on.isoformat()}"


class Roster(NamedTuple):
    """Everything that is set about our contracts and charges, and about payers' rules of authorization."""

    contracts: tuple[PayerContract, ...] = ()
    charges: tuple[DailyCharge, ...] = ()
    rules: tuple[PayerRule, ...] = ()
