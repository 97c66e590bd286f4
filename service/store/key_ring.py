"""The index key of a database: random, made once, kept wrapped under every sealing key that is in use.

A row for a sealing key means that this key seals something here. So a key that is missing, or not the same bytes as
before, is noticed at the start, and the store is not ready instead of half readable.

Behind the key, under the same seal, stands how far the rows of this database are protected: none carries a digest
(``row_digests.py``), those that grant or link do, the lines of the audit are linked as well (``chain.py``). A database
of before is brought to the last form once; who writes the database without a sealing key can't have that done again.
"""

from collections.abc import Mapping
from secrets import token_bytes
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import KEY_BYTES, MARKER_AT, Place, Sealer, marker_of
from service.store import audit, row_digests
from service.store.errors import SealingKeyNeeded
from service.store.rows import AuditEntry
from service.store.sealed_values import SEALED
from service.store.statements import execute, fetch_all, fetch_scalar, upsert
from service.store.tables import COUNTERS, KEY_RING, METADATA

_LOCK = sa.select(COUNTERS.c.value).where(COUNTERS.c.name == "key_ring").with_for_update()
_WRAPPED = sa.select(KEY_RING.c.id, KEY_RING.c.sealed_index_key).order_by(KEY_RING.c.id)
_WRAP = upsert(
    KEY_RING,
    lambda wrap: wrap.on_conflict_do_update(
        index_elements=["id"], set_={"sealed_index_key": wrap.excluded.sealed_index_key}
    ),
)
_DROP = sa.delete(KEY_RING).where(KEY_RING.c.id == sa.bindparam("key"))


def _count(column: sa.Column[bytes]) -> sa.Select[int]:
    names = sa.func.substr(column, MARKER_AT, sa.bindparam("length", type_=sa.Integer), type_=sa.LargeBinary)
    return sa.select(sa.func.count()).where(names == sa.bindparam("marker"))


_COUNTS = tuple(_count(METADATA.tables[table].c[column]) for table in SEALED for column in SEALED[table])
_FORMS = (b"", b"\x01", b"\x02")
"""What stands behind the index key: nothing has a digest; rows do; rows do and the audit is a chain."""

DIGESTS, CHAIN = 1, 2


class KeyAbsent(Exception):
    """The settings no longer name a key that this database was sealed under. It carries the key's id."""


class Ring(NamedTuple):
    """The index key, and in which of the ``_FORMS`` the rows are."""

    index_key: bytes
    form: int

    @property
    def complete(self) -> bool:
        """Whether the rows are in the form of today."""
        return self.form == CHAIN

    def __repr__(self) -> str:
        """Show no key."""
        return f"Ring(form={self.form})"


def load(connection: Connection, sealer: Sealer, now: int) -> Ring | None:
    """The ring of the database, made when there is none, wrapped under the newest sealing key from now on.

    None when the settings name no key. Raises ``KeyAbsent``, and ``SealBroken`` for a key whose bytes have changed.
    """
    execute(connection, _LOCK)
    wrapped = _load_wrapped(connection)
    if not sealer.key_ids:
        return None
    ring = _open_ring(wrapped, sealer)
    newest = sealer.key_ids[0]
    if newest not in wrapped:
        _wrap(connection, sealer, newest, ring, now)
    return ring


def look(connection: Connection, sealer: Sealer) -> Ring | None:
    """The ring of the database as it is, of which nothing is made or written; None when the settings name no key.

    Raises as ``load`` does.
    """
    return _open_ring(_load_wrapped(connection), sealer) if sealer.key_ids else None


def _load_wrapped(connection: Connection) -> dict[str, bytes]:
    return {row["id"]: row["sealed_index_key"] for row in fetch_all(connection, _WRAPPED)}


def _open_ring(wrapped: Mapping[str, bytes], sealer: Sealer) -> Ring:
    """The ring, a fresh one where none is wrapped."""
    absent = sorted(wrapped.keys() - set(sealer.key_ids))
    if absent:
        raise KeyAbsent(", ".join(absent))
    values = {sealer.open(blob, _place(key_id)) for key_id, blob in wrapped.items()}
    values = values or {token_bytes(KEY_BYTES) + _FORMS[CHAIN]}
    keys = {value[:KEY_BYTES] for value in values}
    if len(keys) > 1:  # pragma: no cover - every row is wrapped from the same key
        raise KeyAbsent("several index keys")
    return Ring(keys.pop(), max(_FORMS.index(value[KEY_BYTES:]) for value in values))


def give_digests(connection: Connection, sealer: Sealer, now: int) -> None:
    """Give the rows of a database of before their digests, and note under every seal that they have them.

    The index key must have been adopted.
    """
    ring = load(connection, sealer, now)
    if ring is None or ring.complete:
        return
    if ring.form < DIGESTS:
        row_digests.authenticate(connection, sealer)
    audit.link_earlier_lines(connection, sealer, now)
    for key_id in _load_wrapped(connection):
        _wrap(connection, sealer, key_id, ring._replace(form=CHAIN), now)


def seals(connection: Connection) -> dict[str, int]:
    """How many values are sealed under each key that is in use, by its id."""
    return {key_id: _sealed_under(connection, key_id) for key_id in _load_wrapped(connection)}


class Retiring(NamedTuple):
    """A sealing key that is to go. ``wrapped`` is how many data keys are wrapped under it."""

    key_id: str
    wrapped: int
    lost: bool
    now: int


def retire(connection: Connection, sealer: Sealer, retiring: Retiring) -> int:
    """Take a key off the ring, so that the settings need not name it; returns how many values it still sealed.

    While it seals any, only a lost one goes, and those values are read by nobody again. Raises
    ``SealingKeyNeeded``, and ``SealBroken`` when another key's bytes have changed.
    """
    key_id, wrapped_keys, lost, now = retiring
    execute(connection, _LOCK)
    wrapped = _load_wrapped(connection)
    others = [name for name in wrapped if name != key_id and name in sealer.key_ids]
    if key_id not in wrapped:
        raise SealingKeyNeeded("no sealing key of this id is in use here")
    if key_id == next(iter(sealer.key_ids), None):
        raise SealingKeyNeeded("it is the key that seals: put a new one before it, and start the service once")
    if not others:
        raise SealingKeyNeeded("no other key opens this database: put a new one before it, and start the service once")
    ring = _open_ring({name: wrapped[name] for name in others}, sealer)
    count = wrapped_keys + _sealed_under(connection, key_id)
    if count and not lost:
        raise SealingKeyNeeded(
            f"it still seals {count} values, which nobody could read without it: bring them under the newest key by "
            "`benefits keys rotate-sealing` (--lost if it is)"
        )
    execute(connection, _DROP, {"key": key_id})
    # A store without one of its keys has adopted none yet.
    sealer.adopt_index_key(ring.index_key)
    entry = AuditEntry(f"sealing_key:{key_id}", "operator", "sealing_key.retired", times=count)
    audit.append(connection, sealer, entry, now)
    return count


def _sealed_under(connection: Connection, key_id: str) -> int:
    marker = marker_of(key_id)
    values = {"marker": marker, "length": len(marker)}
    return sum(fetch_scalar(connection, count, values) or 0 for count in _COUNTS)


def _wrap(connection: Connection, sealer: Sealer, key_id: str, ring: Ring, now: int) -> None:
    value = ring.index_key + _FORMS[ring.form]
    sealed = sealer.seal(value, _place(key_id), key_id=key_id)
    row = {"id": key_id, "sealed_index_key": sealed, "created_at": now}
    execute(connection, _WRAP, row)


def _place(key_id: str) -> Place:
    return Place("key_ring", key_id, "index_key")
