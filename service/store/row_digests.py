"""Keyed digests over the rows that grant or link, so that whoever writes the database gains no right by it.

A digest covers every column that says who may do what, or what belongs to what; its key is the database's index key,
which is kept sealed. Left out are columns that only say when work is done next (``UNCOVERED``). A row that was inserted
or changed without the key is refused wherever it is read. What is not noticed: a row that was removed, and one that was
put back as it stood at an earlier time, since its digest was right then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import SealBroken, Sealer, frame
from service.store.statements import Statement, fetch_all, fetch_first
from service.store.tables import METADATA, Row, Value

COVERED: Mapping[str, tuple[str, ...]] = {
    "api_keys": ("id", "digest", "role", "label", "created_at", "expires_at", "revoked_at"),
    "staff": ("id", "label", "roles", "invited", "created_at", "ended_at"),
    "sign_in_links": ("id", "digest", "staff_id", "created_at", "expires_at", "used_at"),
    "sessions": ("id", "digest", "staff_id", "created_at", "ends_at", "ended_at"),
    "emergencies": ("id", "staff_id", "sealed_reason", "started_at", "ends_at"),
    "verifications": ("id", "job_id", "caller_id", "role", "sealed_reference", "created_at"),
    "retries": ("verification_id", "earlier_id"),
    "consents": ("verification_id", "version", "language", "given_at", "text_digest", "recorded_at"),
    "call_notes": ("id", "verification_id", "number", "caller_id", "sealed_note", "created_at"),
    "batches": ("id", "caller_id", "sealed_preflight", "created_at"),
    "batch_items": ("batch_id", "number", "payer", "sealed_row", "duplicate_of", "verification_id", "job_id"),
    "visitor_drafts": ("id", "sealed_draft", "created_at", "expires_at"),
    "visitor_requests": (
        *("id", "reference_key", "code", "created_at", "promised_by", "sealed_request", "verification_id", "not_asked"),
    ),
    "idempotency": ("caller_id", "key_digest", "fingerprint", "verification_id", "expires_at"),
    "jobs": (
        *("id", "twin_key", "member_key", "payer", "state", "sealed_question", "sealed_answer"),
        *("reusable", "created_at", "life_ends_at", "settled_at"),
    ),
    "attempts": (
        *("id", "job_id", "payer", "route", "service_types", "interchange", "group_number", "trace", "originator"),
        *("transaction_number", "envelope_id", "sender", "receiver", "sent_at", "closed_at", "outcome", "sent", "ms"),
        *("consumed", "body_digest"),
    ),
    "replies": ("attempt_id", "sealed_body", "media_type", "received_at"),
    "quarantine": ("attempt_id", "sealed_body", "media_type", "received_at"),
    "shredding": ("key_id",),
    "work_marks": ("verification_id", "assignee", "closed_at"),
    "audit_marks": ("strand", "kind", "seq", "line_mac", "lines", "at"),
}
"""By table: the columns under the digest, in their order."""

COVERED_WHERE_FILLED: Mapping[str, tuple[str, ...]] = {
    "api_keys": ("caller_id", "networks"),
    "verifications": ("purpose",),
    "replies": ("inquiry_key",),
}
"""By table: columns that came later and are under the digest of the rows that have a value in them; the digests of
older rows stay right. Taking the value away changes the digest too."""

UNCOVERED: Mapping[str, tuple[str, ...]] = {
    "api_keys": ("last_used_at",),
    "sessions": ("seen_at",),
    "jobs": (
        *("role", "next_step_at", "claimed_at", "runner"),
        *("next_step", "ends_key", "terms_key", "has_changed"),
    ),
    "batches": ("state", "started_at", "ended_at"),
    "batch_items": ("state", "reason", "settled_at"),
    "visitor_requests": ("state", "assignee", "closed_at"),
}
"""By table: the columns that grant and link nothing. A job's role is the urgency of its work and nobody's right; a
session's end is covered, and when it was last used only ends it earlier."""

_BEGINS = {table: frame([b"row.1", table.encode()]) for table in COVERED}
"""By table: what the message under a digest begins with."""

_CHUNK = 500

Element = TypeVar("Element")
Opened = TypeVar("Opened")


class RowForged(SealBroken):
    """A row was written by somebody without the key. It carries the ``table`` and the row's ``row_id``."""

    def __init__(self, table: str, row_id: str) -> None:
        """Name the row."""
        super().__init__(f"row_forged:{table}")
        self.table = table
        self.row_id = row_id


def row_digest(sealer: Sealer, table: str, row: Row) -> bytes:
    """The digest of ``row``, which holds at least the covered columns. Raises ``KeysMissing``."""
    # Most values are text, and many are null.
    pieces = [
        b"s" + value.encode() if type(value) is str else b"-" if value is None else _with_type(value)
        for value in map(row.__getitem__, COVERED[table])
    ]
    for column in COVERED_WHERE_FILLED.get(table, ()):
        value = row.get(column)
        if value is not None:
            pieces += (column.encode(), _with_type(value))
    return sealer.blind_framed(_BEGINS[table] + frame(pieces))


def check(sealer: Sealer, table: str, row: Row) -> None:
    """Raise ``RowForged`` unless ``row`` carries its digest."""
    mac: bytes | None = row["mac"]
    if mac is None or not sealer.same(mac, row_digest(sealer, table, row)):
        raise RowForged(table, str(row[METADATA.tables[table].primary_key.columns[0].name]))


def is_authentic(sealer: Sealer, table: str, row: Row) -> bool:
    """Whether ``row`` carries its digest."""
    try:
        check(sealer, table, row)
    except RowForged:
        return False
    return True


def fetch_checked(
    connection: Connection, sealer: Sealer, table: str, statement: Statement, values: Mapping[str, Any] | None = None
) -> list[Row]:
    """The rows of ``table`` that ``statement`` selects. Raises ``RowForged`` unless each carries its digest."""
    rows = fetch_all(connection, statement, values)
    for row in rows:
        check(sealer, table, row)
    return rows


def fetch_checked_first(
    connection: Connection, sealer: Sealer, table: str, statement: Statement, values: Mapping[str, Any]
) -> Row | None:
    """The first of the rows that ``fetch_checked`` returns, or None."""
    row = fetch_first(connection, statement, values)
    if row is not None:
        check(sealer, table, row)
    return row


def open_each(rows: Iterable[Element], open_one: Callable[[Element], Opened], broken: list[SealBroken]) -> list[Opened]:
    """What ``open_one`` makes of each row that holds; what is wrong with another one is added to ``broken``."""
    opened = list[Opened]()
    for row in rows:
        try:
            opened.append(open_one(row))
        except SealBroken as wrong:
            broken.append(wrong)
    return opened


def covered_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """The covered columns and the digest of ``table``."""
    names = (*COVERED[table.name], *COVERED_WHERE_FILLED.get(table.name, ()), "mac")
    return [table.c[column] for column in names]


def authenticate(connection: Connection, sealer: Sealer) -> None:
    """Give every row its digest, as it stands: once in the life of a database, before which no row had one."""
    for name in COVERED:
        table = METADATA.tables[name]
        keys = list(table.primary_key.columns)
        update = sa.update(table).where(*(key == sa.bindparam(f"its_{key.name}") for key in keys))
        for row in _rows(connection, table):
            its = {f"its_{key.name}": row[key.name] for key in keys}
            connection.execute(update, {**its, "mac": row_digest(sealer, name, row)})


def _rows(connection: Connection, table: sa.Table) -> Iterator[Row]:
    keys = list(table.primary_key.columns)
    some = sa.select(*covered_columns(table)).order_by(*keys).limit(_CHUNK)
    rows = connection.execute(some).mappings().all()
    while rows:
        yield from rows
        last = sa.tuple_(*(sa.literal(rows[-1][key.name], key.type) for key in keys))
        rows = connection.execute(some.where(sa.tuple_(*keys) > last)).mappings().all()


def _with_type(value: Value) -> bytes:
    """``value`` with its type, so that no two values of different types are one."""
    if isinstance(value, str):
        return b"s" + value.encode()
    if value is None:
        return b"-"
    return b"i%d" % value if isinstance(value, int) else b"b" + value
