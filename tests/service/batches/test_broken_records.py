"""Rows of a batch whose record is broken or forged: set aside, counted and shown; everything else goes on."""

from pathlib import Path

import pytest

from service.batches.results import result_rows
from service.security.access import Role
from service.store.batch_values import BatchState, ItemState
from service.store.batches import Taking
from tests.service.kept import change, rows_of
from tests.service.staging import STAFF

from .staging import batch_office, member

FORGERIES = {
    "another_row": "UPDATE batch_items SET sealed_row = (SELECT sealed_row FROM batch_items WHERE number = 3)",
    "cut_off": "UPDATE batch_items SET sealed_row = x'00'",
    "linked": "UPDATE batch_items SET duplicate_of = 9",
    "no_digest": "UPDATE batch_items SET mac = NULL",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_broken_row_is_set_aside_and_the_rest_of_its_payer_goes_on(tmp_path: Path, forgery: str) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(30)])
        assert await change(here.store, f"{FORGERIES[forgery]} WHERE number = 4") == 1
        await here.work()

        view = await here.look(batch_id)
        assert (view.state, view.answered, view.could_not_check, view.exit_code) == (BatchState.FINISHED, 29, 1, 3)
        items = await here.batches.items(batch_id, STAFF, state=ItemState.COULD_NOT_CHECK)
        assert items is not None
        [item] = items.items
        assert (item.number, item.reason, item.verification_id) == (4, "record_broken", None)
        rows = [row async for row in result_rows(here.store, batch_id, STAFF)]
        assert (len(rows), rows[2]["state"], rows[2]["reason"]) == (30, "could_not_check", "record_broken")
        lines = [line for line in await rows_of(here.store, "audit") if line["action"] == "batch.row_refused"]
        assert [(line["payer"], line["outcome"]) for line in lines] == [("acme", f"{batch_id}:4")]
        assert len(here.office.routes[0].sent) == 29


async def test_a_row_without_its_number_takes_no_other_one_away(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(3)])
        await here.work()
        assert await change(here.store, "UPDATE batch_items SET number = 'x' WHERE number = 3") == 1

        items = await here.batches.items(batch_id, STAFF)
        assert items is not None
        assert [item.number for item in items.items] == [2, 4]
        assert len([row async for row in result_rows(here.store, batch_id, STAFF)]) == 2
        lines = [line for line in await rows_of(here.store, "audit") if line["action"] == "row.refused"]
        assert {line["outcome"] for line in lines} == {"not_a_number"}


async def test_a_state_that_nobody_wrote_is_one_that_could_not_be_checked(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(3)])
        assert await change(here.store, "UPDATE batch_items SET state = 'done' WHERE number = 3") == 1
        await here.work()
        await here.dispatcher._sweep()

        view = await here.look(batch_id)
        assert (view.state, view.answered, view.could_not_check) == (BatchState.FINISHED, 2, 1)


async def test_a_row_whose_answer_is_broken_is_shown_without_it_among_all_others(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(3)])
        await here.work()
        assert (
            await change(
                here.store, "UPDATE jobs SET mac = NULL WHERE id = (SELECT job_id FROM batch_items WHERE number = 3)"
            )
            == 1
        )

        rows = [row async for row in result_rows(here.store, batch_id, STAFF)]
    assert [row["reason"] for row in rows] == [None, "record_broken", None]
    assert [row["state"] for row in rows] == ["answered", "could_not_check", "answered"]


async def test_a_row_whose_question_is_asked_under_a_broken_record_is_set_aside(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        first = await here.start([member(1)])
        life = here.office.verifier.life(Role.BATCH)
        taken = await here.store.take_items(Taking(first, "acme", 1, life, 0.0, then=lambda *_: None))
        assert await change(here.store, "UPDATE jobs SET mac = NULL WHERE id = :job", job=taken[0].job_id) == 1
        batch_id = await here.start([member(0), member(1), member(2)])
        await here.work()

        view = await here.look(batch_id)
        assert (view.state, view.answered, view.could_not_check) == (BatchState.FINISHED, 2, 1)


async def test_a_broken_batch_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        broken = await here.start([member(1)])
        batch_id = await here.start([member(2)])
        assert await change(here.store, "UPDATE batches SET caller_id = 'x' WHERE id = :batch", batch=broken) == 1
        await here.work()

        assert (await here.look(batch_id)).answered == 1
        assert [view.id for view in (await here.batches.list_batches(STAFF)).batches] == [batch_id]
        lines = [line for line in await rows_of(here.store, "audit") if line["action"] == "row.refused"]
        assert [(line["actor"], line["outcome"]) for line in lines] == [("system", f"row_forged:batches:{broken}")]
