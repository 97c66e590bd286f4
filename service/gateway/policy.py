"""Every number of the gateway's time and retry policy, and the one table that says what a failure leads to.

Source: ``RELIABILITY.md`` 0, 4 and 8; "What holds for us" there decides where they pull apart.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from contracts import Again, Benefits, Frozen, PayerError, ProblemCode, Responsible
from contracts.wait_limits import LONGEST_PAUSE, RESEND_AFTER, SHORTEST_PAUSE


class GatewayPolicy(Frozen):
    """The gateway's numbers. Seconds, unless a name says otherwise.

    ``tries`` are those of one route while nothing was sent, the first included. ``reserve`` is kept of a wait for
    reading and writing the answer. ``queue_share`` is the part of a wait that may be spent on waiting for a place, so
    that the other part is left for the reply; ``queue_seconds`` is for a question that nobody waits for. ``asks``
    bounds the inquiries of one run. A check of authorization alone takes ``authorization_seconds`` at most, and is not
    begun where somebody waits and fewer than ``authorization_least`` are left. ``slots`` is as many as the narrowest
    gateway lets one customer have. ``burst`` inquiries may go to a payer together, as those of one question do; beyond
    that they keep its card's pace, so that in no second more go than the pace and the burst together. Source:
    ``PROTOCOLS.md`` 4.4.4, ``RELIABILITY.md`` 8.3.
    """

    tries: int = 3
    nap_least: float = 0.05
    nap_most: float = 0.3
    reserve: float = 0.4
    pause_share: float = 1 / 3
    pause_least: float = SHORTEST_PAUSE
    pause_most: float = LONGEST_PAUSE
    retry_share: float = 0.10
    retry_floor_per_minute: int = 6
    budget_window: float = 60.0
    slots: int = 50
    batch_slots: int = 40
    public_slots: int = 24
    queue_share: float = 0.5
    queue_seconds: float = 30.0
    burst: int = 4
    breaker_window: float = 60.0
    breaker_least_calls: int = 8
    breaker_failures: float = 0.5
    breaker_slow: float = 0.8
    breaker_slow_seconds: float = 20.0
    breaker_open: tuple[float, ...] = (15.0, 30.0, 60.0, 120.0)
    asks: int = 24
    authorization_seconds: float = 4.0
    authorization_least: float = 0.5
    measured: int = 256
    keep_reply: float = 60.0
    """How long a reply is held in memory while the store cannot take it."""


WAITING: frozenset[ProblemCode] = frozenset({
    ProblemCode.PAYER_UNREACHABLE,
    ProblemCode.PAYER_SILENT,
    ProblemCode.PAYER_BUSY,
    ProblemCode.REPLY_UNREADABLE,
    ProblemCode.REPLY_MISMATCHED,
})  # fmt: skip
"""The problems that leave a question pending: more may come by asking again. Every other problem is final.

Source: ``ANSWER.md`` 6, faults of a route.
"""


class Phase(StrEnum):
    """How far an exchange came before it failed; the letters are those of ``RELIABILITY.md`` 4."""

    HELD_BACK = "held_back"
    NOT_SENT = "a"
    NO_VERDICT = "b"
    LATER = "c"
    MEMBER = "d"
    OURS = "e"


class Counts(StrEnum):
    """What an exchange says to the breaker of its payer and route."""

    ANSWERED = "answered"
    FAILED = "failed"
    NOTHING = "nothing"


class PolicyRow(NamedTuple):
    """What follows from a phase: whether there is another try within the wait, and what the breaker counts.

    Whether the schedule asks again follows from the problem (``WAITING``).
    """

    within_wait: bool
    counts: Counts


RETRY_RULES: Mapping[Phase, PolicyRow] = {
    # We never tried: breaker open, no place, the payer asked everybody to stay away, the store took no intent.
    Phase.HELD_BACK: PolicyRow(within_wait=False, counts=Counts.NOTHING),
    # No byte left us: the only failure after which the same exchange is tried again at once.
    Phase.NOT_SENT: PolicyRow(within_wait=True, counts=Counts.FAILED),
    # Sent, and no verdict came: asked again by the schedule alone, 90 s or more after the send.
    Phase.NO_VERDICT: PolicyRow(within_wait=False, counts=Counts.FAILED),
    # The payer says when; it was sent, so it comes no sooner than the 90 s either.
    Phase.LATER: PolicyRow(within_wait=False, counts=Counts.FAILED),
    # The payer answered: somebody mends the member's details.
    Phase.MEMBER: PolicyRow(within_wait=False, counts=Counts.ANSWERED),
    # Our set-up or our plugin: neither waiting nor asking again mends it, and it says nothing of the payer.
    Phase.OURS: PolicyRow(within_wait=False, counts=Counts.NOTHING),
}
"""The retry rules, by phase: adapters and routes cannot change them."""


def phase_of(error: PayerError) -> Phase:
    """How far the exchange came that ended in ``error``; read from its attributes alone."""
    if error.problem not in WAITING:
        return Phase.MEMBER if error.responsible is Responsible.MEMBER else Phase.OURS
    if not error.sent:
        return Phase.NOT_SENT if error.again is Again.WITHIN_WAIT else Phase.HELD_BACK
    return Phase.LATER if error.again is Again.WHEN_IT_SAYS else Phase.NO_VERDICT


BUSY_CODES = frozenset({"42", "80"})
"""AAA03 of a payer that cannot respond: an outage in the clothes of an answer. Source: ``REFERENCE.md`` 7."""


def says_busy(benefits: Benefits) -> bool:
    """Whether a reply says nothing but that the payer cannot respond at the moment."""
    codes = {rejection.code for rejection in benefits.rejections}
    return benefits.in_progress or (bool(codes) and codes <= BUSY_CODES and not benefits.lines)


_SPREAD_AT_MOST = timedelta(seconds=30)


class Schedule(Frozen):
    """When a question without a verdict is asked again, in seconds.

    ``steps`` count from the first send and are followed by one each ``then``; no step comes sooner than
    ``resend_after`` seconds after the last send (CORE 153 section 6: 90 s). ``life`` ends it all.
    """

    resend_after: float = RESEND_AFTER
    steps: tuple[float, ...] = (RESEND_AFTER, 180.0, 420.0, 720.0)
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

        ``dice`` is a number in [0, 1) that spreads the later steps, and what the payer put off.
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
        if hint is not None and hint > at:
            # Spread, since everybody whom the payer sent away was given the same instant.
            at = hint + min(_SPREAD_AT_MOST, (hint - now) * self.jitter) * dice
        return at
