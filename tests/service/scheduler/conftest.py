"""A scheduler on each engine, started and stopped."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from service.scheduler import Scheduler
from service.security.encryption import Sealer
from service.store import Tuning, open_store
from tests.service.scheduler.staging import SILENCE, Running, Starting, Steps, with_threads


@pytest.fixture
async def start(database: str) -> AsyncIterator[Starting]:
    """Starts a scheduler with a store beside it; both are stopped at the end."""
    async with AsyncExitStack() as stack:

        async def started(*holding: str) -> Running:
            store = open_store(
                database, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(silence=SILENCE, patience=10.0)
            )
            await store.start()
            stack.push_async_callback(store.stop)
            scheduler, steps = Scheduler(database, store, heartbeat_seconds=0.1), Steps()
            steps.holding.update(holding)
            scheduler.register(steps, steps.guard)
            stack.callback(with_threads)
            stack.push_async_callback(scheduler.stop)
            await scheduler.start()
            return Running(scheduler, steps, store)

        yield started
