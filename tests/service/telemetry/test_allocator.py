"""What the allocator promises: freed memory goes back to the machine, in a quiet moment alone."""

import asyncio
import ctypes
from contextlib import suppress
from pathlib import Path

import pytest

from service.telemetry.allocator import give_back_freed, give_back_in_rounds

BLOCK, BLOCKS = 4096, 8192


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another allocator than glibc's")
def test_what_was_freed_goes_back_to_the_machine() -> None:
    blocks = [bytearray(BLOCK) for _ in range(BLOCKS)]
    # The last one lies above all others, so that the heap does not shrink by itself.
    last = blocks.pop()
    full = resident()
    blocks.clear()

    give_back_freed()

    assert len(last) == BLOCK
    assert full - resident() > BLOCK * BLOCKS // 2


@pytest.mark.parametrize("quiet", [True, False])
async def test_memory_is_given_back_in_a_quiet_moment_alone(quiet: bool) -> None:
    given, looked = 0, asyncio.Semaphore(0)

    def give_back() -> None:
        nonlocal given
        given += 1

    async def is_quiet() -> bool:
        looked.release()
        return quiet

    task = asyncio.create_task(give_back_in_rounds(give_back, is_quiet, every=0.001))
    for _ in range(3):
        await looked.acquire()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert (given > 0) == quiet
