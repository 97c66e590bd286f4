"""Batches as callers use them: check a roster, start it, look at it, pause, resume, cancel, ask again what failed."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import BinaryIO

from contracts import Provider, Window
from service.batches.preflight import PreflightTally, check_roster
from service.batches.reading import NO_MAPPING, RosterFormat, RosterMapping, RosterRefused, read_roster
from service.batches.rows import RefusedRow, RosterRow, RosterTerms
from service.batches.views import BatchList, BatchView, ItemList, PayerLive, batch_view, item_view
from service.errors import ServiceRefusal
from service.gateway import Guards
from service.gateway.breaker import BreakerState
from service.gateway.maintenance_windows import end_of_window
from service.plugins.loading import Directory
from service.security.access import Caller
from service.store import Store
from service.store.batch_values import BatchRow, BatchState, ItemState
from service.store.batches import CANCEL, PAUSE, RESUME, RETRY, START, BatchChange
from service.verification.batch_lanes import BatchLanes

CHANGES: Mapping[str, BatchChange] = {
    "start": START,
    "pause": PAUSE,
    "resume": RESUME,
    "cancel": CANCEL,
    "retry": RETRY,
}
"""What may be done to a batch, by the word that callers use."""

MOST_LISTED = 100
"""Batches that are listed at most, and rows of one that are shown at once."""


class WrongBatchState(Exception):
    """A batch is in a state in which this can't be done to it."""

    def __init__(self, state: BatchState) -> None:
        """Name the state."""
        super().__init__(state.value)
        self.state = state


class BatchViews:
    """Looks at the batches of a database and changes their states; whoever serves the database works on them."""

    def __init__(self, store: Store) -> None:
        """Take a store that is open."""
        self._store = store

    async def list_batches(self, caller: Caller) -> BatchList:
        """Return the newest batches that ``caller`` may see."""
        found = await self._store.list_batches(caller, MOST_LISTED)
        return BatchList(batches=tuple([await self._view(batch) for batch in found]))

    async def look(self, batch_id: str, caller: Caller) -> BatchView | None:
        """Return a batch; None when there is none or ``caller`` may not see it."""
        found = await self._store.batch(batch_id, caller)
        return None if found is None else await self._view(found)

    async def items(
        self, batch_id: str, caller: Caller, *, after: int = 0, state: ItemState | None = None
    ) -> ItemList | None:
        """Return the rows of a batch after the row ``after``; None as in ``look``."""
        if await self._store.batch(batch_id, caller) is None:
            return None
        rows = await self._store.batch_items(batch_id, after=after, most=MOST_LISTED, state=state)
        last = rows[-1].number if len(rows) == MOST_LISTED else None
        return ItemList(items=tuple(item_view(row) for row in rows), next_after=last)

    async def change(self, batch_id: str, word: str, caller: Caller) -> BatchView | None:
        """Do one of ``CHANGES`` to a batch; returns it as it is then, None as in ``look``.

        Raises ``WrongBatchState``.
        """
        change = CHANGES[word]
        before = await self._store.change_batch(batch_id, change, caller)
        if before is not None and before not in change.allowed:
            raise WrongBatchState(before)
        return None if before is None else await self.look(batch_id, caller)

    async def _view(self, batch: BatchRow) -> BatchView:
        return batch_view(batch, await self._store.item_counts(batch.id), self._live())

    def _live(self) -> Mapping[str, PayerLive]:
        """Return how payers are asked by this process: not at all."""
        return {}


class Batches(BatchViews):
    """Batches in a process that works on them."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        guards: Guards,
        provider: Provider,
        lanes: BatchLanes,
        quiet: tuple[Window, ...],
        today: Callable[[], date],
    ) -> None:
        """Take the parts below; rows without a date of service ask about ``today``."""
        super().__init__(store)
        self._directory = directory
        self._guards = guards
        self._provider = provider
        self._lanes = lanes
        self._quiet = quiet
        self._today = today

    async def check(
        self, roster: BinaryIO, form: RosterFormat, caller: Caller, mapping: RosterMapping = NO_MAPPING
    ) -> BatchView:
        """Read ``roster`` into a new batch, which may be started then; nobody is asked.

        Raises ``RosterRefused`` for what is no roster, and ``ServiceRefusal``; the batch is cancelled then.
        """
        terms = RosterTerms(self._directory, self._provider, self._today())
        return await self.check_rows(read_roster(roster, form, terms, mapping), caller)

    async def check_rows(self, rows: Iterator[RosterRow | RefusedRow], caller: Caller) -> BatchView:
        """Make a new batch of ``rows``, which may be started then. Raises as ``check`` does."""
        batch_id = await self._store.create_batch(caller)
        tally = PreflightTally(self._directory, self._guards)
        try:
            await check_roster(self._store, batch_id, rows, tally, self._guards.clocks.now)
        except (RosterRefused, ServiceRefusal):
            await self._store.change_batch(batch_id, CANCEL, caller)
            raise
        view = await self.look(batch_id, caller)
        if view is None:  # pragma: no cover - it was made here
            raise LookupError(batch_id)
        return view

    def _live(self) -> Mapping[str, PayerLive]:
        return {
            card.id: PayerLive(
                per_second=self._guards.pace(card).per_second,
                under_way=self._lanes.under_way(card),
                breaker=_worst(
                    {self._guards.breaker(card.id, route.name).state for _, route in self._guards.order(card)}
                ),
                closed_until=end_of_window((*self._quiet, *card.outages), self._guards.clocks.now()),
            )
            for card in self._directory.cards
        }


def _worst(states: set[BreakerState]) -> str | None:
    order = (BreakerState.OPEN, BreakerState.PROBING, BreakerState.CLOSED)
    return next((state.value for state in order if state in states), None)
