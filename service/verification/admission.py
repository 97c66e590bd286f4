"""Who is let in when there is too much: batch is shed first, the public second, staff last; nobody while draining.

Shedding costs nothing but a comparison, so that a refused caller hears of it at once.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from contracts import Deadline
from service.errors import Draining, Overloaded
from service.security.access import Caller, Role

_SHARES: Mapping[Role, float] = {Role.STAFF: 1.0, Role.PUBLIC: 0.8, Role.BATCH: 0.5}


def share_of(role: Role) -> float:
    """Return the part of what can be done that may be used before ``role`` is refused."""
    return _SHARES[role]


class Admission:
    """Counts the questions under way and knows how many of each role are too many.

    Who waits for an earlier question takes no place of a question's: there are as many again, and ``share`` of those is
    the most that one key may have.
    """

    def __init__(self, most: int, share: float = 0.5) -> None:
        """Let at most ``most`` questions in at a time; batches half of them, the public four fifths."""
        self._most: Mapping[Role, int] = {role: max(1, int(most * share_of(role))) for role in Role}
        self._places = most
        self._waits_of_key = max(1, int(most * share))
        self._waiting: Counter[str] = Counter()
        self._asking: set[Deadline] = set()
        self._inside: set[Deadline] = set()
        self._emptied = asyncio.Event()
        self.draining = False

    def __len__(self) -> int:
        """Requests under way."""
        return len(self._inside)

    def is_full(self, role: Role, coming: int = 0) -> bool:
        """Whether one more question of ``role`` is too many when ``coming`` others are about to be let in.

        While draining none is: whoever asks then is told of that.
        """
        return not self.draining and len(self._asking) + coming >= self._most[role]

    def refuse(self, role: Role, coming: int = 0) -> None:
        """Raise ``Overloaded`` or ``Draining`` when nobody of ``role`` is let in; asked before a body is read.

        ``coming`` is how many requests have arrived, those under way included; the web layer counts them.
        """
        if self.draining:
            raise Draining
        if max(coming, len(self._asking)) >= self._most[role]:
            raise Overloaded

    @contextmanager
    def enter(self, role: Role, deadline: Deadline) -> Iterator[None]:
        """Let one request in while the block runs.

        Raises ``Overloaded`` or ``Draining``; nothing was accepted then, and nothing was sent.
        """
        self.refuse(role)
        self._asking.add(deadline)
        self._inside.add(deadline)
        try:
            yield
        finally:
            self._asking.discard(deadline)
            self._leave(deadline)

    @contextmanager
    def enter_waiting(self, caller: Caller, deadline: Deadline) -> Iterator[bool]:
        """Let one caller wait for an earlier question while the block runs; false when it is answered without a wait.

        Nobody waits while draining, nor a key beyond its share; what is known is still told.
        """
        full = self._waiting.total() >= self._places or self._waiting[caller.id] >= self._waits_of_key
        if self.draining or full:
            yield False
            return
        self._waiting[caller.id] += 1
        self._inside.add(deadline)
        try:
            yield True
        finally:
            self._leave(deadline)
            self._waiting[caller.id] -= 1
            if not self._waiting[caller.id]:
                del self._waiting[caller.id]

    def _leave(self, deadline: Deadline) -> None:
        self._inside.discard(deadline)
        if not self._inside:
            self._emptied.set()

    def drain(self, seconds: float) -> None:
        """Let nobody in any more, and have everybody inside answered within ``seconds``."""
        self.draining = True
        for deadline in self._inside:
            deadline.shorten(seconds)

    async def empty(self, deadline: Deadline) -> None:
        """Wait until nobody is inside any more, at most until ``deadline``."""
        while self._inside and deadline.seconds_left() > 0:
            self._emptied.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(deadline.seconds_left()):
                    await self._emptied.wait()
