"""Rows of running batches become verifications, each once, and their outcomes are rows that say how they ended."""

from pathlib import Path

import pytest

from service.batches.batches import WrongBatchState
from service.store.batch_values import BatchState, ItemState
from tests.service.staging import STAFF

from .staging import batch_office, member


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
