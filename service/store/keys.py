"""API keys: 256 random bits, of which only a SHA-256 digest is kept.

A key reads ``bv_<id>_<secret>``; the id is the caller's name in logs and in the audit. A fast digest is enough for a
secret of more than 112 random bits (OWASP ASVS 5.0, 6.5.2 by analogy). A key grants something only while its row
carries the database's own digest, its time has not run out, and nobody ended it.
"""

import hashlib
from collections.abc import Mapping
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.access import Caller, Role
from service.security.encryption import Sealer
from service.store import audit
from service.store.identifiers import instant, maybe_instant
from service.store.row_digests import RowForged, check, covered_columns, row_digest
from service.store.rows import AuditEntry, KeyRow
from service.store.statements import execute, fetch_all, fetch_first
from service.store.tables import API_KEYS, Row, Value

PREFIX = "bv"
NO_DIGEST = bytes(32)

_CREATE = sa.insert(API_KEYS)
_FIND = sa.select(*covered_columns(API_KEYS)).where(API_KEYS.c.id == sa.bindparam("key"))
_LIST = sa.select(*covered_columns(API_KEYS), API_KEYS.c.last_used_at).order_by(API_KEYS.c.created_at, API_KEYS.c.id)
_REVOKE = sa.update(API_KEYS).where(API_KEYS.c.id == sa.bindparam("key"), API_KEYS.c.revoked_at.is_(None))
_USED = (
    sa.update(API_KEYS)
    .where(
        API_KEYS.c.id == sa.bindparam("key"),
        sa.or_(API_KEYS.c.last_used_at.is_(None), API_KEYS.c.last_used_at < sa.bindparam("at")),
    )
    .values(last_used_at=sa.bindparam("at"))
)


class Minted(NamedTuple):
    """A key before anybody has it. ``plain`` is shown once and kept nowhere."""

    id: str
    plain: str
    digest: bytes

    def __repr__(self) -> str:
        """Show the id alone."""
        return f"Minted(id={self.id!r})"


class Wanted(NamedTuple):
    """What a new key is for; ``expires_at`` is a stamp, and None when it never ends by itself."""

    role: Role
    label: str
    expires_at: int | None


def mint() -> Minted:
    """A fresh key."""
    key_id, secret = token_hex(6), token_urlsafe(32)
    return Minted(key_id, f"{PREFIX}_{key_id}_{secret}", _digest(secret))


def create(connection: Connection, sealer: Sealer, minted: Minted, wanted: Wanted, now: int) -> None:
    """Record a key."""
    row: dict[str, Value] = {
        "id": minted.id,
        "digest": minted.digest,
        "role": wanted.role.value,
        "label": wanted.label,
        "created_at": now,
        "expires_at": wanted.expires_at,
    }
    mac = row_digest(sealer, "api_keys", {**row, "revoked_at": None})
    execute(connection, _CREATE, {**row, "mac": mac})
    _note(connection, sealer, "key.created", minted.id, wanted.role.value, now)


def find(connection: Connection, sealer: Sealer, plain: str, now: int) -> Caller | None:
    """The caller whose live key ``plain`` is. An unknown id costs the same comparison as a known one.

    Raises ``RowForged`` when the secret is right and the row is not ours.
    """
    prefix, _, rest = plain.partition("_")
    key_id, _, secret = rest.partition("_")
    row = _find(connection, key_id)
    kept: bytes = NO_DIGEST if row is None else row["digest"]
    same = compare_digest(kept, _digest(secret))
    if not same or row is None or prefix != PREFIX:
        return None
    check(sealer, "api_keys", row)
    return Caller(id=key_id, role=Role(row["role"])) if _is_live(row, now) else None


def _find(connection: Connection, key_id: str) -> Row | None:
    return fetch_first(connection, _FIND, {"key": key_id})


def list_keys(connection: Connection, sealer: Sealer) -> list[KeyRow]:
    """Every key that was made, oldest first."""
    return [_open_key(sealer, row) for row in fetch_all(connection, _LIST)]


def revoke(connection: Connection, sealer: Sealer, key_id: str, now: int) -> bool:
    """End a key; false when there is no live one of that id. A forged row stays forged."""
    row = _find(connection, key_id)
    if row is None:
        return False
    ended = {**row, "revoked_at": now}
    mac = row_digest(sealer, "api_keys", ended) if _is_authentic(sealer, row) else row["mac"]
    if execute(connection, _REVOKE, {"key": key_id, "revoked_at": now, "mac": mac}) != 1:
        return False
    _note(connection, sealer, "key.revoked", key_id, None, now)
    return True


def any_live(connection: Connection, sealer: Sealer, now: int) -> bool:
    """Whether anybody could authenticate."""
    return any(_is_live(row, now) and _is_authentic(sealer, row) for row in fetch_all(connection, _LIST))


def note_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Write down when keys were last used: a stamp by the key's id."""
    for key_id, at in uses.items():
        execute(connection, _USED, {"key": key_id, "at": at})


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _is_live(row: Row, now: int) -> bool:
    return row["revoked_at"] is None and (row["expires_at"] is None or row["expires_at"] > now)


def _is_authentic(sealer: Sealer, row: Row) -> bool:
    try:
        check(sealer, "api_keys", row)
    except RowForged:
        return False
    return True


def _open_key(sealer: Sealer, row: Row) -> KeyRow:
    return KeyRow(
        id=row["id"],
        role=row["role"],
        label=row["label"],
        created_at=instant(row["created_at"]),
        expires_at=maybe_instant(row["expires_at"]),
        revoked_at=maybe_instant(row["revoked_at"]),
        last_used_at=maybe_instant(row["last_used_at"]),
        authentic=_is_authentic(sealer, row),
    )


def _note(connection: Connection, sealer: Sealer, action: str, key_id: str, outcome: str | None, now: int) -> None:
    audit.append(connection, sealer, AuditEntry(f"key:{key_id}", "operator", action, outcome=outcome), now)
