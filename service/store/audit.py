"""The audit: written in the transaction that it describes, so that nothing happens without its line."""

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import SealBroken
from service.store.row_digests import RowForged
from service.store.rows import SYSTEM, AuditEntry
from service.store.statements import execute
from service.store.tables import AUDIT

_APPEND = sa.insert(AUDIT).inline()


def append(connection: Connection, entry: AuditEntry, at: int) -> None:
    """Write ``entry`` as of the stamp ``at``."""
    execute(connection, _APPEND, {"at": at, **entry._asdict()})


_BY_TABLE = {
    "verifications": "verification_id",
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
