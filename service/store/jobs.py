"""Jobs: reading them, settling them, and the lock that keeps a question from being sent again too soon."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Answer, CoverageStatus, ExchangeOutcome, State
from service.security.access import Caller, Role, may_see
from service.security.encryption import SealBroken, Sealer
from service.store import attempts, audit, batch_items, own_rows, work
from service.store.identifiers import instant, maybe_instant, word_of
from service.store.row_digests import check, covered_columns, fetch_checked_first, row_digest
from service.store.rows import AuditEntry, Fetched, JobRow
from service.store.sealed_columns import answer_opened, answer_sealed, question_opened, reference_opened
from service.store.statements import execute, fetch_all, fetch_first, fetch_scalars
from service.store.tables import ATTEMPTS, COUNTERS, JOBS, PENDING, PROCESSES, VERIFICATIONS, Row

NO_VERDICT = (ExchangeOutcome.SILENT, ExchangeOutcome.UNREADABLE, ExchangeOutcome.MISMATCHED)
"""After these the payer may or may not have worked on the question."""

_TWIN = JOBS.alias("twin")
_JOB_ID = JOBS.c.id == sa.bindparam("job")
# A send counts against the next one of the same question when a byte may have left, and it was this job's, or an
# earlier job's that brought no verdict. Source: CAQH CORE 153 section 6 (no transmission again before 90 s).
_SENT = (
    ATTEMPTS.c.job_id == _TWIN.c.id,
    ATTEMPTS.c.sent == 1,
    sa.or_(
        _TWIN.c.id == JOBS.c.id,
        ATTEMPTS.c.outcome.is_(None),
        *(ATTEMPTS.c.outcome == outcome.value for outcome in NO_VERDICT),
    ),
)
_TWINS = _TWIN.c.twin_key == JOBS.c.twin_key
# By job: a server that has no statistics of the two tables yet would join them by reading all attempts.
_LAST_OF_TWIN = sa.select(sa.func.max(ATTEMPTS.c.sent_at)).where(*_SENT).correlate(_TWIN, JOBS).scalar_subquery()
_ATTEMPTS = sa.select(sa.func.count()).where(ATTEMPTS.c.job_id == JOBS.c.id)
LAST_SENT = (
    sa.select(sa.func.max(_LAST_OF_TWIN))
    .select_from(_TWIN)
    .where(_TWINS)
    .correlate(JOBS)
    .scalar_subquery()
    .label("last_sent_at")
)
"""When the question of a row of ``JOBS`` last left us so that it may not be sent again yet."""
_JOB = sa.select(
    *covered_columns(JOBS),
    JOBS.c.role,
    JOBS.c.next_step_at,
    _ATTEMPTS.correlate(JOBS).scalar_subquery().label("attempts"),
    LAST_SENT,
)
_ONE = _JOB.where(_JOB_ID)
_ALIVE = sa.exists().where(PROCESSES.c.name == JOBS.c.runner, PROCESSES.c.seen_at > sa.bindparam("alive_since"))
_NOBODYS = sa.or_(JOBS.c.runner.is_(None), JOBS.c.runner == sa.bindparam("process"), ~_ALIVE.correlate(JOBS))
_NO_STEP_TO_COME = sa.or_(
    JOBS.c.next_step_at.is_(None),
    JOBS.c.next_step_at <= sa.bindparam("now"),
    JOBS.c.next_step_at > sa.bindparam("latest"),
)
_POSTPONE = (
    sa.update(JOBS)
    .where(_JOB_ID, PENDING, _NO_STEP_TO_COME, _NOBODYS)
    .values(next_step_at=sa.bindparam("at"), runner=None)
)
_VERIFICATION = sa.select(*covered_columns(VERIFICATIONS)).where(VERIFICATIONS.c.id == sa.bindparam("verification"))
_VERIFICATIONS = (
    sa.select(VERIFICATIONS.c.id)
    .where(VERIFICATIONS.c.job_id == sa.bindparam("job"))
    .order_by(VERIFICATIONS.c.created_at, VERIFICATIONS.c.id)
)
_SETTLED = sa.select(*covered_columns(JOBS), JOBS.c.role).where(_JOB_ID).with_for_update()
_LOCK = sa.select(JOBS.c.state).where(_JOB_ID).with_for_update()
_UNCLAIMED = sa.or_(
    JOBS.c.claimed_at.is_(None),
    JOBS.c.claimed_at <= sa.bindparam("before"),
    JOBS.c.claimed_at > sa.bindparam("ahead"),
)
_SENT_SINCE = (
    sa.exists()
    .where(_TWINS, *_SENT, ATTEMPTS.c.sent_at > sa.bindparam("before"), ATTEMPTS.c.sent_at <= sa.bindparam("ahead"))
    .correlate(JOBS)
)
_CLAIM = (
    sa.update(JOBS)
    .where(_JOB_ID, PENDING, _UNCLAIMED, _NOBODYS, ~_SENT_SINCE)
    .values(claimed_at=sa.bindparam("now"), runner=sa.bindparam("process"))
)
_SETTLE = sa.update(JOBS).where(_JOB_ID, PENDING).values(runner=None)
_SETTLE_FINALLY = _SETTLE.values(work.CHANGE).returning(attempts.ANY_OPEN, batch_items.ANY_ASKED)
_SETTLE_OWN = _SETTLE_FINALLY.where(*own_rows.stands_as_written(JOBS, JOBS.c.role))
_PAID = sa.update(COUNTERS).where(COUNTERS.c.name == "steps_owed", COUNTERS.c.value > 0).values(value=0)
OWED = sa.select(COUNTERS.c.value).where(COUNTERS.c.name == "steps_owed")
"""How many steps are owed."""
_FINAL = (
    sa.select(JOBS.c.id)
    .where(JOBS.c.state == State.FINAL.value, JOBS.c.id > sa.bindparam("after"))
    .where(JOBS.c.created_at >= sa.bindparam("since"))
    .order_by(JOBS.c.id)
    .limit(sa.bindparam("most"))
)
_PENDING = sa.select(JOBS.c.id, JOBS.c.payer, JOBS.c.role, JOBS.c.next_step_at).where(PENDING)
# Without a runner, a job that nobody settled is one that waits for its turn, by a step of its own.
_UNSETTLED = _PENDING.where(
    JOBS.c.next_step_at.is_(None),
    JOBS.c.runner.is_not(None),
    JOBS.c.created_at >= sa.bindparam("since"),
    JOBS.c.created_at < sa.bindparam("until"),
).order_by(JOBS.c.id)
"""In an order, so that two guards which give steps to the same jobs wait for each other in turn and not in a ring."""


def verifications_of(connection: Connection, job_id: str) -> list[str]:
    """The ids of the verifications that a job answers, oldest first."""
    return fetch_scalars(connection, _VERIFICATIONS, {"job": job_id})


def read_job(connection: Connection, sealer: Sealer, job_id: str) -> JobRow | None:
    """The job of that id; None when there is none, or it was shredded. Raises ``SealBroken``."""
    row = fetch_first(connection, _ONE, {"job": job_id})
    return None if row is None or _is_shredded(sealer, row) else open_job(sealer, row)


def _is_shredded(sealer: Sealer, row: Row) -> bool:
    """Whether nothing is left in the row of a job. Raises ``RowForged`` when somebody else emptied it."""
    if row["sealed_question"]:
        return False
    check(sealer, "jobs", row)
    return True


def final_jobs(connection: Connection, after: str, since: int, most: int) -> list[str]:
    """Return the ids of jobs that are final and were made from ``since`` on: the next ones after the id ``after``."""
    return fetch_scalars(connection, _FINAL, {"after": after, "since": since, "most": most})


Then = Callable[[Connection], None]
"""What is to be committed together with a fact: a later step."""


class Asking(NamedTuple):
    """Who wants to work on a job: its ``process``, the time, and since when a process must have given a heartbeat.

    What is later than ``ahead`` is of a clock that was wrong.
    """

    process: str
    now: int
    alive_since: int
    ahead: int


class Postponing(NamedTuple):
    """The next step of a job is ``at``, and ``then`` enqueues it; one that is noted for after ``latest`` is none."""

    at: int
    latest: int
    then: Then | None


def postpone(connection: Connection, job_id: str, later: Postponing, asking: Asking) -> bool:
    """Note the next step of a job, and enqueue it; false when it has one to come, or somebody works on it."""
    values = {**asking._asdict(), "job": job_id, "at": later.at, "latest": later.latest}
    if execute(connection, _POSTPONE, values) != 1:
        return False
    if later.then is not None:
        later.then(connection)
    return True


def open_job(sealer: Sealer, row: Row) -> JobRow:
    """A job's row with what it holds in clear. Raises ``SealBroken``."""
    check(sealer, "jobs", row)
    job_id: str = row["id"]
    answer, replies = answer_opened(sealer, job_id, row["sealed_answer"])
    return JobRow(
        id=job_id,
        state=word_of(State, row["state"]),
        role=word_of(Role, row["role"]),
        question=question_opened(sealer, job_id, row["sealed_question"]),
        answer=answer,
        created_at=instant(row["created_at"]),
        life_ends_at=instant(row["life_ends_at"]),
        next_step_at=maybe_instant(row["next_step_at"]),
        last_sent_at=maybe_instant(row["last_sent_at"]),
        attempts=row["attempts"],
        replies=replies,
        settled_at=maybe_instant(row["settled_at"]),
    )


def verification(connection: Connection, sealer: Sealer, verification_id: str) -> Row | None:
    """The row of a verification. Raises ``RowForged``."""
    values = {"verification": verification_id}
    return fetch_checked_first(connection, sealer, "verifications", _VERIFICATION, values)


class Shown(NamedTuple):
    """The rows of a verification and its job, still sealed, whose showing stands in the audit."""

    verification: Row
    job: Row


def show(connection: Connection, sealer: Sealer, verification_id: str, caller: Caller, now: int) -> Shown | None:
    """What ``caller`` may see of that id, with the line of the audit that says so. Raises ``RowForged``.

    None, and no line, when there is no such verification, it was shredded, or ``caller`` may not see it.
    """
    row = verification(connection, sealer, verification_id)
    job = None if row is None else fetch_first(connection, _ONE, {"job": row["job_id"]})
    if row is None or job is None or not may_see(caller, row["caller_id"]):
        return None
    if _is_shredded(sealer, job):
        return None
    entry = AuditEntry(
        actor=caller.id,
        role=caller.role_name,
        action="verification.shown",
        verification_id=verification_id,
        job_id=job["id"],
        payer=job["payer"],
        outcome=job["state"],
        member_key=job["member_key"],
    )
    audit.append(connection, sealer, entry, now)
    return Shown(row, job)


def open_verification(sealer: Sealer, shown: Shown) -> Fetched:
    """A verification with its job, in clear. Raises ``SealBroken``."""
    row, job = shown.verification, open_job(sealer, shown.job)
    verification_id = row["id"]
    reference = reference_opened(sealer, verification_id, row["sealed_reference"])
    return Fetched(
        verification_id=verification_id,
        caller_id=row["caller_id"],
        role=word_of(Role, row["role"]),
        created_at=instant(row["created_at"]),
        question=job.question.model_copy(update={"reference": reference}),
        job=job,
    )


def claim(connection: Connection, sealer: Sealer, job_id: str, before: int, asking: Asking) -> bool:
    """Whether the job's question may be sent now; then nobody else may until the claim is used or ``before`` passes it.

    The row is locked by a statement of its own, so that the next one sees every attempt committed until then. What is
    still open of the job was left by somebody who is gone.
    """
    execute(connection, _LOCK, {"job": job_id})
    if execute(connection, _CLAIM, {**asking._asdict(), "job": job_id, "before": before}) != 1:
        return False
    attempts.give_up(connection, sealer, job_id, asking.now)
    return True


class Settling(NamedTuple):
    """An answer on its way into a job's row; stamps are microseconds."""

    answer: Answer
    replies: bytes | None
    state: State
    next_at: int | None
    at: int
    then: Then | None = None
    """What enqueues the next step."""
    unused: str | None = None
    """An open attempt under which nothing was sent."""

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"Settling(state={self.state.value!r})"


def settle(connection: Connection, sealer: Sealer, job_id: str, settling: Settling) -> bool:
    """Store an answer unless the job is final already. Raises ``RowForged``."""
    own = own_rows.take(connection, JOBS, job_id)
    if (
        own is not None
        and settling.state is State.FINAL
        and _settle_row(connection, sealer, own, settling, is_own=True)
    ):
        return True
    row = fetch_checked_first(connection, sealer, "jobs", _SETTLED, {"job": job_id})
    return row is not None and _settle_row(connection, sealer, row, settling)


def _settle_row(connection: Connection, sealer: Sealer, row: Row, settling: Settling, *, is_own: bool = False) -> bool:
    """Settle the job of ``row``; one that ``is_own`` only while it stands as it was made."""
    job_id: str = row["id"]
    if settling.unused is not None:
        attempts.close_unused(connection, sealer, settling.unused, settling.at)
    final = settling.state is State.FINAL
    known = {
        "sealed_answer": answer_sealed(
            sealer, job_id, settling.answer, settling.replies, beside=row["sealed_question"]
        ),
        "state": settling.state.value,
        "settled_at": settling.at if final else None,
        "reusable": int(reusable(settling.answer, settling.state)),
    }
    mac = row_digest(sealer, "jobs", {**row, **known})
    plan = {"next_step_at": None if final else settling.next_at, "mac": mac}
    counted = work.columns_of(sealer, settling.answer, word_of(Role, row["role"])) if final else {}
    values = {"job": job_id, **known, **plan, **counted}
    if final:
        changing = (_SETTLE_OWN, values | own_rows.as_written(row)) if is_own else (_SETTLE_FINALLY, values)
        settled = fetch_first(connection, *changing)
        if settled is None:
            return False
        if settled["any_open"]:
            attempts.give_up(connection, sealer, job_id, settling.at)
        if settled["any_asked"]:
            batch_items.settle(connection, job_id, settling.answer, settling.at)
    elif execute(connection, _SETTLE, values) != 1:
        return False
    elif settling.then is not None:
        settling.then(connection)
    entry = audit.by_ourselves("job.settled", job_id=job_id, outcome=settling.state.value)
    audit.append(connection, sealer, entry, settling.at)
    return True


def reusable(answer: Answer, state: State) -> bool:
    """Whether a later twin may be served this answer: failures are shared by those who wait, and never kept."""
    known = answer.coverage.status is not CoverageStatus.COULD_NOT_CHECK
    return state is State.FINAL and known and not answer.problems


class OwedStep(NamedTuple):
    """A pending job that an earlier version left without a step in this database."""

    job_id: str
    payer: str
    role: Role
    next_step_at: datetime | None


def owed_steps(connection: Connection) -> list[OwedStep]:
    """Return every pending job the first time after the schema came from a version that kept its steps elsewhere."""
    if execute(connection, _PAID) != 1:
        return []
    return [_owed(row) for row in fetch_all(connection, _PENDING)]


def unsettled(connection: Connection, made: Mapping[str, int]) -> list[OwedStep]:
    """Return the pending jobs made between the stamps ``since`` and ``until`` whose row names no later step."""
    return [_owed(row) for row in fetch_all(connection, _UNSETTLED, made)]


def _owed(row: Row) -> OwedStep:
    try:
        role, at = word_of(Role, row["role"]), maybe_instant(row["next_step_at"])
    except SealBroken:
        # Nobody here wrote these. The job is asked at once and after everybody else's, and keeps no other one waiting.
        role, at = Role.BATCH, None
    return OwedStep(row["id"], row["payer"], role, at)
