"""What the store does for the work list: each method is one transaction, as everywhere in the store."""

from datetime import datetime

from sqlalchemy import Connection

from contracts import Question
from service.security.access import Caller
from service.security.encryption import SealBroken
from service.store import jobs, work
from service.store.identifiers import instant, stamp
from service.store.lifecycle import StoreLifecycle
from service.store.row_digests import open_each
from service.store.sealed_columns import member_key
from service.store.work_values import LatelyAsked, WorkChange, WorkCounts, WorkItem, WorkMark, WorkQuery


class WorkOperations(StoreLifecycle):
    """The operations of the store that are about the work list. Who may ask for them is the reader's to know."""

    async def count_work(self, wanted: WorkQuery) -> WorkCounts:
        """How many verifications stand in each view."""
        return await self._read(work.count, self._sealer, wanted)

    async def list_work(self, wanted: WorkQuery, caller: Caller, broken: list[SealBroken]) -> list[WorkItem]:
        """A page of a view, opened, once the audit says that ``caller`` was shown each of it.

        A verification whose record is broken takes no other one away: it is left out, and what is wrong is added to
        ``broken`` and to the audit.
        """
        marks, wrong = await self._read(work.find, self._sealer, wanted)
        now = self._now()

        def show(connection: Connection) -> tuple[list[tuple[WorkMark, jobs.Shown | None]], list[SealBroken]]:
            # The unit may be done again, so that it begins with a list of its own.
            forged = list[SealBroken]()
            looked = open_each(
                marks,
                lambda mark: (mark, jobs.show(connection, self._sealer, mark.verification_id, caller, now)),
                forged,
            )
            return looked, forged

        shown, forged = await self._write(show)
        # Opening takes longer than writing, and the writing lane is everybody's.
        seen = [(mark, one) for mark, one in shown if one is not None]
        items, unopened = await self._read(lambda _: self._open_work(seen))
        broken += [*wrong, *forged, *unopened]
        await self._audit_each(broken)
        return items

    def _open_work(self, shown: list[tuple[WorkMark, jobs.Shown]]) -> tuple[list[WorkItem], list[SealBroken]]:
        broken = list[SealBroken]()
        items = open_each(shown, lambda one: WorkItem(one[0], jobs.open_verification(self._sealer, one[1])), broken)
        return items, broken

    async def work_mark(self, verification_id: str) -> WorkMark:
        """Who works on a verification."""
        return await self._read(work.mark_of, self._sealer, verification_id)

    async def change_work(self, change: WorkChange, caller: Caller) -> bool:
        """Assign, release, close or reopen a verification; false when there is none."""
        return await self._write(work.change_mark, self._sealer, change, caller, self._now())

    async def asked_lately(self, question: Question, since: datetime) -> LatelyAsked | None:
        """The newest verification since then about the same member by the same payer, whoever asked; else None."""
        member = self._with_keys(lambda: member_key(self._sealer, question))
        found = await self._read(work.asked_lately, member, question.payer, stamp(since))
        return None if found is None else LatelyAsked(found[0], instant(found[1]), found[2])
