"""What the verifier promises its callers: an answer in time, one exchange for twins, nobody's leaving ends it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Card,
    CoverageStatus,
    Deadline,
    Inquiry,
    Member,
    MemberRejected,
    PayerError,
    PayerSilent,
    PayerUnreachable,
    ProblemCode,
    Question,
    QuestionIncomplete,
    Responsible,
    State,
)
from contracts.card import Window
from payers.adapter import DataAdapter
from service.errors import Draining
from service.security.access import Caller, Role
from service.store import StoreUnavailable
from tests.service.staging import (
    BRIEFLY,
    LONGEST,
    QUESTION,
    STAFF,
    Office,
    ScriptedRoute,
    card,
    opened,
    pending_jobs,
    reply,
    until,
)

BATCH = Caller(id="batch-1", role=Role.BATCH)


def of_member(number: int) -> Question:
    member = Member(**{**dict(QUESTION.member), "member_id": f"ZZ{number:09d}"})
    return QUESTION.model_copy(update={"member": member})


class Gate:
    """A route's act that answers honestly when it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def __call__(self, inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        await self.open.wait()
        return reply(inquiry, numbers)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as found:
        yield found


async def test_an_answer_that_comes_in_time_is_final(office: Office) -> None:
    answer = await office.ask()

    assert (answer.state, answer.coverage.status, answer.problems) == (State.FINAL, CoverageStatus.ACTIVE, ())
    assert answer.timing is not None
    assert [one.route for one in answer.timing.exchanges] == ["first"]


async def test_a_late_answer_completes_the_same_record_in_one_exchange(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate)) as office:
        pending = await office.ask(wait=BRIEFLY)
        gate.open.set()
        final = await office.look(pending)

    assert (pending.state, pending.coverage.status) == (State.PENDING, CoverageStatus.COULD_NOT_CHECK)
    assert (final.state, final.verification_id) == (State.FINAL, pending.verification_id)
    assert len(office.routes[0].sent) == 1


async def test_fifty_callers_of_a_payer_that_hangs_are_answered_when_their_wait_ends(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate)) as office:
        answers = await asyncio.gather(*(office.ask(of_member(number), wait=5.0) for number in range(50)))
        gate.open.set()

    assert {answer.state for answer in answers} == {State.PENDING}


async def test_who_waits_for_nothing_has_his_receipt_at_once(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate)) as office:
        pending = await office.ask(wait=0, caller=BATCH)
        gate.open.set()
        await office.quiet()
        final = await office.look(pending, wait=0)

    assert (pending.state, final.state) == (State.PENDING, State.FINAL)


@pytest.mark.parametrize(
    ("failure", "code", "responsible"),
    [
        (KeyError("x"), ProblemCode.ADAPTER_FAULT, Responsible.SERVICE),
        (PayerUnreachable("tls", responsible=Responsible.SERVICE), ProblemCode.SETUP_PROBLEM, Responsible.SERVICE),
        (MemberRejected("72", fields=("member_id",)), ProblemCode.MEMBER_REJECTED, Responsible.MEMBER),
        (7, ProblemCode.ADAPTER_FAULT, Responsible.SERVICE),
    ],
)
async def test_what_waiting_does_not_mend_is_final_at_once(
    tmp_path: Path, failure: object, code: ProblemCode, responsible: Responsible
) -> None:
    async with opened(tmp_path, ScriptedRoute(failure)) as office:
        answer = await office.ask()

    assert (answer.state, answer.coverage.status) == (State.FINAL, CoverageStatus.COULD_NOT_CHECK)
    assert [(one.code, one.responsible) for one in answer.problems] == [(code, responsible)]
    assert office.scheduler.steps == []


async def test_an_open_breaker_is_pending_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        for number in range(8):
            await office.ask(of_member(number))
        answer = await office.ask(of_member(99), wait=LONGEST)

    assert (answer.state, answer.problems[0].code) == (State.PENDING, ProblemCode.PAYER_UNREACHABLE)
    assert len(office.routes[0].sent) == 8


async def test_an_announced_outage_is_pending_at_once_until_it_ends(tmp_path: Path) -> None:
    window = Window(weekday=0, begins="09:55", ends="10:10", source="test")
    async with opened(tmp_path, card={"outages": (window,)}) as office:
        answer = await office.ask()

    assert answer.problems[0].code is ProblemCode.PAYER_UNREACHABLE
    assert office.routes[0].sent == []
    (_, at) = office.scheduler.steps[0]
    assert (at - office.time.now()).total_seconds() >= 600


async def test_twins_in_flight_share_one_exchange_and_have_their_own_records(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate)) as office:
        asking = [asyncio.create_task(office.ask(caller=caller)) for caller in (STAFF, BATCH) * 10]
        await until(lambda: office.waiting() == 20)
        gate.open.set()
        answers = await asyncio.gather(*asking)

    assert len(office.routes[0].sent) == 1
    assert len({answer.verification_id for answer in answers}) == 20
    assert {answer.coverage.status for answer in answers} == {CoverageStatus.ACTIVE}


async def test_questions_that_differ_in_one_field_share_nothing(office: Office) -> None:
    await asyncio.gather(*(office.ask(of_member(number)) for number in range(10)))

    assert len(office.routes[0].sent) == 10


async def test_a_caller_who_leaves_ends_nobodys_question(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate)) as office:
        leader = asyncio.create_task(office.ask())
        await until(lambda: office.waiting() == 1)
        follower = asyncio.create_task(office.ask())
        leader.cancel()
        gate.open.set()
        answer = await follower

    assert (answer.state, len(office.routes[0].sent)) == (State.FINAL, 1)


async def test_a_failure_is_shared_by_those_who_wait_and_never_kept(tmp_path: Path) -> None:
    async with opened(
        tmp_path, ScriptedRoute(PayerUnreachable("tls", responsible=Responsible.SERVICE), None)
    ) as office:
        first, twin = await asyncio.gather(office.ask(), office.ask())
        later = await office.ask()

    assert first.problems == twin.problems
    assert later.coverage.status is CoverageStatus.ACTIVE


async def test_what_left_us_without_a_verdict_is_not_sent_again_for_90_seconds_by_a_new_question_either(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, ScriptedRoute(KeyError("x"), None)) as office:
        first = await office.ask()
        again = await office.ask(wait=LONGEST)
        sent_by_then = len(office.routes[0].sent)
        await office.at_the_next_step()
        later = await office.look(again)

    assert (first.state, again.state, again.problems[0].code) == (State.FINAL, State.PENDING, ProblemCode.PAYER_SILENT)
    assert (office.time.gone, sent_by_then) == (90.0, 1)
    assert later.coverage.status is CoverageStatus.ACTIVE


async def test_the_same_question_joins_the_pending_one_and_nothing_is_sent(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        first = await office.ask()
        again = await office.ask(caller=BATCH, wait=LONGEST)

    assert (again.state, again.problems) == (State.PENDING, first.problems)
    assert again.verification_id != first.verification_id
    assert len(office.routes[0].sent) == 1


async def test_the_same_idempotency_key_gets_the_same_record_and_is_each_callers_own(office: Office) -> None:
    first = await office.ask(key="once")
    again = await office.ask(key="once")
    other = await office.ask(caller=BATCH, key="once")

    assert again.verification_id == first.verification_id != other.verification_id


async def test_a_question_that_its_payer_cannot_be_asked_is_refused_before_anything_is_recorded(office: Office) -> None:
    with pytest.raises(QuestionIncomplete):
        await office.ask(QUESTION.model_copy(update={"member": Member(last_name="Testcase")}))

    assert await pending_jobs(office.store) == []


async def test_a_store_that_cannot_commit_refuses_the_question_and_nothing_is_sent(
    office: Office, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "benefits.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreUnavailable):
        await office.ask(wait=0.3)

    other.close()
    assert office.routes[0].sent == []
    assert (await office.ask()).state is State.FINAL


async def test_a_drain_answers_those_inside_and_lets_nobody_in(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate)) as office:
        inside = [asyncio.create_task(office.ask(of_member(number), wait=LONGEST)) for number in range(20)]
        await until(lambda: office.waiting() == 20)
        stopping = asyncio.create_task(office.verifier.stop(0.8))
        answers = await asyncio.gather(*inside)
        with pytest.raises(Draining):
            await office.ask()
        looked = await office.look(answers[0], wait=LONGEST)
        await stopping

    assert {answer.state for answer in (*answers, looked)} == {State.PENDING}


async def test_nobody_sees_what_is_not_his(office: Office) -> None:
    answer = await office.ask()

    found = await office.verifier.look(answer.verification_id or "", caller=BATCH, deadline=Deadline(1))

    assert found is None


class Stubborn:
    """A payer's plugin that fails in a way of its own."""

    def __init__(self, act: object) -> None:
        self.act = act

    @property
    def card(self) -> object:
        return card()

    async def verify(self, question: Question, gateway: object) -> object:
        if isinstance(self.act, BaseException):
            raise self.act
        return self.act


@pytest.mark.parametrize(
    "act", [RecursionError(), MemoryError(), SystemExit(1), GeneratorExit(), None, PayerError("x")]
)
async def test_whatever_a_payers_plugin_does_the_answer_is_typed_and_final(tmp_path: Path, act: object) -> None:
    async with opened(tmp_path, adapter=Stubborn(act)) as office:
        answer = await office.ask()

    assert (answer.state, answer.problems[0].code) == (State.FINAL, ProblemCode.ADAPTER_FAULT)


async def test_another_members_answer_is_given_to_nobody(tmp_path: Path) -> None:
    plugin = Stubborn(None)
    async with opened(tmp_path / "honest") as honest:
        theirs = await honest.ask()
    plugin.act = theirs
    async with opened(tmp_path, adapter=plugin) as office:
        answer = await office.ask(of_member(2))

    assert theirs.answered_by
    assert (answer.coverage.status, answer.problems[0].code) == (
        CoverageStatus.COULD_NOT_CHECK,
        ProblemCode.ADAPTER_FAULT,
    )


class Talking:
    """A payer's plugin that tells what it knows, changed by ``changes``, and then takes its time."""

    def __init__(self, **changes: object) -> None:
        self.changes, self.rest = changes, asyncio.Event()

    @property
    def card(self) -> Card:
        return card()

    async def verify(self, question: Question, gateway: Any) -> Answer:
        answer = await DataAdapter(card()).verify(question, gateway)
        gateway.tell(answer.model_copy(update=self.changes))
        await self.rest.wait()
        return answer


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "active"),
        ({"payer": "another"}, "could_not_check"),
        ({"service_date": date(2001, 1, 1)}, "could_not_check"),
    ],
)
async def test_whose_wait_ends_reads_what_is_known_so_far_of_this_question_alone(
    tmp_path: Path, changes: Any, status: str
) -> None:
    plugin = Talking(**changes)
    async with opened(tmp_path, adapter=plugin) as office:
        pending = await office.ask(wait=BRIEFLY)
        plugin.rest.set()
        final = await office.look(pending)

    assert (pending.state, pending.coverage.status.value) == (State.PENDING, status)
    assert (final.state, final.coverage.status.value) == (State.FINAL, "active")
    assert final.verification_id == pending.verification_id
