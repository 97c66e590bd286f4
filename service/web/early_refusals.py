"""Counts what is refused before it is a request, by its code; a flood of it gets a log line now and then, not each."""

import asyncio
from collections import Counter

import structlog

log = structlog.get_logger()

SECONDS = 5.0
"""Between two reports."""


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
            log.info("connection.refused", code=code, count=count)

    async def report_in_rounds(self, seconds: float = SECONDS) -> None:
        """Report for ever, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(seconds)
                self.report()
        finally:
            self.report()
