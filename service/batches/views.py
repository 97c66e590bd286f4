"""What callers see of a batch and of its items, over every interface."""

from collections.abc import Mapping
from datetime import datetime

from contracts import Frozen
from service.batches.preflight import Preflight
from service.store.batch_values import BatchRow, BatchState, ItemCounts, ItemRow, ItemState, RowFault

_EXIT_CODES: Mapping[bool, int] = {True: 0, False: 3}


class PayerLive(Frozen):
    """How a payer is asked by the process that was looked at.

    ``breaker`` is the worst state of its routes, ``closed_until`` the end of a maintenance window or of quiet hours.
    """

    per_second: float
    under_way: int
    breaker: str | None = None
    closed_until: datetime | None = None


class PayerProgress(Frozen):
    """How far a batch is at one payer, in rows; duplicates are not counted. ``live`` is null beside another process."""

    payer: str
    waiting: int = 0
    asking: int = 0
    answered: int = 0
    could_not_check: int = 0
    cancelled: int = 0
    live: PayerLive | None = None


class BatchView(Frozen):
    """A batch as callers see it. ``started_at`` is when it was last started or resumed."""

    id: str
    state: BatchState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    rows: int
    open: int
    answered: int
    could_not_check: int
    refused: int
    duplicates: int
    cancelled: int
    payers: tuple[PayerProgress, ...] = ()
    preflight: Preflight | None = None

    @property
    def exit_code(self) -> int:
        """0 when every row that could be asked was answered, 3 when one could not be checked."""
        return _EXIT_CODES[not (self.could_not_check or self.cancelled)]


class BatchList(Frozen):
    """The newest batches of a caller, the newest first."""

    batches: tuple[BatchView, ...]


class ItemView(Frozen):
    """One row of a batch. Its answer is that of its ``verification_id``; a duplicate's is that of ``duplicate_of``."""

    number: int
    payer: str | None
    state: ItemState
    reference: str | None
    faults: tuple[RowFault, ...]
    duplicate_of: int | None
    verification_id: str | None
    reason: str | None
    settled_at: datetime | None


class ItemList(Frozen):
    """Some rows of a batch, in the order of the file. The following ones are after ``next_after``; null at the end."""

    items: tuple[ItemView, ...]
    next_after: int | None


def batch_view(batch: BatchRow, counts: ItemCounts, live: Mapping[str, PayerLive]) -> BatchView:
    """Return what callers see of a batch whose items are in the states of ``counts``."""
    totals = {state: sum(rows for (_, one), rows in counts.items() if one is state) for state in ItemState}
    names = sorted({payer for payer, state in counts if payer and state is not ItemState.DUPLICATE})
    return BatchView(
        id=batch.id,
        state=batch.state,
        created_at=batch.created_at,
        started_at=batch.started_at,
        ended_at=batch.ended_at,
        rows=sum(totals.values()),
        open=totals[ItemState.WAITING] + totals[ItemState.ASKING],
        answered=totals[ItemState.ANSWERED],
        could_not_check=totals[ItemState.COULD_NOT_CHECK],
        refused=totals[ItemState.REFUSED],
        duplicates=totals[ItemState.DUPLICATE],
        cancelled=totals[ItemState.CANCELLED],
        payers=tuple(_progress(payer, counts, live.get(payer)) for payer in names),
        preflight=None if batch.preflight is None else Preflight.model_validate_json(batch.preflight),
    )


_SHOWN = (
    ItemState.WAITING,
    ItemState.ASKING,
    ItemState.ANSWERED,
    ItemState.COULD_NOT_CHECK,
    ItemState.CANCELLED,
)


def _progress(payer: str, counts: ItemCounts, live: PayerLive | None) -> PayerProgress:
    return PayerProgress(payer=payer, live=live, **{state.value: counts.get((payer, state), 0) for state in _SHOWN})


def item_view(item: ItemRow) -> ItemView:
    """Return what callers see of an item: nothing of the member but the caller's own reference."""
    question = item.content.question
    return ItemView(
        number=item.number,
        payer=item.payer or None,
        state=item.state,
        reference=item.content.reference if question is None else question.reference,
        faults=item.content.faults,
        duplicate_of=item.duplicate_of,
        verification_id=item.verification_id,
        reason=item.reason,
        settled_at=item.settled_at,
    )
