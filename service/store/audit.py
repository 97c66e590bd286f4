"""The audit: a line is written in the transaction that it describes, and linked to the one before (``chain.py``).

The lines of one transaction are written together, right before it is committed (``held_rows.py``).
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import SealBroken, Sealer
from service.store import held_rows
from service.store.chain import COLUMNS, line_digest, next_link
from service.store.row_digests import RowForged
from service.store.rows import SYSTEM, AuditEntry
from service.store.tables import AUDIT

_LINES = (
    sa.select(*(AUDIT.c[name] for name in COLUMNS)).where(AUDIT.c.seq > sa.bindparam("after")).order_by(AUDIT.c.seq)
)
_LINK = sa.update(AUDIT).where(AUDIT.c.seq == sa.bindparam("its_seq")).values(mac=sa.bindparam("its_mac"))
_CHUNK = 1000


def append(connection: Connection, sealer: Sealer, entry: AuditEntry, at: int) -> None:
    """Write ``entry`` as of the stamp ``at`` before the transaction is committed. Raises ``KeysMissing``."""
    seq, mac = next_link(connection, sealer, (at, *entry))
    held_rows.insert(connection, AUDIT, (seq, at, *entry, mac))


def link_earlier_lines(connection: Connection, sealer: Sealer, now: int) -> None:
    """Link the lines that an earlier version wrote, as they stand: once in the life of a database.

    A line of the audit says how many there were.
    """
    count, after, mac = 0, -1, b""
    while rows := connection.execute(_LINES.limit(_CHUNK), {"after": after}).all():
        links = []
        for row in rows:
            mac = line_digest(sealer.audit_key, mac, tuple(row))
            links.append({"its_seq": row.seq, "its_mac": mac})
        connection.execute(_LINK, links)
        count, after = count + len(rows), rows[-1].seq
    if count:
        append(connection, sealer, by_ourselves("audit.linked")._replace(times=count), now)


_BY_TABLE = {
    "verifications": "verification_id",
    "retries": "verification_id",
    "jobs": "job_id",
    "attempts": "attempt_id",
    "replies": "attempt_id",
    "quarantine": "attempt_id",
    # The audit has no column for a note; who wrote it is not who forged it.
    "call_notes": "note_id",
}


def about_broken(broken: SealBroken) -> AuditEntry:
    """An entry for a row that does not open, or that somebody else wrote."""
    entry = by_ourselves("row.refused", outcome=str(broken))
    if not isinstance(broken, RowForged):
        return entry
    column, row_id = _BY_TABLE.get(broken.table), broken.row_id
    if broken.table in {"batches", "batch_items"}:
        return entry._replace(outcome=f"{broken}:{row_id}")
    return entry._replace(
        actor=f"key:{row_id}" if column is None else SYSTEM,
        verification_id=row_id if column == "verification_id" else None,
        job_id=row_id if column == "job_id" else None,
        attempt_id=row_id if column == "attempt_id" else None,
    )


def by_ourselves(
    action: str,
    *,
    job_id: str | None = None,
    attempt_id: str | None = None,
    payer: str | None = None,
    outcome: str | None = None,
) -> AuditEntry:
    """An entry for what the service does without being asked at that moment."""
    return AuditEntry(SYSTEM, SYSTEM, action, None, job_id, attempt_id, payer, outcome)
