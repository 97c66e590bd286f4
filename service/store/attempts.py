"""Attempts: numbers that are never used twice, committed before a byte leaves, and what came back of each."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import AttemptNumbers, ExchangeOutcome
from service.security.encryption import Place, Sealer
from service.security.random_bytes import random_bytes
from service.store import audit, held_rows, own_rows
from service.store.errors import StoreUnavailable
from service.store.identifiers import make_number, make_ordered_id
from service.store.row_digests import check, covered_columns, fetch_checked, fetch_checked_first, row_digest
from service.store.statements import execute, fetch_all, fetch_first, upsert
from service.store.tables import ATTEMPTS, COUNTERS, JOBS, QUARANTINE, REPLIES, Row, Value

INTERCHANGES = 999_999_999
"""ISA13 has nine digits, and 000000000 is not used."""

_OTHER_COUNTER = COUNTERS.alias("other_counter")
_OFFSET = sa.select(_OTHER_COUNTER.c.value).where(_OTHER_COUNTER.c.name == "interchange_offset").scalar_subquery()
_NEXT = (
    sa.update(COUNTERS)
    .where(COUNTERS.c.name == "interchange")
    .values(value=COUNTERS.c.value + 1)
    .returning(COUNTERS.c.value, _OFFSET.label("offset"))
)
_COUNTER = upsert(COUNTERS, lambda insert: insert.on_conflict_do_nothing(index_elements=["name"]))
_OPEN = sa.insert(ATTEMPTS)
_GIVE_BACK_CLAIM = sa.update(JOBS).where(JOBS.c.id == sa.bindparam("job")).values(claimed_at=None)
_CLOSE = sa.update(ATTEMPTS).where(ATTEMPTS.c.id == sa.bindparam("attempt"), ATTEMPTS.c.closed_at.is_(None))
_OF_JOB = sa.select(*covered_columns(ATTEMPTS)).where(ATTEMPTS.c.job_id == sa.bindparam("job"))
_OPEN_ONE = (
    sa.select(*covered_columns(ATTEMPTS))
    .where(ATTEMPTS.c.id == sa.bindparam("attempt"), ATTEMPTS.c.closed_at.is_(None))
    .with_for_update()
)
_OPEN_OF = _OF_JOB.where(ATTEMPTS.c.closed_at.is_(None)).with_for_update()
ANY_OPEN = sa.exists().where(ATTEMPTS.c.job_id == sa.bindparam("job"), ATTEMPTS.c.closed_at.is_(None)).label("any_open")
"""Whether an attempt of ``job`` is open, for a statement that writes the job."""
_OTHERS = ATTEMPTS.alias("other_attempts")
_OTHER_JOB = JOBS.alias("other_job")
_MEMBER = sa.select(JOBS.c.member_key).where(JOBS.c.id == ATTEMPTS.c.job_id).correlate(ATTEMPTS).scalar_subquery()
_SEEN_ELSEWHERE = (
    sa.exists()
    .where(_OTHERS.c.body_digest == sa.bindparam("digest"), _OTHERS.c.consumed == 1)
    .where(_OTHER_JOB.c.id == _OTHERS.c.job_id, _OTHER_JOB.c.member_key != _MEMBER)
    .correlate(ATTEMPTS)
)
_CLOSE_OWN = _CLOSE.where(*own_rows.stands_as_written(ATTEMPTS), ~_SEEN_ELSEWHERE)
_TO_CLOSE = (
    sa.select(*covered_columns(ATTEMPTS), _SEEN_ELSEWHERE.label("seen_elsewhere"))
    .where(ATTEMPTS.c.id == sa.bindparam("attempt"))
    .with_for_update()
)
_KEPT = (
    sa.select(*covered_columns(REPLIES), ATTEMPTS.c.payer, ATTEMPTS.c.route, ATTEMPTS.c.service_types)
    .join(ATTEMPTS, ATTEMPTS.c.id == REPLIES.c.attempt_id)
    .where(ATTEMPTS.c.job_id == sa.bindparam("job"))
    .order_by(ATTEMPTS.c.sent_at, ATTEMPTS.c.interchange)
)
_ANSWER = (
    sa.select(*covered_columns(REPLIES))
    .join(ATTEMPTS, ATTEMPTS.c.id == REPLIES.c.attempt_id)
    .where(ATTEMPTS.c.job_id == sa.bindparam("job"), REPLIES.c.inquiry_key == sa.bindparam("key"))
    .order_by(ATTEMPTS.c.sent_at.desc())
    .limit(1)
)
_ANSWERED = sa.select(*covered_columns(ATTEMPTS)).where(
    ATTEMPTS.c.id == sa.bindparam("attempt"), ATTEMPTS.c.job_id == sa.bindparam("job"), ATTEMPTS.c.consumed == 1
)


class NewAttempt(NamedTuple):
    """An attempt about to be made, for a job."""

    job_id: str
    payer: str
    route: str
    service_types: tuple[str, ...]


class Closing(NamedTuple):
    """How an exchange ended, with its raw reply.

    ``consumed`` says that the reply was accepted under the attempt's number; ``body_digest`` then tells its body from
    others, and ``inquiry_key`` which inquiry it answers. A ``quarantined`` reply is kept apart. ``again`` is true when
    the same closing was tried before and nobody knows whether it stands.
    """

    attempt_id: str
    outcome: ExchangeOutcome
    sent: bool
    ms: int
    raw: bytes | None = None
    media_type: str | None = None
    quarantined: bool = False
    consumed: bool = False
    body_digest: bytes | None = None
    inquiry_key: str | None = None
    again: bool = False

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"Closing(attempt_id={self.attempt_id!r})"


NOT_CLOSED: Mapping[str, Value] = {"closed_at": None, "outcome": None, "ms": None, "body_digest": None}
"""What an attempt says while it is under way."""


def start_counting(connection: Connection, offset: int) -> None:
    """Let the control numbers begin at ``offset``, unless they have begun."""
    for name, value in (("interchange_offset", offset), ("interchange", 0)):
        execute(connection, _COUNTER, {"name": name, "value": value})


def open_attempt(
    connection: Connection, sealer: Sealer, new: NewAttempt, originator: str, now: int
) -> tuple[str, AttemptNumbers]:
    """Record an attempt under fresh numbers; returns its id and the numbers."""
    attempt_id, numbers = make_ordered_id("att"), _fresh_numbers(connection, originator)
    row: dict[str, Value] = {
        "id": attempt_id,
        "job_id": new.job_id,
        "payer": new.payer,
        "route": new.route,
        "service_types": " ".join(new.service_types),
        "interchange": numbers.interchange,
        "group_number": numbers.group,
        "trace": numbers.trace,
        "originator": numbers.originator,
        "transaction_number": numbers.transaction,
        "envelope_id": numbers.envelope_id,
        "sender": None,
        "receiver": None,
        "sent_at": now,
        "sent": 1,
        "consumed": 0,
    }
    row["mac"] = row_digest(sealer, "attempts", {**NOT_CLOSED, **row})
    execute(connection, _OPEN, row)
    own_rows.remember(connection, ATTEMPTS, {**NOT_CLOSED, **row})
    entry = audit.by_ourselves(
        "attempt.opened", job_id=new.job_id, attempt_id=attempt_id, payer=new.payer, outcome=new.route
    )
    audit.append(connection, sealer, entry, now)
    return attempt_id, numbers


def _fresh_numbers(connection: Connection, originator: str) -> AttemptNumbers:
    row = fetch_first(connection, _NEXT)
    if row is None or row["offset"] is None or row["value"] > INTERCHANGES:
        raise StoreUnavailable("numbers_exhausted")
    interchange = (row["offset"] + row["value"]) % INTERCHANGES + 1
    return AttemptNumbers(
        interchange=f"{interchange:09d}",
        group=str(interchange),
        trace=make_number(),
        originator=originator,
        transaction=make_number(),
        envelope_id=str(UUID(bytes=random_bytes(16), version=4)),
    )


def close_attempt(connection: Connection, sealer: Sealer, closing: Closing, now: int) -> bool:
    """Record what came back; false, and nothing changed, when the number is used up or the body is another's.

    Raises ``RowForged``.
    """
    kept = closing.body_digest if closing.consumed else None
    digest = None if kept is None else sealer.blind("body", kept)
    known: dict[str, Value] = {
        "outcome": closing.outcome.value,
        "sent": int(closing.sent),
        "ms": closing.ms,
        "consumed": int(closing.consumed),
        "body_digest": digest,
    }
    row = own_rows.take(connection, ATTEMPTS, closing.attempt_id)
    accepted = row is not None and _close_own(connection, sealer, row, {**known, "closed_at": now})
    if not accepted:
        row = fetch_first(connection, _TO_CLOSE, {"attempt": closing.attempt_id, "digest": digest})
        if row is not None and closing.again and all(row[column] == value for column, value in known.items()):
            # This very closing was committed after all.
            return True
        free = row is not None and not row["seen_elsewhere"]
        accepted = row is not None and free and _change(connection, sealer, row, {**known, "closed_at": now})
    job_id: str | None = None if row is None else row["job_id"]
    if accepted and closing.raw is not None:
        _keep(connection, sealer, closing, closing.raw, now)
    if accepted and not closing.sent:
        # While the attempt stood as sent it kept the question from being sent again, and now nothing does.
        execute(connection, _GIVE_BACK_CLAIM, {"job": job_id})
    action = "attempt.closed" if accepted else "attempt.refused"
    entry = audit.by_ourselves(action, job_id=job_id, attempt_id=closing.attempt_id, outcome=closing.outcome.value)
    audit.append(connection, sealer, entry, now)
    return accepted


def close_unused(connection: Connection, sealer: Sealer, attempt_id: str, now: int) -> None:
    """Close an attempt under which nothing was sent, unless it is closed. Raises ``RowForged``.

    The run that it was opened for used its claim all the same, so that is not given back.
    """
    row = fetch_first(connection, _OPEN_ONE, {"attempt": attempt_id})
    outcome = ExchangeOutcome.UNREACHABLE.value
    if row is not None and _change(connection, sealer, row, {"closed_at": now, "outcome": outcome, "sent": 0, "ms": 0}):
        entry = audit.by_ourselves("attempt.closed", job_id=row["job_id"], attempt_id=attempt_id, outcome=outcome)
        audit.append(connection, sealer, entry, now)


def _change(connection: Connection, sealer: Sealer, row: Row, known: Mapping[str, Value]) -> bool:
    """Close an attempt that is open, with what is known of it. Raises ``RowForged``."""
    check(sealer, "attempts", row)
    mac = row_digest(sealer, "attempts", {**row, **known})
    return execute(connection, _CLOSE, {"attempt": row["id"], "mac": mac, **known}) == 1


def _close_own(connection: Connection, sealer: Sealer, row: Row, known: Mapping[str, Value]) -> bool:
    """Close an attempt that stands as it was opened, unless its body was accepted for another member."""
    mac = row_digest(sealer, "attempts", {**row, **known})
    closed = {"attempt": row["id"], "digest": known["body_digest"], "mac": mac, **known}
    return execute(connection, _CLOSE_OWN, {**closed, **own_rows.as_written(row)}) == 1


def _keep(connection: Connection, sealer: Sealer, closing: Closing, raw: bytes, now: int) -> None:
    table = QUARANTINE if closing.quarantined else REPLIES
    row: dict[str, Value] = {
        "attempt_id": closing.attempt_id,
        "sealed_body": sealer.seal(raw, Place(table.name, closing.attempt_id, "body")),
        "media_type": closing.media_type or "application/octet-stream",
        "received_at": now,
    }
    if table is REPLIES:
        row["inquiry_key"] = None if closing.inquiry_key is None else _blind_key(sealer, closing.inquiry_key)
    row["mac"] = row_digest(sealer, table.name, row)
    held_rows.insert(connection, table, tuple(row[column.name] for column in table.columns))


def _blind_key(sealer: Sealer, inquiry_key: str) -> bytes:
    return sealer.blind("inquiry", inquiry_key)


class KeptReply(NamedTuple):
    """A reply that was accepted, as it came, and what was asked for it."""

    payer: str
    route: str
    service_types: tuple[str, ...]
    raw: bytes

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"KeptReply(payer={self.payer!r}, route={self.route!r})"


def kept_replies(connection: Connection, sealer: Sealer, job_id: str) -> list[KeptReply]:
    """Return the replies that a job's answer rests on, in the order of asking. Raises ``SealBroken``."""
    rows = fetch_checked(connection, sealer, "replies", _KEPT, {"job": job_id})
    return [_open_reply(sealer, row, row) for row in rows]


class KeptAnswer(NamedTuple):
    """A reply to one inquiry, as it came, and the numbers under which it was accepted."""

    reply: KeptReply
    numbers: AttemptNumbers


def reply_to(connection: Connection, sealer: Sealer, job_id: str, inquiry_key: str) -> KeptAnswer | None:
    """Return the last reply that a job accepted to an inquiry; None when there is none. Raises ``SealBroken``."""
    wanted = {"job": job_id, "key": _blind_key(sealer, inquiry_key)}
    found = fetch_checked_first(connection, sealer, "replies", _ANSWER, wanted)
    if found is None:
        return None
    of_reply = {"job": job_id, "attempt": found["attempt_id"]}
    sent = fetch_checked_first(connection, sealer, "attempts", _ANSWERED, of_reply)
    if sent is None:
        return None
    numbers = AttemptNumbers(
        interchange=sent["interchange"],
        group=sent["group_number"],
        trace=sent["trace"],
        originator=sent["originator"],
        transaction=sent["transaction_number"],
        envelope_id=sent["envelope_id"],
    )
    return KeptAnswer(_open_reply(sealer, found, sent), numbers)


def _open_reply(sealer: Sealer, reply: Row, sent: Row) -> KeptReply:
    raw = sealer.open(reply["sealed_body"], Place("replies", reply["attempt_id"], "body"))
    return KeptReply(sent["payer"], sent["route"], tuple(sent["service_types"].split()), raw)


def give_up(connection: Connection, sealer: Sealer, job_id: str, now: int) -> int:
    """Close what is open of a job as silent; whatever still comes for it is refused. Returns how many were open.

    Raises ``RowForged``.
    """
    rows = fetch_all(connection, _OPEN_OF, {"job": job_id})
    for row in rows:
        _change(connection, sealer, row, {"closed_at": now, "outcome": ExchangeOutcome.SILENT.value})
    return len(rows)
