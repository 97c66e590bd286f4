"""What naming a plugin promises: whoever keeps a process from ending is found, wherever they sit."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from service.entry_points import Source
from service.telemetry import culprits
from service.telemetry.culprits import UNKNOWN, culprit_of, find_culprits

US = Source("acme-dist", "payer:acme", __name__)
OTHER = Source("other-dist", "payer:other", "acme_nowhere")


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(culprits, "sources", lambda: iter((OTHER, US)))


async def find_beside() -> list[str]:
    """Whom a thread beside this loop finds, apart from the stack of the thread that the test itself runs in."""
    loop = asyncio.get_running_loop()
    found = await asyncio.to_thread(find_culprits, loop, None)
    return [culprit.plugin for culprit in found]


@pytest.fixture
def thread() -> Iterator[threading.Event]:
    enough = threading.Event()
    sitting = threading.Thread(target=sit, args=(enough,), daemon=True)
    sitting.start()
    yield enough
    enough.set()
    sitting.join()


def sit(enough: threading.Event) -> None:
    enough.wait()


def test_a_thread_in_a_plugins_module_is_named(thread: threading.Event) -> None:
    found = find_culprits(None, None)

    assert ("acme-dist/payer:acme", f"{__name__}:sit") in found


async def test_a_task_that_swallowed_its_cancellation_is_named_by_its_module() -> None:
    enough = asyncio.Event()

    async def stubborn() -> None:
        while not enough.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await enough.wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)

    assert str(US) in await find_beside()
    enough.set()
    await task


async def test_a_task_is_named_by_the_plugin_that_it_is_run_for() -> None:
    task = asyncio.create_task(asyncio.sleep(60), name="payer:other")

    assert str(OTHER) in [culprit.plugin for culprit in culprits._of_task((OTHER,), task)]
    task.cancel()


async def test_a_generator_that_does_not_close_is_named() -> None:
    async def endless() -> AsyncIterator[int]:
        yield 1

    begun = endless()
    await anext(begun)  # type: ignore[call-overload]  # it is an iterator

    assert str(US) in await find_beside()
    await begun.aclose()  # type: ignore[attr-defined]  # and a generator


def test_a_failure_is_traced_to_the_plugin_that_raised_it() -> None:
    def ends() -> None:
        raise SystemExit

    with pytest.raises(SystemExit) as ended:
        ends()

    assert culprit_of(ended.value) == (str(US), f"{__name__}:ends")


def test_a_failure_of_nobodys_accuses_nobody() -> None:
    assert culprit_of(KeyError("x")) == (UNKNOWN, UNKNOWN)
