"""Consents: what a person agreed to, kept in the transaction that records the question, before anything is sent."""

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.consent import Consent
from service.security.encryption import Sealer
from service.store import audit
from service.store.identifiers import instant, stamp
from service.store.row_digests import covered_columns, fetch_checked_first, row_digest
from service.store.rows import AuditEntry
from service.store.statements import execute
from service.store.tables import CONSENTS, Value

_ADD = sa.insert(CONSENTS)
_OF = sa.select(*covered_columns(CONSENTS)).where(CONSENTS.c.verification_id == sa.bindparam("verification"))


def add(connection: Connection, sealer: Sealer, consent: Consent, entry: AuditEntry, now: int) -> None:
    """Keep the consent under which a verification was asked, with its line of the audit, after that of ``entry``."""
    row: dict[str, Value] = {
        "verification_id": entry.verification_id,
        "version": consent.version,
        "language": consent.language,
        "given_at": stamp(consent.given_at),
        "text_digest": bytes.fromhex(consent.text_sha256),
        "recorded_at": now,
    }
    execute(connection, _ADD, {**row, "mac": row_digest(sealer, "consents", row)})
    recorded = entry._replace(action="consent.recorded", outcome=f"{consent.version}/{consent.language}")
    audit.append(connection, sealer, recorded, now)


def consent_of(connection: Connection, sealer: Sealer, verification_id: str) -> Consent | None:
    """Return the consent under which a verification was asked; None when there is none. Raises ``RowForged``."""
    row = fetch_checked_first(connection, sealer, "consents", _OF, {"verification": verification_id})
    if row is None:
        return None
    return Consent(
        version=row["version"],
        language=row["language"],
        given_at=instant(row["given_at"]),
        text_sha256=row["text_digest"].hex(),
    )
