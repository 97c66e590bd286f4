"""When the garbage collector looks for rings: whole rounds in a quiet moment, and small ones less often while in vain.

A whole round looks at everything that lives and stops every thread for it: with a reply of a thousand lines in hand it
took 70 ms, after twenty seconds of refused replies 140 ms, and by itself it comes just then, since much was made. What
is no ring is freed without it, and rings that lived shortly by the small rounds.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic, process_time

SECONDS = 20.0
"""Between two whole rounds at most, quiet or not."""

LOOK_SECONDS = 1.0
"""From one look whether a round is due to the next."""

ENOUGH = 1
"""Rounds of the middle generation after which a whole one is worth its time in a quiet moment."""

QUIET_SECONDS = 0.03
QUIET_SHARE = 0.2
"""A moment is quiet when this process takes less than this share of a processor in so many seconds."""

YOUNG, RARE = 10_000, 20_000
"""Values that are made, less those that are freed, from one small round to the next; the interpreter's own measure is
700. Thirty questions under way hold some 16,000, at which every small round looks in vain: with the larger number there
are a sixth as many, and a question with a reply of 4 kB costs 3 % less. Where rounds find rings, the smaller one keeps
some megabytes free."""

FEW = 500
"""Values in rings; when a small round finds no more, it was made in vain."""

_NEVER = 1_000_000_000


def hold_whole_rounds() -> None:
    """Take all that was made so far out of the rounds, and let no whole one come by itself."""
    gc.freeze()
    _, middle, _ = gc.get_threshold()
    gc.set_threshold(YOUNG, middle, _NEVER)
    if space_small_rounds not in gc.callbacks:
        gc.callbacks.append(space_small_rounds)


def space_small_rounds(phase: str, info: Mapping[str, int]) -> None:
    """Let the next small round come later where this one was in vain; the interpreter calls it around each round."""
    if phase == "stop":
        _, middle, whole = gc.get_threshold()
        gc.set_threshold(YOUNG if info["collected"] > FEW else RARE, middle, whole)


async def is_quiet() -> bool:
    """Whether little is done in this process just now, by whatever thread."""
    began, used = monotonic(), process_time()
    await asyncio.sleep(QUIET_SECONDS)
    return process_time() - used < QUIET_SHARE * (monotonic() - began)


async def collect_in_rounds(
    collect: Callable[[], object] = gc.collect,
    quiet: Callable[[], Awaitable[bool]] = is_quiet,
    *,
    look: float = LOOK_SECONDS,
    most: float = SECONDS,
) -> None:
    """Make whole rounds for ever: in a quiet moment once there is enough to look at, and after ``most`` seconds."""
    last = monotonic()
    while True:
        await asyncio.sleep(look)
        if monotonic() - last >= most or (gc.get_count()[2] >= ENOUGH and await quiet()):
            collect()
            last = monotonic()
