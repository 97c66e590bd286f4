"""Looking keys up: one look-up serves all who came with the same key before it began."""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Protocol

from service.security.access import Caller, Credential
from service.single_flight import Shared, notice

IDS_SECONDS = 1.0
"""Seconds for which the ids of live keys are taken to be the same."""


class KeyRecord(Protocol):
    """A key that was made."""

    @property
    def id(self) -> str:
        """Its public part."""
        ...

    @property
    def revoked_at(self) -> object | None:
        """When it ended; None while it lives."""
        ...


class Keyring(Protocol):
    """What knows the keys that were made. The store does."""

    async def find_key(self, plain: str) -> Caller | None:
        """The caller whose live key ``plain`` is; None when there is none. Compares in constant time."""
        ...

    async def list_keys(self) -> Iterable[KeyRecord]:
        """Every key that was made."""
        ...


class KeyLookups:
    """The look-ups under way. Nothing outlives them but the ids of live keys, which let nobody in."""

    def __init__(self, keyring: Keyring, clock: Callable[[], float] = monotonic) -> None:
        """Ask ``keyring``."""
        self._keyring = keyring
        self._coming: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._reading: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._ids = Shared(self._live_ids, IDS_SECONDS, clock)

    def __len__(self) -> int:
        """Keys that are being looked up, or will be next."""
        return len(self._coming) + len(self._reading)

    def holds(self, credential: Credential) -> bool:
        """Whether a look-up of this key is under way already, so that one more who asks costs nothing."""
        return credential.digest in self._coming or credential.digest in self._reading

    async def find(self, credential: Credential) -> Caller | None:
        """The caller whose live key this is, as it stood no earlier than now; raises what the keyring raises.

        Whoever comes while the key is being read waits for the next reading, since it may have been revoked meanwhile.
        """
        digest = credential.digest
        task = self._coming.get(digest)
        if task is None:
            task = asyncio.create_task(self._look(digest, credential, self._reading.get(digest)))
            task.add_done_callback(notice)
            self._coming[digest] = task
        return await asyncio.shield(task)

    async def is_live(self, key_id: str) -> bool:
        """Whether a live key had this id a second ago at most."""
        return key_id in await self._ids.find()

    async def _look(
        self, digest: bytes, credential: Credential, before: asyncio.Task[Caller | None] | None
    ) -> Caller | None:
        if before is not None:
            await asyncio.wait({before})
        task = self._coming.pop(digest)
        self._reading[digest] = task
        try:
            return await self._keyring.find_key(credential.plain)
        finally:
            del self._reading[digest]

    async def _live_ids(self) -> frozenset[str]:
        return frozenset(key.id for key in await self._keyring.list_keys() if key.revoked_at is None)
