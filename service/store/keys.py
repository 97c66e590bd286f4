"""API keys: 256 random bits, of which only a SHA-256 digest is kept.

A key reads ``bv_<id>_<secret>``; the id is the caller's name in logs and in the audit. A fast digest is enough for a
secret of more than 112 random bits (OWASP ASVS 5.0, 6.5.2 by analogy).
"""

import hashlib
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import NamedTuple

from service.access import Caller, Role
from service.store import audit
from service.store.engine import Row, Session
from service.store.rows import AuditEntry, KeyRow
from service.store.stamps import instant, maybe_instant

PREFIX = "bv"
NO_DIGEST = bytes(32)

_CREATE = """
INSERT INTO api_keys (id, digest, role, label, created_at) VALUES (:id, :digest, :role, :label, :now)
"""
_FIND = "SELECT digest, role FROM api_keys WHERE id = :id AND revoked_at IS NULL"
_LIST = "SELECT id, role, label, created_at, revoked_at FROM api_keys ORDER BY created_at, id"
_REVOKE = "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL"
_ANY = "SELECT id FROM api_keys WHERE revoked_at IS NULL LIMIT 1"


class Minted(NamedTuple):
    """A key before anybody has it. ``plain`` is shown once and kept nowhere."""

    id: str
    plain: str
    digest: bytes

    def __repr__(self) -> str:
        """Show the id alone."""
        return f"Minted(id={self.id!r})"


def mint() -> Minted:
    """A fresh key."""
    key_id, secret = token_hex(6), token_urlsafe(32)
    return Minted(key_id, f"{PREFIX}_{key_id}_{secret}", _digest(secret))


def create(session: Session, minted: Minted, role: Role, label: str, now: int) -> None:
    """Record a key."""
    session.run(_CREATE, id=minted.id, digest=minted.digest, role=role.value, label=label, now=now)
    _note(session, "key.created", minted.id, role.value, now)


def find(session: Session, plain: str) -> Caller | None:
    """The caller whose live key ``plain`` is. An unknown id costs the same comparison as a known one."""
    prefix, _, rest = plain.partition("_")
    key_id, _, secret = rest.partition("_")
    row = session.one(_FIND, id=key_id)
    kept: bytes = NO_DIGEST if row is None else row["digest"]
    same = compare_digest(kept, _digest(secret))
    return Caller(id=key_id, role=Role(row["role"])) if same and row is not None and prefix == PREFIX else None


def listed(session: Session) -> list[KeyRow]:
    """Every key that was made, oldest first."""
    return [_opened(row) for row in session.all(_LIST)]


def revoke(session: Session, key_id: str, now: int) -> bool:
    """End a key; false when there is no live one of that id."""
    if session.run(_REVOKE, id=key_id, now=now) != 1:
        return False
    _note(session, "key.revoked", key_id, None, now)
    return True


def any_live(session: Session) -> bool:
    """Whether anybody could authenticate."""
    return session.one(_ANY) is not None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _opened(row: Row) -> KeyRow:
    return KeyRow(
        id=row["id"],
        role=Role(row["role"]),
        label=row["label"],
        created_at=instant(row["created_at"]),
        revoked_at=maybe_instant(row["revoked_at"]),
    )


def _note(session: Session, action: str, key_id: str, outcome: str | None, now: int) -> None:
    audit.append(session, AuditEntry(f"key:{key_id}", "operator", action, outcome=outcome), now)
