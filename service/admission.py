"""Who is let in when there is too much: batch is shed first, the public second, staff last; nobody while draining.

Shedding costs nothing but a comparison, so that a refused caller hears of it at once.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from contracts import Deadline
from service.access import Role
from service.problems import Draining, Overloaded

SHED_RETRY_SECONDS = 2
"""What a shed caller is told to wait."""


class Admission:
    """Counts the requests under way and knows how many of each role are too many."""

    def __init__(self, most: int) -> None:
        """Let at most ``most`` requests in at a time; batches half of them, the public four fifths."""
        self._most: Mapping[Role, int] = {
            Role.STAFF: most,
            Role.PUBLIC: max(1, most * 4 // 5),
            Role.BATCH: max(1, most // 2),
        }
        self._inside: set[Deadline] = set()
        self._emptied = asyncio.Event()
        self.draining = False
        self.shed = 0

    def __len__(self) -> int:
        """Requests under way."""
        return len(self._inside)

    def refuse(self, role: Role, coming: int = 0) -> None:
        """Raise ``Overloaded`` or ``Draining`` when nobody of ``role`` is let in; asked before a body is read.

        ``coming`` is how many are on their way in, those inside included; the door counts them.
        """
        if self.draining:
            raise Draining(retry_after=SHED_RETRY_SECONDS)
        if max(coming, len(self._inside)) >= self._most[role]:
            self.shed += 1
            raise Overloaded(retry_after=SHED_RETRY_SECONDS)

    @contextmanager
    def enter(self, role: Role, deadline: Deadline) -> Iterator[None]:
        """Let one request in while the block runs.

        Raises ``Overloaded`` or ``Draining``; nothing was accepted then, and nothing was sent.
        """
        self.refuse(role)
        self._inside.add(deadline)
        try:
            yield
        finally:
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
        while self._inside and deadline.left() > 0:
            self._emptied.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(deadline.left()):
                    await self._emptied.wait()
