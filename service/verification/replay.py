"""Kept replies read again by today's rules: what an earlier answer would say today, without asking anybody.

The adapter of the payer asks as it always does, and is given what came for the same service types. What was never asked
has no reply here, so an answer that needs one is not comparable.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import structlog

from contracts import (
    Administrator,
    Answer,
    Benefits,
    Card,
    Inquiry,
    MemberMatch,
    NoReplyAtAll,
    PayerError,
    PayerSilent,
    compare,
)
from service.gateway import Guards
from service.plugins.loading import Directory
from service.plugins.payer_settings import Replannable
from service.plugins.reply_reader import ReplyReader
from service.security.access import Caller
from service.store import JobRow, Store
from service.store.attempts import KeptReply
from service.verification.adapter_call import AdapterFault, call_adapter
from service.verification.carve_out import with_administrators

log = structlog.get_logger()

_WORTH = {MemberMatch.EXACT: 2, MemberMatch.DIFFERS: 1}


class NotComparable(StrEnum):
    """Why an earlier answer can't be made again."""

    NOTHING_KEPT = "nothing_kept"
    PAYER_NOT_INSTALLED = "payer_not_installed"
    ASKS_OTHERWISE = "asks_otherwise"
    NOT_READABLE = "not_readable"


class Replayed(NamedTuple):
    """An earlier answer, and the same by today's rules, or why there is none."""

    earlier: Answer
    again: Answer | None = None
    reason: NotComparable | None = None


class Replay:
    """Reads kept replies again."""

    def __init__(self, directory: Directory, store: Store, read: ReplyReader) -> None:
        """Take the payers, an open store and the reader of replies."""
        self._directory = directory
        self._store = store
        self._read = read
        # No route is open: whatever is not kept can't be asked.
        self._guards = Guards(routes={}, cards=directory.cards, store=store)

    async def replay(self, job: JobRow, caller: Caller) -> Replayed | None:
        """Make the answer of a final job again; None for an answer that no reply stands behind."""
        if job.answer is None or not job.answer.answered_by:
            return None
        earlier = job.answer
        if job.question.payer not in self._directory:
            return Replayed(earlier, reason=NotComparable.PAYER_NOT_INSTALLED)
        kept = await self._store.kept_replies(job.id, caller)
        if not kept:
            return Replayed(earlier, reason=NotComparable.NOTHING_KEPT)
        gateway = KeptReplies(self._directory.cards, kept, self._read)
        adapter = self._directory.adapter(job.question.payer)
        if isinstance(adapter, Replannable):
            # One that knows nothing of other answers: what those taught it may ask otherwise than it did then.
            adapter = adapter.with_card(adapter.card)
        try:
            again = await call_adapter(adapter, job.question, gateway, self._guards.leaked)
            again = await with_administrators(
                again,
                job.question,
                gateway,
                (self._directory, self._guards),
                lambda _: None,
                can_ask=lambda one: _was_asked(one, kept),
            )
        except (AdapterFault, PayerError, NoReplyAtAll) as failure:
            log.warning("replay.failed", job_id=job.id, error=type(failure).__name__)
            reason = NotComparable.ASKS_OTHERWISE if gateway.missed else NotComparable.NOT_READABLE
            return Replayed(earlier, reason=reason)
        if gateway.missed:
            return Replayed(earlier, reason=NotComparable.ASKS_OTHERWISE)
        return Replayed(earlier, again)


def _was_asked(administrator: Administrator, kept: Iterable[KeptReply]) -> bool:
    return any(one.payer == administrator.payer for one in kept)


class KeptReplies:
    """What one job's adapter asks through when nobody is asked. ``missed`` counts inquiries that have no reply here."""

    def __init__(self, cards: Sequence[Card], kept: Sequence[KeptReply], read: ReplyReader) -> None:
        """Take the replies in the order in which they came."""
        self._cards = cards
        self._kept = kept
        self._given: list[KeptReply] = []
        self._read = read
        self.brought: list[Benefits] = []
        self.missed = 0

    @property
    def cards(self) -> Sequence[Card]:
        """Every payer that there is."""
        return self._cards

    def idle_for(self) -> float:
        """Nothing is ever waited for here."""
        return 0.0

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        """Return what came for the same service types, else for more or for some of them.

        A reply is given once, so that what a mended inquiry brought goes to the mended one; one that was asked for all
        of these types and did not speak of them is given again. Raises ``PayerSilent`` where there is none, and
        ``NoReplyAtAll``.
        """
        wanted = set(inquiry.service_types)
        of_payer = [one for one in self._kept if one.payer == card.id and not wanted.isdisjoint(one.service_types)]
        left = [one for one in of_payer if one not in self._given]
        found = min(left, key=lambda one: len(wanted ^ set(one.service_types)), default=None)
        if found is None:
            found = next((one for one in reversed(of_payer) if wanted <= set(one.service_types)), None)
        if found is None:
            self.missed += 1
            raise PayerSilent("not_kept")
        self._given.append(found)
        people = self._read(found.raw)
        member = max(people, key=lambda one: _WORTH.get(compare(inquiry, one, card).match, 0))
        benefits = member._replace(route=found.route, asked=found.service_types)
        self.brought.append(benefits)
        return benefits
