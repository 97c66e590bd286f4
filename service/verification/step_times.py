"""When a question is asked again: by the schedule, as the payer said, never too soon, and while it lives."""

from datetime import datetime, timedelta

from service.gateway import Schedule
from service.gateway.clocks import Clocks
from service.scheduler import LaterStep
from service.security.access import URGENCY, Role
from service.store import JobRow
from service.verification.lifetimes import Lives

ENDING = timedelta(seconds=1)
"""A step that comes this close to its time has come, and one this close to the end of a life ends it."""

LATE = timedelta(seconds=5)
"""A step that is so late waits behind many others: a caller who waits for its question need not."""


class StepTimes:
    """The times of the steps of every job that this process works on."""

    def __init__(self, clocks: Clocks, schedule: Schedule) -> None:
        """Take the clocks, and the schedule of every question."""
        self._clocks = clocks
        self._schedule = schedule
        self._lives = Lives(clocks)
        self.resend_after = schedule.resend_after
        """Seconds from one send of a question to the next at least."""

    def first_step(self, job: JobRow, *, queued: bool = False) -> LaterStep:
        """Return the step that asks a new question again when its process died before it settled it.

        That of a ``queued`` question comes when its turn does: nobody has begun it.
        """
        payer, priority = job.question.payer, _priority(job.role)
        if queued:
            return LaterStep(job.id, payer, priority, 0.0)
        return LaterStep(job.id, payer, priority, self.resend_after, made_at=job.created_at)

    def due_step(self, job_id: str, payer: str, role: Role) -> LaterStep:
        """Return a step at once, for a question that nobody settled, as a guard finds it."""
        return LaterStep(job_id, payer, _priority(role), 0.0, by_guard=True)

    def given_step(self, job_id: str, payer: str, role: Role, at: datetime | None) -> LaterStep:
        """Return a step for a question that an earlier version left with a step ``at``, which is kept nowhere now."""
        left = 0.0 if at is None else (at - self._clocks.now()).total_seconds()
        return LaterStep(job_id, payer, _priority(role), max(self.resend_after, left), at)

    def step(self, job: JobRow, at: datetime | None = None) -> LaterStep:
        """Return the step of ``job`` at ``at``; without one, a step that looks whether somebody still works on it."""
        seconds = self.resend_after if at is None else (at - self._clocks.now()).total_seconds()
        return LaterStep(job.id, job.question.payer, _priority(job.role), seconds, at)

    def next_at(self, job: JobRow, hint: datetime | None = None, sent: datetime | None = None) -> datetime:
        """When the next step comes: by the schedule and the payer's ``hint``, at the end of its life at the latest."""
        now, since = self._clocks.now(), self._lives.since_sent(job)
        sends = [sent, None if since is None else now - timedelta(seconds=since)]
        at = self._schedule.next_at(
            first_sent=now - timedelta(seconds=self._lives.seconds_gone(job)),
            last_sent=max((one for one in sends if one is not None), default=None),
            now=now,
            hint=hint,
            dice=self._clocks.dice(),
        )
        return min(self.ends_at(job), at)

    def soonest_next_at(self, job: JobRow) -> datetime:
        """``next_at``, and not at once: a step that sent nothing is not repeated without a pause."""
        return max(self._clocks.now() + ENDING, self.next_at(job))

    def ends_at(self, job: JobRow) -> datetime:
        """When the life of ``job`` ends, by the time of day that it is now."""
        return self._clocks.now() + timedelta(seconds=self._lives.seconds_left(job))

    def is_over(self, job: JobRow) -> bool:
        """Whether the life of ``job`` has ended."""
        return self._lives.seconds_left(job) <= ENDING.total_seconds()

    def is_too_soon(self, job: JobRow) -> bool:
        """Whether the question, or an earlier twin of it, left us without a verdict within the 90 seconds."""
        since = self._lives.since_sent(job)
        return since is not None and since < self.resend_after

    def is_to_come(self, job: JobRow) -> bool:
        """Whether the step that the row of ``job`` names is still to come.

        One after the question's life was planned by a clock that was wrong, and is not waited for.
        """
        at = job.next_step_at
        return at is not None and self._clocks.now() + ENDING < at <= self.ends_at(job)

    def is_overdue(self, job: JobRow) -> bool:
        """Whether the step of ``job`` should have come a while ago."""
        due = job.next_step_at or job.created_at + timedelta(seconds=self.resend_after)
        return self.is_over(job) or (not self.is_to_come(job) and self._clocks.now() > due + LATE)

    def forget(self, job_id: str) -> None:
        """Drop a job that has ended."""
        self._lives.forget(job_id)


def _priority(role: Role) -> int:
    """Return the place of ``role`` in the queue; 1 is the most urgent."""
    return 1 + URGENCY.index(role)
