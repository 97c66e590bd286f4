"""Intents: a question becomes a verification of its caller's own, and joins or makes the job that answers it."""

from typing import NamedTuple

from contracts import State
from service.security.access import URGENCY, Role
from service.security.encryption import Sealer
from service.store import audit
from service.store.engine import Session, Value
from service.store.errors import IdempotencyConflict, StoreUnavailable
from service.store.identifiers import new_id
from service.store.jobs import read_job, verification
from service.store.row_digests import check, columns, row_digest
from service.store.rows import AuditEntry, Intended, Intent
from service.store.sealed_columns import fingerprint, member_key, question_sealed, reference_sealed, twin_key

IDEMPOTENT_SECONDS = 24 * 3600
"""How long an ``Idempotency-Key`` is remembered. Source: the IETF draft as Stedi follows it."""

SECOND = 1_000_000

_REMEMBER = """
INSERT INTO idempotency (caller_id, key_digest, fingerprint, verification_id, expires_at, mac)
VALUES (:caller_id, :key_digest, :fingerprint, :verification_id, :expires_at, :mac)
ON CONFLICT (caller_id, key_digest) DO UPDATE
SET fingerprint = excluded.fingerprint, verification_id = excluded.verification_id, expires_at = excluded.expires_at,
  mac = excluded.mac
WHERE idempotency.expires_at <= :now
"""
_REMEMBERED = f"""
SELECT {columns("idempotency")} FROM idempotency WHERE caller_id = :caller_id AND key_digest = :key_digest
"""  # noqa: S608 - constants of ours alone
_TWIN = """
SELECT id, state, role FROM jobs
WHERE twin_key = :twin_key
  AND (state = 'pending' OR (reusable = 1 AND settled_at > :fresh_since AND settled_at <= :now))
ORDER BY state DESC, settled_at DESC LIMIT 1 FOR UPDATE
"""
_MAKE = """
INSERT INTO jobs (id, twin_key, member_key, payer, role, state, sealed_question, reusable, created_at, life_ends_at,
  claimed_at, runner, mac)
VALUES (:id, :twin_key, :member_key, :payer, :role, :state, :sealed_question, :reusable, :created_at, :life_ends_at,
  :now, :process, :mac)
ON CONFLICT (twin_key) WHERE state = 'pending' DO NOTHING
"""
_HASTEN = "UPDATE jobs SET role = :role WHERE id = :id"
_VERIFICATION = """
INSERT INTO verifications (id, job_id, caller_id, role, sealed_reference, created_at, mac)
VALUES (:id, :job_id, :caller_id, :role, :sealed_reference, :created_at, :mac)
"""


class Prepared(NamedTuple):
    """An intent with all that is computed before the transaction begins."""

    intent: Intent
    verification_id: str
    new_job_id: str
    twin_key: bytes
    member_key: bytes
    sealed_question: bytes
    sealed_reference: bytes | None
    key_digest: bytes | None
    fingerprint: bytes
    process: str
    now: int

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"Prepared({self.intent!r})"


def prepare(sealer: Sealer, intent: Intent, process: str, now: int) -> Prepared:
    """Seal and index what ``intent`` brings. Raises ``KeysMissing``."""
    verification_id, new_job_id = new_id("ver"), new_id("job")
    key = intent.idempotency_key
    return Prepared(
        intent=intent,
        verification_id=verification_id,
        new_job_id=new_job_id,
        twin_key=twin_key(sealer, intent.question),
        member_key=member_key(sealer, intent.question),
        sealed_question=question_sealed(sealer, new_job_id, intent.question),
        sealed_reference=reference_sealed(sealer, verification_id, intent.question.reference),
        key_digest=None if key is None else sealer.blind("idempotency", intent.caller.id, key),
        fingerprint=fingerprint(sealer, intent.question),
        process=process,
        now=now,
    )


def intend(session: Session, sealer: Sealer, ready: Prepared) -> Intended:
    """Record the intent. Raises ``IdempotencyConflict``, and ``SealBroken`` when the twin's row does not open."""
    earlier = _same_request(session, sealer, ready)
    if earlier is not None:
        return earlier
    job_id, created = _joined_or_made(session, sealer, ready)
    caller = ready.intent.caller
    row: dict[str, Value] = {
        "id": ready.verification_id,
        "job_id": job_id,
        "caller_id": caller.id,
        "role": caller.role.value,
        "sealed_reference": ready.sealed_reference,
        "created_at": ready.now,
    }
    session.run(_VERIFICATION, mac=row_digest(sealer, "verifications", row), **row)
    return _note_verification(session, sealer, ready, Noted(ready.verification_id, job_id, created))


class Noted(NamedTuple):
    """What an intent became, by id."""

    verification_id: str
    job_id: str
    created: bool


def _note_verification(session: Session, sealer: Sealer, ready: Prepared, noted: Noted) -> Intended:
    caller, payer = ready.intent.caller, ready.intent.question.payer
    entry = AuditEntry(
        actor=caller.id,
        role=caller.role.value,
        action="verification.asked",
        verification_id=noted.verification_id,
        job_id=noted.job_id,
        payer=payer,
        outcome="made" if noted.created else "joined",
    )
    audit.append(session, entry, ready.now)
    job = read_job(session, sealer, noted.job_id)
    if job is None:  # pragma: no cover - the row was written or locked in this very transaction
        raise StoreUnavailable("job_vanished")
    return Intended(noted.verification_id, noted.created, job)


def _same_request(session: Session, sealer: Sealer, ready: Prepared) -> Intended | None:
    """The verification that the same request made before; None when this is the first time, which is remembered."""
    if ready.key_digest is None:
        return None
    fresh: dict[str, Value] = {
        "caller_id": ready.intent.caller.id,
        "key_digest": ready.key_digest,
        "fingerprint": ready.fingerprint,
        "verification_id": ready.verification_id,
        "expires_at": ready.now + IDEMPOTENT_SECONDS * SECOND,
    }
    if session.run(_REMEMBER, now=ready.now, mac=row_digest(sealer, "idempotency", fresh), **fresh) == 1:
        return None
    row = session.one(_REMEMBERED, caller_id=ready.intent.caller.id, key_digest=ready.key_digest)
    if row is None:  # pragma: no cover - it was there a statement ago
        raise StoreUnavailable("request_vanished")
    check(sealer, "idempotency", row)
    if row["fingerprint"] != ready.fingerprint:
        raise IdempotencyConflict
    first = verification(session, sealer, row["verification_id"])
    if first is None:  # pragma: no cover - both rows were committed by one transaction
        raise StoreUnavailable("verification_vanished")
    return _note_verification(session, sealer, ready, Noted(first["id"], first["job_id"], created=False))


def _joined_or_made(session: Session, sealer: Sealer, ready: Prepared) -> tuple[str, bool]:
    """The id of the job that answers the question, and whether it was made now.

    A twin that becomes final, or appears, between two statements is met by looking again.
    """
    intent = ready.intent
    fresh_since = ready.now - round(intent.fresh_seconds * SECOND)
    for _ in range(3):
        twin = session.one(_TWIN, twin_key=ready.twin_key, fresh_since=fresh_since, now=ready.now)
        if twin is not None:
            job_id: str = twin["id"]
            if twin["state"] == "pending" and _more_urgent(intent.caller.role, Role(twin["role"])):
                session.run(_HASTEN, id=job_id, role=intent.caller.role.value)
            return job_id, False
        if _make_job(session, sealer, ready):
            return ready.new_job_id, True
    raise StoreUnavailable("contended")  # pragma: no cover - needs three twins settled between six statements


def _make_job(session: Session, sealer: Sealer, ready: Prepared) -> bool:
    """Whether the job was made: false when a twin appeared since one was looked for."""
    row: dict[str, Value] = {
        "id": ready.new_job_id,
        "twin_key": ready.twin_key,
        "member_key": ready.member_key,
        "payer": ready.intent.question.payer,
        "state": State.PENDING.value,
        "sealed_question": ready.sealed_question,
        "reusable": 0,
        "created_at": ready.now,
        "life_ends_at": ready.now + round(ready.intent.life_seconds * SECOND),
    }
    mac = row_digest(sealer, "jobs", {**row, "sealed_answer": None, "settled_at": None})
    role = ready.intent.caller.role.value
    return session.run(_MAKE, role=role, process=ready.process, now=ready.now, mac=mac, **row) == 1


def _more_urgent(role: Role, than: Role) -> bool:
    return URGENCY.index(role) < URGENCY.index(than)
