"""The audit: written in the transaction that it describes, so that nothing happens without its line."""

from service.store.engine import Session
from service.store.rows import SYSTEM, AuditEntry

_APPEND = """
INSERT INTO audit (at, actor, role, action, verification_id, job_id, attempt_id, payer, outcome)
VALUES (:at, :actor, :role, :action, :verification_id, :job_id, :attempt_id, :payer, :outcome)
"""


def append(session: Session, entry: AuditEntry, at: int) -> None:
    """Write ``entry`` as of the stamp ``at``."""
    session.run(_APPEND, at=at, **entry._asdict())


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
