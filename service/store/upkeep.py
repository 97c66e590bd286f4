"""What an operator does with a store beside its questions: verify its audit, look through it, sign its heads."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from service.errors import ServiceRefusal
from service.security.signed_heads import SignedHead, append_head, read_heads
from service.store import audit, audit_retention, key_ring, rotation, shredding
from service.store.audit_verification import AuditState, Progress, count_lines, verify
from service.store.chain import ends_of
from service.store.errors import translate_failures
from service.store.identifiers import maybe_instant
from service.store.lifecycle import StoreLifecycle
from service.store.postgres import without_time_limit
from service.store.rows import AuditEntry
from service.store.sealed_values import SEALED

log = structlog.get_logger()

Result = TypeVar("Result")


class StoreUpkeep(StoreLifecycle):
    """A store with what its operator needs."""

    async def verify_audit(self, heads: Sequence[Path], progress: Callable[[int, int], None]) -> AuditState:
        """Verify the chain of the audit, and the signed heads in the files ``heads``.

        ``progress`` is called with the number of verified lines, and of all. Raises ``HeadBroken``, ``OSError`` for a
        file, ``NotReady`` and ``StoreUnavailable``.
        """
        signed = self._with_keys(lambda: [head for path in heads for head in read_heads(path, self._sealer)])

        def work(connection: Connection) -> AuditState:
            total = count_lines(connection)
            step: Progress = lambda lines: progress(lines, total)  # noqa: E731 - one line says it
            return verify(connection, self._sealer, signed, step)

        return await self.read_through(work)

    async def note(self, entry: AuditEntry) -> None:
        """Write a line of the audit."""
        await self._write(audit.append, self._sealer, entry, self._now())

    async def read_through(self, work: Callable[[Connection], Result]) -> Result:
        """Do ``work`` on a reading connection of its own, which may take as long as it likes."""
        return await asyncio.to_thread(self._read_through, work)

    def _read_through(self, work: Callable[[Connection], Result]) -> Result:
        with translate_failures(), self._backend.reading.engine.connect() as connection:
            without_time_limit(connection)
            return work(connection)

    async def sign_head(self) -> None:
        """Write where the audit ends, signed, to the file of the heads, if there is one and something was added.

        Raises ``OSError``, ``NotReady`` and ``StoreUnavailable``.
        """
        path, now = self._tuning.heads, self._now()
        if path is None:
            return
        self._require_keys()
        ends = await self._read(ends_of)
        head = SignedHead(now, tuple(ends.values()))
        await asyncio.to_thread(append_head, path, self._sealer, head)

    async def rotate_sealing(self, progress: rotation.Progress) -> rotation.Rotated:
        """Bring everything under the newest sealing key, and end the others; it may be killed and begun again.

        Raises ``NotReady``, ``SealingKeyNeeded`` and ``StoreUnavailable``.
        """
        self._require_keys()
        keys, values = 0, 0
        while wrapped := await asyncio.to_thread(_at_half_speed, self._backend.data_keys.rewrap_some):
            keys += wrapped
            progress(keys, values)
        for table in SEALED:
            after: tuple[Any, ...] | None = ()
            while after is not None:
                step = await asyncio.to_thread(_at_half_speed, partial(self._reseal_some, table, after))
                after, values = step.after, values + step.values
                progress(keys, values)
        newest, *_ = self._sealer.key_ids
        older = [key_id for key_id in await self._read(key_ring.seals) if key_id != newest]
        for key_id in older:
            await self._retire(key_id)
        done = AuditEntry(f"sealing_key:{newest}", "operator", "sealing_key.rotated", times=keys + values)
        await self.note(done)
        return rotation.Rotated(keys, values, tuple(older))

    def _reseal_some(self, table: str, after: tuple[Any, ...]) -> rotation.ResealStep:
        with self._write_by_itself("rotation") as connection:
            return rotation.reseal_some(connection, self._sealer, table, after)

    async def _retire(self, key_id: str, *, lost: bool = False) -> int:
        data_keys = self._backend.data_keys
        wrapped = (await asyncio.to_thread(data_keys.count_by_sealing_key)).get(key_id, 0)
        retiring = key_ring.Retiring(key_id, wrapped, lost, self._now())
        count = await self._write(key_ring.retire, self._sealer, retiring)
        if lost:
            await asyncio.to_thread(data_keys.delete_under, key_id)
        return count

    async def due(self, limits: shredding.Limits) -> list[shredding.Due]:
        """How much of each kind is kept longer than it may be."""
        known = {**limits, "now": self._now()}
        return await self.read_through(lambda connection: shredding.count_due(connection, known))

    async def shred(self, limits: shredding.Limits, progress: Callable[[str, int], None]) -> dict[str, int]:
        """Shred what is due; returns the records of each kind. It may be killed and begun again.

        Raises ``NotReady`` and ``StoreUnavailable``.
        """
        self._require_keys()
        await asyncio.to_thread(self._delete_noted_keys)
        shredded = dict.fromkeys(shredding.KINDS, 0)
        for kind in shredding.KINDS:
            while count := await asyncio.to_thread(_at_half_speed, partial(self._shred_some, kind, limits)):
                shredded[kind] += count
                progress(kind, shredded[kind])
        return shredded

    def _shred_some(self, kind: str, limits: shredding.Limits) -> int:
        with self._write_by_itself("shredding") as connection:
            now = self._now()
            count = shredding.shred_some(connection, self._sealer, kind, {**limits, "now": now}, now)
        self._delete_noted_keys()
        return count

    async def last_audit_line_at(self) -> datetime | None:
        """When the latest line of the audit was written; None where there is none."""
        return maybe_instant(await self._read(audit_retention.last_line_at))

    async def due_audit_lines(self, before: int) -> int:
        """How many lines of the audit were written before the stamp ``before`` and may go. Raises ``NotReady``."""
        self._require_keys()
        return await self.read_through(
            lambda connection: audit_retention.count_due_lines(connection, self._sealer, before)
        )

    async def remove_audit_lines(self, before: int, progress: Callable[[str, int], None]) -> int:
        """Remove the lines of the audit that were written before the stamp ``before``; returns how many.

        It may be killed and begun again. Raises ``AuditNotWhole``, ``NotReady`` and ``StoreUnavailable``.
        """
        self._require_keys()
        # What is removed is itself a line, which is not removed in turn.
        before, removed = min(before, self._now()), 0
        while count := await asyncio.to_thread(_at_half_speed, partial(self._remove_some_lines, before)):
            removed += count
            progress("audit", removed)
        return removed

    def _remove_some_lines(self, before: int) -> int:
        with self._write_by_itself("audit_retention") as connection:
            return audit_retention.remove_some_lines(connection, self._sealer, before, self._now())

    async def stop(self) -> None:
        """Sign where the audit ends, then stop."""
        try:
            with suppress(ServiceRefusal):
                await self.sign_head()
        except OSError as failure:
            log.error("audit.head_not_written", error=type(failure).__name__)
        await super().stop()


def _at_half_speed(step: Callable[[], Result]) -> Result:
    """Do ``step``, then leave the database to others for as long as it took."""
    began = time.monotonic()
    result = step()
    time.sleep(time.monotonic() - began)
    return result
