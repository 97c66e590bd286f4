"""What the schedule promises: when a question is asked again, when it ends, and what an earlier run knew."""

import gc
import weakref
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    CoverageStatus,
    Gateway,
    Inquiry,
    InquiryPlan,
    MemberRejected,
    PayerBusy,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    ProblemCode,
    Question,
    Rejection,
    ReplyMismatched,
    ReplyUnreadable,
    State,
)
from payers.adapter import DataAdapter
from service.gateway import JobGateway, Schedule
from service.security.access import Role
from service.verification import run
from service.verification.service import RunLimits
from tests.service.staging import (
    BRIEFLY,
    LONGEST,
    START,
    ScriptedRoute,
    Time,
    card,
    opened,
    pending_jobs,
    reply,
    until,
)
from tests.service.verification.steps_seen import seconds


async def test_a_silent_payer_is_asked_again_at_90_seconds_3_7_and_12_minutes_until_the_life_ends(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        pending = await office.ask()
        for _ in range(5):
            await office.at_the_next_step()
        final = await office.look(pending)
        await office.verifier.finish(office.scheduler.steps[-1][0])

    assert seconds(office) == [90, 180, 420, 720, 900]
    assert len(office.routes[0].sent) == 5
    assert len({numbers.interchange for numbers in office.routes[0].sent}) == 5
    assert (final.state, final.coverage.status) == (State.FINAL, CoverageStatus.COULD_NOT_CHECK)
    assert [(one.code, one.retry_at) for one in final.problems] == [(ProblemCode.PAYER_SILENT, None)]
    assert final.timing is not None
    assert [one.attempt for one in final.timing.exchanges] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "kind", [PayerSilent, PayerBusy, PayerUnreachable, PayerRefused, MemberRejected, ReplyUnreadable, KeyError]
)
@pytest.mark.parametrize("answers_first", [True, False])
async def test_a_run_that_is_over_leaves_nothing_to_the_collector(
    kind: type[Exception], answers_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> object:
        raise kind("imaginary")

    gateways: list[weakref.ref[JobGateway]] = []

    class Noted(JobGateway):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            gateways.append(weakref.ref(self))

    monkeypatch.setattr(run, "JobGateway", Noted)
    async with opened(tmp_path, ScriptedRoute(*[None] * answers_first, fails)) as office:
        gc.collect()
        gc.disable()
        try:
            await office.ask(wait=LONGEST)
            await until(lambda: not any(gateway() for gateway in gateways))
        finally:
            gc.enable()

    assert gateways


async def test_a_batch_goes_on_every_half_hour_for_a_day(tmp_path: Path) -> None:
    terms = RunLimits(life=dict.fromkeys(Role, 86_400.0))
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset")), terms=terms) as office:
        await office.ask()
        for _ in range(60):
            await office.at_the_next_step()

    steps = seconds(office)
    apart = [later - earlier for earlier, later in pairwise(steps[3:-1])]
    assert steps[:4] == [90, 180, 420, 720]
    assert all(1_700 <= gap <= 2_000 for gap in apart)
    assert steps[-1] == 86_400


async def test_an_answer_at_a_later_step_makes_the_record_final(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"), None)) as office:
        pending = await office.ask()
        await office.at_the_next_step()
        final = await office.look(pending)

    assert (final.state, final.coverage.status, final.problems) == (State.FINAL, CoverageStatus.ACTIVE, ())
    assert final.verification_id == pending.verification_id


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (PayerUnreachable("connect"), ProblemCode.PAYER_UNREACHABLE),
        (PayerSilent("reset"), ProblemCode.PAYER_SILENT),
        (PayerBusy("http_503"), ProblemCode.PAYER_BUSY),
        (ReplyUnreadable("html"), ProblemCode.REPLY_UNREADABLE),
        (ReplyMismatched("trace"), ProblemCode.REPLY_MISMATCHED),
    ],
)
async def test_a_fault_of_the_payers_is_pending_and_says_when_it_is_asked_again(
    tmp_path: Path, failure: Exception, code: ProblemCode
) -> None:
    async with opened(tmp_path, ScriptedRoute(failure)) as office:
        answer = await office.ask(wait=LONGEST)

    assert (answer.state, answer.next_step.code.value) == (State.PENDING, "wait")
    assert [(one.code, one.retry_at) for one in answer.problems] == [(code, START + timedelta(seconds=90))]


async def test_the_payers_own_hint_puts_the_step_off(tmp_path: Path) -> None:
    busy = PayerBusy("http_429", retry_at=START + timedelta(seconds=300))
    async with opened(tmp_path, ScriptedRoute(busy)) as office:
        await office.ask()

    (at,) = seconds(office)
    assert 300 <= at <= 330


async def test_a_hint_counts_as_well_when_another_inquiry_of_the_question_failed_first(tmp_path: Path) -> None:
    busy = PayerBusy("http_429", retry_at=START + timedelta(seconds=300))
    plan = {"plan": InquiryPlan(first=("30", "MH"), source="test")}
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"), busy), card=plan) as office:
        answer = await office.ask(wait=LONGEST)

    (at,) = seconds(office)
    assert [one.code for one in answer.problems] == [ProblemCode.PAYER_SILENT, ProblemCode.PAYER_BUSY]
    assert 300 <= at <= 330


async def test_a_step_that_comes_too_soon_after_a_send_sends_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        await office.ask()
        job_id, _ = office.scheduler.steps[0]
        office.time.gone = 60.0
        await office.verifier.finish(job_id, START)

    assert seconds(office) == [90]
    assert len(office.routes[0].sent) == 1


async def test_a_shorter_time_between_two_sends_is_kept_to(tmp_path: Path) -> None:
    terms = RunLimits(life=dict.fromkeys(Role, 900.0), schedule=Schedule(resend_after=2.0, steps=(2.0, 90.0)))
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"), None), terms=terms) as office:
        pending = await office.ask(wait=BRIEFLY)
        await office.at_the_next_step()
        final = await office.look(pending)

    assert (office.time.gone, final.state) == (2.0, State.FINAL)


async def test_a_rejection_that_nobody_knows_is_asked_once_more_and_then_waits_for_the_end(tmp_path: Path) -> None:
    async def rejected(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        strange = Rejection(at=9, text="AAA*N**ZZ", loop="2100A", valid="N", code="ZZ")
        return reply(inquiry, numbers, lines=(), rejections=(strange,))

    async with opened(tmp_path, ScriptedRoute(rejected)) as office:
        pending = await office.ask()
        for _ in range(2):
            await office.at_the_next_step()
        final = await office.look(pending)

    assert seconds(office) == [90, 900]
    assert len(office.routes[0].sent) == 2
    assert (pending.state, final.state) == (State.PENDING, State.FINAL)
    assert final.coverage.status is CoverageStatus.COULD_NOT_CHECK


async def test_what_an_earlier_run_knew_is_not_lost_when_a_later_one_learns_nothing(tmp_path: Path) -> None:
    asked: list[str] = []

    async def half(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        asked.extend(inquiry.service_types)
        if len(asked) > 2 or inquiry.service_types == ("MH",):
            raise PayerSilent("reset")
        return reply(inquiry, numbers)

    plan = InquiryPlan(first=("30", "MH"), source="test")
    async with opened(tmp_path, ScriptedRoute(half), card={"plan": plan}) as office:
        pending = await office.ask()
        for _ in range(5):
            await office.at_the_next_step()
        final = await office.look(pending)

    assert (pending.state, pending.coverage.status) == (State.PENDING, CoverageStatus.ACTIVE)
    assert (final.state, final.coverage, final.evidence) == (State.FINAL, pending.coverage, pending.evidence)
    assert [one.code for one in final.problems] == [ProblemCode.PAYER_SILENT]
    assert len(final.timing.exchanges if final.timing else ()) == 6


async def test_what_an_adapter_calls_pending_without_a_reason_to_wait_is_final(tmp_path: Path) -> None:
    """Nothing would ask again, and the question would stand for ever."""

    class Undecided(DataAdapter):
        async def verify(self, question: Question, gateway: Gateway) -> Answer:
            answer = await super().verify(question, gateway)
            return answer.model_copy(update={"state": State.PENDING})

    async with opened(tmp_path, adapter=Undecided(card("first"), clock=Time().now)) as office:
        answer = await office.ask()
        left = await pending_jobs(office.store)

    assert (answer.state, left) == (State.FINAL, [])
