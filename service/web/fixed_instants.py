"""Responses at fixed instants: how long the work behind one took tells nothing."""

import asyncio
from math import floor
from time import monotonic


class FixedInstants:
    """Instants ``every`` so many seconds, from when this was made."""

    def __init__(self, every: float) -> None:
        """Begin to count now."""
        self._every = every
        self._began = monotonic()

    async def wait(self) -> None:
        """Wait for the next instant."""
        gone = monotonic() - self._began
        await asyncio.sleep((floor(gone / self._every) + 1) * self._every - gone)
