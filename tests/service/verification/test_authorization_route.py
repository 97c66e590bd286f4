"""A route that is asked about authorization alone, beside another payer's or company's routes: any plugin may be one.

The route here is nobody's but the test's: what it brings must complete the answer, and its failure must cost nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Authorization,
    AuthorizationDecider,
    AuthorizationNeed,
    AuthorizationRoute,
    Benefit,
    Benefits,
    Condition,
    Echo,
    ExchangeOutcome,
    Inquiry,
    InquiryPlan,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Person,
    Program,
    Reply,
    RouteEntry,
    State,
)
from service.gateway.breaker import BreakerState
from service.guidance.authorization import RuleBook, authorizations_of
from service.security.access import Role
from service.settings.contract_roster import PayerRule
from tests.service.staging import QUESTION, START, Office, ScriptedRoute, opened, reply

GRANTED = (
    Benefit(at=20, text="EB*1**30", information="1", service_types=("30",)),
    Benefit(at=21, text="EB*1**MH^AI", information="1", service_types=("MH", "AI"), network="Y"),
)
"""A plan whose outpatient benefit speaks for both programs, and says nothing of authorization."""

LINE = Benefit(
    at=22,
    text="EB*1*IND*******Y*Y*HC|S9480",
    information="1",
    authorization="Y",
    network="Y",
    procedure_kind="HC",
    procedure="S9480",
)
SAYS = {"S9480": "N", "H0015": "Y", "H0035": "Y"}

Act = Callable[[Inquiry, Sequence[str], AttemptNumbers], Awaitable[Reply]]


def said(procedure: str, word: str, number: int) -> Benefit:
    text = f'{{"procedure": "{procedure}", "authorization": "{word}"}}'
    return Benefit(
        at=f"$.checked[{number}]",
        text=text,
        information="",
        authorization=word,
        procedure_kind="HC",
        procedure=procedure,
    )


def check_reply(words: dict[str, str], **more: Any) -> Reply:
    lines = tuple(said(code, word, number) for number, (code, word) in enumerate(words.items()))
    return Reply((Benefits(authorizations=lines, **more),), Echo(), b"checked", "application/json")


class ApprovalsDesk(ScriptedRoute):
    """A stranger's route: it exchanges nothing but what it is asked about authorization."""

    def __init__(self, act: Act | BaseException | None = None, name: str = "approvals", cap: float = 60.0) -> None:
        super().__init__(PayerRefused("no_eligibility_here"), name=name, cap=cap)
        self.act = act
        self.asked: list[tuple[Inquiry, tuple[str, ...], float]] = []

    async def check_authorization(
        self, inquiry: Inquiry, procedures: Sequence[str], numbers: AttemptNumbers, *, seconds: float
    ) -> Reply:
        self.asked.append((inquiry, tuple(procedures), seconds))
        if isinstance(self.act, BaseException):
            raise self.act
        if self.act is not None:
            return await self.act(inquiry, procedures, numbers)
        return check_reply({code: SAYS[code] for code in procedures if code in SAYS})


async def granted(inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
    return reply(inquiry, numbers, lines=GRANTED)


async def with_a_line(inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
    return reply(inquiry, numbers, lines=(*GRANTED, LINE))


def card(**more: Any) -> dict[str, Any]:
    route = RouteEntry(route="approvals", payer_id="ACME-UM", source="test")
    return {
        "routes": (RouteEntry(route="first", payer_id="ACME", source="test"),),
        "authorization_routes": (route,),
        "plan": InquiryPlan(first=("MH",), then=(), source="test"),
        **more,
    }


def words(answer: Answer) -> dict[str, Authorization]:
    return {f"{row.program.value} {row.condition.value}": row.in_network.authorization for row in answer.programs}


ASKED = {
    "iop mental_health": Authorization.NOT_REQUIRED,
    "iop substance_use": Authorization.REQUIRED,
    "php mental_health": Authorization.REQUIRED,
    "php substance_use": Authorization.REQUIRED,
}


async def answer_with(folder: Path, desk: ScriptedRoute, first: Any = granted, **more: Any) -> tuple[Answer, Office]:
    async with opened(folder, ScriptedRoute(first), desk, card=card(**more)) as office:
        return await office.ask(), office


async def test_a_strangers_route_says_what_the_reply_leaves_open(tmp_path: Path) -> None:
    desk = ApprovalsDesk()

    answer, _ = await answer_with(tmp_path, desk)

    assert isinstance(desk, AuthorizationRoute)
    assert words(answer) == ASKED
    assert (answer.state, answer.problems) == (State.FINAL, ())
    [(inquiry, procedures, seconds)] = desk.asked
    assert inquiry.payer_id == "ACME-UM"
    assert set(SAYS) <= set(procedures)
    assert 0 < seconds <= 4.0


async def test_what_it_says_points_at_its_own_reply(tmp_path: Path) -> None:
    answer, _ = await answer_with(tmp_path, ApprovalsDesk())

    decided = authorizations_of(answer, RuleBook(), START.date()).decisions
    line = next(one for one in answer.evidence if one.path == "$.checked[1]" or '"H0015"' in (one.text or ""))
    assert answer.answered_by[line.answered_by].route == "approvals"
    assert {one.decided_by for one in decided if one.needed is AuthorizationNeed.YES} == {AuthorizationDecider.ROUTE}
    assert answer.timing is not None
    assert [one.route for one in answer.timing.exchanges] == ["first", "approvals"]


async def test_nobody_is_asked_where_neither_card_nor_settings_name_a_route(tmp_path: Path) -> None:
    desk = ApprovalsDesk()

    answer, _ = await answer_with(tmp_path, desk, authorization_routes=())

    assert desk.asked == []
    assert set(words(answer).values()) == {Authorization.UNKNOWN}


async def test_the_settings_name_a_route_for_a_card_without_one(tmp_path: Path) -> None:
    desk = ApprovalsDesk()
    async with opened(tmp_path, ScriptedRoute(granted), desk, card=card(authorization_routes=())) as office:
        office.guards._authorization_orders = {"acme": ("approvals",)}
        answer = await office.ask()

    assert words(answer)["iop substance_use"] is Authorization.REQUIRED
    assert len(desk.asked) == 1


async def test_a_line_that_names_it_is_believed_before_the_route(tmp_path: Path) -> None:
    desk = ApprovalsDesk()

    answer, _ = await answer_with(tmp_path, desk, with_a_line)

    [(_, procedures, _)] = desk.asked
    assert "S9480" not in procedures
    assert words(answer)["iop mental_health"] is Authorization.REQUIRED


async def test_the_route_is_believed_before_a_rule_and_a_rule_before_nothing(tmp_path: Path) -> None:
    rules = [
        PayerRule(
            payer="acme",
            id=f"{program.value}_rule",
            program=program,
            needed=AuthorizationNeed.NO,
            valid_from=START.date(),
            source="test",
            checked_on=START.date(),
        )
        for program in Program
    ]
    with_route, _ = await answer_with(tmp_path / "one", ApprovalsDesk())
    without, _ = await answer_with(tmp_path / "two", ApprovalsDesk(PayerSilent("cap")))

    def deciders(answer: Answer, book: RuleBook) -> set[AuthorizationDecider]:
        found = authorizations_of(answer, book, START.date()).decisions
        return {one.decided_by for one in found if one.condition is Condition.SUBSTANCE_USE}

    assert deciders(with_route, RuleBook(rules)) == {AuthorizationDecider.ROUTE}
    assert deciders(without, RuleBook(rules)) == {AuthorizationDecider.RULE}
    assert deciders(without, RuleBook()) == {AuthorizationDecider.NOBODY}


async def nothing(*_: object) -> Any:
    return None


async def says_nothing(*_: object) -> Reply:
    return check_reply({})


async def speaks_of_others(*_: object) -> Reply:
    return check_reply({"97153": "Y"})


async def another_member(inquiry: Inquiry, procedures: Sequence[str], _: AttemptNumbers) -> Reply:
    other = Person(
        at=1, text="", role="IL", last_name="OTHER", first_name="NOAH", member_id="X1", birth_date="19700101"
    )
    return check_reply(dict.fromkeys(procedures, "Y"), patient=other, subscriber=other)


async def hangs(*_: object) -> Any:
    await asyncio.Event().wait()


FAILURES: dict[str, Act | BaseException] = {
    "silent": PayerSilent("cap"),
    "unreachable": PayerUnreachable("connect"),
    "busy": PayerBusy("429"),
    "refused": PayerRefused("graphql:validation"),
    "unknown": PayerError("what"),
    "a fault of its own": ZeroDivisionError(),
    "nothing": nothing,
    "says nothing": says_nothing,
    "speaks of other procedures": speaks_of_others,
    "another member's": another_member,
}


@pytest.mark.parametrize("name", FAILURES)
async def test_its_failure_never_harms_the_answer(tmp_path: Path, name: str) -> None:
    desk = ApprovalsDesk(FAILURES[name])
    plain, _ = await answer_with(tmp_path / "without", desk, authorization_routes=())

    answer, office = await answer_with(tmp_path / "with", desk)

    apart = {"verification_id", "timing", "answered_by"}
    assert len(desk.asked) == 1
    assert answer.state is State.FINAL
    assert answer.model_dump(exclude=apart) == plain.model_dump(exclude=apart)
    assert office.scheduler.steps == []
    assert office.guards.breaker("acme", "approvals").state is BreakerState.CLOSED


async def test_one_that_hangs_is_left_behind_within_its_seconds(tmp_path: Path) -> None:
    desk = ApprovalsDesk(hangs, cap=0.05)

    answer, _ = await answer_with(tmp_path, desk)

    assert answer.state is State.FINAL
    assert set(words(answer).values()) == {Authorization.UNKNOWN}
    assert answer.timing is not None
    assert answer.timing.exchanges[-1].outcome is ExchangeOutcome.SILENT


async def test_it_is_not_begun_when_the_wait_is_nearly_over(tmp_path: Path) -> None:
    desk = ApprovalsDesk()
    async with opened(tmp_path, ScriptedRoute(granted), desk, card=card()) as office:
        answer = await office.ask(wait=0.6)

    assert desk.asked == []
    assert answer.state is State.FINAL


async def test_it_takes_no_place_from_an_inquiry(tmp_path: Path) -> None:
    desk = ApprovalsDesk()
    async with opened(tmp_path, ScriptedRoute(granted), desk, card=card()) as office:
        bulkhead = office.guards.bulkhead("acme")
        taken = [bulkhead.place(Role.STAFF, 0.0) for _ in range(office.guards.policy.slots - 1)]
        for one in taken:
            await one.__aenter__()

        async def fill(inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
            taken.append(bulkhead.place(Role.STAFF, None))
            waiting.append(asyncio.create_task(taken[-1].__aenter__()))
            await asyncio.sleep(0)
            return reply(inquiry, numbers, lines=GRANTED)

        waiting: list[asyncio.Task[None]] = []
        office.routes[0].script = (fill,)
        answer = await office.ask()

    assert desk.asked == []
    assert answer.state is State.FINAL


async def test_a_route_that_fails_again_and_again_is_left_alone_for_a_while(tmp_path: Path) -> None:
    desk = ApprovalsDesk(PayerSilent("cap"))
    async with opened(tmp_path, ScriptedRoute(granted), desk, card=card()) as office:
        for number in range(12):
            member = QUESTION.member.model_copy(update={"member_id": f"ZZ{number:09d}"})
            answer = await office.ask(QUESTION.model_copy(update={"member": member}))
            assert answer.state is State.FINAL

    assert len(desk.asked) == 8
    assert office.guards.breaker("acme", "first").state is BreakerState.CLOSED


async def test_two_members_may_be_told_the_same_word_for_word(tmp_path: Path) -> None:
    desk = ApprovalsDesk()
    async with opened(tmp_path, ScriptedRoute(granted), desk, card=card()) as office:
        answers = [
            await office.ask(QUESTION.model_copy(update={"member": QUESTION.member.model_copy(update=other)}))
            for other in ({"member_id": "ZZ900000001"}, {"member_id": "ZZ900000002"})
        ]

    assert [words(one)["iop substance_use"] for one in answers] == [Authorization.REQUIRED] * 2


async def test_a_condition_that_nobody_wants_is_not_asked_about(tmp_path: Path) -> None:
    desk = ApprovalsDesk()
    async with opened(tmp_path, ScriptedRoute(granted), desk, card=card()) as office:
        await office.ask(QUESTION.model_copy(update={"conditions": (Condition.MENTAL_HEALTH,)}))

    [(_, procedures, _)] = desk.asked
    assert "H0015" not in procedures
