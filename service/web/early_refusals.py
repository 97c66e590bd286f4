"""What is refused before it is a request leaves no line of its own: it is counted by its code, and told in rounds."""

import asyncio
from collections import Counter

import structlog

log = structlog.get_logger()

SECONDS = 5.0
"""Between two rounds."""


class EarlyRefusals:
    """How many connections and heads were refused since the last round, by code."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: Counter[str] = Counter()

    def count(self, code: str) -> None:
        """Count one that was refused under ``code``."""
        self._counts[code] += 1

    def report(self) -> None:
        """Write a line for each code since the last time."""
        counts, self._counts = self._counts, Counter()
        for code, count in sorted(counts.items()):
            log.info("door.refused_early", code=code, count=count)

    async def report_in_rounds(self, seconds: float = SECONDS) -> None:
        """Report for ever, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(seconds)
                self.report()
        finally:
            self.report()
