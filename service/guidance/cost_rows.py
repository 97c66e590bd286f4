"""The terms and prices of a plan's phases as inputs of a stay's cost, and the figures that they rest on."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from contracts import Answer, Side
from contracts.wording import format_money
from service.guidance.cost_choices import Choice, CostSubject, PhaseChoices, PoolChoices, fix_choice
from service.guidance.cost_terms import RowTerms, deductible_choice, limit_draws, paid_choice, share_choice
from service.guidance.cost_values import CostFactor, CostInput, CostSource
from service.guidance.cost_walk import BEYOND, CostShare, Draw
from service.guidance.figure_words import write_figures
from service.guidance.money import cents
from service.guidance.program_plan import PlanPhase

Value = TypeVar("Value")


class DailyRate(NamedTuple):
    """Dollars for one day of a program, and where that stands."""

    per_day: Decimal
    source: str


class Prices(NamedTuple):
    """What a day of a phase costs: ``rate`` by contract, ``charge`` without one; None where it is not set."""

    rate: Callable[[PlanPhase], DailyRate | None]
    charge: Callable[[PlanPhase], DailyRate | None]


NO_PRICES = Prices(rate=lambda _: None, charge=lambda _: None)


class RowInputs:
    """The phases' inputs. One program on one side has one of each, however many phases it has."""

    def __init__(self, answer: Answer, side: Side, prices: Prices) -> None:
        self._answer, self._side, self._prices = answer, side, prices
        self._choices: dict[object, Choice[Any]] = {}
        self._places: dict[object, int] = {}
        self.pools: list[PoolChoices] = []
        self.inputs: list[CostInput] = []

    def phase(self, phase: PlanPhase) -> PhaseChoices:
        """Return the inputs of ``phase``, and note the figures that they rest on."""
        about = CostSubject(phase.program, phase.condition)
        row = RowTerms(about, self._answer.terms(phase.program, phase.condition, self._side))
        self.inputs += write_figures(row)
        share: Choice[CostShare] = self._once(
            (*about, "share", phase.hours_per_day), share_choice(row, phase.hours_per_day)
        )
        allowed, charge = self._price(phase, row, share)
        return PhaseChoices(
            allowed=allowed,
            charge=charge,
            share=share,
            deductible_applies=self._once((*about, "deductible"), deductible_choice(row)),
            is_paid=self._once((*about, "paid", phase.delivery), paid_choice(row, phase.delivery)),
            draws=tuple(self._draws(row, phase)),
        )

    def _once(self, key: object, choice: Choice[Value]) -> Choice[Value]:
        return self._choices.setdefault(key, choice)

    def _draws(self, row: RowTerms, phase: PlanPhase) -> Iterator[Draw]:
        """Yield what a day draws on: a limit of the same lines is one limit, whichever program draws on it."""
        for one in limit_draws(row, phase.hours_per_day):
            key = (one.limit.evidence or row.about, one.limit.unit, one.limit.period, one.by_day is None)
            if key not in self._places:
                self._places[key] = len(self.pools)
                self.pools.append(one.pool)
            yield Draw(self._places[key], one.by_day)

    def _price(
        self, phase: PlanPhase, row: RowTerms, share: Choice[CostShare]
    ) -> tuple[Choice[int], Choice[int | None]]:
        """Return what the plan allows for a day, and what we charge where nothing is agreed."""
        given = phase.allowed_per_day
        rate = DailyRate(given, "") if given is not None else None
        if rate is None and self._side is Side.IN_NETWORK:
            rate = self._prices.rate(phase)
        if rate is not None:
            self._note(CostFactor.RATE, row, f"{format_money(rate.per_day)} a day are allowed", rate.source)
        charge = self._charge(phase, row) if self._side is Side.OUT_OF_NETWORK else None
        least = max(option.copay for option in share.options)
        if rate is not None:
            allowed: Choice[int] = fix_choice(CostFactor.RATE, cents(rate.per_day))
        elif charge is not None:
            # What the plan does not allow of a charge is the patient's: the less it allows, the dearer.
            allowed = self._unknown_price(CostFactor.RATE, phase, row, (charge, 0))
        else:
            allowed = self._unknown_price(CostFactor.RATE, phase, row, (least, BEYOND))
        if self._side is Side.IN_NETWORK:
            return allowed, fix_choice(CostFactor.CHARGE, None)
        if charge is not None:
            return allowed, fix_choice(CostFactor.CHARGE, charge)
        return allowed, self._unknown_price(CostFactor.CHARGE, phase, row, (None, BEYOND))

    def _charge(self, phase: PlanPhase, row: RowTerms) -> int | None:
        given = phase.charge_per_day
        charge = DailyRate(given, "") if given is not None else self._prices.charge(phase)
        if charge is None:
            return None
        self._note(CostFactor.CHARGE, row, f"we charge {format_money(charge.per_day)} a day", charge.source)
        return cents(charge.per_day)

    def _note(self, factor: CostFactor, row: RowTerms, text: str, source: str) -> None:
        self.inputs.append(
            CostInput(
                factor=factor,
                program=row.about.program,
                condition=row.about.condition,
                text=f"{text} ({source})" if source else text,
                source=CostSource.SETTINGS if source else CostSource.REQUEST,
            )
        )

    def _unknown_price(
        self, factor: CostFactor, phase: PlanPhase, row: RowTerms, options: tuple[Value, ...]
    ) -> Choice[Value]:
        what = "the plan allows" if factor is CostFactor.RATE else "we charge"
        setting = "BENEFITS_CONTRACTS" if self._side is Side.IN_NETWORK else "BENEFITS_CHARGES"
        choice = Choice(
            factor,
            options,
            row.about,
            text=f"What {what} for a day of {row.name} is not known.",
            narrow=f"Set the rate of {row.name} in {setting}, or give it with the plan.",
        )
        return self._once((factor, row.about, phase.delivery, phase.charge_per_day), choice)
