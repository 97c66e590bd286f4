"""Rows of running batches become verifications, each once, and their outcomes are rows that say how they ended."""

import asyncio
from pathlib import Path

import pytest

from contracts import AttemptNumbers, Inquiry, MemberRejected, PayerError, PayerSilent, Question, State
from service.batches.batches import WrongBatchState
from service.batches.dispatch import TAKEN_AT_ONCE, quiet_windows
from service.security.access import Caller, Role
from service.store.batch_values import BatchState, ItemState
from service.verification.batch_lanes import MOST_UNANSWERED
from tests.service.staging import MEMBER, QUESTION, STAFF, ScriptedRoute, reply, until

from .staging import BatchOffice, batch_office, member

BATCH = Caller(id="batch-1", role=Role.BATCH)


def row_question(number: int) -> Question:
    return QUESTION.model_copy(update={"member": MEMBER.model_copy(update={"member_id": f"ZZ8{number:08}"})})


async def test_every_row_is_asked_once_and_has_its_outcome(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(30)])
        await here.work()

        view = await here.look(batch_id)
        assert (view.state, view.answered, view.open, view.exit_code) == (BatchState.FINISHED, 30, 0, 0)
        assert len(here.office.routes[0].sent) == 30
        items = await here.batches.items(batch_id, STAFF, state=ItemState.ANSWERED)
        assert items is not None
        assert [item.number for item in items.items] == list(range(2, 32))
        assert all(item.verification_id for item in items.items)


async def test_a_refused_row_and_a_duplicate_stop_nobody(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        bad = ("nobody", *member(3)[1:])
        batch_id = await here.start([member(1), bad, member(1), member(2)])
        await here.work()

        view = await here.look(batch_id)
        assert (view.answered, view.refused, view.duplicates, view.exit_code) == (2, 1, 1, 0)
        assert view.preflight is not None
        assert (view.preflight.ready, view.preflight.refused[0].number) == (2, 3)
        items = await here.batches.items(batch_id, STAFF)
        assert items is not None
        assert [item.state.value for item in items.items] == ["answered", "refused", "duplicate", "answered"]
        assert items.items[2].duplicate_of == 2


async def test_nothing_is_asked_before_a_start_nor_while_it_is_paused(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        view = await here.check([member(1), member(2)])
        await here.work()
        assert (view.state, here.office.routes[0].sent) == (BatchState.READY, [])

        await here.batches.change(view.id, "start", STAFF)
        await here.batches.change(view.id, "pause", STAFF)
        await here.work()
        assert here.office.routes[0].sent == []

        await here.batches.change(view.id, "resume", STAFF)
        await here.work()
        assert (await here.look(view.id)).answered == 2


async def test_a_cancelled_batch_asks_no_more_and_is_not_started_again(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(1), member(2)])
        await here.batches.change(batch_id, "cancel", STAFF)
        await here.work()

        view = await here.look(batch_id)
        assert (view.state, view.cancelled, here.office.routes[0].sent) == (BatchState.CANCELLED, 2, [])
        with pytest.raises(WrongBatchState):
            await here.batches.change(batch_id, "start", STAFF)


async def test_a_payer_that_is_away_is_asked_about_a_few_rows_alone(tmp_path: Path) -> None:
    async with batch_office(tmp_path, ScriptedRoute(PayerSilent("cap"))) as here:
        batch_id = await here.start([member(number) for number in range(120)])
        await here.look_once()

        # Its breaker opens at the eighth; what was under way by then is asked again later, the rest waits as rows.
        view = await here.look(batch_id)
        [payer] = view.payers
        assert 8 <= len(here.office.routes[0].sent) <= payer.asking <= MOST_UNANSWERED + TAKEN_AT_ONCE
        assert payer.waiting == 120 - payer.asking
        assert here.office.verifier.lanes.free_capacity(here.office.card) == 0
        assert view.could_not_check == 0


@pytest.mark.parametrize("act", [None, MemberRejected("75", fields=("member_id",))], ids=["an answer", "nobody found"])
async def test_a_payer_has_its_whole_capacity_once_it_has_answered(tmp_path: Path, act: PayerError | None) -> None:
    async with batch_office(tmp_path, ScriptedRoute(act)) as here:
        lanes, card = here.office.verifier.lanes, here.office.card
        before = lanes.capacity(card)
        await here.start([member(1)])
        await here.work()

        assert before == MOST_UNANSWERED < lanes.capacity(card)


async def be_away(here: BatchOffice, seconds: float) -> None:
    """Let time pass in which the payer's breaker stays open, and look once, as a process does that has just begun."""
    here.office.time.gone += seconds
    here.office.guards.breaker("acme", "first")._open_until = float("inf")
    await here.dispatcher._look()
    await here.dispatcher._sweep()


async def test_rows_of_a_payer_that_stays_away_are_ended_a_life_after_its_first_row(tmp_path: Path) -> None:
    async with batch_office(tmp_path, ScriptedRoute(PayerSilent("cap"))) as here:
        life = here.office.verifier.life(Role.BATCH)
        batch_id = await here.start([member(number) for number in range(60)])
        await here.look_once()
        await be_away(here, life - 60)
        assert (await here.look(batch_id)).could_not_check == 0

        later = await here.start([member(number) for number in range(60, 70)])
        # Nothing of the payer's absence is remembered by the process that sees the end of it.
        here.dispatcher = BatchOffice(here.office).dispatcher
        await be_away(here, 61)

        view = await here.look(batch_id)
        items = await here.batches.items(batch_id, STAFF, state=ItemState.COULD_NOT_CHECK)
        assert items is not None
        assert (view.payers[0].waiting, items.items[0].reason) == (0, "payer_unreachable")
        assert (await here.look(later)).payers[0].waiting == 10


async def test_an_answer_lets_the_life_of_rows_that_wait_begin_anew(tmp_path: Path) -> None:
    async with batch_office(tmp_path, ScriptedRoute(None, None, PayerSilent("cap"))) as here:
        life = here.office.verifier.life(Role.BATCH)
        first = await here.start([member(1)])
        await here.work()
        here.office.time.gone += life - 60
        batch_id = await here.start([member(number) for number in range(60)])
        await here.look_once()
        assert (await here.look(first)).answered == 1

        await be_away(here, 120)
        assert (await here.look(batch_id)).payers[0].waiting > 0
        await be_away(here, life)
        assert (await here.look(batch_id)).payers[0].waiting == 0


async def test_what_could_not_be_checked_is_asked_again_when_somebody_wants_it(tmp_path: Path) -> None:
    nobody = MemberRejected("75", fields=("member_id",))
    # Whichever row is first is the one.
    async with batch_office(tmp_path, ScriptedRoute(nobody, None)) as here:
        batch_id = await here.start([member(1), member(2)])
        await here.work()
        view = await here.look(batch_id)
        assert (view.state, view.answered, view.could_not_check, view.exit_code) == (BatchState.FINISHED, 1, 1, 3)

        await here.batches.change(batch_id, "retry", STAFF)
        await here.work()

        view = await here.look(batch_id)
        assert (view.state, view.answered, view.could_not_check) == (BatchState.FINISHED, 2, 0)
        assert len(here.office.routes[0].sent) == 3


async def test_a_row_joins_the_same_question_of_a_person(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def wait(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        await go.wait()
        return reply(inquiry, numbers)

    async with batch_office(tmp_path, ScriptedRoute(wait)) as here:
        batch_id = await here.start([member(1)])
        [item] = await here.store.batch_items(batch_id)
        assert item.content.question is not None
        asking = asyncio.create_task(here.office.ask(item.content.question))
        await until(lambda: bool(here.office.routes[0].sent))
        await here.dispatcher._look()
        await here.dispatcher._lanes["acme"]
        go.set()
        await asking
        await here.work()

        assert (await here.look(batch_id)).answered == 1
        assert len(here.office.routes[0].sent) == 1


async def test_in_quiet_hours_nothing_is_taken(tmp_path: Path) -> None:
    async with batch_office(tmp_path, quiet=quiet_windows("00:00-23:59")) as here:
        await here.start([member(1)])

        assert here.dispatcher._free_capacity(here.office.card) == 0
        assert here.office.verifier.lanes.free_capacity(here.office.card) > 0
        assert (await here.batches.list_batches(STAFF)).batches[0].payers[0].live is not None


async def test_a_posted_question_without_capacity_waits_for_its_turn_as_a_row(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def wait(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        await go.wait()
        return reply(inquiry, numbers)

    async with batch_office(tmp_path, ScriptedRoute(wait)) as here:
        lanes, card = here.office.verifier.lanes, here.office.card
        most = lanes.capacity(card)
        answers = [await here.office.ask(row_question(number), wait=0.0, caller=BATCH) for number in range(most + 3)]

        assert len(here.office.verifier.jobs) == most
        assert all(answer.state is State.PENDING and not answer.problems for answer in answers)
        # The turn of those that wait is a step that is due at once; no process has claimed them.
        assert [step.seconds for step in here.office.scheduler.guards][-3:] == [0.0] * 3
        go.set()
        await here.office.quiet()
        for step in here.office.scheduler.guards[-3:]:
            await here.office.verifier.finish(step.job_id)
        finals = [await here.office.look(answer, wait=0.0) for answer in answers]
        assert {answer.state for answer in finals} == {State.FINAL}
        assert len(here.office.routes[0].sent) == most + 3
        assert lanes.under_way(card) == 0
