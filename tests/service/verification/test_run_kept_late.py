"""What a run promises when the store fails: its answer is held or asked for again, and no question is lost."""

import asyncio
from pathlib import Path

from contracts import (
    CoverageStatus,
    PayerSilent,
    State,
)
from tests.service.staging import (
    BRIEFLY,
    Office,
    ScriptedRoute,
    opened,
    pending_jobs,
)


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
