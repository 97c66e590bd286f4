"""Gives the rows of running batches to their payers: each has a lane, which takes the next rows when it has capacity.

Rows that wait are rows of the database and nothing else. Taking them makes verifications of them in one transaction
with the step that asks again should this process end; from then on they are questions like any other. Any number of
processes may dispatch from one database, since a row is taken once. A payer that is away gets nothing: its rows wait,
and after the life of a question without a single answer from it they are ended as ones that could not be checked.
"""

import asyncio
from collections.abc import Iterable

import structlog

from contracts import Card, ProblemCode, Window
from service.errors import ServiceRefusal
from service.gateway import Guards
from service.gateway.maintenance_windows import end_of_window
from service.plugins.loading import Directory
from service.scheduler import repeat
from service.security.access import Role
from service.store import Store
from service.store.batch_values import BatchRow, ItemState
from service.store.batches import Taking
from service.verification.service import Verifier

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""From one look for batches to the next; a payer without capacity is looked at again as often."""

SWEEP_SECONDS = 60.0
"""From one look for payers that have been away for too long to the next."""

TAKEN_AT_ONCE = 16
"""Rows that are taken in one transaction at most: everybody's writes wait for it."""


def quiet_windows(hours: str | None) -> tuple[Window, ...]:
    """Return the windows of quiet hours of every day, given as ``HH:MM-HH:MM`` in US Eastern."""
    if hours is None:
        return ()
    begins, _, ends = hours.partition("-")
    return tuple(Window(weekday=day, begins=begins, ends=ends, source="BENEFITS_BATCHES__QUIET") for day in range(7))


class Dispatcher:
    """Works on the batches that run, in this process. ``start`` it when the scheduler runs; ``stop`` it before that."""

    def __init__(
        self,
        *,
        directory: Directory,
        guards: Guards,
        store: Store,
        verifier: Verifier,
        quiet: Iterable[Window] = (),
    ) -> None:
        """Take the parts below; nothing is sent for batches in the windows of ``quiet``."""
        self._directory = directory
        self._guards = guards
        self._store = store
        self._verifier = verifier
        self._quiet = tuple(quiet)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._running: tuple[BatchRow, ...] = ()

    def start(self) -> None:
        """Begin on the running loop."""
        self._tasks = [
            asyncio.create_task(repeat(self._look, LOOK_SECONDS), name="batches:look"),
            asyncio.create_task(repeat(self._sweep, SWEEP_SECONDS), name="batches:sweep"),
        ]

    async def stop(self) -> None:
        """Take no more rows; what was taken goes on as every question does."""
        tasks = [*self._tasks, *self._lanes.values()]
        self._tasks = []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()

    async def _look(self) -> None:
        """Have a lane for every payer that a running batch has rows for; end the batches that have none left."""
        self._running = tuple(await self._store.running_batches())
        payers = [card.id for card in self._directory.cards]
        for batch in self._running:
            waiting = await self._store.payers_waited_for(batch.id, payers)
            for payer in waiting:
                self._open_lane(self._directory.adapter(payer).card)
            if not waiting and await self._store.finish_batch(batch.id):
                log.info("batch.finished", batch_id=batch.id)

    def _open_lane(self, card: Card) -> None:
        lane = self._lanes.get(card.id)
        if lane is None or lane.done():
            self._lanes[card.id] = asyncio.create_task(self._work(card), name=f"batches:{card.id}")

    async def _work(self, card: Card) -> None:
        """Take rows of one payer for as long as there are any; a store that fails ends that until the next look."""
        lanes = self._verifier.lanes
        try:
            while True:
                free = self._free_capacity(card)
                # Not for each row that ends: a transaction takes several as cheaply as one.
                if free < max(1, lanes.capacity(card) // 4):
                    await lanes.wait_for_change(LOOK_SECONDS)
                elif not await self._take(card, min(free, TAKEN_AT_ONCE)):
                    return
        except ServiceRefusal as refusal:
            log.warning("batch.delayed", payer=card.id, code=refusal.code)

    def _free_capacity(self, card: Card) -> int:
        if self._verifier.admission.draining or end_of_window(self._quiet, self._guards.clocks.now()) is not None:
            return 0
        return self._verifier.lanes.free_capacity(card)

    async def _take(self, card: Card, most: int) -> bool:
        """Take rows of the batch that was made first; false when none of the running ones has any."""
        for batch in self._running:
            taking = Taking(
                batch.id,
                card.id,
                most,
                life_seconds=self._verifier.life(Role.BATCH),
                fresh_seconds=self._verifier.freshness,
                then=self._verifier.first_step(),
            )
            taken = await self._store.take_items(taking)
            for intended in taken:
                if intended.created_job:
                    self._verifier.begin_item(intended, card)
            if taken:
                return True
        return False

    async def _sweep(self) -> None:
        """End the rows of payers that have been away for the life of a question, or are not installed any more."""
        for batch in self._running:
            counts = await self._store.item_counts(batch.id)
            for payer in {payer for payer, state in counts if state is ItemState.WAITING}:
                if payer not in self._directory or await self._has_been_away(payer, batch):
                    count = await self._store.give_up_items(batch.id, payer, ProblemCode.PAYER_UNREACHABLE.value)
                    log.warning("batch.given_up", batch_id=batch.id, payer=payer, count=count)

    async def _has_been_away(self, payer: str, batch: BatchRow) -> bool:
        """Whether a payer is away, and has been for the life of a question, all of which the batch was running.

        The time counts from the first row that the payer left without an answer, as the store has it, and not from the
        start of this process.
        """
        if self._verifier.lanes.capacity(self._directory.adapter(payer).card) > 1:
            return False
        since = await self._store.unanswered_since([one.id for one in self._running], payer)
        if since is None or batch.started_at is None:
            return False
        seconds = (self._guards.clocks.now() - max(since, batch.started_at)).total_seconds()
        return seconds >= self._verifier.life(Role.BATCH)
