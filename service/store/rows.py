"""What goes into the store and what comes out of it, opened."""

from datetime import datetime
from typing import NamedTuple

from contracts import Answer, AttemptNumbers, Question, State
from service.security.access import Caller, Role
from service.security.consent import Consent


class FirstAttempt(NamedTuple):
    """What the payer of a new question is probably asked first: over which route, about which service types."""

    route: str
    service_types: tuple[str, ...]


class Intent(NamedTuple):
    """A question that somebody wants answered, as the store records it before anything is sent.

    ``life_seconds`` is how long a new job is tried, ``fresh_seconds`` how old a final answer may be to serve again (0:
    never). ``idempotency_key`` is the caller's header as sent; only a digest of it is kept. Nobody works on the job of
    a ``queued`` question before its step comes. ``consent`` is what the member agreed to.
    """

    question: Question
    caller: Caller
    life_seconds: float
    fresh_seconds: float = 0.0
    idempotency_key: str | None = None
    queued: bool = False
    retries: str | None = None
    """The id of the verification that this question mends."""
    consent: Consent | None = None
    keeps_purpose: bool = False
    """Whether the purpose is that of the member's newest verification, where there is one."""
    first: FirstAttempt | None = None
    """What a new job is asked first: its attempt is opened in the transaction of the intent."""

    def __repr__(self) -> str:
        """Show who asks, and nothing of the member."""
        return f"Intent(caller={self.caller.id!r}, payer={self.question.payer!r})"


class JobRow(NamedTuple):
    """One payer question, shared by its twins.

    ``role`` is the most urgent of those who asked. ``question`` has no reference: that is each caller's own.
    ``last_sent_at`` is when this question last left us so that it may not be sent again yet: the last send of this job
    that was not provably unsent, or of an earlier job of the same question that ended without a verdict.
    ``replies`` are what a pending job was answered so far, as its runs wrote them; the store does not read them.
    """

    id: str
    state: State
    role: Role
    question: Question
    answer: Answer | None
    created_at: datetime
    life_ends_at: datetime
    next_step_at: datetime | None
    last_sent_at: datetime | None
    attempts: int
    replies: bytes | None = None
    settled_at: datetime | None = None

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"JobRow(id={self.id!r}, state={self.state.value!r}, attempts={self.attempts})"


class Intended(NamedTuple):
    """What an intent became. ``created_job`` is false when it joined a twin, a fresh answer, or its own first try.

    ``attempt`` is the id of the attempt that was opened with a new job, and its numbers.
    """

    verification_id: str
    created_job: bool
    job: JobRow
    attempt: tuple[str, AttemptNumbers] | None = None

    @property
    def job_id(self) -> str:
        """The id of the job that answers it."""
        return self.job.id


class Fetched(NamedTuple):
    """One verification with its job. ``question`` carries the caller's own reference."""

    verification_id: str
    caller_id: str
    role: Role
    created_at: datetime
    question: Question
    job: JobRow

    @property
    def reference(self) -> str | None:
        """The caller's own id."""
        return self.question.reference

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"Fetched(verification_id={self.verification_id!r}, job={self.job!r})"


class AuditEntry(NamedTuple):
    """One line of the audit: who did what, about which record. It holds ids and codes, never a member's data."""

    actor: str
    role: str
    action: str
    verification_id: str | None = None
    job_id: str | None = None
    attempt_id: str | None = None
    payer: str | None = None
    outcome: str | None = None
    source: str | None = None
    """Where a refused caller came from."""
    times: int | None = None
    """How often it happened within the minute of the line."""
    member_key: bytes | None = None
    """The blind index of the member whom a question is about (``sealed_columns.py``)."""


SYSTEM = "system"
"""The actor of what nobody asked for at that moment: the schedule, recovery, the start."""


class KeyRow(NamedTuple):
    """An API key as it is listed: all but its secret."""

    id: str
    role: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    authentic: bool
    """Whether the row was written by this service: a key whose row was not grants nothing."""
    caller_id: str = ""
    """The id of the caller's first key; two keys of one caller are a rotation."""
    networks: tuple[str, ...] = ()


class StaffRow(NamedTuple):
    """A person of the staff. ``roles`` are in alphabetical order; ``authentic`` as of a key."""

    id: str
    label: str
    roles: tuple[str, ...]
    invited: bool
    created_at: datetime
    ended_at: datetime | None
    authentic: bool


class EmergencyRow(NamedTuple):
    """A time for which somebody broke the glass, and why."""

    id: str
    staff_id: str
    started_at: datetime
    ends_at: datetime
    reason: str

    def __repr__(self) -> str:
        """Show no reason: people may write a patient into it."""
        return f"EmergencyRow(id={self.id!r}, staff_id={self.staff_id!r})"
