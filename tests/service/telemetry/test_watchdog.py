"""What the watchdog promises: whoever blocks the loop is named while he still does."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator

import pytest

from service.telemetry.watchdog import Watchdog


@pytest.fixture
async def watchdog(written: io.StringIO) -> AsyncIterator[Watchdog]:
    dog = Watchdog(limit=0.05, beat=0.01)
    dog.start()
    yield dog
    dog.stop()


async def block() -> None:
    # Blocking the loop is the fault under test, so it has to be done.
    time.sleep(0.3)  # noqa: ASYNC251


async def test_a_plugin_that_blocks_the_loop_is_named(watchdog: Watchdog, written: io.StringIO) -> None:
    await asyncio.create_task(block(), name="payer:acme")

    (line,) = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (line["event"], line["plugin"]) == ("loop.blocked", "payer:acme")
    assert line["function"].endswith(":block")
    assert watchdog.blocked == {"payer:acme": 1}
    assert watchdog.worst > 0.05


async def test_a_block_of_our_own_accuses_no_plugin(watchdog: Watchdog) -> None:
    await block()

    assert watchdog.blocked == {"none": 1}


async def test_a_loop_that_turns_is_left_alone(watchdog: Watchdog) -> None:
    for _ in range(100):
        await asyncio.sleep(0)

    assert not watchdog.blocked
