"""Who was refused, counted by source and minute.

So a flood of guesses is a line of the audit each minute, and no full disk.
"""

from collections import Counter
from typing import NamedTuple

from service.store.rows import AuditEntry

MINUTE = 60_000_000
"""In microseconds."""

MOST_SOURCES = 64
"""Sources that are told apart in one minute; the rest are counted together."""

OTHERS = "others"


class Refusal(NamedTuple):
    """One kind of refusal: what was refused, to whom where that is known, from where, and why."""

    action: str
    actor: str
    role: str
    source: str | None
    outcome: str


class RefusalTally:
    """Counts refusals until their minute is over. It is kept in memory, so a crash loses the counts of a minute."""

    def __init__(self) -> None:
        """Start with none."""
        self._counts: Counter[tuple[int, Refusal]] = Counter()
        self._sources: Counter[int] = Counter()

    def __bool__(self) -> bool:
        """Whether anything was counted."""
        return bool(self._counts)

    def add(self, refusal: Refusal, now: int) -> None:
        """Count ``refusal`` as of the stamp ``now``."""
        minute = now // MINUTE
        if (minute, refusal) not in self._counts:
            if self._sources[minute] >= MOST_SOURCES:
                refusal = Refusal(refusal.action, OTHERS, OTHERS, OTHERS, OTHERS)
            else:
                self._sources[minute] += 1
        self._counts[minute, refusal] += 1

    def take(self, before: int) -> list[tuple[int, AuditEntry]]:
        """The lines of the minutes that ended by the stamp ``before``, each with its stamp; they count no more."""
        ended = sorted((key for key in self._counts if key[0] < before // MINUTE), key=lambda key: key[0])
        lines: list[tuple[int, AuditEntry]] = []
        for minute, refusal in ended:
            times = self._counts.pop((minute, refusal))
            entry = AuditEntry(
                refusal.actor,
                refusal.role,
                refusal.action,
                outcome=refusal.outcome,
                source=refusal.source,
                times=times,
            )
            lines.append((minute * MINUTE, entry))
            self._sources.pop(minute, None)
        return lines

    def put_back(self, lines: list[tuple[int, AuditEntry]]) -> None:
        """Count again what could not be written."""
        for at, entry in lines:
            refusal = Refusal(entry.action, entry.actor, entry.role, entry.source, entry.outcome or OTHERS)
            self._counts[at // MINUTE, refusal] += entry.times or 1
