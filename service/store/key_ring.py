"""The index key of a database: random, made once, kept wrapped under every sealing key that is in use.

A row for a sealing key means that this key seals something here. So a key that is missing, or not the same bytes as
before, is noticed at the start, and the store is not ready instead of half readable.
"""

from secrets import token_bytes

from service.sealing import KEY_BYTES, Place, Sealer
from service.store.engine import Session

_LOCK = "SELECT value FROM counters WHERE name = 'key_ring' FOR UPDATE"
_WRAPPED = "SELECT id, sealed_index_key FROM key_ring ORDER BY id"
_WRAP = "INSERT INTO key_ring (id, sealed_index_key, created_at) VALUES (:id, :sealed, :now)"


class KeyAbsent(Exception):
    """The settings no longer name a key that this database was sealed under. It carries the key's id."""


def index_key(session: Session, sealer: Sealer, now: int) -> bytes | None:
    """The database's index key, made when there is none, wrapped under the newest sealing key from now on.

    None when the settings name no key. Raises ``KeyAbsent``, and ``SealBroken`` for a key whose bytes have changed.
    """
    session.one(_LOCK)
    wrapped = {row["id"]: row["sealed_index_key"] for row in session.all(_WRAPPED)}
    if not sealer.key_ids:
        return None
    absent = sorted(wrapped.keys() - set(sealer.key_ids))
    if absent:
        raise KeyAbsent(", ".join(absent))
    keys = {sealer.open(blob, _place(key_id)) for key_id, blob in wrapped.items()} or {token_bytes(KEY_BYTES)}
    if len(keys) > 1:  # pragma: no cover - every row is wrapped from the same key
        raise KeyAbsent("several index keys")
    key = keys.pop()
    newest = sealer.key_ids[0]
    if newest not in wrapped:
        session.run(_WRAP, id=newest, sealed=sealer.seal(key, _place(newest), key_id=newest), now=now)
    return key


def _place(key_id: str) -> Place:
    return Place("key_ring", key_id, "index_key")
