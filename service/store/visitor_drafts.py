"""Drafts of visitors: what somebody typed so far, sealed, under a reference that only the visitor has, for a time."""

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import Place, Sealer
from service.store import shredding
from service.store.row_digests import check, covered_columns, row_digest
from service.store.statements import execute, fetch_all, fetch_first
from service.store.tables import VISITOR_DRAFTS, Value

EXPIRED_AT_ONCE = 20
"""Expired drafts that are removed when a new one is kept: more than one, so that they never pile up."""

_ID = VISITOR_DRAFTS.c.id == sa.bindparam("draft")
_ADD = sa.insert(VISITOR_DRAFTS)
_ONE = sa.select(*covered_columns(VISITOR_DRAFTS)).where(_ID, VISITOR_DRAFTS.c.expires_at > sa.bindparam("now"))
_LOCKED = _ONE.with_for_update()
_CHANGE = sa.update(VISITOR_DRAFTS).where(_ID)
_EXPIRED = (
    sa.select(*covered_columns(VISITOR_DRAFTS))
    .where(VISITOR_DRAFTS.c.expires_at <= sa.bindparam("before"))
    .order_by(VISITOR_DRAFTS.c.expires_at)
    .with_for_update(skip_locked=True)
)


def draft_id(sealer: Sealer, reference: str) -> str:
    """Return the id of the draft that has ``reference``. Raises ``KeysMissing``."""
    return sealer.blind("visitor_draft", reference).hex()


def prepare(sealer: Sealer, reference: str, content: bytes, now: int, expires_at: int) -> dict[str, Value]:
    """Return the row of a new draft. Raises ``KeysMissing``."""
    its_id = draft_id(sealer, reference)
    row: dict[str, Value] = {
        "id": its_id,
        "sealed_draft": sealer.seal(content, _place(its_id)),
        "created_at": now,
        "expires_at": expires_at,
    }
    return {**row, "mac": row_digest(sealer, "visitor_drafts", row)}


def add(connection: Connection, sealer: Sealer, row: dict[str, Value], now: int) -> None:
    """Insert a prepared row, and remove some drafts that have expired."""
    for expired in fetch_all(connection, _EXPIRED.limit(EXPIRED_AT_ONCE), {"before": now}):
        shredding.drop_row(connection, sealer, VISITOR_DRAFTS, expired)
    execute(connection, _ADD, row)


def change(connection: Connection, sealer: Sealer, its_id: str, content: bytes, now: int, expires_at: int) -> bool:
    """Replace what a draft holds; false when there is none, or its time is over. Raises ``SealBroken``."""
    row = fetch_first(connection, _LOCKED, {"draft": its_id, "now": now})
    if row is None:
        return False
    check(sealer, "visitor_drafts", row)
    sealed = sealer.seal(content, _place(its_id), beside=row["sealed_draft"])
    values = {"sealed_draft": sealed, "expires_at": expires_at}
    mac = row_digest(sealer, "visitor_drafts", {**row, **values})
    return execute(connection, _CHANGE, {"draft": its_id, **values, "mac": mac}) == 1


def read(connection: Connection, sealer: Sealer, its_id: str, now: int) -> bytes | None:
    """Return what a draft holds; None when there is none, or its time is over. Raises ``SealBroken``."""
    row = fetch_first(connection, _ONE, {"draft": its_id, "now": now})
    if row is None:
        return None
    check(sealer, "visitor_drafts", row)
    return sealer.open(row["sealed_draft"], _place(its_id))


def _place(its_id: str) -> Place:
    return Place("visitor_drafts", its_id, "draft")
