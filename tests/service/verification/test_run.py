"""What the schedule promises: when a question is asked again, when it ends, and that no failure loses it."""

import asyncio
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
    answer_without_reply,
)
from payers.adapter import DataAdapter
from service.gateway import JobGateway, Schedule
from service.scheduler import StepBlocked
from service.security.access import Role
from service.verification import run
from service.verification.service import RunLimits
from tests.service.kept import change, rows_of
from tests.service.staging import (
    BRIEFLY,
    LONGEST,
    QUESTION,
    START,
    Office,
    ScriptedRoute,
    Time,
    card,
    job_of,
    opened,
    pending_jobs,
    reply,
    stored,
    until,
)


def seconds(office: Office) -> list[float]:
    """When the steps come, in seconds after the question."""
    return [(at - START).total_seconds() for _, at in office.scheduler.steps]


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


async def test_an_answer_that_the_store_cannot_take_is_held_and_its_caller_reads_pending(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        back = asyncio.Event()

        async def started_again() -> None:
            await back.wait()
            await office.store.start()

        office.time.hooks[3] = started_again
        office.routes[0].before = office.store.stop
        pending = await office.ask(wait=BRIEFLY)
        back.set()
        await office.quiet()
        final = await office.look(pending)

    assert (pending.state, final.state) == (State.PENDING, State.FINAL)
    assert final.coverage.status is CoverageStatus.ACTIVE
    assert len(office.routes[0].sent) == 1


async def test_an_answer_that_cannot_be_kept_for_a_minute_is_dropped_and_the_question_asked_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as office:
        office.routes[0].before = office.store.stop
        pending = await office.ask(wait=BRIEFLY)
        await office.quiet()
        await office.store.start()
        office.routes[0].before = None
        await office.at_the_guard()
        final = await office.look(pending)

    assert office.time.gone >= 90.0
    assert (pending.state, final.state) == (State.PENDING, State.FINAL)
    assert len(office.routes[0].sent) == 2


async def test_an_answer_whose_step_cannot_be_enqueued_is_kept_with_it_later(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        office.routes[0].before = lambda: refuse_steps(office)
        answer = await office.ask()
        await office.quiet()
        (job,) = await pending_jobs(office.store)

    assert answer.state is State.PENDING
    assert [(job.id, job.next_step_at)] == office.scheduler.steps


async def refuse_steps(office: Office) -> None:
    office.scheduler.faults = 3


async def test_a_step_that_the_store_does_not_let_through_is_taken_later(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"), None)) as office:
        pending = await office.ask()
        await office.quiet()
        await office.store.stop()
        office.time.hooks[len(office.time.naps) + 2] = office.store.start
        await office.at_the_next_step()
        final = await office.look(pending)

    assert final.state is State.FINAL


async def test_what_an_earlier_version_left_is_given_a_step_and_asked_again(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        pending = await office.ask()
        await change(office.store, "UPDATE counters SET value = 1 WHERE name = 'steps_owed'")
    time = Time()
    time.gone = 800.0
    async with stored(tmp_path, time) as store:
        later = Office(store, time, [ScriptedRoute()])
        await later.verifier.start()
        job_id, at = later.scheduler.steps[-1]
        await later.verifier.finish(job_id, at)
        final = await later.look(pending)

    assert final.state is State.FINAL


async def test_a_step_that_gave_way_to_another_one_does_nothing(tmp_path: Path) -> None:
    busy = PayerBusy("http_429", retry_at=START + timedelta(seconds=500))
    async with opened(tmp_path, ScriptedRoute(busy)) as office:
        await office.ask()
        await office.at_the_guard()

        assert len(office.routes[0].sent) == 1
        assert (len(office.scheduler.steps), len(office.scheduler.guards)) == (1, 1)


async def test_a_step_that_comes_early_by_our_clock_is_taken_at_its_time(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        await office.ask()
        job_id, at = office.scheduler.steps[0]
        office.time.gone += 60.0
        await office.verifier.finish(job_id, at)

        assert office.scheduler.steps == [(job_id, at)] * 2
        assert len(office.routes[0].sent) == 1


async def test_a_guard_gives_no_step_to_a_question_that_is_settled_or_has_one(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(None, PayerSilent("reset"))) as office:
        await office.ask()
        await office.ask(QUESTION.model_copy(update={"service_date": QUESTION.service_date + timedelta(days=1)}))
        office.scheduler.guards.clear()
        await office.scheduler.run_guard(START, START + timedelta(seconds=90))

        assert len(office.scheduler.steps) == 1
        assert office.scheduler.guards == []


async def test_a_guard_gives_a_step_to_a_question_that_nobody_settled_also_when_the_store_fails_once(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as office:

        async def run_guard() -> None:
            office.scheduler.faults = 1
            await office.scheduler.run_guard(START, START + timedelta(seconds=90))

        office.routes[0].before = run_guard
        await office.ask()
        first, given = office.scheduler.guards

        assert (first.made_at, first.seconds) == (START, 90.0)
        assert (given.job_id, given.made_at, given.seconds) == (first.job_id, None, 0.0)


async def test_a_step_that_finds_its_question_being_asked_leaves_another_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        office.routes[0].before = office.at_the_guard
        await office.ask()
        await office.quiet()

        assert [guard.made_at is not None for guard in office.scheduler.guards] == [True, False]
        assert len(office.routes[0].sent) == 1


async def test_a_step_that_meets_a_caller_who_begins_leaves_the_work_to_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed, go_on = asyncio.Event(), asyncio.Event()
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"), None)) as office:
        pending = await office.ask()
        job_id, at = office.scheduler.steps[-1]
        office.time.gone = (at - START).total_seconds() + 10.0
        claim = office.store.claim_send

        async def claim_and_pause(*given: Any) -> bool:
            is_claimed = await claim(*given)
            if not claimed.is_set():
                claimed.set()
                await go_on.wait()
            return is_claimed

        monkeypatch.setattr(office.store, "claim_send", claim_and_pause)
        looking = asyncio.create_task(office.look(pending))
        await claimed.wait()
        await office.verifier.finish(job_id, at)
        [row] = await rows_of(office.store, "jobs")
        go_on.set()
        final = await looking

    assert row["runner"] == office.store.process
    assert final.state is State.FINAL
    assert len(office.routes[0].sent) == 2


async def test_a_question_that_does_not_open_is_kept_for_the_next_start(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"))) as office:
        await office.ask()
        await change(office.store, "UPDATE jobs SET sealed_question = :blob", blob=b"nothing")
        with pytest.raises(StepBlocked):
            await office.at_the_next_step()


async def test_a_job_whose_step_was_lost_is_taken_up_by_who_looks_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("reset"), None)) as office:
        pending = await office.ask()
        await office.quiet()
        office.time.gone = 200.0
        final = await office.look(pending)

    assert (final.state, final.coverage.status) == (State.FINAL, CoverageStatus.ACTIVE)


async def test_a_question_whose_payer_was_uninstalled_still_has_its_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as office, asyncio.timeout(10.0):
        job_id = await job_of(office.store)
        office.directory._adapters.clear()
        for office.time.gone in (100.0, 900.0):
            await office.verifier.finish(job_id)
        job = await office.store.job(job_id)

    assert job is not None
    assert job.answer is not None
    assert (job.state, job.answer.coverage.status) == (State.FINAL, CoverageStatus.COULD_NOT_CHECK)


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


async def test_a_record_that_another_process_made_final_stays_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:

        async def settled_elsewhere() -> None:
            (job,) = await pending_jobs(office.store)
            theirs = answer_without_reply(
                payer="acme", service_date=QUESTION.service_date, as_of=START, problems=(), state=State.FINAL
            )
            await office.store.settle(job.id, theirs, state=State.FINAL, next_at=None)

        office.routes[0].before = settled_elsewhere
        answer = await office.ask()

    assert (answer.state, answer.coverage.status) == (State.FINAL, CoverageStatus.COULD_NOT_CHECK)


async def test_after_a_restart_only_the_inquiry_that_failed_is_asked_again(tmp_path: Path) -> None:
    async def half(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        if inquiry.service_types == ("MH",):
            raise PayerBusy("http_503")
        return reply(inquiry, numbers)

    plan = {"plan": InquiryPlan(first=("30", "MH"), source="test")}
    async with opened(tmp_path, ScriptedRoute(half), card=plan) as office:
        pending = await office.ask(wait=LONGEST)
    time = Time()
    time.gone = 200.0
    async with stored(tmp_path, time) as store:
        later = Office(store, time, [ScriptedRoute()], card=plan)
        await later.verifier.finish(*office.scheduler.steps[-1])
        final = await later.look(pending)

    assert [one.service_types for one in later.routes[0].inquiries] == [("MH",)]
    assert (pending.state, final.state, final.problems) == (State.PENDING, State.FINAL, ())
    assert len(final.answered_by) == 2
