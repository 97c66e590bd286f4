"""What an answer costs: inquiries that a payer or gateway charges for, and steps, over the simulator's whole cast.

Final in time is reckoned from the latencies that Optum publishes (P50 2.4 s, P95 6 s, P99 30 s, 110 s at most), and
log-linear between them: inquiries side by side wait for the slowest, steps add up. Source: ``RELIABILITY.md`` 8.2.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import entry_points
from itertools import pairwise
from math import exp, log
from random import Random
from typing import Any, NamedTuple

import pytest

from contracts import Answer, Card, Condition, InquiryPlan
from payers.adapter import DataAdapter
from payers.simulator.payers import TypesAnswered
from payers.simulator.people import PEOPLE, ImaginaryPerson
from service.gateway.isolation import Leaked
from service.plugins.loading import Directory
from service.verification.carve_out import with_administrators
from tests.payers.cast import NOW, SimulatedGateway, is_answered, question_about

BOTH = tuple(Condition)
MENTAL_HEALTH = (Condition.MENTAL_HEALTH,)
WAIT = 8.0
PUBLISHED = ((0.0, 0.6), (0.5, 2.4), (0.95, 6.0), (0.99, 30.0), (1.0, 110.0))
DRAWS = 400


class Counted(SimulatedGateway):
    """It also says which payers have a route, and keeps each step's inquiries."""

    def __init__(self, habit: TypesAnswered, cards: tuple[Card, ...]) -> None:
        super().__init__(habit, cards)
        self.leaked = Leaked()
        self.in_step: Counter[int] = Counter()

    def order(self, card: Card) -> list[Any]:
        return [(card.on("core_mime"), None)]

    async def ask(self, card: Card, inquiry: Any) -> Any:
        self.in_step[self.steps + 1] += 1
        return await super().ask(card, inquiry)


class Cost(NamedTuple):
    """What one answer took: the inquiries of each step."""

    answer: Answer
    inquiries: tuple[int, ...]


def directory(plan: InquiryPlan | None = None) -> Directory:
    """The payers that are installed, new to their members; with ``plan`` in place of their cards' own."""
    found = [entry.load() for entry in entry_points(group="benefit_verification.payers")]
    cards = [one.card.model_copy(update={"plan": plan or one.card.plan}) for one in found]
    return Directory(
        [DataAdapter(card, one.dialect, clock=lambda: NOW) for card, one in zip(cards, found, strict=True)]
    )


async def ask(
    person: ImaginaryPerson, payers: Directory, habit: TypesAnswered, conditions: tuple[Condition, ...]
) -> Cost:
    gateway: Any = Counted(habit, payers.cards)
    question = question_about(person).model_copy(update={"conditions": conditions})
    answer = await payers.adapter(person.payer).verify(question, gateway)
    whole = await with_administrators(answer, question, gateway, (payers, gateway), lambda _: None)
    return Cost(whole, tuple(gateway.in_step[step] for step in sorted(gateway.in_step)))


def costs(
    habit: TypesAnswered = TypesAnswered.EACH,
    conditions: tuple[Condition, ...] = BOTH,
    plan: InquiryPlan | None = None,
) -> list[Cost]:
    """What each person whom a payer knows of costs."""

    async def everybody() -> list[Cost]:
        payers = directory(plan)
        return [await ask(person, payers, habit, conditions) for person in PEOPLE]

    return [cost for cost in asyncio.run(everybody()) if is_answered(cost.answer)]


def mean(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found)


def latency(dice: Random) -> float:
    """Seconds of one exchange, drawn from the published percentiles."""
    at = dice.random()
    for (low, least), (high, most) in pairwise(PUBLISHED):
        if at <= high:
            return exp(log(least) + (log(most) - log(least)) * (at - low) / (high - low))
    return PUBLISHED[-1][1]


def in_time(steps_of: Iterable[tuple[int, ...]]) -> float:
    """The share of answers that are final within the wait, over draws of every exchange's latency."""
    dice = Random(20261123)
    steps = list(steps_of)
    final = sum(
        sum(max(latency(dice) for _ in range(inquiries)) for inquiries in step) <= WAIT
        for step in steps
        for _ in range(DRAWS)
    )
    return final / (len(steps) * DRAWS)


@pytest.mark.parametrize(
    ("conditions", "habit", "inquiries", "steps"),
    [
        pytest.param(BOTH, TypesAnswered.EACH, 1.6, 1.2, id="both conditions"),
        pytest.param(MENTAL_HEALTH, TypesAnswered.EACH, 1.6, 1.2, id="mental health alone"),
        pytest.param(BOTH, TypesAnswered.FIRST, 3.2, 2.0, id="payers that honor one type"),
        pytest.param(BOTH, TypesAnswered.NONE, 3.2, 2.0, id="payers that answer 30 to several types"),
    ],
)
def test_an_answer_costs_little_and_takes_few_steps(
    conditions: tuple[Condition, ...], habit: TypesAnswered, inquiries: float, steps: float, capsys: Any
) -> None:
    found = costs(habit, conditions)
    paid, depth = mean(sum(cost.inquiries) for cost in found), mean(len(cost.inquiries) for cost in found)

    with capsys.disabled():
        print(f"\npaid inquiries {paid:.2f}, steps {depth:.2f} for each of {len(found)} answered questions", end="")
        print(f" ({', '.join(conditions)}; of several types the payers answer: {habit})", end="")
    assert paid <= inquiries
    assert depth <= steps


def test_asking_for_each_type_alone_costs_more_than_is_promised() -> None:
    alone = InquiryPlan(first=("30", "MH"), then=("AI",), source="as it was")

    found = costs(plan=alone)

    assert mean(sum(cost.inquiries) for cost in found) > 1.6
    assert mean(len(cost.inquiries) for cost in found) > 1.2


@pytest.mark.parametrize(
    ("conditions", "least"),
    [
        pytest.param(MENTAL_HEALTH, 0.95, id="one condition"),
        pytest.param(BOTH, 0.90, id="both conditions"),
    ],
)
def test_answers_are_final_in_time_nearly_as_often_as_one_exchange_would_be(
    conditions: tuple[Condition, ...], least: float, capsys: Any
) -> None:
    found = in_time(cost.inquiries for cost in costs(conditions=conditions))
    ideal = in_time([(1,)] * 500)

    with capsys.disabled():
        print(
            f"\nfinal within {WAIT:.0f} s: {found:.1%}, of one exchange {ideal:.1%} ({', '.join(conditions)})", end=""
        )
    assert found >= (least * ideal if conditions == MENTAL_HEALTH else least)
