"""What is not known of a stay's cost, as choices: each input with every value that it may have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod
from typing import Any, Generic, NamedTuple, TypeVar

from contracts import Condition, CostRule, LimitPeriod, Program
from service.guidance.cost_values import CostFactor
from service.guidance.cost_walk import Case, CostShare, DayResult, Draw, OwedPer, PhaseCase, Pool, Purse, walk
from service.guidance.program_plan import PlannedDay

Value = TypeVar("Value")


class CostSubject(NamedTuple):
    """What a choice is about: a program for a condition, or the plan."""

    program: Program | None = None
    condition: Condition | None = None


OF_PLAN = CostSubject()


@dataclass(frozen=True, eq=False)
class Choice(Generic[Value]):
    """One input with the values that it may have, one when it is known.

    Where ``is_ordered`` they stand from the cheapest for the patient to the dearest, whatever the other inputs are.
    ``text`` says why it is not known, ``narrow`` what would tell.
    """

    factor: CostFactor
    options: tuple[Value, ...]
    about: CostSubject = OF_PLAN
    text: str = ""
    narrow: str = ""
    is_ordered: bool = True

    @property
    def is_known(self) -> bool:
        """Whether there is one value alone."""
        return len(self.options) == 1


def fix_choice(factor: CostFactor, value: Value) -> Choice[Value]:
    """Return the choice of an input that is known."""
    return Choice(factor, (value,))


class PhaseChoices(NamedTuple):
    """The inputs of a phase, as ``PhaseCase`` has them."""

    allowed: Choice[int]
    charge: Choice[int | None]
    share: Choice[CostShare]
    deductible_applies: Choice[bool]
    is_paid: Choice[bool]
    draws: tuple[Draw, ...] = ()


class PurseChoices(NamedTuple):
    """What is left of a deductible or maximum, and all of it."""

    left: Choice[int]
    total: Choice[int]


class PoolChoices(NamedTuple):
    """A limit: what is left of it, all of it, and its period."""

    left: Choice[int]
    quantity: int
    period: Choice[LimitPeriod]


@dataclass(frozen=True)
class Stay:
    """A stay with everything that is known of its inputs."""

    days: Sequence[PlannedDay]
    known_on: date
    phases: Sequence[PhaseChoices]
    deductible: tuple[PurseChoices, PurseChoices]
    maximum: tuple[PurseChoices, PurseChoices]
    pools: Sequence[PoolChoices]
    resets_on: Choice[date | None]
    unpaid_from: Choice[date | None]
    paid_from: Choice[date | None]

    def unknown(self) -> list[Choice[Any]]:
        """Return every input that is not known, once."""
        purses = (*self.deductible, *self.maximum)
        choices: list[Choice[Any]] = [
            *(one for phase in self.phases for one in phase[:5]),
            *(one for purse in purses for one in purse),
            *(one for pool in self.pools for one in (pool.left, pool.period)),
            *(self.resets_on, self.unpaid_from, self.paid_from),
        ]
        return [one for one in dict.fromkeys(choices) if not one.is_known]

    def case(self, pick: "Pick") -> Case:
        """Return the one case in which each input has the value that ``pick`` gives."""

        def purse(one: PurseChoices) -> Purse:
            return Purse(pick(one.left), pick(one.total))

        individual, family = self.deductible
        own, shared = self.maximum
        return Case(
            days=self.days,
            phases=[
                PhaseCase(
                    allowed=pick(one.allowed),
                    share=pick(one.share),
                    deductible_applies=pick(one.deductible_applies),
                    is_paid=pick(one.is_paid),
                    charge=pick(one.charge),
                    draws=one.draws,
                )
                for one in self.phases
            ],
            known_on=self.known_on,
            deductible=(purse(individual), purse(family)),
            maximum=(purse(own), purse(shared)),
            pools=[Pool(pick(one.left), one.quantity, pick(one.period)) for one in self.pools],
            resets_on=pick(self.resets_on),
            unpaid_from=pick(self.unpaid_from),
            paid_from=pick(self.paid_from),
        )


Pick = Callable[[Choice[Any]], Any]


MOST_CASES = 1_000
"""Cases that are walked at most where no input keeps its order."""


class Walked(NamedTuple):
    """A case that was walked: the patient's total in cents, its days, and the value that each input had."""

    total: int
    days: tuple[DayResult, ...]
    chosen: Mapping[Choice[Any], object]


def cheapest(stay: Stay) -> Walked:
    """Return the cheapest case for the patient."""
    return min(_walk_ends(stay, end=0), key=lambda one: one.total)


def dearest(stay: Stay) -> Walked:
    """Return the dearest case for the patient."""
    return max(_walk_ends(stay, end=-1), key=lambda one: one.total)


def _walk_ends(stay: Stay, end: int) -> Iterator[Walked]:
    """Walk the stay with each ordered input at one end, and with every combination of the others."""
    unknown = stay.unknown()
    keeps_order = not _compares_carried_copays(stay) or prod(len(one.options) for one in unknown) > MOST_CASES
    at_end = {one: one.options[end] for one in unknown if one.is_ordered and keeps_order}
    others = [one for one in unknown if one not in at_end]
    for values in product(*(one.options for one in others)):
        yield _walk_case(stay, {**at_end, **dict(zip(others, values, strict=True))})


def _compares_carried_copays(stay: Stay) -> bool:
    """Return whether a copay that several days pay off is compared with the share of each day.

    What one day pays of it changes which of the two the next day owes, so that no value is always the dearer.
    """
    shares = (option for phase in stay.phases for option in phase.share.options)
    return any(one.rule is not CostRule.BOTH and one.per is not OwedPer.DAY for one in shares)


def _walk_case(stay: Stay, chosen: Mapping[Choice[Any], object]) -> Walked:
    days = tuple(walk(stay.case(lambda one: chosen.get(one, one.options[0]))))
    return Walked(sum(day.patient_pays for day in days), days, chosen)


def widening(stay: Stay, choice: Choice[Any], ends: tuple[Walked, Walked]) -> int:
    """Return by how many cents an input widens the range: what it changes in the cheapest or in the dearest case."""
    return max(
        abs(_walk_case(stay, {**end.chosen, choice: value}).total - end.total)
        for end in ends
        for value in choice.options
    )
