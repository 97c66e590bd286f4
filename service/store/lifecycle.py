"""How a store begins and ends, and the way of every unit of work to the database and back."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import randbelow
from time import monotonic
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

import sqlalchemy as sa
import structlog

from service.security.encryption import KeysMissing, SealBroken, Sealer
from service.store import attempts, audit, key_ring, processes, shredding
from service.store.data_keys import DataKeys
from service.store.engine import Lane, Worker
from service.store.errors import (
    FAILURES,
    KEY_ABSENT,
    KEY_DIFFERS,
    NO_KEY,
    NotReady,
    StoreFileUnfit,
    StoreUnavailable,
    failure_name,
    translate_failures,
)
from service.store.identifiers import new_id, stamp
from service.store.inspection import HAS_DATA_KEYS, Inspection, inspect, trouble_of_data_keys
from service.store.postgres import without_time_limit
from service.store.refused_callers import MINUTE
from service.store.rows import AuditEntry
from service.store.schema import REVISION
from service.store.statements import execute, fetch_scalar, upsert
from service.store.tables import COUNTERS

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that a caller waits for the store at most."""

MOST_BROKEN = 1_024
"""Rows that do not hold whose lines of the audit are remembered; then it begins anew."""

_PROBE = sa.update(COUNTERS).where(COUNTERS.c.name == "probe").values(value=COUNTERS.c.value + 1)

_NOTE_DATA_KEYS = upsert(COUNTERS, lambda insert: insert.on_conflict_do_nothing(index_elements=["name"]))

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Backend(NamedTuple):
    """The database of a store: its lanes, how its schema is made, and what is held while it is served."""

    writing: Lane
    reading: Lane
    migrate: Callable[[], None]
    head: Callable[[], str]
    hold: Callable[[], None]
    release: Callable[[], None]
    alone: bool
    """Whether this process is the only one that serves this database."""
    data_keys: DataKeys


class Tuning(NamedTuple):
    """What may be chosen: TRN03, the clock, seconds, and ``seconds``, a clock that never jumps.

    A caller waits ``patience`` for the store at most. A process that gave no sign for ``silence`` is taken for dead.
    ``heads`` is the file of the signed heads of the audit.
    """

    originator: str = "9000000000"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    patience: float = PATIENCE
    silence: float = processes.SILENT_SECONDS
    seconds: Callable[[], float] = monotonic
    heads: Path | None = None


class StoreLifecycle:
    """A store without its operations: threads, schema, keys, and what becomes of a failure."""

    def __init__(self, backend: Backend, sealer: Sealer, tuning: Tuning) -> None:
        """Prepare; nothing is touched before ``start``."""
        self._backend = backend
        self._sealer = sealer
        self._tuning = tuning
        self._writer = Worker(backend.writing, name="writes", patience=tuning.patience)
        self._reader = Worker(backend.reading, name="reads", patience=tuning.patience)
        self._key_trouble: str | None = "not_started"
        self._unfinished = False
        self._broken: dict[AuditEntry, int] = {}
        self.process = new_id("proc")
        """The name of this process among those that share the database."""

    @property
    def engine(self) -> str:
        """Which engine it is: ``sqlite`` or ``postgresql``."""
        return self._backend.writing.engine.dialect.name

    async def start(self) -> None:
        """Make or migrate the schema, start the threads, and load the index key.

        Raises ``StoreInUse`` when another process serves the SQLite file, ``StoreFileUnfit`` when the file may not be
        used, and ``StoreUnavailable``. A missing key raises nothing: the store runs and is not ready.
        """
        try:
            self._backend.hold()
            await asyncio.to_thread(self._backend.migrate)
            self._writer.start()
            self._reader.start()
            await self._load_keys()
            if self._key_trouble is None:
                await self._start_data_keys()
            if self._unfinished:
                await asyncio.to_thread(self._give_digests)
            await self._write(attempts.start_counting, randbelow(attempts.INTERCHANGES))
            if self._backend.alone:
                await self._write(processes.remove_all)
        except StoreFileUnfit:
            await self.stop()
            raise
        except OSError as failure:
            await self.stop()
            raise StoreUnavailable(type(failure).__name__) from None
        except BaseException:
            await self.stop()
            raise

    def inspect(self) -> Inspection:
        """Look at the database of a store that was not started, over a connection that only reads.

        Raises ``StoreUnavailable``, and ``StoreFileUnfit``.
        """
        try:
            with self._backend.reading.engine.connect() as connection:
                return inspect(connection, self._sealer, self._backend.data_keys, self._now())
        except StoreFileUnfit:
            raise
        except FAILURES as failure:
            raise StoreUnavailable(failure_name(failure)) from None

    async def stop(self) -> None:
        """Commit what waits, end the threads, and let another process serve."""
        # The last one to close the file folds its log into it, and a reader may not.
        await self._reader.stop()
        await self._writer.stop()
        await asyncio.to_thread(self._backend.data_keys.stop)
        self._backend.release()

    async def trouble(self) -> str | None:
        """A code for what keeps the store from being ready, or None. It writes, since a disk may be full."""
        try:
            await self._write(execute, _PROBE)
            revision = await self._read(lambda connection: connection.scalar(REVISION))
        except StoreUnavailable as failure:
            return failure.detail or failure.code
        if revision != self._backend.head():
            return "schema"
        return self._key_trouble

    async def ready(self) -> bool:
        """Whether questions can be recorded: writable, schema current, keys loaded."""
        return await self.trouble() is None

    async def _load_keys(self) -> None:
        try:
            ring = await self._writer.do(key_ring.load, self._sealer, self._now())
        except key_ring.KeyAbsent as absent:
            self._key_trouble = f"{KEY_ABSENT}: {absent}"
        except SealBroken:
            self._key_trouble = KEY_DIFFERS
        else:
            self._key_trouble = None if ring is not None else NO_KEY
            if ring is not None:
                self._sealer.adopt_index_key(ring.index_key)
                self._unfinished = not ring.complete
                return
        self._sealer.forget_index_key()
        log.error("store.not_ready", detail=self._key_trouble)

    async def _start_data_keys(self) -> None:
        """Seal under data keys from now on; they are missing when this database had some and the place is gone."""
        keys = self._backend.data_keys
        had_some = await self._read(fetch_scalar, HAS_DATA_KEYS)
        absent = bool(had_some) and not await asyncio.to_thread(keys.is_made)
        wrapped = await asyncio.to_thread(keys.count_by_sealing_key)
        self._key_trouble = trouble_of_data_keys(self._sealer, wrapped, absent=absent)
        if self._key_trouble is not None:
            self._sealer.forget_index_key()
            log.error("store.not_ready", detail=self._key_trouble)
            return
        if not had_some:
            await asyncio.to_thread(keys.make)
            await self._write(execute, _NOTE_DATA_KEYS, {"name": "data_keys", "value": 1})
        keys.start(self._sealer)
        with suppress(StoreUnavailable):
            await asyncio.to_thread(self._delete_noted_keys)

    def _delete_noted_keys(self) -> None:
        """Delete the data keys of what was shredded: those that a killed process left behind are noted still."""
        while True:
            try:
                with self._write_by_itself("shredding") as connection:
                    noted = shredding.noted_keys(connection, self._sealer)
            except SealBroken as broken:
                # Somebody else wrote the note: it could name the key of what is kept.
                log.error("store.seal_broken", detail=str(broken))
                raise StoreUnavailable(f"seal:{broken}") from None
            if not noted:
                return
            self._backend.data_keys.delete(noted)
            with self._write_by_itself("shredding") as connection:
                shredding.forget_keys(connection, noted)

    async def _have_data_keys(self, least: int) -> None:
        """Have so many data keys at hand, so that the loop waits for no disk when they are taken."""
        keys = self._backend.data_keys
        if self._key_trouble is None and keys.at_hand < least:
            await asyncio.to_thread(keys.fill, least)

    def _require_keys(self) -> None:
        if self._key_trouble is not None:
            raise NotReady(self._key_trouble)

    def _give_digests(self) -> None:
        """Give a database of before its digests, and link the lines of its audit."""
        with self._write_by_itself("digests") as connection:
            key_ring.give_digests(connection, self._sealer, self._now())

    @contextmanager
    def _write_by_itself(self, what: str) -> Iterator[sa.Connection]:
        """One transaction on a connection of its own, beside the lanes: it may take longer than a caller's patience."""
        with translate_failures(f"{what}:"), self._backend.writing.engine.begin() as connection:
            without_time_limit(connection)
            yield connection

    async def _audit_broken(self, broken: SealBroken) -> None:
        """Write a line about a row that does not hold: one a minute for each row, whoever reads it how often."""
        now, entry = self._now(), audit.about_broken(broken)
        minute = now // MINUTE
        if self._broken.get(entry) == minute:
            return
        if len(self._broken) >= MOST_BROKEN:
            self._broken.clear()
        self._broken[entry] = minute
        with suppress(StoreUnavailable, KeysMissing):
            await self._writer.do(audit.append, self._sealer, entry, now)

    async def _audit_each(self, broken: Iterable[SealBroken]) -> None:
        for one in broken:
            await self._audit_broken(one)

    def _write(
        self, unit: Callable[[sa.Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Coroutine[Any, Any, Result]:
        return self._through(self._writer, unit, *arguments)

    def _read(
        self, unit: Callable[[sa.Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Coroutine[Any, Any, Result]:
        return self._through(self._reader, unit, *arguments)

    async def _through(
        self, worker: Worker, unit: Callable[[sa.Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Result:
        try:
            return await worker.do(unit, *arguments)
        except StoreUnavailable as failure:
            log.warning("store.failed", detail=failure.detail)
            raise
        except SealBroken as broken:
            log.error("store.seal_broken", detail=str(broken))
            await self._audit_broken(broken)
            raise StoreUnavailable(f"seal:{broken}") from None
        except KeysMissing as missing:
            raise NotReady(self._key_trouble or str(missing)) from None

    def _with_keys(self, make: Callable[[], Result]) -> Result:
        self._require_keys()
        try:
            return make()
        except KeysMissing as missing:  # pragma: no cover - the start would have found trouble
            raise NotReady(str(missing)) from None
        except SealBroken as broken:
            raise StoreUnavailable(f"seal:{broken}") from None

    def _now(self) -> int:
        return stamp(self._tuning.clock())
