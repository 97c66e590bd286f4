"""Intents: a question becomes a verification of its caller's own, and joins or makes the job that answers it."""

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import AttemptNumbers, Purpose, State
from service.security.access import URGENCY, Role
from service.security.encryption import Sealer
from service.store import attempts, audit, consents, followed, history, own_rows
from service.store.errors import IdempotencyConflict, StoreUnavailable
from service.store.identifiers import instant, make_ordered_id, maybe_instant, new_id
from service.store.jobs import LAST_SENT, read_job, verification
from service.store.row_digests import check, covered_columns, row_digest
from service.store.rows import AuditEntry, Intended, Intent, JobRow
from service.store.sealed_columns import (
    fingerprint,
    member_key,
    question_sealed,
    reference_sealed,
    shared_form,
    twin_key,
)
from service.store.statements import execute, fetch_first, fetch_scalar, upsert
from service.store.tables import IDEMPOTENCY, JOBS, PENDING, VERIFICATIONS, Value

IDEMPOTENT_SECONDS = 24 * 3600
"""How long an ``Idempotency-Key`` is remembered. Source: the IETF draft as Stedi follows it."""

SECOND = 1_000_000

_REMEMBERED_COLUMNS = ("fingerprint", "verification_id", "expires_at", "mac")
_REMEMBER = upsert(
    IDEMPOTENCY,
    lambda insert: insert.on_conflict_do_update(
        index_elements=IDEMPOTENCY.primary_key.columns,
        set_={name: insert.excluded[name] for name in _REMEMBERED_COLUMNS},
        where=IDEMPOTENCY.c.expires_at <= sa.bindparam("now"),
    ),
)
_REMEMBERED = sa.select(*covered_columns(IDEMPOTENCY)).where(
    IDEMPOTENCY.c.caller_id == sa.bindparam("caller"), IDEMPOTENCY.c.key_digest == sa.bindparam("key")
)
_FRESH = sa.and_(
    JOBS.c.reusable == 1, JOBS.c.settled_at > sa.bindparam("fresh_since"), JOBS.c.settled_at <= sa.bindparam("now")
)
_TWIN = (
    sa.select(JOBS.c.id, JOBS.c.state, JOBS.c.role)
    .where(JOBS.c.twin_key == sa.bindparam("twin"), sa.or_(PENDING, _FRESH))
    .order_by(JOBS.c.state.desc(), JOBS.c.settled_at.desc())
    .limit(1)
    .with_for_update()
)
_MAKE = upsert(JOBS, lambda insert: insert.on_conflict_do_nothing(index_elements=["twin_key"], index_where=PENDING))
_LAST_SENT = sa.select(LAST_SENT).where(JOBS.c.id == sa.bindparam("job"))
_HASTEN = sa.update(JOBS).where(JOBS.c.id == sa.bindparam("job"))
_VERIFICATION = sa.insert(VERIFICATIONS)


ThenOfJob = Callable[[Connection, JobRow], None]
"""What is to be committed together with a new job: its first step."""


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
    fingerprint: bytes | None
    """The digest of the request, for a caller who sent a key with it."""
    process: str
    now: int
    then: ThenOfJob | None = None
    originator: str = ""
    """TRN03 of the attempt that is opened with the job."""

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"Prepared({self.intent!r})"


def prepare(sealer: Sealer, intent: Intent, process: str, now: int) -> Prepared:
    """Seal and index what ``intent`` brings. Raises ``KeysMissing``."""
    verification_id, new_job_id = new_id("ver"), make_ordered_id("job")
    key = intent.idempotency_key
    shared = shared_form(intent.question)
    sealed = question_sealed(sealer, new_job_id, shared)
    return Prepared(
        intent=intent,
        verification_id=verification_id,
        new_job_id=new_job_id,
        twin_key=twin_key(sealer, shared),
        member_key=member_key(sealer, intent.question),
        sealed_question=sealed,
        sealed_reference=reference_sealed(sealer, verification_id, intent.question.reference, beside=sealed),
        key_digest=None if key is None else sealer.blind("idempotency", intent.caller.id, key),
        fingerprint=None if key is None else fingerprint(sealer, intent.question, intent.retries),
        process=process,
        now=now,
    )


def intend(connection: Connection, sealer: Sealer, ready: Prepared) -> Intended:
    """Record the intent. Raises ``IdempotencyConflict``, ``RetriesRefused``, ``SealBroken``."""
    earlier = _same_request(connection, sealer, ready)
    if earlier is not None:
        return earlier
    if ready.intent.retries is not None:
        history.check_retries(connection, sealer, ready.intent)
    job = _joined_or_made(connection, sealer, ready)
    created = job.id == ready.new_job_id
    if created and ready.then is not None:
        ready.then(connection, job)
    caller = ready.intent.caller
    row: dict[str, Value] = {
        "id": ready.verification_id,
        "job_id": job.id,
        "caller_id": caller.id,
        "role": caller.role.value,
        "sealed_reference": ready.sealed_reference,
        "created_at": ready.now,
        "purpose": _purpose_of(connection, sealer, ready).value,
    }
    execute(connection, _VERIFICATION, {**row, "mac": row_digest(sealer, "verifications", row)})
    if ready.intent.retries is not None:
        history.link(connection, sealer, ready.verification_id, ready.intent.retries)
    intended = Intended(ready.verification_id, created, job)
    _note_verification(connection, sealer, ready, intended, is_new=True)
    return intended._replace(attempt=_first_attempt(connection, sealer, ready, job)) if created else intended


def _first_attempt(
    connection: Connection, sealer: Sealer, ready: Prepared, job: JobRow
) -> tuple[str, AttemptNumbers] | None:
    """The first attempt of a new job; None where none is wanted, or a twin was sent before, which may have to wait."""
    first = ready.intent.first
    if first is None or job.last_sent_at is not None:
        return None
    new = attempts.NewAttempt(job.id, ready.intent.question.payer, *first)
    return attempts.open_attempt(connection, sealer, new, ready.originator, ready.now)


def _purpose_of(connection: Connection, sealer: Sealer, ready: Prepared) -> Purpose:
    kept = followed.newest_purpose(connection, sealer, ready.member_key) if ready.intent.keeps_purpose else None
    return kept or ready.intent.question.purpose


def _note_verification(
    connection: Connection, sealer: Sealer, ready: Prepared, intended: Intended, *, is_new: bool = False
) -> Intended:
    """Write that the question was asked, and the consent under which it was when ``is_new``: once a verification."""
    caller, payer = ready.intent.caller, ready.intent.question.payer
    entry = AuditEntry(
        actor=caller.id,
        role=caller.role_name,
        action="verification.asked",
        verification_id=intended.verification_id,
        job_id=intended.job_id,
        payer=payer,
        outcome="made" if intended.created_job else "joined",
        member_key=ready.member_key,
    )
    audit.append(connection, sealer, entry, ready.now)
    if is_new and ready.intent.consent is not None:
        consents.add(connection, sealer, ready.intent.consent, entry, ready.now)
    return intended


def _read_joined(connection: Connection, sealer: Sealer, job_id: str) -> JobRow:
    job = read_job(connection, sealer, job_id)
    if job is None:  # pragma: no cover - the row was found in this very transaction, and none is ever removed
        raise StoreUnavailable("job_vanished")
    return job


def _same_request(connection: Connection, sealer: Sealer, ready: Prepared) -> Intended | None:
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
    mac = row_digest(sealer, "idempotency", fresh)
    if execute(connection, _REMEMBER, {**fresh, "mac": mac, "now": ready.now}) == 1:
        return None
    asked = {"caller": ready.intent.caller.id, "key": ready.key_digest}
    row = fetch_first(connection, _REMEMBERED, asked)
    if row is None:  # pragma: no cover - it was there a statement ago
        raise StoreUnavailable("request_vanished")
    check(sealer, "idempotency", row)
    if row["fingerprint"] != ready.fingerprint:
        raise IdempotencyConflict
    first = verification(connection, sealer, row["verification_id"])
    if first is None:  # pragma: no cover - both rows were committed by one transaction
        raise StoreUnavailable("verification_vanished")
    job = _read_joined(connection, sealer, first["job_id"])
    return _note_verification(connection, sealer, ready, Intended(first["id"], created_job=False, job=job))


def _joined_or_made(connection: Connection, sealer: Sealer, ready: Prepared) -> JobRow:
    """The job that answers the question; its id is ``new_job_id`` when it was made now.

    A twin that becomes final, or appears, between two statements is met by looking again.
    """
    intent = ready.intent
    fresh_since = ready.now - round(intent.fresh_seconds * SECOND)
    for _ in range(3):
        asked = {"twin": ready.twin_key, "fresh_since": fresh_since, "now": ready.now}
        twin = fetch_first(connection, _TWIN, asked)
        if twin is not None:
            if twin["state"] == State.PENDING.value and _more_urgent(intent.caller.role, Role(twin["role"])):
                execute(connection, _HASTEN, {"job": twin["id"], "role": intent.caller.role.value})
            return _read_joined(connection, sealer, twin["id"])
        made = _make_job(connection, sealer, ready)
        if made is not None:
            return made
    raise StoreUnavailable("contended")  # pragma: no cover - needs three twins settled between six statements


def _make_job(connection: Connection, sealer: Sealer, ready: Prepared) -> JobRow | None:
    """The job that was made; None when a twin appeared since one was looked for."""
    intent, life_ends_at = ready.intent, ready.now + round(ready.intent.life_seconds * SECOND)
    row: dict[str, Value] = {
        "id": ready.new_job_id,
        "twin_key": ready.twin_key,
        "member_key": ready.member_key,
        "payer": intent.question.payer,
        "state": State.PENDING.value,
        "sealed_question": ready.sealed_question,
        "reusable": 0,
        "created_at": ready.now,
        "life_ends_at": life_ends_at,
    }
    unsettled: dict[str, Value] = {**row, "sealed_answer": None, "settled_at": None}
    known: dict[str, Value] = {"role": intent.caller.role.value, "mac": row_digest(sealer, "jobs", unsettled)}
    claim: dict[str, Value] = {"claimed_at": ready.now, "runner": ready.process}
    if intent.queued:
        claim = {"claimed_at": None, "runner": None}
    if execute(connection, _MAKE, {**row, **known, **claim}) != 1:
        return None
    own_rows.remember(connection, JOBS, {**unsettled, **known})
    return JobRow(
        id=ready.new_job_id,
        state=State.PENDING,
        role=intent.caller.role,
        question=intent.question.model_copy(update={"reference": None}),
        answer=None,
        created_at=instant(ready.now),
        life_ends_at=instant(life_ends_at),
        next_step_at=None,
        last_sent_at=maybe_instant(fetch_scalar(connection, _LAST_SENT, {"job": ready.new_job_id})),
        attempts=0,
    )


def _more_urgent(role: Role, than: Role) -> bool:
    return URGENCY.index(role) < URGENCY.index(than)
