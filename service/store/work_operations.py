"""What the store does for the work list: each method is one transaction, as everywhere in the store."""

from datetime import datetime

from sqlalchemy import Connection

from contracts import Question
from service.security.access import Caller
from service.store import jobs, work
from service.store.identifiers import instant, stamp
from service.store.lifecycle import StoreLifecycle
from service.store.sealed_columns import member_key
from service.store.work_values import LatelyAsked, WorkChange, WorkCounts, WorkItem, WorkMark, WorkQuery


class WorkOperations(StoreLifecycle):
    """The operations of the store that are about the work list. Who may ask for them is the reader's to know."""

    async def count_work(self, wanted: WorkQuery) -> WorkCounts:
        """How many verifications stand in each view."""
        return await self._read(work.count, self._sealer, wanted)

    async def list_work(self, wanted: WorkQuery, caller: Caller) -> list[WorkItem]:
        """A page of a view, opened, once the audit says that ``caller`` was shown each of it."""
        marks = await self._read(work.find, self._sealer, wanted)
        now = self._now()

        def show(connection: Connection) -> list[tuple[WorkMark, jobs.Shown]]:
            shown = [(mark, jobs.show(connection, self._sealer, mark.verification_id, caller, now)) for mark in marks]
            return [(mark, one) for mark, one in shown if one is not None]

        shown = await self._write(show)
        # Opening takes longer than writing, and the writing lane is everybody's.
        return await self._read(
            lambda _: [WorkItem(mark, jobs.open_verification(self._sealer, one)) for mark, one in shown]
        )

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
