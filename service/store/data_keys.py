"""Data keys: what is kept of a member is sealed under keys of its own, which lie outside the database, wrapped.

A data key is random. It is kept in a table of its own, wrapped under the newest sealing key: on SQLite in the file
``<database>.keys``, on PostgreSQL in the table ``data_keys``, which a backup of the database leaves out. So a sealing
key is changed by wrapping the data keys anew (``rotation.py``), and what a deleted data key sealed is unreadable
everywhere, in backups too (``shredding.py``). Source: ``RELIABILITY.md`` 6.6.

Keys are made and committed many at a time, before anybody needs one: a question waits for none of it.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes, token_hex
from threading import Lock, Thread

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from service.security.encryption import KEY_BYTES, KeysMissing, Place, Sealer
from service.store import files
from service.store.errors import StoreUnavailable, translate_failures
from service.store.statements import execute, fetch_all, fetch_scalar, run_text

KEYS = sa.MetaData()
DATA_KEYS = sa.Table(
    "data_keys",
    KEYS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sealing_key", sa.Text, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Index("data_keys_by_sealing_key", "sealing_key"),
)
"""Data keys by their ids, each wrapped under the sealing key that ``sealing_key`` names."""

AT_FIRST, AT_ONCE = 32, 256
"""Keys that are made at once: by a process that has made none yet, and at most."""

LOCK = 6_112_028
"""The number of the lock that a process holds on a PostgreSQL server while it makes the table."""

MOST_REMEMBERED = 4096
"""Keys that are kept unwrapped: as bytes, since a cipher made of one holds 3 kB, and is made anew in 2 µs."""

REWRAPPED = 500
"""Keys that are wrapped anew in one transaction."""

_ADD = sa.insert(DATA_KEYS)
_FIND = sa.select(DATA_KEYS.c.wrapped).where(DATA_KEYS.c.id == sa.bindparam("key"))
_DELETE = sa.delete(DATA_KEYS).where(DATA_KEYS.c.id == sa.bindparam("key"))
_DELETE_UNDER = sa.delete(DATA_KEYS).where(DATA_KEYS.c.sealing_key == sa.bindparam("lost"))
_COUNT_UNDER = sa.select(DATA_KEYS.c.sealing_key, sa.func.count().label("count")).group_by(DATA_KEYS.c.sealing_key)
_OTHERS = (
    sa.select(DATA_KEYS)
    .where(DATA_KEYS.c.sealing_key != sa.bindparam("newest"))
    .order_by(DATA_KEYS.c.id)
    .limit(REWRAPPED)
)
_REWRAP = sa.update(DATA_KEYS).where(
    DATA_KEYS.c.id == sa.bindparam("key"), DATA_KEYS.c.sealing_key == sa.bindparam("before")
)


class DataKeys:
    """The data keys of a database: taken for new values, found for old ones, wrapped anew, deleted."""

    def __init__(self, engine: Engine, file: Path | None = None) -> None:
        """Keep keys over ``engine``, which on SQLite is one on ``file``."""
        self._engine = engine
        self._file = file
        self._sealer = Sealer({})
        self._fresh: deque[tuple[str, bytes]] = deque()
        self._known: dict[str, bytes] = {}
        self._filling = Lock()
        self._at_once = AT_FIRST
        self._thread: Thread | None = None

    def is_made(self) -> bool:
        """Whether there is a place for keys. Raises ``StoreUnavailable``."""
        if self._file is not None and not self._file.exists():
            return False
        with translate_failures("data_keys:"), self._engine.connect() as connection:
            return sa.inspect(connection).has_table(DATA_KEYS.name)

    def make(self) -> None:
        """Make the place for keys unless there is one. Raises ``StoreUnavailable``, and ``StoreFileUnfit``."""
        if self._file is not None:
            files.make(self._file)
        with translate_failures("data_keys:"), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            KEYS.create_all(connection)

    def start(self, sealer: Sealer) -> None:
        """Wrap keys by ``sealer``, which seals by these keys from now on."""
        self._sealer = sealer
        sealer.adopt_data_keys(self)

    def stop(self) -> None:
        """Delete what was made and nobody took."""
        if self._thread is not None:
            self._thread.join()
        unused = [key_id for key_id, _ in self._fresh]
        self._fresh.clear()
        with suppress(StoreUnavailable):
            self.delete(unused)
        self._engine.dispose()

    def take(self) -> tuple[str, AESGCM]:
        """A key that nothing was sealed under, by its id; it is committed. Raises ``StoreUnavailable``."""
        if len(self._fresh) <= self._at_once // 4 and (self._thread is None or not self._thread.is_alive()):
            self._thread = Thread(target=self._fill_quietly, name="data-keys", daemon=True)
            self._thread.start()
        while True:
            try:
                key_id, key = self._fresh.popleft()
            except IndexError:
                self.fill()
            else:
                self._remember(key_id, key)
                return key_id, AESGCM(key)

    @property
    def at_hand(self) -> int:
        """How many keys may be taken without waiting."""
        return len(self._fresh)

    def fill(self, least: int = 1) -> None:
        """Make keys unless ``least`` are at hand. Raises ``StoreUnavailable``, and ``KeysMissing``."""
        with self._filling:
            if len(self._fresh) >= max(least, self._at_once // 4):
                return
            made = [(key_id, token_bytes(KEY_BYTES)) for key_id in _make_ids(max(least, self._at_once))]
            newest = self._newest()
            with translate_failures("data_keys:"), self._engine.begin() as connection:
                for key_id, key in made:
                    row = {"id": key_id, "sealing_key": newest, "wrapped": self._wrap(key_id, key)}
                    execute(connection, _ADD, row)
            self._fresh.extend(made)
            self._at_once = min(AT_ONCE, self._at_once * 4)

    def find(self, key_id: str) -> AESGCM | None:
        """The key of that id; None when there is none. Raises ``StoreUnavailable``, and ``SealBroken``."""
        known = self._known.get(key_id)
        if known is None:
            with translate_failures("data_keys:"), self._engine.connect() as connection:
                wrapped: bytes | None = fetch_scalar(connection, _FIND, {"key": key_id})
            if wrapped is not None:
                known = self._sealer.open(wrapped, _place(key_id))
                self._remember(key_id, known)
        return None if known is None else AESGCM(known)

    def delete(self, key_ids: Iterable[str]) -> None:
        """Delete keys, so that nobody reads again what they sealed. Raises ``StoreUnavailable``."""
        gone = list(key_ids)
        if not gone:
            return
        with translate_failures("data_keys:"), self._engine.begin() as connection:
            for key_id in gone:
                execute(connection, _DELETE, {"key": key_id})
                self._known.pop(key_id, None)
        if self._engine.dialect.name == "sqlite":
            with translate_failures("data_keys:"), self._engine.connect() as connection:
                # The log of the file still holds what was deleted.
                run_text(connection, "PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def delete_under(self, sealing_key: str) -> None:
        """Delete the keys that are wrapped under a sealing key that is lost. Raises ``StoreUnavailable``."""
        with translate_failures("data_keys:"), self._engine.begin() as connection:
            execute(connection, _DELETE_UNDER, {"lost": sealing_key})

    def rewrap_some(self) -> int:
        """Wrap some keys under the newest sealing key that are under another one; returns how many.

        Raises ``StoreUnavailable``, and ``SealBroken`` when the settings do not name the other one.
        """
        newest = self._newest()
        with translate_failures("data_keys:"), self._engine.begin() as connection:
            rows = fetch_all(connection, _OTHERS, {"newest": newest})
            for row in rows:
                key = self._sealer.open(row["wrapped"], _place(row["id"]))
                wrapped = {"sealing_key": newest, "wrapped": self._wrap(row["id"], key)}
                execute(connection, _REWRAP, {"key": row["id"], "before": row["sealing_key"], **wrapped})
        return len(rows)

    def count_by_sealing_key(self) -> Mapping[str, int]:
        """How many keys are wrapped under each sealing key. Raises ``StoreUnavailable``."""
        if not self.is_made():
            return {}
        with translate_failures("data_keys:"), self._engine.connect() as connection:
            return {row["sealing_key"]: row["count"] for row in fetch_all(connection, _COUNT_UNDER)}

    def _newest(self) -> str:
        newest = next(iter(self._sealer.key_ids), None)
        if newest is None:
            raise KeysMissing("sealing_key")
        return newest

    def _wrap(self, key_id: str, key: bytes) -> bytes:
        return self._sealer.seal(key, _place(key_id), key_id=self._newest())

    def _remember(self, key_id: str, key: bytes) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key_id] = key

    def _fill_quietly(self) -> None:
        # Whoever takes a key next is told.
        with suppress(StoreUnavailable):
            self.fill()


def _make_ids(count: int) -> list[str]:
    """Return ids of keys that are made together, which lie side by side in the index of ids."""
    together = token_hex(8)
    return [together + token_hex(8) for _ in range(count)]


def _place(key_id: str) -> Place:
    return Place("data_keys", key_id, "key")
