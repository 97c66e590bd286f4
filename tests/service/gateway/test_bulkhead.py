"""What the places of a payer promise."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from service.gateway.bulkhead import Bulkhead, Full
from service.gateway.policy import GatewayPolicy
from service.security.access import Role

POLICY = GatewayPolicy(slots=4, public_slots=3, batch_slots=1)


@pytest.mark.parametrize(("role", "most"), [(Role.STAFF, 4), (Role.PUBLIC, 3), (Role.BATCH, 1)])
async def test_each_role_has_its_most(role: Role, most: int) -> None:
    bulkhead = Bulkhead(POLICY)

    async with AsyncExitStack() as held:
        for _ in range(most):
            await held.enter_async_context(bulkhead.place(role, 0.0))
        with pytest.raises(Full):
            await held.enter_async_context(bulkhead.place(role, 0.0))


async def test_a_place_is_given_back() -> None:
    bulkhead = Bulkhead(POLICY)

    async with bulkhead.place(Role.BATCH, 0.0):
        pass

    async with bulkhead.place(Role.BATCH, 0.0):
        assert bulkhead.places_in_use == 1


async def test_the_free_place_goes_to_staff_before_the_public_and_to_batches_last() -> None:
    bulkhead = Bulkhead(POLICY.model_copy(update={"slots": 1}))
    order: list[Role] = []

    async def use(role: Role) -> None:
        async with bulkhead.place(role, 5.0):
            order.append(role)

    async with asyncio.TaskGroup() as group, bulkhead.place(Role.STAFF, 0.0):
        for role in (Role.BATCH, Role.PUBLIC, Role.STAFF):
            group.create_task(use(role))
            await asyncio.sleep(0)

    assert order == [Role.STAFF, Role.PUBLIC, Role.BATCH]


async def test_a_waiter_that_was_cancelled_takes_no_place_with_it() -> None:
    bulkhead = Bulkhead(POLICY.model_copy(update={"slots": 1}))

    async def use() -> None:
        async with bulkhead.place(Role.STAFF, 5.0):
            await asyncio.Event().wait()

    async with bulkhead.place(Role.STAFF, 0.0):
        waiter = asyncio.create_task(use())
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter

    async with bulkhead.place(Role.STAFF, 0.0):
        assert bulkhead.places_in_use == 1


async def test_a_waiter_that_is_cancelled_at_its_turn_gives_the_place_back() -> None:
    bulkhead = Bulkhead(POLICY.model_copy(update={"slots": 1}))

    async def use() -> None:
        async with bulkhead.place(Role.STAFF, 5.0):
            pytest.fail("it was cancelled before")

    async with bulkhead.place(Role.STAFF, 0.0):
        waiter = asyncio.create_task(use())
        await asyncio.sleep(0)
    # Leaving the block has given the waiter its turn, which it has not taken up yet.
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter

    assert bulkhead.places_in_use == 0


async def test_who_waited_in_vain_leaves_no_trace() -> None:
    bulkhead = Bulkhead(POLICY.model_copy(update={"slots": 1}))

    async with bulkhead.place(Role.STAFF, 0.0):
        for _ in range(3):
            with pytest.raises(Full):
                await bulkhead.place(Role.PUBLIC, 0.001).__aenter__()

    async with bulkhead.place(Role.STAFF, 0.0):
        assert bulkhead.places_in_use == 1
    assert bulkhead.places_in_use == 0


async def test_fifty_inquiries_of_people_are_under_way_at_one_payer_and_no_more() -> None:
    bulkhead = Bulkhead(GatewayPolicy())

    async with AsyncExitStack() as held:
        for _ in range(50):
            await held.enter_async_context(bulkhead.place(Role.STAFF, 0.0))
        with pytest.raises(Full):
            await held.enter_async_context(bulkhead.place(Role.STAFF, 0.0))
