"""Attempts: numbers that are never used twice, committed before a byte leaves, and what came back of each."""

from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from contracts import AttemptNumbers, ExchangeOutcome
from service.store import audit
from service.store.engine import Session
from service.store.errors import StoreUnavailable
from service.store.stamps import instant, maybe_instant, new_id, unguessable

INTERCHANGES = 999_999_999
"""ISA13 has nine digits, and 000000000 is not used."""

_NEXT = "UPDATE counters SET value = value + 1 WHERE name = 'interchange' RETURNING value"
_OFFSET = "SELECT value FROM counters WHERE name = 'interchange_offset'"
_COUNTER = "INSERT INTO counters (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"
_OPEN = """
INSERT INTO attempts (id, job_id, payer, road, service_types, interchange, group_number, trace, originator,
  transaction_number, envelope_id, sender, receiver, sent_at, sent, consumed)
VALUES (:id, :job_id, :payer, :road, :service_types, :interchange, :group_number, :trace, :originator,
  :transaction_number, :envelope_id, :sender, :receiver, :now, 1, 0)
"""
_CLAIM_USED = "UPDATE jobs SET claimed_at = NULL WHERE id = :job_id"
_CLOSE = """
UPDATE attempts SET closed_at = :now, outcome = :outcome, sent = :sent, ms = :ms, consumed = :consumed,
  body_digest = :body_digest
WHERE id = :id AND closed_at IS NULL
"""
_STANDS = """
SELECT 1 AS stands FROM attempts
WHERE id = :id AND outcome = :outcome AND sent = :sent AND ms = :ms AND consumed = :consumed
  AND coalesce(body_digest, :none) = :body_digest
"""
_GIVE_UP = """
UPDATE attempts SET closed_at = :now, outcome = 'silent' WHERE job_id = :job_id AND closed_at IS NULL
"""
_JOB_OF = "SELECT job_id FROM attempts WHERE id = :id"
_SEEN = """
SELECT 1 AS seen FROM attempts a JOIN jobs t ON t.id = a.job_id
WHERE a.body_digest = :body_digest AND a.consumed = 1
  AND t.member_key <> (SELECT j.member_key FROM jobs j WHERE j.id = :job_id)
LIMIT 1
"""
_KEEP = """
INSERT INTO replies (attempt_id, sealed_body, media_type, received_at) VALUES (:id, :body, :media_type, :now)
"""
_QUARANTINE = """
INSERT INTO quarantine (attempt_id, sealed_body, media_type, received_at) VALUES (:id, :body, :media_type, :now)
"""
_KEPT = "SELECT sealed_body FROM replies WHERE attempt_id = :id"
_QUARANTINED = "SELECT sealed_body FROM quarantine WHERE attempt_id = :id"
_HISTORY = """
SELECT id, payer, road, service_types, interchange, trace, sent_at, closed_at, outcome, sent, ms, consumed
FROM attempts WHERE job_id = :job_id ORDER BY sent_at, interchange
"""


class Opening(NamedTuple):
    """An attempt about to be made. ``parties`` are the envelope's sender and receiver (ISA06, ISA08), where known."""

    job_id: str
    payer: str
    road: str
    service_types: tuple[str, ...]
    originator: str
    parties: tuple[str, str] | None
    now: int


class Closing(NamedTuple):
    """What came back of an attempt, sealed. ``digest`` is a blind index of the body when the reply was accepted.

    ``again`` is true when the same closing was tried before and nobody knows whether it stands.
    """

    attempt_id: str
    outcome: ExchangeOutcome
    sent: bool
    ms: int
    sealed_body: bytes | None
    media_type: str | None
    quarantined: bool
    consumed: bool
    digest: bytes | None
    again: bool
    now: int


def start_counting(session: Session, offset: int) -> None:
    """Let the control numbers begin at ``offset``, unless they have begun."""
    session.run(_COUNTER, name="interchange_offset", value=offset)
    session.run(_COUNTER, name="interchange", value=0)


def open_attempt(session: Session, opening: Opening) -> tuple[str, AttemptNumbers]:
    """Record an attempt under fresh numbers; returns its id and the numbers."""
    attempt_id, numbers = new_id("att"), _fresh_numbers(session, opening.originator)
    sender, receiver = opening.parties or (None, None)
    session.run(
        _OPEN,
        id=attempt_id,
        job_id=opening.job_id,
        payer=opening.payer,
        road=opening.road,
        service_types=" ".join(opening.service_types),
        interchange=numbers.interchange,
        group_number=numbers.group,
        trace=numbers.trace,
        originator=numbers.originator,
        transaction_number=numbers.transaction,
        envelope_id=numbers.envelope_id,
        sender=sender,
        receiver=receiver,
        now=opening.now,
    )
    # From here on the attempt's own row keeps the question from being sent again.
    session.run(_CLAIM_USED, job_id=opening.job_id)
    entry = audit.by_ourselves(
        "attempt.opened", job_id=opening.job_id, attempt_id=attempt_id, payer=opening.payer, outcome=opening.road
    )
    audit.append(session, entry, opening.now)
    return attempt_id, numbers


def _fresh_numbers(session: Session, originator: str) -> AttemptNumbers:
    count, offset = session.one(_NEXT), session.one(_OFFSET)
    if count is None or offset is None or count["value"] > INTERCHANGES:
        raise StoreUnavailable("numbers_exhausted")
    interchange = (offset["value"] + count["value"]) % INTERCHANGES + 1
    return AttemptNumbers(
        interchange=f"{interchange:09d}",
        group=str(interchange),
        trace=unguessable(),
        originator=originator,
        transaction=unguessable(),
        envelope_id=str(uuid4()),
    )


def close_attempt(session: Session, closing: Closing) -> bool:
    """Record what came back; false, and nothing changed, when the number is used up or the body is another's."""
    if closing.again and _stands(session, closing):
        return True
    row = session.one(_JOB_OF, id=closing.attempt_id)
    job_id: str | None = None if row is None else row["job_id"]
    theirs = closing.digest is not None and job_id is not None and seen_elsewhere(session, closing.digest, job_id)
    accepted = not theirs and _closed(session, closing)
    if accepted and closing.sealed_body is not None:
        session.run(
            _QUARANTINE if closing.quarantined else _KEEP,
            id=closing.attempt_id,
            body=closing.sealed_body,
            media_type=closing.media_type or "application/octet-stream",
            now=closing.now,
        )
    action = "attempt.closed" if accepted else "attempt.refused"
    entry = audit.by_ourselves(action, job_id=job_id, attempt_id=closing.attempt_id, outcome=closing.outcome.value)
    audit.append(session, entry, closing.now)
    return accepted


def _closed(session: Session, closing: Closing) -> bool:
    changed = session.run(
        _CLOSE,
        id=closing.attempt_id,
        outcome=closing.outcome.value,
        sent=int(closing.sent),
        ms=closing.ms,
        consumed=int(closing.consumed),
        body_digest=closing.digest if closing.consumed else None,
        now=closing.now,
    )
    return changed == 1


def _stands(session: Session, closing: Closing) -> bool:
    """Whether this very closing was committed after all."""
    digest = closing.digest if closing.consumed else None
    row = session.one(
        _STANDS,
        id=closing.attempt_id,
        outcome=closing.outcome.value,
        sent=int(closing.sent),
        ms=closing.ms,
        consumed=int(closing.consumed),
        body_digest=digest or b"",
        none=b"",
    )
    return row is not None


def seen_elsewhere(session: Session, digest: bytes, job_id: str) -> bool:
    """Whether a body was accepted for another member than the job's."""
    return session.one(_SEEN, body_digest=digest, job_id=job_id) is not None


def give_up(session: Session, job_id: str, now: int) -> int:
    """Close what is open of a job as silent; whatever still comes for it is refused. Returns how many were open."""
    return session.run(_GIVE_UP, job_id=job_id, now=now)


def kept_body(session: Session, attempt_id: str, *, quarantined: bool) -> bytes | None:
    """The sealed reply of an attempt."""
    row = session.one(_QUARANTINED if quarantined else _KEPT, id=attempt_id)
    body: bytes | None = None if row is None else row["sealed_body"]
    return body


class AttemptRow(NamedTuple):
    """One attempt as it stands. ``outcome`` is None while it is under way."""

    id: str
    payer: str
    road: str
    service_types: tuple[str, ...]
    interchange: str
    trace: str
    sent_at: datetime
    closed_at: datetime | None
    outcome: ExchangeOutcome | None
    sent: bool
    ms: int | None
    consumed: bool


def history(session: Session, job_id: str) -> list[AttemptRow]:
    """Every attempt of a job, in the order of sending."""
    return [
        AttemptRow(
            id=row["id"],
            payer=row["payer"],
            road=row["road"],
            service_types=tuple(row["service_types"].split()),
            interchange=row["interchange"],
            trace=row["trace"],
            sent_at=instant(row["sent_at"]),
            closed_at=maybe_instant(row["closed_at"]),
            outcome=None if row["outcome"] is None else ExchangeOutcome(row["outcome"]),
            sent=bool(row["sent"]),
            ms=row["ms"],
            consumed=bool(row["consumed"]),
        )
        for row in session.all(_HISTORY, job_id=job_id)
    ]
