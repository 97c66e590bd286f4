"""Jobs: reading them, settling them, and the lock that keeps a question from being sent again too soon."""

from typing import NamedTuple

from contracts import Answer, CoverageStatus, State
from service.security.access import Caller, Role, may_see
from service.security.encryption import Sealer
from service.store import attempts, audit
from service.store.engine import Row, Session
from service.store.identifiers import instant, maybe_instant
from service.store.row_digests import check, columns, row_digest
from service.store.rows import AuditEntry, Fetched, JobRow
from service.store.sealed_columns import answer_opened, question_opened, reference_opened

# A send counts against the next one of the same question when a byte may have left, and it was this job's, or an
# earlier job's that brought no verdict. Source: CAQH CORE 153 section 6 (no transmission again before 90 s).
_JOB = f"""
SELECT {columns("jobs", "j")}, j.role, j.next_step_at,
  (SELECT count(*) FROM attempts n WHERE n.job_id = j.id) AS attempts,
  (SELECT max(a.sent_at) FROM attempts a JOIN jobs t ON t.id = a.job_id
   WHERE t.twin_key = j.twin_key AND a.sent = 1
     AND (t.id = j.id OR a.outcome IS NULL OR a.outcome IN ('silent', 'unreadable', 'mismatched'))) AS last_sent_at
FROM jobs j
"""  # noqa: S608 - constants of ours alone

_ONE = _JOB + "WHERE j.id = :id"
_NOBODYS = """(j.runner IS NULL OR j.runner = :process
  OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.name = j.runner AND p.seen_at > :alive_since))"""
_PENDING = f"""{_JOB}
WHERE j.state = 'pending' AND {_NOBODYS}
  AND (coalesce(j.next_step_at, j.created_at) <= :overdue OR j.created_at > :ahead)
ORDER BY j.created_at, j.id LIMIT :most
"""
# The statements below are put together from constants of this module alone.
_POSTPONE = f"""
UPDATE jobs AS j SET next_step_at = :at, runner = NULL
WHERE j.id = :id AND j.state = 'pending' AND (j.next_step_at IS NULL OR j.next_step_at <= :now
  OR j.next_step_at > :latest) AND {_NOBODYS}
"""  # noqa: S608 - as said
_VERIFICATION = f"SELECT {columns('verifications')} FROM verifications WHERE id = :id"  # noqa: S608 - as said
_SETTLED = f"SELECT {columns('jobs')} FROM jobs WHERE id = :id FOR UPDATE"  # noqa: S608 - as said
_VERIFICATIONS = "SELECT id FROM verifications WHERE job_id = :id ORDER BY created_at, id"
_LOCK = "SELECT state FROM jobs WHERE id = :id FOR UPDATE"
_CLAIM = f"""
UPDATE jobs AS j SET claimed_at = :now, runner = :process
WHERE j.id = :id AND j.state = 'pending' AND (j.claimed_at IS NULL OR j.claimed_at <= :before
    OR j.claimed_at > :ahead) AND {_NOBODYS}
  AND NOT EXISTS (
    SELECT 1 FROM attempts a JOIN jobs t ON t.id = a.job_id
    WHERE t.twin_key = j.twin_key AND a.sent = 1 AND a.sent_at > :before AND a.sent_at <= :ahead
      AND (t.id = j.id OR a.outcome IS NULL OR a.outcome IN ('silent', 'unreadable', 'mismatched')))
"""  # noqa: S608 - as said
_SETTLE = """
UPDATE jobs SET sealed_answer = :sealed_answer, state = :state, next_step_at = :next_at, settled_at = :settled_at,
  reusable = :reusable, runner = NULL, mac = :mac
WHERE id = :id AND state = 'pending'
"""
_NO_CLAIMS = "UPDATE jobs SET claimed_at = NULL, runner = NULL WHERE state = 'pending'"


def verifications_of(session: Session, job_id: str) -> list[str]:
    """The ids of the verifications that a job answers, oldest first."""
    return [str(row["id"]) for row in session.all(_VERIFICATIONS, id=job_id)]


def read_job(session: Session, sealer: Sealer, job_id: str) -> JobRow | None:
    """The job of that id. Raises ``SealBroken``."""
    row = session.one(_ONE, id=job_id)
    return None if row is None else open_job(sealer, row)


class Asking(NamedTuple):
    """Who wants to work on a job: its ``process``, the time, and since when a process must have given a sign.

    What is later than ``ahead`` is of a clock that was wrong.
    """

    process: str
    now: int
    alive_since: int
    ahead: int


def pending(session: Session, asking: Asking, overdue: int, most: int) -> list[Row]:
    """The rows of at most ``most`` pending jobs that no other living process works on, still sealed."""
    return list(session.all(_PENDING, overdue=overdue, most=most, **asking._asdict()))


def postpone(session: Session, job_id: str, step: tuple[int, int], asking: Asking) -> bool:
    """Let the next step of a job be at the first of ``step``; false when it has one to come, or somebody works on it.

    One that comes after the second of ``step`` is none.
    """
    at, latest = step
    return session.run(_POSTPONE, id=job_id, at=at, latest=latest, **asking._asdict()) == 1


def open_job(sealer: Sealer, row: Row) -> JobRow:
    """A job's row with what it holds in clear. Raises ``SealBroken``."""
    check(sealer, "jobs", row)
    job_id: str = row["id"]
    answer, replies = answer_opened(sealer, job_id, row["sealed_answer"])
    return JobRow(
        id=job_id,
        state=State(row["state"]),
        role=Role(row["role"]),
        question=question_opened(sealer, job_id, row["sealed_question"]),
        answer=answer,
        created_at=instant(row["created_at"]),
        life_ends_at=instant(row["life_ends_at"]),
        next_step_at=maybe_instant(row["next_step_at"]),
        last_sent_at=maybe_instant(row["last_sent_at"]),
        attempts=row["attempts"],
        replies=replies,
    )


def verification(session: Session, sealer: Sealer, verification_id: str) -> Row | None:
    """The row of a verification. Raises ``RowForged``."""
    row = session.one(_VERIFICATION, id=verification_id)
    if row is not None:
        check(sealer, "verifications", row)
    return row


class Shown(NamedTuple):
    """The rows of a verification and its job, still sealed, whose showing stands in the audit."""

    verification: Row
    job: Row


def show(session: Session, sealer: Sealer, verification_id: str, caller: Caller, now: int) -> Shown | None:
    """What ``caller`` may see of that id, with the line of the audit that says so. Raises ``RowForged``.

    None, and no line, when there is no such verification or ``caller`` may not see it.
    """
    row = verification(session, sealer, verification_id)
    job = None if row is None else session.one(_ONE, id=row["job_id"])
    if row is None or job is None or not may_see(caller, row["caller_id"]):
        return None
    entry = AuditEntry(
        actor=caller.id,
        role=caller.role.value,
        action="verification.shown",
        verification_id=verification_id,
        job_id=job["id"],
        payer=job["payer"],
        outcome=job["state"],
    )
    audit.append(session, entry, now)
    return Shown(row, job)


def open_verification(sealer: Sealer, shown: Shown) -> Fetched:
    """A verification with its job, in clear. Raises ``SealBroken``."""
    row, job = shown.verification, open_job(sealer, shown.job)
    verification_id = row["id"]
    reference = reference_opened(sealer, verification_id, row["sealed_reference"])
    return Fetched(
        verification_id=verification_id,
        caller_id=row["caller_id"],
        role=Role(row["role"]),
        created_at=instant(row["created_at"]),
        question=job.question.model_copy(update={"reference": reference}),
        job=job,
    )


def claim(session: Session, sealer: Sealer, job_id: str, before: int, asking: Asking) -> bool:
    """Whether the job's question may be sent now; then nobody else may until the claim is used or ``before`` passes it.

    The row is locked by a statement of its own, so that the next one sees every attempt committed until then. What is
    still open of the job was left by somebody who is gone.
    """
    session.one(_LOCK, id=job_id)
    if session.run(_CLAIM, id=job_id, before=before, **asking._asdict()) != 1:
        return False
    attempts.give_up(session, sealer, job_id, asking.now)
    return True


class Settling(NamedTuple):
    """An answer on its way into a job's row; stamps are microseconds."""

    sealed: bytes
    state: State
    reusable: bool
    next_at: int | None
    at: int


def settle(session: Session, sealer: Sealer, job_id: str, settling: Settling) -> bool:
    """Store an answer unless the job is final already. Raises ``RowForged``."""
    row = session.one(_SETTLED, id=job_id)
    if row is None:
        return False
    check(sealer, "jobs", row)
    final = settling.state is State.FINAL
    known = {
        "sealed_answer": settling.sealed,
        "state": settling.state.value,
        "settled_at": settling.at if final else None,
        "reusable": int(settling.reusable),
    }
    mac = row_digest(sealer, "jobs", {**row, **known})
    next_at = None if final else settling.next_at
    if session.run(_SETTLE, id=job_id, next_at=next_at, mac=mac, **known) != 1:
        return False
    if final:
        attempts.give_up(session, sealer, job_id, settling.at)
    entry = audit.by_ourselves("job.settled", job_id=job_id, outcome=settling.state.value)
    audit.append(session, entry, settling.at)
    return True


def reusable(answer: Answer, state: State) -> bool:
    """Whether a later twin may be served this answer: failures are shared by those who wait, and never kept."""
    known = answer.coverage.status is not CoverageStatus.COULD_NOT_CHECK
    return state is State.FINAL and known and not answer.problems


def forget_claims(session: Session) -> int:
    """Drop the claims of processes that are gone: right only where one process works at a time."""
    return session.run(_NO_CLAIMS)
