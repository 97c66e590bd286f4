"""What a step promises: it does nothing twice, leaves others their work, and every question has one until its end."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    AttemptNumbers,
    CoverageStatus,
    Inquiry,
    InquiryPlan,
    PayerBusy,
    PayerSilent,
    State,
    answer_without_reply,
)
from service.scheduler import StepBlocked
from tests.service.kept import change, rows_of
from tests.service.staging import (
    LONGEST,
    QUESTION,
    START,
    Office,
    ScriptedRoute,
    Time,
    job_of,
    opened,
    pending_jobs,
    reply,
    stored,
)


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
