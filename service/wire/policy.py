"""Every number of the wire's time and retry policy, in one place.

Source: ``reliability.md`` sections 0, 4 and 8; "What holds for us" there decides where they pull apart.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from contracts import Frozen, ProblemCode, Whose


class WirePolicy(Frozen):
    """The wire's numbers. Seconds, unless a name says otherwise.

    ``tries`` are those of phase A (nothing was sent), all roads' first tries not counted against the retry budget.
    """

    tries: int = 3
    nap_least: float = 0.05
    nap_most: float = 0.3
    retry_share: float = 0.10
    retry_floor_per_minute: int = 6
    budget_window: float = 60.0
    slots: int = 32
    batch_slots: int = 6
    public_slots: int = 24
    queue_seconds: float = 2.0
    per_second: float = 100.0
    breaker_window: float = 60.0
    breaker_least_calls: int = 8
    breaker_failures: float = 0.5
    breaker_slow: float = 0.8
    breaker_slow_seconds: float = 20.0
    breaker_open: tuple[float, ...] = (15.0, 30.0, 60.0, 120.0)
    read_off_loop_bytes: int = 256 * 1024


class Schedule(Frozen):
    """When a question without a verdict is asked again, in seconds.

    ``steps`` count from the first send and are followed by one each ``then``; no step comes sooner than
    ``resend_after`` seconds after the last send (CORE 153 section 6: 90 s). ``life`` ends it all.
    """

    resend_after: float = 90.0
    steps: tuple[float, ...] = (90.0, 180.0, 420.0, 720.0)
    then: float = 1800.0
    jitter: float = 0.1

    def next_at(
        self,
        *,
        first_sent: datetime,
        last_sent: datetime | None,
        now: datetime,
        hint: datetime | None,
        dice: float,
    ) -> datetime:
        """The next step after ``now``: by the steps, the payer's own ``hint``, and never too soon after a send.

        ``dice`` is a number in [0, 1) that spreads the later steps.
        """
        gone = (now - first_sent).total_seconds()
        ahead = next((step for step in self.steps if step > gone), None)
        if ahead is None:
            beyond = gone - (self.steps[-1] if self.steps else 0.0)
            ahead = gone - beyond % self.then + self.then
            ahead += self.then * self.jitter * dice
        at = first_sent + timedelta(seconds=ahead)
        if last_sent is not None:
            at = max(at, last_sent + timedelta(seconds=self.resend_after))
        return max(at, hint) if hint is not None else at


WAITING: Mapping[ProblemCode, Whose | None] = {
    ProblemCode.PAYER_UNREACHABLE: None,
    ProblemCode.PAYER_SILENT: None,
    ProblemCode.PAYER_BUSY: None,
    ProblemCode.REPLY_UNREADABLE: None,
    ProblemCode.REPLY_MISMATCHED: None,
}
"""The problems that leave a question pending: more may come by asking again. Every other problem is final."""
