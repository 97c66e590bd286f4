"""What the store does with batches: each method is one transaction, as everywhere in the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from contracts import Answer
from service.security.access import Caller
from service.security.encryption import SealBroken
from service.store import batch_items, batches, followed, paces
from service.store.batch_values import BatchRow, BatchState, ItemCounts, ItemRow, ItemState, NewItem, Outcome
from service.store.identifiers import maybe_instant, new_id, stamp
from service.store.lifecycle import StoreLifecycle
from service.store.rows import Intended

log = structlog.get_logger()


class BatchOperations(StoreLifecycle):
    """The operations of the store that are about batches."""

    async def followed_members(self, after: bytes, most: int) -> followed.FollowedPage:
        """The ``most`` next members after the index ``after``, each with the newest verification."""
        return await self._read(followed.followed_members, self._sealer, after, most)

    async def create_batch(self, caller: Caller) -> str:
        """Make a batch of ``caller`` whose roster is being read; returns its id."""
        batch_id, now = new_id("bat"), self._now()
        await self._write(batches.create, self._sealer, batch_id, caller, now)
        return batch_id

    async def add_items(self, batch_id: str, items: Sequence[NewItem]) -> None:
        """Keep rows of a roster; a few hundred at a time, since everybody's writes wait meanwhile."""
        await self._have_data_keys(len(items))
        rows = self._with_keys(lambda: batch_items.prepare(self._sealer, batch_id, items))
        await self._write(batch_items.add, rows)

    async def end_check(self, batch_id: str, preflight: bytes) -> bool:
        """Keep what the preflight found (JSON); the batch may be started then. False when it is not being checked."""
        return await self._write(batches.end_check, self._sealer, batch_id, preflight)

    async def batch(self, batch_id: str, caller: Caller) -> BatchRow | None:
        """Return a batch; None when there is none or ``caller`` may not see it."""
        return await self._read(batches.read, self._sealer, batch_id, caller)

    async def list_batches(self, caller: Caller, most: int) -> list[BatchRow]:
        """Return the newest batches that ``caller`` may see, the newest first."""
        found = await self._read(batches.list_newest, self._sealer, caller, most)
        await self._audit_each(found.broken)
        return found.batches

    async def running_batches(self) -> list[BatchRow]:
        """Return the batches that are being worked on, the one that was made first first."""
        found = await self._read(batches.running, self._sealer)
        await self._audit_each(found.broken)
        return found.batches

    async def change_batch(self, batch_id: str, change: batches.BatchChange, caller: Caller) -> BatchState | None:
        """Change the state of a batch; returns the state that it had, and None when ``caller`` may not see it.

        Nothing changed when ``change`` does not allow that state.
        """
        return await self._write(batches.change_state, self._sealer, batch_id, change, caller, self._now())

    async def finish_batch(self, batch_id: str) -> bool:
        """End a batch that runs and has no open item left; false when it has, or does not run."""
        return await self._write(batches.finish, self._sealer, batch_id, self._now())

    async def batch_items(
        self, batch_id: str, *, after: int = 0, most: int = 500, state: ItemState | None = None
    ) -> list[ItemRow]:
        """Return items after the row ``after``, in the order of the file.

        Who may see the batch is the reader's to know.
        """
        found = await self._read(batch_items.items_after, self._sealer, batch_id, after, most, state)
        await self._audit_each(found.broken)
        return found.items

    async def settled_since(self, batch_id: str, since: datetime) -> Mapping[str, int]:
        """Return how many items of a batch were answered, or could not be checked, from ``since`` on, by payer."""
        return await self._read(batch_items.settled_since, batch_id, stamp(since))

    async def item_counts(self, batch_id: str) -> ItemCounts:
        """Return how many items of a batch are in each state, by payer."""
        return await self._read(batch_items.counts, batch_id)

    async def show_items(
        self, batch_id: str, after: int, most: int, caller: Caller
    ) -> list[tuple[ItemRow, Answer | None]]:
        """Return items after the row ``after`` with their final answers, once the audit says that they were shown.

        Who may see the batch is the reader's to know.
        """
        items = await self.batch_items(batch_id, after=after, most=most)
        if not items:
            return []
        await self._write(batches.note_shown, self._sealer, batch_id, caller, len(items), self._now())
        broken = list[SealBroken]()
        shown = await self._read(batches.answers_of, self._sealer, batch_id, items, broken)
        await self._audit_each(broken)
        return shown

    async def payers_waited_for(self, batch_id: str, payers: Sequence[str]) -> list[str]:
        """Return those of ``payers`` for which a batch has items that wait."""
        return await self._read(batch_items.payers_waited_for, batch_id, payers)

    async def take_items(self, taking: batches.Taking) -> list[Intended]:
        """Make verifications of items of a payer that wait.

        Several processes may do so at once: an item becomes one verification. Those whose record is broken are set
        aside.
        """
        taking = taking._replace(process=self.process, now=self._now())
        taken = await self._write(batches.take, self._sealer, taking)
        if taken.set_aside:
            log.error("batch.rows_refused", batch_id=taking.batch_id, payer=taking.payer, count=taken.set_aside)
        return taken.intended

    async def unanswered_since(self, batch_ids: Sequence[str], payer: str) -> datetime | None:
        """Return since when a payer has left items of ``batch_ids`` without an answer and said nothing to any of them.

        None when it has not. It is the same in every process, and after a start as before.
        """
        return maybe_instant(await self._read(batches.unanswered_since, batch_ids, payer))

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on this database too."""
        return self.engine == "postgresql"

    async def reserve_time(self, payer: str, seconds: float) -> float:
        """Reserve so many ``seconds`` of a payer's time among all processes of a shared database.

        Returns in how many seconds they begin.
        """
        return await self._write(paces.reserve, payer, seconds)

    async def give_up_items(self, batch_id: str, payer: str, reason: str) -> int:
        """End the items of a payer that still wait, as ones that could not be checked; returns how many."""
        outcome, now = Outcome(ItemState.COULD_NOT_CHECK, reason), self._now()
        return await self._write(batch_items.move, batch_id, ItemState.WAITING, outcome, now, payer)
