"""Long replies are read in a thread, so that the event loop keeps running meanwhile; others one in a turn of the loop.

The thread shares the interpreter with the loop, which gets its turn after a third of a millisecond (``serve`` sets
that). So this helps only where no single call takes long; the limits of each form of reply ensure it.
"""

from collections.abc import Callable
from typing import TypeVar

from contracts.readings import READINGS

Result = TypeVar("Result")

LARGE = 16_000
"""Bytes that are read on the loop: at most fifteen milliseconds in any form. Usual replies have 5 kB."""


async def offload(read: Callable[[], Result], size: int) -> Result:
    """Call ``read`` and return its result; in a thread when there are more than ``LARGE`` bytes to read."""
    return await (READINGS.beside_the_loop if size > LARGE else READINGS.on_the_loop)(read)
