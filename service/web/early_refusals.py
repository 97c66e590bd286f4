"""Counts connections and heads that are refused before they are requests; a flood of them gets few log lines."""

import asyncio
from collections import Counter

import structlog

log = structlog.get_logger()

SECONDS = 5.0
"""Between two reports."""


class EarlyRefusals:
    """How many connections and heads were refused since the last report, by code."""

    def __init__(self) -> None:
        """Start with none."""
        self._counts: Counter[str] = Counter()
        self._reported: Counter[str] = Counter()

    @property
    def totals(self) -> Counter[str]:
        """How many were refused since the process began, by code."""
        return self._reported + self._counts

    def count(self, code: str) -> None:
        """Count one refusal under ``code``."""
        self._counts[code] += 1

    def report(self) -> None:
        """Log a line for each code that was counted since the last report."""
        counts, self._counts = self._counts, Counter()
        self._reported += counts
        for code, count in sorted(counts.items()):
            log.info("connection.refused", code=code, count=count)

    async def report_regularly(self, seconds: float = SECONDS) -> None:
        """Report until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(seconds)
                self.report()
        finally:
            self.report()
