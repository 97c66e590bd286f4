"""The store of this machine's settings, opened for a short command beside whoever serves it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import click

from service.cli.bootstrap import store_of
from service.cli.refusals import refusing
from service.settings.model import load_settings
from service.store import KeyNotLive, PersonUnknown, SealingKeyNeeded, Store, TwoKeysLive
from service.telemetry.logs import logging_process

Result = TypeVar("Result")

_REFUSED: Mapping[type[Exception], str] = {
    KeyNotLive: "no live key has this id",
    TwoKeysLive: "this caller has two live keys already: revoke one of them first",
    PersonUnknown: "no person with access has this id",
}


@asynccontextmanager
async def store_beside() -> AsyncIterator[Store]:
    """The store of the settings, opened beside whoever serves."""
    store = store_of(load_settings(), serving=False)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


def with_store(work: Callable[[Store], Awaitable[Result]]) -> Result:
    """Open the store beside whoever serves, and do ``work`` with it; what it refuses is said in a sentence."""

    async def run() -> Result:
        async with store_beside() as store:
            return await work(store)

    # What goes wrong is told on the standard error alone: the standard output holds the result and nothing else.
    try:
        with refusing(), logging_process(level=logging.ERROR):
            return asyncio.run(run())
    except SealingKeyNeeded as needed:
        raise click.ClickException(str(needed)) from None
    except tuple(_REFUSED) as refused:
        raise click.ClickException(_REFUSED[type(refused)]) from None
