"""Attempts: numbers that are never used twice, committed before a byte leaves, and what came back of each."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from contracts import AttemptNumbers, ExchangeOutcome
from service.security.encryption import Sealer
from service.store import audit
from service.store.engine import Row, Session, Value
from service.store.errors import StoreUnavailable
from service.store.identifiers import instant, maybe_instant, new_id, unguessable
from service.store.row_digests import check, columns, row_digest

INTERCHANGES = 999_999_999
"""ISA13 has nine digits, and 000000000 is not used."""

_NEXT = "UPDATE counters SET value = value + 1 WHERE name = 'interchange' RETURNING value"
_OFFSET = "SELECT value FROM counters WHERE name = 'interchange_offset'"
_COUNTER = "INSERT INTO counters (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"
_OPEN = """
INSERT INTO attempts (id, job_id, payer, route, service_types, interchange, group_number, trace, originator,
  transaction_number, envelope_id, sender, receiver, sent_at, sent, consumed, mac)
VALUES (:id, :job_id, :payer, :route, :service_types, :interchange, :group_number, :trace, :originator,
  :transaction_number, :envelope_id, :sender, :receiver, :sent_at, :sent, :consumed, :mac)
"""
_CLAIM_USED = "UPDATE jobs SET claimed_at = NULL WHERE id = :job_id"
_CLOSE = """
UPDATE attempts SET closed_at = :closed_at, outcome = :outcome, sent = :sent, ms = :ms, consumed = :consumed,
  body_digest = :body_digest, mac = :mac
WHERE id = :id AND closed_at IS NULL
"""
_STANDS = """
SELECT 1 AS stands FROM attempts
WHERE id = :id AND outcome = :outcome AND sent = :sent AND ms = :ms AND consumed = :consumed
  AND coalesce(body_digest, :none) = :body_digest
"""
# The statements below are put together from constants of ours alone.
_OPEN_OF = f"""
SELECT {columns("attempts")} FROM attempts WHERE job_id = :job_id AND closed_at IS NULL FOR UPDATE
"""  # noqa: S608 - as said
_ONE = f"SELECT {columns('attempts')} FROM attempts WHERE id = :id FOR UPDATE"  # noqa: S608 - as said
_SEEN = """
SELECT 1 AS seen FROM attempts a JOIN jobs t ON t.id = a.job_id
WHERE a.body_digest = :body_digest AND a.consumed = 1
  AND t.member_key <> (SELECT j.member_key FROM jobs j WHERE j.id = :job_id)
LIMIT 1
"""
_KEEP = """
INSERT INTO replies (attempt_id, sealed_body, media_type, received_at, mac)
VALUES (:attempt_id, :sealed_body, :media_type, :received_at, :mac)
"""
_QUARANTINE = _KEEP.replace("replies", "quarantine")
_KEPT = f"SELECT {columns('replies')} FROM replies WHERE attempt_id = :id"  # noqa: S608 - as said
_QUARANTINED = f"SELECT {columns('quarantine')} FROM quarantine WHERE attempt_id = :id"  # noqa: S608 - as said
_HISTORY = f"""
SELECT {columns("attempts")} FROM attempts WHERE job_id = :job_id ORDER BY sent_at, interchange
"""  # noqa: S608 - as said


class Opening(NamedTuple):
    """An attempt about to be made. ``parties`` are the envelope's sender and receiver (ISA06, ISA08), where known."""

    job_id: str
    payer: str
    route: str
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


NOT_CLOSED: Mapping[str, Value] = {"closed_at": None, "outcome": None, "ms": None, "body_digest": None}
"""What an attempt says while it is under way."""


def start_counting(session: Session, offset: int) -> None:
    """Let the control numbers begin at ``offset``, unless they have begun."""
    session.run(_COUNTER, name="interchange_offset", value=offset)
    session.run(_COUNTER, name="interchange", value=0)


def open_attempt(session: Session, sealer: Sealer, opening: Opening) -> tuple[str, AttemptNumbers]:
    """Record an attempt under fresh numbers; returns its id and the numbers."""
    attempt_id, numbers = new_id("att"), _fresh_numbers(session, opening.originator)
    sender, receiver = opening.parties or (None, None)
    row: dict[str, Value] = {
        "id": attempt_id,
        "job_id": opening.job_id,
        "payer": opening.payer,
        "route": opening.route,
        "service_types": " ".join(opening.service_types),
        "interchange": numbers.interchange,
        "group_number": numbers.group,
        "trace": numbers.trace,
        "originator": numbers.originator,
        "transaction_number": numbers.transaction,
        "envelope_id": numbers.envelope_id,
        "sender": sender,
        "receiver": receiver,
        "sent_at": opening.now,
        "sent": 1,
        "consumed": 0,
    }
    session.run(_OPEN, mac=row_digest(sealer, "attempts", {**NOT_CLOSED, **row}), **row)
    # From here on the attempt's own row keeps the question from being sent again.
    session.run(_CLAIM_USED, job_id=opening.job_id)
    entry = audit.by_ourselves(
        "attempt.opened", job_id=opening.job_id, attempt_id=attempt_id, payer=opening.payer, outcome=opening.route
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


def close_attempt(session: Session, sealer: Sealer, closing: Closing) -> bool:
    """Record what came back; false, and nothing changed, when the number is used up or the body is another's.

    Raises ``RowForged``.
    """
    if closing.again and _stands(session, closing):
        return True
    row = session.one(_ONE, id=closing.attempt_id)
    job_id: str | None = None if row is None else row["job_id"]
    theirs = closing.digest is not None and job_id is not None and seen_elsewhere(session, closing.digest, job_id)
    accepted = row is not None and not theirs and _close(session, sealer, closing, row)
    if accepted and closing.sealed_body is not None:
        _keep(session, sealer, closing, closing.sealed_body)
    action = "attempt.closed" if accepted else "attempt.refused"
    entry = audit.by_ourselves(action, job_id=job_id, attempt_id=closing.attempt_id, outcome=closing.outcome.value)
    audit.append(session, entry, closing.now)
    return accepted


def _close(session: Session, sealer: Sealer, closing: Closing, row: Row) -> bool:
    check(sealer, "attempts", row)
    known: dict[str, Value] = {
        "closed_at": closing.now,
        "outcome": closing.outcome.value,
        "sent": int(closing.sent),
        "ms": closing.ms,
        "consumed": int(closing.consumed),
        "body_digest": closing.digest if closing.consumed else None,
    }
    return _change(session, sealer, row, known)


def _change(session: Session, sealer: Sealer, row: Row, known: Mapping[str, Value]) -> bool:
    """Close an attempt that is open, with what is known of it."""
    mac = row_digest(sealer, "attempts", {**row, **known})
    return session.run(_CLOSE, id=row["id"], mac=mac, **known) == 1


def _keep(session: Session, sealer: Sealer, closing: Closing, sealed_body: bytes) -> None:
    row: dict[str, Value] = {
        "attempt_id": closing.attempt_id,
        "sealed_body": sealed_body,
        "media_type": closing.media_type or "application/octet-stream",
        "received_at": closing.now,
    }
    table, statement = ("quarantine", _QUARANTINE) if closing.quarantined else ("replies", _KEEP)
    session.run(statement, mac=row_digest(sealer, table, row), **row)


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


def give_up(session: Session, sealer: Sealer, job_id: str, now: int) -> int:
    """Close what is open of a job as silent; whatever still comes for it is refused. Returns how many were open.

    Raises ``RowForged``.
    """
    rows = session.all(_OPEN_OF, job_id=job_id)
    for row in rows:
        check(sealer, "attempts", row)
        known = {column: row[column] for column in ("sent", "ms", "consumed", "body_digest")}
        _change(session, sealer, row, {**known, "closed_at": now, "outcome": ExchangeOutcome.SILENT.value})
    return len(rows)


def kept_body(session: Session, sealer: Sealer, attempt_id: str, *, quarantined: bool) -> bytes | None:
    """The sealed reply of an attempt. Raises ``RowForged``."""
    row = session.one(_QUARANTINED if quarantined else _KEPT, id=attempt_id)
    if row is None:
        return None
    check(sealer, "quarantine" if quarantined else "replies", row)
    body: bytes = row["sealed_body"]
    return body


class AttemptRow(NamedTuple):
    """One attempt as it stands. ``outcome`` is None while it is under way."""

    id: str
    payer: str
    route: str
    service_types: tuple[str, ...]
    interchange: str
    trace: str
    sent_at: datetime
    closed_at: datetime | None
    outcome: ExchangeOutcome | None
    sent: bool
    ms: int | None
    consumed: bool


def history(session: Session, sealer: Sealer, job_id: str) -> list[AttemptRow]:
    """Every attempt of a job, in the order of sending. Raises ``RowForged``."""
    rows = session.all(_HISTORY, job_id=job_id)
    for row in rows:
        check(sealer, "attempts", row)
    return [
        AttemptRow(
            id=row["id"],
            payer=row["payer"],
            route=row["route"],
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
        for row in rows
    ]
