"""Keyed digests over the rows that grant or link, so that whoever writes the database gains no right by it.

A digest covers every column that says who may do what, or what belongs to what; its key is the database's index key,
which is kept sealed. Left out are columns that only say when work is done next (``UNCOVERED``). A row that was inserted
or changed without the key is refused wherever it is read. What is not noticed: a row that was removed, and one that was
put back as it stood at an earlier time, since its digest was right then.
"""

from collections.abc import Iterator, Mapping

from service.security.encryption import SealBroken, Sealer
from service.store.engine import Row, Session, Value

COVERED: Mapping[str, tuple[str, ...]] = {
    "api_keys": ("id", "digest", "role", "label", "created_at", "expires_at", "revoked_at"),
    "verifications": ("id", "job_id", "caller_id", "role", "sealed_reference", "created_at"),
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
}
"""By table: the columns under the digest, in their order."""

UNCOVERED: Mapping[str, tuple[str, ...]] = {
    "api_keys": ("last_used_at",),
    "jobs": ("role", "next_step_at", "claimed_at", "runner"),
}
"""By table: the columns that grant and link nothing. A job's role is the urgency of its work and nobody's right."""

_KEYS: Mapping[str, tuple[str, ...]] = {
    "idempotency": ("caller_id", "key_digest"),
    "replies": ("attempt_id",),
    "quarantine": ("attempt_id",),
}
_CHUNK = 500


class RowForged(SealBroken):
    """A row was written by somebody without the key. It carries the ``table`` and the row's ``row_id``."""

    def __init__(self, table: str, row_id: str) -> None:
        """Name the row."""
        super().__init__(f"row_forged:{table}")
        self.table = table
        self.row_id = row_id


def row_digest(sealer: Sealer, table: str, row: Row) -> bytes:
    """The digest of ``row``, which holds at least the covered columns. Raises ``KeysMissing``."""
    return sealer.blind("row.1", table, *(_told_apart(row[column]) for column in COVERED[table]))


def check(sealer: Sealer, table: str, row: Row) -> None:
    """Raise ``RowForged`` unless ``row`` carries its digest."""
    mac: bytes | None = row["mac"]
    if mac is None or not sealer.same(mac, row_digest(sealer, table, row)):
        raise RowForged(table, str(row[_keys(table)[0]]))


def columns(table: str, alias: str | None = None) -> str:
    """The covered columns and the digest, as a statement names them."""
    name = alias or table
    return ", ".join(f"{name}.{column}" for column in (*COVERED[table], "mac"))


def authenticate(session: Session, sealer: Sealer) -> None:
    """Give every row its digest, as it stands: once in the life of a database, before which no row had one."""
    for table in COVERED:
        for row in _rows(session, table):
            keys = {column: row[column] for column in _keys(table)}
            session.run(_update(table), mac=row_digest(sealer, table, row), **keys)


def _rows(session: Session, table: str) -> Iterator[Row]:
    keys = _keys(table)
    order = ", ".join(keys)
    first = f"SELECT {columns(table)} FROM {table} ORDER BY {order} LIMIT {_CHUNK}"  # noqa: S608 - constants of ours
    after = ", ".join(f":{column}" for column in keys)
    following = first.replace("ORDER BY", f"WHERE ({order}) > ({after}) ORDER BY")
    rows = session.all(first)
    while rows:
        yield from rows
        rows = session.all(following, **{column: rows[-1][column] for column in keys})


def _update(table: str) -> str:
    where = " AND ".join(f"{column} = :{column}" for column in _keys(table))
    return f"UPDATE {table} SET mac = :mac WHERE {where}"  # noqa: S608 - constants of this module alone


def _keys(table: str) -> tuple[str, ...]:
    return _KEYS.get(table, ("id",))


def _told_apart(value: Value) -> bytes:
    """``value`` with its type, so that no two values of different types are one."""
    if value is None:
        return b"-"
    if isinstance(value, bytes):
        return b"b" + value
    return b"i%d" % value if isinstance(value, int) else b"s" + value.encode()
