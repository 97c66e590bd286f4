"""What the second leg promises: who runs the benefit is asked, says its own conditions, and nobody is asked twice."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import (
    Administrator,
    AdministratorOutcome,
    Answer,
    Benefits,
    Card,
    Condition,
    Inquiry,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    Question,
    State,
    Subscriber,
)
from payers.adapter import DataAdapter
from service.plugins.loading import Directory
from service.verification.carve_out import with_administrators
from service.verification.settlement import make_final
from tests.service.verification.legs import DELEGATES, MANAGER, MEDICAL, QUESTION, OpenRoutes, Payers, card, said


async def asked(
    gateway: Payers, question: Question = QUESTION, *, reached: tuple[str, ...] = ("medical", "optum")
) -> tuple[Answer, list[Answer]]:
    """The whole answer, and what was told while administrators were being asked."""
    directory = Directory(
        [DataAdapter(card, clock=lambda: datetime(2026, 11, 23, tzinfo=UTC)) for card in gateway.cards]
    )
    told: list[Answer] = []
    first = await directory.adapter(question.payer).verify(question, gateway)
    registries: Any = (directory, OpenRoutes(*reached))
    return await with_administrators(first, question, gateway, registries, told.append), told


def verdicts(answer: Answer) -> list[str]:
    return [row.in_network.verdict.value for row in answer.programs]


async def test_a_company_has_one_number_on_the_call_sheet_and_in_the_next_step() -> None:
    theirs = said("optum", "EB*1**30", "EB*1**MH^AI*********Y")
    assert theirs.payer is not None
    theirs = theirs._replace(payer=theirs.payer._replace(phones=("8005550140",)))
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=theirs)

    answer, _ = await asked(gateway)

    own = [question for question in answer.open_questions if question.condition is not None]
    assert own
    assert {question.phone for question in own} == {answer.next_step.phone} == {"8005550151"}


async def test_the_administrator_says_its_conditions_and_the_plan_stays_the_first_payers() -> None:
    theirs = said("optum", "EB*1**30*C1*SOME PLAN", "EB*1**MH^AI*********Y", "EB*A**MH*****.2****Y")
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=theirs)

    answer, told = await asked(gateway)

    assert verdicts(answer) == ["likely"] * 4
    assert answer.coverage.plan_name is None
    assert [one.payer for one in answer.answered_by] == ["medical", "optum"]
    assert {row.in_network.administered_by for row in answer.programs} == {"OPTUM"}
    assert [one.outcome for one in answer.administrators] == [AdministratorOutcome.ANSWERED]
    assert [one.administrators[0].outcome for one in told] == [AdministratorOutcome.PENDING]
    assert (told[0].state, verdicts(told[0])) == (State.PENDING, ["delegated"] * 4)


async def test_every_mark_of_a_merged_answer_is_of_the_reply_that_said_it() -> None:
    theirs = said("optum", "EB*1**30", "EB*1**MH^AI*********Y", "EB*A**MH*****.2****Y")
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=theirs)

    answer, _ = await asked(gateway)

    known = {item.id: item for item in answer.evidence}
    assert len(known) == len(answer.evidence)
    rows = [mark for row in answer.programs for mark in row.in_network.evidence]
    assert rows
    assert {known[mark].answered_by for mark in rows} == {1}
    assert {known[mark].answered_by for mark in answer.coverage.evidence} == {0}


async def test_the_administrator_is_asked_under_the_id_by_which_it_knows_the_member() -> None:
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=said("optum", "EB*1**30"))
    holder = Subscriber(last_name="Specimen", member_id="W900000011")

    answer, _ = await asked(gateway)
    of_a_dependent, _ = await asked(gateway, QUESTION.model_copy(update={"subscriber": holder}))

    ids = [one.member.member_id for one in gateway.asked[:2]]
    assert ids == ["W900000011", "OTHER0001"]
    assert gateway.asked[3].subscriber is not None
    assert gateway.asked[3].subscriber.member_id == "OTHER0001"
    assert "OTHER0001" not in json.dumps(answer.model_dump(mode="json", exclude={"evidence"}))
    assert of_a_dependent.administrators[0].member_id_differs


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(("EB*1**30*C1*PLAN",), "not_stated", id="it looks like a medical plan"),
        pytest.param(("EB*1**30^1^33^35^47^86^88^98^AL^MH^UC",), "likely", id="it gives the base answer"),
    ],
)
async def test_a_managers_plan_is_no_word_about_the_programs(lines: tuple[str, ...], expected: str) -> None:
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=said("optum", *lines))

    answer, _ = await asked(gateway)

    assert verdicts(answer)[0] == expected
    assert answer.coverage.plan_name is None


async def test_a_manager_alone_is_no_medical_coverage() -> None:
    gone = ("EB*6**30", *DELEGATES[1:])
    gateway = Payers(
        MEDICAL, MANAGER, medical=said("medical", *gone), optum=said("optum", "EB*1**30*C1*PLAN", "EB*1**MH")
    )

    answer, _ = await asked(gateway)

    assert answer.coverage.status == "inactive"
    assert [one.payer for one in gateway.asked] == ["medical"]


@pytest.mark.parametrize(
    ("theirs", "outcome", "at_the_end", "problem"),
    [
        pytest.param(PayerSilent("timeout"), "pending", "unreachable", "payer_silent", id="silent"),
        pytest.param(PayerBusy("42"), "pending", "unreachable", "payer_busy", id="busy"),
        pytest.param(PayerRefused("999"), "rejected", "rejected", "setup_problem", id="refuses us"),
        pytest.param(said("optum", "AAA*N**75*C"), "rejected", "rejected", "member_rejected", id="denies the member"),
        pytest.param(said("optum", "AAA*N**42*R"), "pending", "unreachable", "payer_busy", id="asks us to come later"),
    ],
)
async def test_an_administrator_that_does_not_answer_leaves_its_conditions_delegated(
    theirs: Benefits | PayerError, outcome: str, at_the_end: str, problem: str
) -> None:
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=theirs)

    answer, _ = await asked(gateway)

    assert verdicts(answer) == ["delegated"] * 4
    assert [one.outcome.value for one in answer.administrators] == [outcome]
    assert [one.outcome.value for one in make_final(answer).administrators] == [at_the_end]
    assert answer.administrators[0].phone == "8005550151"
    assert answer.coverage.status == "active"
    assert [one.code.value for one in answer.problems] == [problem]


async def test_a_slow_administrator_is_waited_for_while_callers_read_delegated() -> None:
    class Slow(Payers):
        async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
            if card.id == "optum":
                await may_answer.wait()
            return await super().ask(card, inquiry)

    may_answer = asyncio.Event()
    theirs = said("optum", "EB*1**30", "EB*1**MH^AI*********Y")
    gateway = Slow(MEDICAL, MANAGER, medical=said("medical", *DELEGATES), optum=theirs)
    directory = Directory([DataAdapter(card) for card in gateway.cards])
    told: asyncio.Queue[Answer] = asyncio.Queue()
    first = await directory.adapter("medical").verify(QUESTION, gateway)
    registries: Any = (directory, OpenRoutes("medical", "optum"))

    whole = asyncio.create_task(with_administrators(first, QUESTION, gateway, registries, told.put_nowait))
    meanwhile = await told.get()
    may_answer.set()
    answer = await whole

    assert verdicts(meanwhile) == ["delegated"] * 4
    assert verdicts(answer) == ["likely"] * 4


async def test_an_administrator_without_a_route_or_a_card_is_named_with_its_phone() -> None:
    lucet = tuple(line.replace("OPTUM*****MI*OTHER0001", "LUCET") for line in DELEGATES)
    unknown = Payers(MEDICAL, MANAGER, medical=said("medical", *lucet))
    unreached = Payers(MEDICAL, MANAGER, medical=said("medical", *DELEGATES))

    for gateway in (unknown, unreached):
        answer, _ = await asked(gateway, reached=("medical",))

        assert [(one.outcome.value, one.asked, one.phone) for one in answer.administrators] == [
            ("no_route", False, "8005550151")
        ]
        assert answer.next_step.code == "call_administrator"
        assert len(gateway.asked) == 1


@pytest.mark.parametrize(("own_id", "outcome"), [("", "no_route"), ("*****MI*OTHER0001", "answered")])
async def test_a_sister_under_the_same_id_is_asked_only_about_another_id_of_the_member(
    own_id: str, outcome: str
) -> None:
    sister = MANAGER.model_copy(update={"routes": MEDICAL.routes})
    delegates = tuple(line.replace("*****MI*OTHER0001", own_id) for line in DELEGATES)
    gateway = Payers(MEDICAL, sister, medical=said("medical", *delegates), optum=said("optum", "EB*1**30"))

    answer, _ = await asked(gateway)

    assert [one.outcome.value for one in answer.administrators] == [outcome]


async def test_a_loop_of_delegations_ends() -> None:
    back = ("EB*1**30", "EB*U**MH^AI", "LS*2120", "NM1*VN*2*MEDICAL BEHAVIORAL", "LE*2120")
    gateway = Payers(MEDICAL, card("optum", "Medical"), medical=said("medical", *DELEGATES), optum=said("optum", *back))

    answer, _ = await asked(gateway)

    assert [one.payer for one in gateway.asked] == ["medical", "optum"]
    assert verdicts(answer) == ["delegated"] * 4


async def test_only_the_delegated_condition_is_asked_of_the_administrator() -> None:
    mental = ("EB*1**30", "EB*1**AI*********Y", "EB*U**MH", *DELEGATES[2:])
    theirs = said("optum", "EB*1**30", "EB*1**MH*********Y", "EB*I**AI*********Y")
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *mental), optum=theirs)

    answer, _ = await asked(gateway)

    assert verdicts(answer) == ["likely"] * 4
    assert [row.in_network.administered_by for row in answer.programs] == ["OPTUM", None, "OPTUM", None]


async def test_no_administrator_is_asked_about_a_condition_that_nobody_wants() -> None:
    substance = ("EB*1**30", "EB*1**MH*********Y", "EB*U**AI", *DELEGATES[2:])
    gateway = Payers(MEDICAL, MANAGER, medical=said("medical", *substance))
    question = QUESTION.model_copy(update={"conditions": (Condition.MENTAL_HEALTH,)})

    answer, _ = await asked(gateway, question)

    assert [one.payer for one in gateway.asked] == ["medical"]
    assert [one.outcome.value for one in answer.administrators] == ["not_asked"]
    assert verdicts(answer) == ["likely", "delegated"] * 2


async def test_an_administrator_that_needs_what_nobody_gave_is_not_asked() -> None:
    needs = MANAGER.model_copy(update={"needs": (("group_number",),)})
    gateway = Payers(MEDICAL, needs, medical=said("medical", *DELEGATES))

    answer, _ = await asked(gateway)

    assert [one.outcome.value for one in answer.administrators] == ["not_asked"]


async def test_accumulators_are_the_administrators_when_it_gives_its_own() -> None:
    first = said("medical", *DELEGATES[:1], "EB*C*IND*30***23*1500*****Y", *DELEGATES[1:])
    own = said("optum", "EB*1**30", "EB*C*IND*30***23*200*****Y", "EB*1**MH^AI*********Y")
    none = said("optum", "EB*1**30", "EB*1**MH^AI*********Y")

    theirs, _ = await asked(Payers(MEDICAL, MANAGER, medical=first, optum=own))
    ours, _ = await asked(Payers(MEDICAL, MANAGER, medical=first, optum=none))

    totals = [str(one.accumulators.in_network.individual.deductible.total) for one in (theirs, ours)]
    assert totals == ["200.00", "1500.00"]


def test_an_administrators_own_id_of_the_member_is_never_written_out() -> None:
    one = Administrator(name="OPTUM", member_id="OTHER0001", member_id_differs=True)

    assert "OTHER0001" not in one.model_dump_json() + repr(one)


@pytest.mark.parametrize(
    ("member_id", "outcome"),
    [
        ("", AdministratorOutcome.NO_ROUTE),
        ("*****MI*W900000011", AdministratorOutcome.NO_ROUTE),
        ("*****MI*OTHER0001", AdministratorOutcome.ANSWERED),
    ],
)
async def test_an_administrator_under_the_payers_own_id_is_not_asked_the_same_again(
    member_id: str, outcome: AdministratorOutcome
) -> None:
    sister = MANAGER.model_copy(update={"routes": MEDICAL.routes})
    points = [line.replace("*****MI*OTHER0001", member_id) for line in DELEGATES]
    gateway = Payers(MEDICAL, sister, medical=said("medical", *points), optum=said("optum", "EB*1**MH^AI*********Y"))

    answer, _ = await asked(gateway)

    assert [one.outcome for one in answer.administrators] == [outcome]
    assert ("optum" in {inquiry.payer for inquiry in gateway.asked}) is (outcome is AdministratorOutcome.ANSWERED)
