"""What an operator does with a store beside its questions: verify its audit, look through it, sign its heads."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from service.errors import ServiceRefusal
from service.security.signed_heads import SignedHead, append_head, read_heads
from service.store import audit
from service.store.audit_verification import AuditState, Progress, count_lines, ends_of, verify
from service.store.engine import FAILURES, failure_name
from service.store.errors import StoreUnavailable
from service.store.lifecycle import StoreLifecycle
from service.store.postgres import without_time_limit
from service.store.rows import AuditEntry

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
        now = self._now()
        await self._write(lambda connection: audit.append(connection, self._sealer, entry, now))

    async def read_through(self, work: Callable[[Connection], Result]) -> Result:
        """Do ``work`` on a reading connection of its own, which may take as long as it likes."""
        return await asyncio.to_thread(self._read_through, work)

    def _read_through(self, work: Callable[[Connection], Result]) -> Result:
        try:
            with self._backend.reading.engine.connect() as connection:
                without_time_limit(connection)
                return work(connection)
        except FAILURES as failure:
            raise StoreUnavailable(failure_name(failure)) from None

    async def sign_head(self) -> None:
        """Write where the audit ends, signed, to the file of the heads, if there is one and something was added.

        Raises ``OSError``, ``NotReady`` and ``StoreUnavailable``.
        """
        path, now = self._tuning.heads, self._now()
        if path is None:
            return
        ends = await self._read(ends_of)
        head = SignedHead(now, tuple(ends.values()))
        await asyncio.to_thread(append_head, path, self._sealer, head)

    async def stop(self) -> None:
        """Sign where the audit ends, then stop."""
        try:
            with suppress(ServiceRefusal):
                await self.sign_head()
        except OSError as failure:
            log.error("audit.head_not_written", error=type(failure).__name__)
        await super().stop()
