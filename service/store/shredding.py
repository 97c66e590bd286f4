"""Shreds what is kept no longer: its data keys are deleted, so that it is unreadable here and in every backup.

One transaction takes the sealed values out of the rows, writes the audit and notes the data keys in ``shredding``.
Then the keys are deleted where they are kept, and the notes with them. A process that is killed in between leaves the
notes, and the next start deletes the keys they name: nothing is shredded by half.

A reply is deleted with its row. Of a question the rows of its job, verifications and attempts stay, with ids, times and
numbers, and without anything of the member: a verification that was shredded is found by nobody.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Purpose
from service.security.encryption import Sealer
from service.store import audit
from service.store.row_digests import covered_columns, fetch_checked, is_authentic, row_digest
from service.store.sealed_values import data_keys_of
from service.store.statements import execute, fetch_all, fetch_scalar, upsert
from service.store.tables import (
    ATTEMPTS,
    BATCH_ITEMS,
    BATCHES,
    CALL_NOTES,
    JOBS,
    PENDING,
    QUARANTINE,
    REPLIES,
    SHREDDING,
    VERIFICATIONS,
    VISITOR_DRAFTS,
    VISITOR_REQUESTS,
    Row,
)

RECORDS = 50
"""Records that are shredded in one transaction."""

SHREDDED = b""
"""What stands in a column that may not be empty."""

KINDS = ("replies", "answers", "rosters", "visitors")
"""What is kept for a time of its own: raw replies, questions with their answers, rows of rosters, what visitors typed.

What visitors asked for is kept as a question of a prospect is, from when it was made; a draft until it expires.
"""

_NOTE = upsert(SHREDDING, lambda insert: insert.on_conflict_do_nothing(index_elements=["key_id"]))
_NOTED = sa.select(*covered_columns(SHREDDING)).order_by(SHREDDING.c.key_id).limit(500)
_FORGET = sa.delete(SHREDDING).where(SHREDDING.c.key_id == sa.bindparam("key"))

_REPLIES = {
    table: sa.select(*covered_columns(table)).where(table.c.received_at < sa.bindparam("before"))
    for table in (REPLIES, QUARANTINE)
}
_DROP_REPLY = {table: sa.delete(table).where(table.c.attempt_id == sa.bindparam("attempt")) for table in _REPLIES}
_OF_JOB = {
    table: sa.select(*covered_columns(table))
    .join(ATTEMPTS, ATTEMPTS.c.id == table.c.attempt_id)
    .where(ATTEMPTS.c.job_id == sa.bindparam("job"))
    for table in _REPLIES
}
_LIMIT = sa.case(
    (VERIFICATIONS.c.purpose == Purpose.ADMISSION.value, sa.bindparam("admission", type_=sa.BigInteger)),
    (VERIFICATIONS.c.purpose == Purpose.ACTIVE.value, sa.bindparam("active", type_=sa.BigInteger)),
    else_=sa.bindparam("prospect", type_=sa.BigInteger),
)
_ASKED_SINCE = (
    sa.exists().where(VERIFICATIONS.c.job_id == JOBS.c.id, VERIFICATIONS.c.created_at >= _LIMIT).correlate(JOBS)
)
_JOBS = sa.select(*covered_columns(JOBS)).where(
    ~PENDING, JOBS.c.settled_at < sa.bindparam("latest"), JOBS.c.sealed_question != SHREDDED, ~_ASKED_SINCE
)
_EMPTY_JOB = sa.update(JOBS).where(JOBS.c.id == sa.bindparam("job"))
_VERIFICATIONS = sa.select(*covered_columns(VERIFICATIONS)).where(VERIFICATIONS.c.job_id == sa.bindparam("job"))
_EMPTY_VERIFICATION = sa.update(VERIFICATIONS).where(VERIFICATIONS.c.id == sa.bindparam("verification"))
_NOTES = (
    sa.select(*covered_columns(CALL_NOTES))
    .join(VERIFICATIONS, VERIFICATIONS.c.id == CALL_NOTES.c.verification_id)
    .where(VERIFICATIONS.c.job_id == sa.bindparam("job"))
)
_DROP_NOTE = sa.delete(CALL_NOTES).where(CALL_NOTES.c.id == sa.bindparam("note"))
_BATCHES = sa.select(BATCHES.c.id).where(BATCHES.c.ended_at < sa.bindparam("before"))
_ITEMS = sa.select(*covered_columns(BATCH_ITEMS)).where(BATCH_ITEMS.c.batch_id.in_(_BATCHES))
_DROP_ITEM = sa.delete(BATCH_ITEMS).where(
    BATCH_ITEMS.c.batch_id == sa.bindparam("batch"), BATCH_ITEMS.c.number == sa.bindparam("item")
)
_VISITORS = {
    VISITOR_REQUESTS: sa.select(*covered_columns(VISITOR_REQUESTS)).where(
        VISITOR_REQUESTS.c.created_at < sa.bindparam("before")
    ),
    VISITOR_DRAFTS: sa.select(*covered_columns(VISITOR_DRAFTS)).where(
        VISITOR_DRAFTS.c.expires_at < sa.bindparam("now")
    ),
}
_DROP = {table: sa.delete(table).where(table.c.id == sa.bindparam("row")) for table in _VISITORS}


class Due(NamedTuple):
    """What of a kind is kept longer than it may be: so many records."""

    kind: str
    records: int


Limits = Mapping[str, int]
"""Stamps before which a record must have ended to be due: ``replies``, ``rosters``, each purpose of a question, and
``now``, which is when a draft's time must have been over."""


def _limit(kind: str, limits: Limits) -> dict[str, int]:
    """The values that select what is due of a kind."""
    if kind == "visitors":
        return {"before": limits[Purpose.PROSPECT.value], "now": limits["now"]}
    if kind != "answers":
        return {"before": limits[kind]}
    purposes = {purpose.value: limits[purpose.value] for purpose in Purpose}
    return {**purposes, "latest": max(purposes.values())}


def count_due(connection: Connection, limits: Limits) -> list[Due]:
    """How many records of each kind are due."""
    of_kind = {"replies": tuple(_REPLIES.values()), "answers": (_JOBS,), "rosters": (_ITEMS,)}
    of_kind["visitors"] = tuple(_VISITORS.values())
    return [Due(kind, sum(_count(connection, one, _limit(kind, limits)) for one in of_kind[kind])) for kind in KINDS]


def _count(connection: Connection, select: sa.Select[Any], values: Mapping[str, int]) -> int:
    counted = sa.select(sa.func.count()).select_from(select.subquery())
    return int(fetch_scalar(connection, counted, values))


def shred_some(connection: Connection, sealer: Sealer, kind: str, limits: Limits, now: int) -> int:
    """Shred some records of ``kind``; returns how many. Rows that somebody else wrote are left as they are."""
    which = _limit(kind, limits)
    if kind == "answers":
        rows = _rows_of_ours(connection, sealer, "jobs", _JOBS.limit(RECORDS), which)
        return sum(_shred_job(connection, sealer, row, now) for row in rows)
    if kind == "rosters":
        rows = _rows_of_ours(connection, sealer, "batch_items", _ITEMS.limit(RECORDS), which)
        return sum(_shred_item(connection, sealer, row, now) for row in rows)
    if kind == "visitors":
        return _shred_visitors(connection, sealer, which, now)
    count = 0
    for table, select in _REPLIES.items():
        for row in _rows_of_ours(connection, sealer, table.name, select.limit(RECORDS), which):
            _drop_reply(connection, sealer, table, row)
            entry = audit.by_ourselves("reply.shredded", attempt_id=row["attempt_id"], outcome=table.name)
            audit.append(connection, sealer, entry, now)
            count += 1
    return count


def _shred_visitors(connection: Connection, sealer: Sealer, which: Mapping[str, int], now: int) -> int:
    count = 0
    for table, select in _VISITORS.items():
        for row in fetch_all(connection, select.limit(RECORDS), which):
            count += drop_row(connection, sealer, table, row)
            if table is VISITOR_REQUESTS:
                audit.append(connection, sealer, audit.by_ourselves("visitor_request.shredded", outcome=row["id"]), now)
    return count


def drop_row(connection: Connection, sealer: Sealer, table: sa.Table, row: Row) -> bool:
    """Delete a row of what a visitor typed, and note its data keys; false when somebody else wrote it."""
    if not is_authentic(sealer, table.name, row):
        return False
    _note(connection, sealer, table.name, row)
    execute(connection, _DROP[table], {"row": row["id"]})
    return True


def noted_keys(connection: Connection, sealer: Sealer) -> list[str]:
    """Return some of the data keys that are to be deleted. Raises ``RowForged``."""
    return [row["key_id"] for row in fetch_checked(connection, sealer, "shredding", _NOTED)]


def forget_keys(connection: Connection, key_ids: Iterable[str]) -> None:
    """Take the notes of data keys away that were deleted."""
    for key_id in key_ids:
        execute(connection, _FORGET, {"key": key_id})


def _rows_of_ours(
    connection: Connection, sealer: Sealer, table: str, select: sa.Select[Any], values: Mapping[str, Any]
) -> list[Row]:
    """Return the rows as this service wrote them: another one could name the data key of a record that is kept."""
    return [row for row in fetch_all(connection, select, values) if is_authentic(sealer, table, row)]


def _note(connection: Connection, sealer: Sealer, table: str, row: Row) -> None:
    """Note the data keys of ``row``."""
    for key_id in set(data_keys_of(table, row, sealer)):
        noted = {"key_id": key_id}
        execute(connection, _NOTE, {**noted, "mac": row_digest(sealer, "shredding", noted)})


def _drop_reply(connection: Connection, sealer: Sealer, table: sa.Table, row: Row) -> None:
    _note(connection, sealer, table.name, row)
    execute(connection, _DROP_REPLY[table], {"attempt": row["attempt_id"]})


def _shred_job(connection: Connection, sealer: Sealer, row: Row, now: int) -> int:
    job_id, which = row["id"], {"job": row["id"]}
    _note(connection, sealer, "jobs", row)
    for table, select in _OF_JOB.items():
        for reply in _rows_of_ours(connection, sealer, table.name, select, which):
            _drop_reply(connection, sealer, table, reply)
    for note in _rows_of_ours(connection, sealer, "call_notes", _NOTES, which):
        _note(connection, sealer, "call_notes", note)
        execute(connection, _DROP_NOTE, {"note": note["id"]})
    for one in _rows_of_ours(connection, sealer, "verifications", _VERIFICATIONS, which):
        _empty_verification(connection, sealer, one)
        entry = audit.by_ourselves("verification.shredded", job_id=job_id, payer=row["payer"])
        about = entry._replace(verification_id=one["id"], member_key=row["member_key"])
        audit.append(connection, sealer, about, now)
    unlinked = sealer.blind("shredded", job_id)
    gone = {"sealed_question": SHREDDED, "sealed_answer": SHREDDED, "twin_key": unlinked, "member_key": unlinked}
    values = {**gone, "reusable": 0}
    mac = row_digest(sealer, "jobs", {**row, **values})
    counted = dict.fromkeys(("next_step", "ends_key", "terms_key", "has_changed"))
    execute(connection, _EMPTY_JOB, {"job": job_id, **values, **counted, "mac": mac})
    return 1


def _empty_verification(connection: Connection, sealer: Sealer, row: Row) -> None:
    _note(connection, sealer, "verifications", row)
    mac = row_digest(sealer, "verifications", {**row, "sealed_reference": None})
    execute(connection, _EMPTY_VERIFICATION, {"verification": row["id"], "sealed_reference": None, "mac": mac})


def _shred_item(connection: Connection, sealer: Sealer, row: Row, now: int) -> int:
    _note(connection, sealer, "batch_items", row)
    execute(connection, _DROP_ITEM, {"batch": row["batch_id"], "item": row["number"]})
    entry = audit.by_ourselves(
        "batch_item.shredded", job_id=row["job_id"], outcome=f"{row['batch_id']}:{row['number']}"
    )
    audit.append(connection, sealer, entry, now)
    return 1
