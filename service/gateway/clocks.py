"""The clocks, the dice and the sleep of the gateway: parameters, so that no test sleeps."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import random
from time import monotonic
from typing import NamedTuple


def _now() -> datetime:
    return datetime.now(UTC)


class Clocks(NamedTuple):
    """``clock`` counts seconds and never jumps, ``now`` is the time of day in UTC, ``dice`` are in [0, 1)."""

    clock: Callable[[], float] = monotonic
    now: Callable[[], datetime] = _now
    dice: Callable[[], float] = random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
