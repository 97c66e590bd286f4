"""What jobs promise those who wait: no longer than they said, and no shorter than something may still come."""

import asyncio
from datetime import datetime, timedelta

import pytest

from contracts import Answer, Deadline, QuestionIncomplete, State, answer_without_reply
from service.store import StoreUnavailable
from service.verification.live_jobs import LiveJob, LiveJobs
from tests.service.staging import QUESTION, START


def answer(state: State = State.FINAL) -> Answer:
    return answer_without_reply(payer="acme", service_date=QUESTION.service_date, as_of=START, problems=(), state=state)


def now() -> datetime:
    return START


async def nothing() -> None:
    """The store knows no more."""


@pytest.fixture
def job() -> LiveJob:
    return LiveJob("job_1", now)


async def test_a_final_answer_is_given_at_once_even_while_its_work_ends(job: LiveJob) -> None:
    job.running = True
    job.publish_answer(answer(), None)

    assert await job.wait(Deadline(60), nothing) == answer()


async def test_a_pending_answer_is_given_at_once_when_the_next_step_comes_after_the_wait(job: LiveJob) -> None:
    job.publish_answer(answer(State.PENDING), START + timedelta(seconds=90))

    assert await job.wait(Deadline(60), nothing) == answer(State.PENDING)


async def test_a_pending_answer_is_waited_on_while_it_is_being_asked(job: LiveJob) -> None:
    job.running = True
    job.publish_answer(answer(State.PENDING), START + timedelta(seconds=90))
    waiting = asyncio.create_task(job.wait(Deadline(60), nothing))
    await asyncio.sleep(0)

    job.publish_answer(answer(), None)

    assert (await waiting) == answer()


async def test_what_another_process_settled_is_found_while_nobody_works_here(job: LiveJob) -> None:
    async def settled_there() -> None:
        job.answer = answer()

    waiting = asyncio.create_task(job.wait(Deadline(60), settled_there))
    await asyncio.sleep(0)
    job.wake()

    assert await waiting == answer()


@pytest.mark.parametrize("hangs", [True, False])
async def test_a_store_that_fails_or_hangs_meanwhile_changes_nothing(job: LiveJob, hangs: bool) -> None:
    async def failing() -> None:
        if hangs:
            await asyncio.Event().wait()
        raise StoreUnavailable

    waiting = asyncio.create_task(job.wait(Deadline(0.15), failing))
    await asyncio.sleep(0)
    job.wake()

    assert await waiting is None


async def test_what_made_a_question_impossible_to_ask_is_told_to_all_who_wait(job: LiveJob) -> None:
    job.running = True
    waiting = [asyncio.create_task(job.wait(Deadline(60), nothing)) for _ in range(3)]
    await asyncio.sleep(0)

    job.publish_failure(QuestionIncomplete("needs"))

    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in told] == [QuestionIncomplete] * 3


async def test_a_job_knows_how_long_the_most_patient_still_waits(job: LiveJob) -> None:
    job.running = True
    alone = job.seconds_left()
    waiting = [asyncio.create_task(job.wait(Deadline(seconds), nothing)) for seconds in (5, 50)]
    await asyncio.sleep(0)

    together = job.seconds_left()

    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert alone == job.seconds_left() == 0.0
    assert 45 < together < 50


async def test_a_running_job_gets_no_second_task() -> None:
    jobs, begun = LiveJobs(now), 0

    async def work() -> None:
        nonlocal begun
        begun += 1

    for _ in range(3):
        jobs.spawn(jobs.job("job_1"), work)
    await jobs.end(1.0)

    assert (begun, len(jobs)) == (1, 0)


async def test_work_that_fails_leaves_the_job_free_to_be_taken_up_again() -> None:
    jobs = LiveJobs(now)

    async def work() -> None:
        raise KeyError

    job = jobs.job("job_1")
    jobs.spawn(job, work)
    await jobs.end(1.0)

    assert not job.running
    assert jobs.job("job_1") is not job


async def test_the_end_cancels_what_does_not_end_in_time_and_counts_it() -> None:
    jobs = LiveJobs(now)

    async def work() -> None:
        await asyncio.Event().wait()

    jobs.spawn(jobs.job("job_1"), work)
    await asyncio.sleep(0)

    assert await jobs.end(0.01) == 1
    assert await jobs.end(0.01) == 0
