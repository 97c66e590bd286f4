"""Looks callers up by what they show, a key, a session or a token.

One look-up serves all requests that came with the same credential before it began.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from time import monotonic
from typing import NamedTuple, Protocol

from service.security.access import Caller, Credential
from service.single_flight import SingleFlight, notice

IDS_SECONDS = 1.0
"""Seconds for which the ids of live keys are used again."""


MOST_REMEMBERED = 1_024
"""Live keys whose latest look-up is remembered; of more, the one that was looked up longest ago is forgotten."""


class _LatestLookup(NamedTuple):
    """Whose key it was when a look-up began."""

    caller: Caller
    began: float


class KeyRecord(Protocol):
    """A key in the store."""

    @property
    def id(self) -> str:
        """Return its public part."""
        ...

    @property
    def revoked_at(self) -> object | None:
        """Return when it was revoked; None while it is live."""
        ...


class Keyring(Protocol):
    """Where credentials are looked up: the store, and the verifier of tokens."""

    async def find_caller(self, credential: Credential) -> Caller | None:
        """Return the caller whose live key, session or token it is, or None. Compares in constant time."""
        ...

    async def list_keys(self) -> Iterable[KeyRecord]:
        """Return every key, revoked ones included."""
        ...


class KeyLookups:
    """The look-ups in progress, and the latest one of each live key.

    That one admits whoever came before it began. Whoever came later is only told apart by it when there is too much.
    """

    def __init__(self, keyring: Keyring, clock: Callable[[], float] = monotonic) -> None:
        """Look up in ``keyring``."""
        self._keyring = keyring
        self._clock = clock
        self._coming: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._reading: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._found: OrderedDict[bytes, _LatestLookup] = OrderedDict()
        self._ids = SingleFlight(self._live_ids, IDS_SECONDS, clock)

    def __len__(self) -> int:
        """Return how many keys are being looked up, or will be next."""
        return len(self._coming) + len(self._reading)

    def holds(self, credential: Credential) -> bool:
        """Whether this key is being looked up already, so that one more request costs nothing."""
        return credential.digest in self._coming or credential.digest in self._reading

    def recall(self, credential: Credential) -> Caller | None:
        """Return whose live key this was when it was last looked up: enough to refuse somebody, not to let him in."""
        found = self._found.get(credential.digest)
        return None if found is None else found.caller

    async def find(self, credential: Credential, arrived: float | None = None) -> Caller | None:
        """Return the caller whose live key this is, as of ``arrived`` or later; now when it is None.

        Raises what the keyring raises. A request that comes while the key is being read waits for the next reading: it
        may have been revoked meanwhile.
        """
        digest = credential.digest
        found = self._found.get(digest)
        if found is not None and arrived is not None and found.began >= arrived:
            return found.caller
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
        began = self._clock()
        try:
            caller = await self._keyring.find_caller(credential)
        finally:
            del self._reading[digest]
        self._remember(digest, caller, began)
        return caller

    def _remember(self, digest: bytes, caller: Caller | None, began: float) -> None:
        self._found.pop(digest, None)
        if caller is not None:
            self._found[digest] = _LatestLookup(caller, began)
            if len(self._found) > MOST_REMEMBERED:
                self._found.popitem(last=False)

    async def _live_ids(self) -> frozenset[str]:
        return frozenset(key.id for key in await self._keyring.list_keys() if key.revoked_at is None)
