"""The garbage collector's whole rounds: they come every twenty seconds, and not in the midst of a long reply.

A whole round looks at everything that lives and stops every thread for it: with a reply of a thousand lines in hand it
took 60 ms, and by itself it comes just then, since much was made. What is no ring is freed without it, and what lived
shortly by the small rounds, which stay as they are.
"""

import asyncio
import gc
from collections.abc import Callable

SECONDS = 20.0
"""Between two whole rounds."""

_NEVER = 1_000_000_000


def hold_whole_rounds() -> None:
    """Take all that was made so far out of the rounds, and let no whole one come by itself."""
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)


async def collect_in_rounds(collect: Callable[[], object] = gc.collect, seconds: float = SECONDS) -> None:
    """Make whole rounds, for ever."""
    while True:
        await asyncio.sleep(seconds)
        collect()
