"""API keys: 256 random bits, of which only a SHA-256 digest is kept.

A key reads ``bv_<id>_<secret>``. A fast digest is enough for a secret of more than 112 random bits (OWASP ASVS 5.0,
6.5.2 by analogy). A key grants something only while its row carries the database's own digest, its time has not run
out, and nobody ended it.

A caller is named after its first key, in logs, in the audit and as the owner of what it asked. A key that is rotated
gets a second one beside it, for the same caller, until the first one ends.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.access import Caller, Role
from service.security.encryption import SealBroken, Sealer
from service.store import audit
from service.store.identifiers import instant, maybe_instant
from service.store.row_digests import check, covered_columns, is_authentic, row_digest
from service.store.rows import AuditEntry, KeyRow
from service.store.statements import execute, fetch_all, fetch_first
from service.store.tables import API_KEYS, Row, Value

PREFIX = "bv"
NO_DIGEST = bytes(32)

_CREATE = sa.insert(API_KEYS)
_FIND = sa.select(*covered_columns(API_KEYS)).where(API_KEYS.c.id == sa.bindparam("key"))
_LIST = sa.select(*covered_columns(API_KEYS), API_KEYS.c.last_used_at).order_by(API_KEYS.c.created_at, API_KEYS.c.id)
_END_AT = sa.update(API_KEYS).where(API_KEYS.c.id == sa.bindparam("key"))
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
    networks: tuple[str, ...] = ()
    caller_id: str | None = None


class KeyNotLive(Exception):
    """There is no live key of that id."""


class TwoKeysLive(Exception):
    """The caller has two live keys already: one of them has to end first."""


def mint(prefix: str = PREFIX) -> Minted:
    """A fresh key, or another secret of the same form under another ``prefix``."""
    key_id, secret = token_hex(6), token_urlsafe(32)
    return Minted(key_id, f"{prefix}_{key_id}_{secret}", digest_of(secret))


def split(plain: str) -> tuple[str, str, str]:
    """Return prefix, id and secret of what ``mint`` made, or of what was shown in its place."""
    prefix, _, rest = plain.partition("_")
    key_id, _, secret = rest.partition("_")
    return prefix, key_id, secret


def create(connection: Connection, sealer: Sealer, minted: Minted, wanted: Wanted, now: int) -> None:
    """Record a key."""
    row: dict[str, Value] = {
        "id": minted.id,
        "digest": minted.digest,
        "role": wanted.role.value,
        "label": wanted.label,
        "created_at": now,
        "expires_at": wanted.expires_at,
        "caller_id": wanted.caller_id,
        "networks": ",".join(wanted.networks) or None,
    }
    mac = row_digest(sealer, "api_keys", {**row, "revoked_at": None})
    execute(connection, _CREATE, {**row, "mac": mac})
    action = "key.created" if wanted.caller_id is None else "key.rotated"
    _note(connection, sealer, action, minted.id, wanted.role.value, now)


class Rotating(NamedTuple):
    """A key that gets a second one: ``old_ends_at`` ends the first, ``expires_at`` the second; stamps."""

    key_id: str
    old_ends_at: int | None
    expires_at: int | None


def rotate(connection: Connection, sealer: Sealer, minted: Minted, rotating: Rotating, now: int) -> None:
    """Record a second key for the caller of a live one, with its role, label and networks.

    Raises ``KeyNotLive``, ``TwoKeysLive``, and ``RowForged``.
    """
    old = _find(connection, rotating.key_id)
    if old is None or not _is_live(old, now):
        raise KeyNotLive
    check(sealer, "api_keys", old)
    caller_id = _caller_of(old)
    mates = [row for row in fetch_all(connection, _LIST) if _caller_of(row) == caller_id and _is_live(row, now)]
    if len(mates) > 1:
        raise TwoKeysLive
    wanted = Wanted(Role(old["role"]), old["label"], rotating.expires_at, _networks_of(old), caller_id)
    create(connection, sealer, minted, wanted, now)
    if rotating.old_ends_at is not None and (old["expires_at"] is None or rotating.old_ends_at < old["expires_at"]):
        ending = {**old, "expires_at": rotating.old_ends_at}
        mac = row_digest(sealer, "api_keys", ending)
        execute(connection, _END_AT, {"key": old["id"], "expires_at": rotating.old_ends_at, "mac": mac})


def find(connection: Connection, sealer: Sealer, plain: str, now: int) -> Caller | None:
    """The caller whose live key ``plain`` is. An unknown id costs the same comparison as a known one.

    Raises ``RowForged`` when the secret is right and the row is not ours.
    """
    prefix, key_id, secret = split(plain)
    row = _find(connection, key_id)
    kept: bytes = NO_DIGEST if row is None else row["digest"]
    same = compare_digest(kept, digest_of(secret))
    if not same or row is None or prefix != PREFIX:
        return None
    check(sealer, "api_keys", row)
    if not _is_live(row, now):
        return None
    return Caller(id=_caller_of(row), role=Role(row["role"]), networks=_networks_of(row))


def _caller_of(row: Row) -> str:
    found: str = row["caller_id"] or row["id"]
    return found


def _networks_of(row: Row) -> tuple[str, ...]:
    return tuple(row["networks"].split(",")) if row["networks"] else ()


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
    mac = row_digest(sealer, "api_keys", ended) if is_authentic(sealer, "api_keys", row) else row["mac"]
    if execute(connection, _REVOKE, {"key": key_id, "revoked_at": now, "mac": mac}) != 1:
        return False
    _note(connection, sealer, "key.revoked", key_id, None, now)
    return True


def any_live(connection: Connection, sealer: Sealer, now: int) -> bool:
    """Whether anybody could authenticate."""
    return any(_is_live(row, now) and is_authentic(sealer, "api_keys", row) for row in fetch_all(connection, _LIST))


def note_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Write down when keys were last used: a stamp by the key's id."""
    for key_id, at in uses.items():
        execute(connection, _USED, {"key": key_id, "at": at})


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def _is_live(row: Row, now: int) -> bool:
    return row["revoked_at"] is None and (row["expires_at"] is None or row["expires_at"] > now)


def _open_key(sealer: Sealer, row: Row) -> KeyRow:
    return KeyRow(
        id=row["id"],
        role=row["role"],
        label=row["label"],
        created_at=instant(row["created_at"]),
        expires_at=maybe_instant(row["expires_at"]),
        revoked_at=maybe_instant(row["revoked_at"]),
        last_used_at=_last_used(row),
        authentic=is_authentic(sealer, "api_keys", row),
        caller_id=_caller_of(row),
        networks=_networks_of(row),
    )


def _last_used(row: Row) -> datetime | None:
    """When a key was used last. A time that nobody here wrote is none: the key can be seen and ended all the same."""
    try:
        return maybe_instant(row["last_used_at"])
    except SealBroken:
        return None


def _note(connection: Connection, sealer: Sealer, action: str, key_id: str, outcome: str | None, now: int) -> None:
    audit.append(connection, sealer, AuditEntry(f"key:{key_id}", "operator", action, outcome=outcome), now)
