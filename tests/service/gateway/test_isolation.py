"""What the guard around a plugin promises."""

import asyncio
import contextlib

import pytest

from service.gateway.isolation import Exited, Leaked, Overrun, run_guarded


async def test_what_the_coroutine_returns_comes_back() -> None:
    async def work() -> int:
        return 7

    assert await run_guarded(work, 1.0, Leaked()) == 7


async def test_what_the_coroutine_raises_comes_through() -> None:
    async def work() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await run_guarded(work, 1.0, Leaked())


async def test_a_coroutine_that_hangs_is_cut() -> None:
    leaked = Leaked()

    with pytest.raises(Overrun):
        await run_guarded(asyncio.Event().wait, 0.01, leaked)

    assert len(leaked) == 0


async def test_a_coroutine_that_swallows_its_cancellation_is_left_behind_and_counted() -> None:
    leaked, enough = Leaked(), asyncio.Event()

    async def stubborn() -> None:
        while not enough.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await enough.wait()

    with pytest.raises(Overrun):
        await run_guarded(stubborn, 0.01, leaked)

    assert len(leaked) == 1
    enough.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(leaked) == 0


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()])
async def test_what_no_task_may_let_through_reads_as_an_exit(raised: BaseException) -> None:
    async def work() -> None:
        raise raised

    with pytest.raises(Exited):
        await run_guarded(work, 1.0, Leaked())


async def test_work_that_makes_no_coroutine_fails_inside_the_guard() -> None:
    with pytest.raises(TypeError):
        await run_guarded(lambda: 7, 1.0, Leaked())  # type: ignore[arg-type,return-value]  # the fault under test


async def test_a_failure_in_the_last_moment_is_taken_notice_of() -> None:
    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise KeyError

    with pytest.raises(KeyError):
        await run_guarded(work, 0.01, Leaked())


async def test_a_caller_that_is_cancelled_cancels_the_coroutine() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    outer = asyncio.create_task(run_guarded(work, 10.0, Leaked()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer

    assert cancelled.is_set()
