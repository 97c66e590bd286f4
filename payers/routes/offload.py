"""Long replies are read in a thread, so that nobody else waits for the event loop meanwhile.

A thread shares the interpreter with the loop and gives it its turn after a millisecond (``serve``), so this helps only
where no single call takes long; the bounds of each form of reply see to that.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

LARGE = 16_000
"""Bytes that are read on the loop: in any form some fifteen milliseconds at the worst. Usual replies have 5 kB."""


async def offload(read: Callable[[], Result], size: int) -> Result:
    """What ``read`` returns or raises, in a thread when there are more than ``LARGE`` bytes to read."""
    return await asyncio.to_thread(read) if size > LARGE else read()
