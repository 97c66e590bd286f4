"""The store of this machine's settings, opened for a short command beside whoever serves it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from service.bootstrap import store_of
from service.cli.refusals import refusing
from service.settings.model import load_settings
from service.store import Store
from service.telemetry.logs import logging_process

Result = TypeVar("Result")


def with_store(work: Callable[[Store], Awaitable[Result]]) -> Result:
    """Open the store beside whoever serves, and do ``work`` with it."""

    async def run() -> Result:
        store = store_of(load_settings(), serving=False)
        await store.start()
        try:
            return await work(store)
        finally:
            await store.stop()

    # What goes wrong is told on the standard error alone: the standard output holds the result and nothing else.
    with refusing(), logging_process(level=logging.ERROR):
        return asyncio.run(run())
