"""What the plan of asking promises: fewer inquiries, and no field lost, whichever way a payer answers several types."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from contracts import Answer, Benefits, Card, Condition, Dialect, InquiryPlan, Several
from payers.adapter import DataAdapter
from payers.asking import IN_A_ROW, InquiryPlanner
from payers.simulator.payers import TypesAnswered
from payers.simulator.people import PEOPLE
from payers.x12 import read_interchange
from tests.payers.cast import NOW, SimulatedGateway, adapter_of, is_answered, question_about

BOTH = tuple(Condition)
PLAN = InquiryPlan(first=("MH",), beside=("AI",), then=("30",), several=Several.UNKNOWN, source="test")
EMPTY = ("", "None", "not_stated", "could_not_check", "unknown", "silent", "not_checked", "D")


class Cost(NamedTuple):
    """What one answer took."""

    answer: Answer
    inquiries: int
    steps: int


@pytest.fixture
def replies(text: Callable[..., bytes]) -> Callable[..., Benefits]:
    """A reply of the given lines to the given types."""
    return lambda asked, *lines: read_interchange(text(list(lines))).people[0]._replace(asked=asked, route="paper")


def filled(answer: Answer) -> Iterator[str]:
    """Each field of an answer that says something, by its path; of lists, each kind of entry."""

    def walk(value: object, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from walk(inner, f"{path}.{name}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                yield from walk(inner, f"{path}.{number}" if path.endswith("programs") else path)
        elif str(value) not in EMPTY:
            yield path

    said = answer.model_dump(
        mode="json",
        include={"coverage", "programs", "accumulators", "administrators", "member_match"},
    )
    for path in walk(said, ""):
        if "evidence" not in path:
            yield path


async def ask_everybody(adapters: dict[str, DataAdapter], habit: TypesAnswered) -> dict[tuple[str, str], Cost]:
    costs = {}
    for person in PEOPLE:
        gateway = SimulatedGateway(habit)
        answer = await adapters[person.payer].verify(question_about(person), gateway)
        costs[person.payer, person.scenario] = Cost(answer, len(gateway.asked), gateway.steps)
    return costs


def adapters(**plan: Any) -> dict[str, DataAdapter]:
    """The five payers' adapters, with what the plan says changed."""

    def changed(card: Card) -> Card:
        return card.model_copy(update={"plan": card.plan.model_copy(update=plan)})

    found = {payer: adapter_of(payer) for payer in {person.payer for person in PEOPLE}}
    return {payer: DataAdapter(changed(one.card), one.dialect, clock=lambda: NOW) for payer, one in found.items()}


def everything_alone() -> dict[str, DataAdapter]:
    """The same payers, asked for each type of their plans at once and alone: the most that there is to learn."""
    found = adapters(several=Several.NO)
    return {
        payer: DataAdapter(
            one.card.model_copy(
                update={
                    "plan": one.card.plan.model_copy(
                        update={"first": one.card.plan.service_types, "beside": (), "then": ()}
                    )
                }
            ),
            one.dialect,
            clock=lambda: NOW,
        )
        for payer, one in found.items()
    }


@pytest.mark.parametrize("habit", list(TypesAnswered))
async def test_no_field_is_lost_by_asking_less(habit: TypesAnswered) -> None:
    most = await ask_everybody(everything_alone(), habit)
    planned = await ask_everybody(adapters(), habit)

    lost = {
        (person, path)
        for person, cost in most.items()
        for path in set(filled(cost.answer)) - set(filled(planned[person].answer))
    }
    assert lost == set()
    assert sum(one.inquiries for one in planned.values()) < sum(one.inquiries for one in most.values())


async def test_a_payer_that_is_wrongly_trusted_to_answer_several_loses_fields() -> None:
    most = await ask_everybody(everything_alone(), TypesAnswered.FIRST)
    trusted = await ask_everybody(adapters(several=Several.YES), TypesAnswered.FIRST)

    assert any(set(filled(cost.answer)) - set(filled(trusted[person].answer)) for person, cost in most.items())


async def test_a_payer_that_answers_several_costs_one_inquiry() -> None:
    costs = await ask_everybody(adapters(), TypesAnswered.EACH)

    answered = [cost for cost in costs.values() if is_answered(cost.answer)]
    assert sum(cost.inquiries for cost in answered) <= 1.1 * len(answered)


async def test_a_payer_that_honors_the_first_type_alone_is_asked_side_by_side_from_then_on(
    replies: Callable[..., Benefits],
) -> None:
    planner = InquiryPlanner(PLAN)
    together = replies(("MH", "AI", "30"), "EB*1**30", "EB*1**MH")

    planner.learn([together], [replies(("AI",), "EB*1**30", "EB*1**AI")])

    assert planner.at_once(BOTH) == (("MH",), ("AI",))


async def test_a_member_without_the_benefit_says_nothing_of_how_the_payer_answers(
    replies: Callable[..., Benefits],
) -> None:
    planner = InquiryPlanner(PLAN)
    together = replies(("MH", "AI", "30"), "EB*1**30", "EB*1**MH")

    planner.learn([together], [replies(("AI",), "EB*1**30")])

    assert planner.at_once(BOTH) == (("MH", "AI", "30"),)


def test_a_payer_that_answers_each_type_no_more_is_noticed_and_asked_side_by_side(
    replies: Callable[..., Benefits], read: Callable[..., Answer]
) -> None:
    planner, asked = InquiryPlanner(PLAN), ("MH", "AI", "30")
    plan = ("EB*1**30", "EB*C*IND*30***23*1000*****Y", "EB*1**MH")
    each, first = replies(asked, *plan, "EB*1**AI"), replies(asked, *plan)

    follow_ups = [
        planner.follow_up(read(people=[reply]), [reply], Dialect(), BOTH) for reply in (each, *[first] * IN_A_ROW)
    ]
    trusted = planner.at_once(BOTH)
    planner.learn([first], [replies(("AI",), "EB*1**30", "EB*1**AI")])

    assert follow_ups == [()] * IN_A_ROW + [(("AI",),)]
    assert trusted == (asked,)
    assert planner.at_once(BOTH) == (("MH",), ("AI",))


def test_a_plan_that_was_told_whole_is_not_asked_for_again(
    replies: Callable[..., Benefits], read: Callable[..., Answer]
) -> None:
    planner, lines = InquiryPlanner(PLAN), ("EB*1**30", "EB*1**MH^AI")
    reply = replies(("MH", "AI", "30"), *lines)
    answer = read(people=[reply])
    before = planner.follow_up(answer, [reply], Dialect(), BOTH)

    planner.learn([reply], [replies(("30",), *lines)])

    assert (before, planner.follow_up(answer, [reply], Dialect(), BOTH)) == ((("30",),), ())


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        pytest.param(("EB*1**30", "EB*C*IND*30***23*1000*****Y", "EB*1**MH", "EB*1**AI"), (), id="each is answered"),
        pytest.param(("EB*1**30", "EB*C*IND*30***23*1000*****Y", "EB*1**MH"), (("AI",),), id="the first is answered"),
        pytest.param(("EB*1**30^1^33^47^86^88^98^AL^MH^UC",), (("MH",), ("AI",)), id="30 is answered"),
        pytest.param(("EB*1**MH", "EB*1**AI"), (("30",),), id="the plan is left out"),
        pytest.param(("EB*1**30", "EB*1**MH^AI"), (("30",),), id="the plan's figures are left out"),
        pytest.param(("EB*6**30",), (), id="the plan has ended"),
    ],
)
async def test_what_a_reply_to_several_types_left_open_is_asked_alone(
    replies: Callable[..., Benefits], read: Callable[..., Answer], lines: tuple[str, ...], more: tuple[Any, ...]
) -> None:
    reply = replies(("MH", "AI", "30"), *lines)

    assert InquiryPlanner(PLAN).follow_up(read(people=[reply]), [reply], Dialect(), BOTH) == more
