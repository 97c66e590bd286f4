"""What an ordinary payer's adapter promises: it asks what is left open, and nothing that a reply has answered."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts import (
    Answer,
    Benefit,
    Benefits,
    Card,
    Condition,
    CoverageStatus,
    InquiryPlan,
    Member,
    PayerBusy,
    PayerSilent,
    ProblemCode,
    Provider,
    Question,
    ReplyUnreadable,
    Several,
    State,
)
from payers.adapter import DataAdapter
from payers.conformance.scripted import ScriptedGateway
from payers.reading.lines import line
from payers.x12 import read_interchange

QUESTION = Question(
    payer="example",
    member=Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W900000011"),
    provider=Provider(npi="1999999984", name="Example Recovery Center"),
    service_date=date(2026, 11, 23),
)


@pytest.fixture
def said(text: Callable[..., bytes]) -> Callable[..., Benefits]:
    """A reply of the given lines."""
    return lambda *lines: read_interchange(text(list(lines))).people[0]


@pytest.fixture
def asking(card: Card) -> Callable[..., DataAdapter]:
    """An adapter that may go on to ask the given types."""
    return lambda *then, **plan: DataAdapter(
        card.model_copy(
            update={"plan": InquiryPlan(**({"then": then} if then else {}), source="test", **plan), "repairs": ()}
        )
    )


def types(gateway: ScriptedGateway) -> list[tuple[str, ...]]:
    return [inquiry.service_types for inquiry in gateway.asked]


async def test_a_behavioral_type_is_asked_first_and_what_its_reply_rarely_tells_beside_it(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter]
) -> None:
    gateway = ScriptedGateway(
        said("EB*1**30", "EB*1**MH", "EB*1**AI", "EB*C*IND*30***23*1000*****Y", "EB*1**MH*********W")
    )

    await asking(beside=("AI",)).verify(QUESTION, gateway)

    assert types(gateway) == [("MH",), ("AI",)]


async def test_several_types_go_into_one_inquiry_where_the_payer_takes_them(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter]
) -> None:
    gateway = ScriptedGateway(said("EB*1**30", "EB*1**MH"))

    await asking("CJ", "30", beside=("AI",), several=Several.YES).verify(QUESTION, gateway)

    assert types(gateway) == [("MH", "AI", "CJ", "30")]


@pytest.mark.parametrize(
    ("condition", "asked"),
    [(Condition.MENTAL_HEALTH, ("MH", "30")), (Condition.SUBSTANCE_USE, ("AI", "30"))],
)
async def test_no_inquiry_is_paid_for_a_condition_that_nobody_wants(
    said: Callable[..., Benefits],
    asking: Callable[..., DataAdapter],
    condition: Condition,
    asked: tuple[str, ...],
) -> None:
    question = QUESTION.model_copy(update={"conditions": (condition,)})
    alone, together = ScriptedGateway(said("EB*1**33")), ScriptedGateway(said("EB*1**30"))

    await asking(beside=("AI",)).verify(question, alone)
    await asking(beside=("AI",), several=Several.YES).verify(question, together)

    assert types(alone) == [(code,) for code in asked]
    assert types(together) == [asked]


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        pytest.param(("EB*1**30", "EB*1**MH"), [("BB",), ("CJ",), ("AI",)], id="nothing but mental health"),
        pytest.param(("EB*1**30", "EB*1**MH", "EB*1**AI"), [("BB",), ("CJ",)], id="substance use is answered"),
        pytest.param(("EB*1**30", "EB*1**MH^BB^AI^CJ"), [], id="more was answered than was asked"),
        pytest.param(("EB*6**30",), [], id="the plan is inactive"),
        pytest.param(
            ("EB*1**30", "EB*U**MH^AI", "LS*2120", "NM1*VN*2*LUCET", "LE*2120"), [], id="somebody else runs the benefit"
        ),
        pytest.param(
            ("EB*1**30", "EB*1**MH", "EB*A**MH****.2", "MSG*PARTIAL HOSPITALIZATION AND INTENSIVE OUTPATIENT"),
            [("CJ",), ("AI",)],
            id="both programs are named for mental health",
        ),
        pytest.param(
            ("EB*1**30", "EB*I**AI", "EB*1**MH"), [("BB",), ("CJ",)], id="substance use is closed by its line"
        ),
    ],
)
async def test_what_the_replies_left_open_is_asked_and_nothing_else(
    said: Callable[..., Benefits],
    asking: Callable[..., DataAdapter],
    lines: tuple[str, ...],
    more: list[tuple[str, ...]],
) -> None:
    gateway = ScriptedGateway(said(*lines))

    await asking("BB", "CJ", "AI", first=("30", "MH")).verify(QUESTION, gateway)

    assert types(gateway)[2:] == more


async def test_a_payer_that_falls_back_to_the_base_answer_is_asked_no_further_codes(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter], card: Card
) -> None:
    gateway = ScriptedGateway(said("EB*1**30^1^33^35^47^86^88^98^AL^MH^UC"))
    plan = InquiryPlan(first=("30", "A8"), then=("BB", "AI"), source="test")
    adapter = DataAdapter(card.model_copy(update={"plan": plan}))

    await adapter.verify(QUESTION, gateway)

    assert types(gateway) == [("30",), ("A8",)]


async def test_nothing_more_is_asked_while_one_of_the_first_is_unanswered(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter]
) -> None:
    gateway = ScriptedGateway(said("EB*1**30"), PayerSilent("timeout"))

    answer = await asking("BB", "AI", first=("30", "MH")).verify(QUESTION, gateway)

    assert len(gateway.asked) == 2
    assert [problem.code for problem in answer.problems] == [ProblemCode.PAYER_SILENT]


async def test_inquiries_that_fail_in_one_way_are_one_problem_that_waits_for_the_later_instant(
    asking: Callable[..., DataAdapter],
) -> None:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    gateway = ScriptedGateway(PayerBusy("503", retry_at=at), PayerBusy("503", retry_at=at + timedelta(seconds=1)))

    with pytest.raises(PayerBusy) as busy:
        await asking(first=("30", "MH")).verify(QUESTION, gateway)

    assert busy.value.retry_at == at + timedelta(seconds=1)


class _Waited(ScriptedGateway):
    """A gateway behind which somebody waits."""

    def tell(self, answer: Answer) -> None:
        """Keep what was told, and after how many inquiries."""
        self.told = (len(self.asked), answer)


async def test_what_is_known_is_told_before_more_is_asked_and_the_rest_reads_unchecked(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter]
) -> None:
    gateway = _Waited(said("EB*1**30"), said("EB*1**MH"), PayerSilent("timeout"))

    whole = await asking("AI", first=("30", "MH")).verify(QUESTION, gateway)

    inquiries, known = gateway.told
    mental, substance = (known.programs[row].in_network for row in (0, 1))
    assert (inquiries, known.state, known.coverage.status) == (2, State.PENDING, CoverageStatus.ACTIVE)
    assert (mental.verdict, substance.verdict, substance.rule) == ("likely", "could_not_check", "not_checked")
    assert whole.programs[1].in_network.verdict == "could_not_check"


async def test_an_administrator_that_we_can_ask_is_recognised_by_any_card(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter], card: Card
) -> None:
    other = card.model_copy(update={"id": "lucet", "name": "Lucet"})
    lines = ("EB*1**30", "EB*U**MH^AI", "LS*2120", "NM1*VN*2*LUCET BEHAVIORAL HEALTH", "LE*2120")
    gateway = ScriptedGateway(said(*lines), cards=(card, other))

    answer = await asking().verify(QUESTION, gateway)

    assert [one.payer for one in answer.administrators] == ["lucet"]


async def test_a_reply_of_many_lines_is_read_and_holds_nobody_up(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter]
) -> None:
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    other = asyncio.create_task(somebody_else())

    answer = await asking().verify(QUESTION, ScriptedGateway(said("EB*1**30", *["EB*1**MH"] * 1100)))

    other.cancel()
    assert answer.coverage.status is CoverageStatus.ACTIVE
    # On the loop itself it would leave one.
    assert turns > 1


async def test_a_reply_of_more_lines_than_any_payer_sends_is_unreadable(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter]
) -> None:
    with pytest.raises(ReplyUnreadable):
        await asking().verify(QUESTION, ScriptedGateway(said(*["EB*1**30"] * 1250)))


@pytest.mark.usefixtures("nothing_is_remembered")
async def test_each_reply_is_read_once_however_often_an_answer_is_concluded(
    said: Callable[..., Benefits], asking: Callable[..., DataAdapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Benefit] = []

    def note(_: object, benefit: Benefit) -> tuple[()]:
        seen.append(benefit)
        return ()

    # Of each line that is read something is taken for odd, so that it is noted.
    monkeypatch.setattr(line, "oddities_of", lambda _: "all")
    monkeypatch.setattr(line, "findings_of", note)
    first, second, third = said("EB*1**30"), said("EB*1**MH"), said("EB*1**AI")

    answer = await asking("AI", first=("30", "MH")).verify(QUESTION, ScriptedGateway(first, second, third))

    assert [len(answer.answered_by), *map(len, (first.lines, second.lines, third.lines))] == [3, 1, 1, 1]
    assert seen == [*first.lines, *second.lines, *third.lines]
