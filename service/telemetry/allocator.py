"""glibc's allocator: threads share what they free, and what was freed is given back to the machine in a quiet moment.

By itself glibc gives each thread a heap of its own, up to sixteen on two cores, and keeps what is free within each.
Where another library keeps the memory, nothing happens here.
"""

import asyncio
import ctypes
from collections.abc import Awaitable, Callable

from service.telemetry.collector import is_quiet

SECONDS = 20.0
"""From giving back what was freed to the next time."""

HEAPS = 2
"""Heaps that all threads share: whoever holds the interpreter's lock allocates, and seldom anybody beside it."""

_M_ARENA_MAX = -8
"""Source: ``malloc.h`` of glibc (read 2026-11-29)."""

_library = ctypes.CDLL(None)


def share_heaps() -> None:
    """Have all threads that start from here on share few heaps."""
    set_option = getattr(_library, "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, HEAPS)


def give_back_freed() -> None:
    """Give back to the machine what is free on the heaps."""
    trim = getattr(_library, "malloc_trim", None)
    if trim is not None:
        trim(0)


async def give_back_in_rounds(
    give_back: Callable[[], object] = give_back_freed,
    quiet: Callable[[], Awaitable[bool]] = is_quiet,
    *,
    every: float = SECONDS,
) -> None:
    """Give back what was freed for ever, ``every`` so many seconds unless the moment is not quiet."""
    while True:
        await asyncio.sleep(every)
        if await quiet():
            give_back()
