"""How long a question still lives, and how long ago it left us, by a clock that never jumps.

The store keeps instants of the time of day, and that clock may be set right while a question waits, or have been wrong
when it came. So a process believes an instant once, when it first sees it, and only within the question's own life;
from then on it counts the seconds itself.
"""

from datetime import datetime
from typing import NamedTuple

from service.gateway.clocks import Clocks
from service.store import JobRow

MOST = 10_000
"""Jobs that are remembered; of more, the oldest is believed anew when it is looked at again."""


class _Seen(NamedTuple):
    """What was believed of a job, and when by the clock that never jumps; ``sent_at`` is the send it was said of."""

    at: float
    left: float
    sent_at: datetime | None
    since_sent: float


class Lives:
    """The lives of the jobs that this process works on."""

    def __init__(self, clocks: Clocks) -> None:
        """Know of none yet."""
        self._clocks = clocks
        self._seen: dict[str, _Seen] = {}

    def seconds_left(self, job: JobRow) -> float:
        """Seconds for which ``job`` is still asked about; 0 when its life has ended."""
        seen = self._look(job)
        return max(0.0, seen.left - (self._clocks.clock() - seen.at))

    def seconds_gone(self, job: JobRow) -> float:
        """Seconds since ``job`` was asked."""
        return (job.life_ends_at - job.created_at).total_seconds() - self.seconds_left(job)

    def since_sent(self, job: JobRow) -> float | None:
        """Seconds since its question last left us so that it may not be sent again at once; None when it never did."""
        seen = self._look(job)
        return None if seen.sent_at is None else seen.since_sent + self._clocks.clock() - seen.at

    def forget(self, job_id: str) -> None:
        """Drop a job that has ended."""
        self._seen.pop(job_id, None)

    def _look(self, job: JobRow) -> _Seen:
        seen = self._seen.get(job.id)
        if seen is not None and seen.sent_at == job.last_sent_at:
            return seen
        now, clock = self._clocks.now(), self._clocks.clock()
        whole = (job.life_ends_at - job.created_at).total_seconds()
        # An instant that has not come yet is of a clock that was wrong: no life is longer than it was when it began,
        # and what left us left us now at the latest.
        left = min((job.life_ends_at - now).total_seconds(), whole)
        since = (now - job.last_sent_at).total_seconds() if job.last_sent_at else 0.0
        if seen is not None:
            # The same question has been sent meanwhile, no longer ago than it was last looked at.
            left = seen.left - (clock - seen.at)
            since = min(since, clock - seen.at)
        found = _Seen(clock, left, job.last_sent_at, max(0.0, since))
        self._seen[job.id] = found
        if len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]
        return found
