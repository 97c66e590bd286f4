"""Batches: their states, who may see them, and the step in which waiting items become verifications."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Answer, State
from service.security.access import Caller, Role, may_see
from service.security.encryption import Place, SealBroken, Sealer
from service.store import audit, batch_items, intents
from service.store.batch_values import RECORD_BROKEN, BatchRow, BatchState, ItemRow, ItemState, Outcome
from service.store.identifiers import instant, maybe_instant, word_of
from service.store.jobs import read_job
from service.store.row_digests import check, covered_columns, fetch_checked_first, open_each, row_digest
from service.store.rows import AuditEntry, Intended, Intent
from service.store.statements import execute, fetch_all, fetch_first
from service.store.tables import BATCHES, Row, Value

_COLUMNS = (*covered_columns(BATCHES), BATCHES.c.state, BATCHES.c.started_at, BATCHES.c.ended_at)
_ID = BATCHES.c.id == sa.bindparam("batch")
_CREATE = sa.insert(BATCHES)
_ONE = sa.select(*_COLUMNS).where(_ID)
_LOCKED = _ONE.with_for_update()
_LIST = sa.select(*_COLUMNS).order_by(BATCHES.c.created_at.desc(), BATCHES.c.id).limit(sa.bindparam("most"))
_LIST_OF_CALLER = _LIST.where(BATCHES.c.caller_id == sa.bindparam("caller"))
_RUNNING = (
    sa.select(*_COLUMNS).where(BATCHES.c.state == BatchState.RUNNING.value).order_by(BATCHES.c.created_at, BATCHES.c.id)
)
_CHANGE = sa.update(BATCHES).where(_ID)


class BatchChange(NamedTuple):
    """A change of a batch's state, and the states that it may be changed from."""

    to: BatchState
    allowed: tuple[BatchState, ...]


START = BatchChange(BatchState.RUNNING, (BatchState.READY,))
PAUSE = BatchChange(BatchState.PAUSED, (BatchState.RUNNING,))
RESUME = BatchChange(BatchState.RUNNING, (BatchState.PAUSED,))
CANCEL = BatchChange(
    BatchState.CANCELLED, (BatchState.CHECKING, BatchState.READY, BatchState.RUNNING, BatchState.PAUSED)
)
RETRY = BatchChange(BatchState.RUNNING, (BatchState.RUNNING, BatchState.PAUSED, BatchState.FINISHED))


class FoundBatches(NamedTuple):
    """Batches, and what is wrong with those whose own record is broken: nobody works on these, or is shown them."""

    batches: list[BatchRow]
    broken: list[SealBroken]


class Taken(NamedTuple):
    """What became of the next items of a payer: verifications, and the numbers of those whose record is broken."""

    intended: list[Intended]
    set_aside: list[int]


class Taking(NamedTuple):
    """Items of one payer that are to be asked: at most ``most`` of a batch, for a ``life_seconds`` each.

    ``then`` enqueues the first step of each job that is made. The store fills in ``process`` and ``now``.
    """

    batch_id: str
    payer: str
    most: int
    life_seconds: float
    fresh_seconds: float
    then: intents.ThenOfJob
    process: str = ""
    now: int = 0


def create(connection: Connection, sealer: Sealer, batch_id: str, caller: Caller, now: int) -> None:
    """Make a batch whose roster is being read."""
    row: dict[str, Value] = {"id": batch_id, "caller_id": caller.id, "sealed_preflight": None, "created_at": now}
    values = {**row, "state": BatchState.CHECKING.value, "mac": row_digest(sealer, "batches", row)}
    execute(connection, _CREATE, values)
    _note(connection, sealer, caller, "batch.created", batch_id, now)


def end_check(connection: Connection, sealer: Sealer, batch_id: str, preflight: bytes) -> bool:
    """Keep what the preflight found, and let the batch be started; false when it is no longer being checked."""
    row = fetch_first(connection, _LOCKED, {"batch": batch_id})
    if row is None or row["state"] != BatchState.CHECKING.value:
        return False
    check(sealer, "batches", row)
    sealed = sealer.seal(preflight, _place(batch_id))
    mac = row_digest(sealer, "batches", {**row, "sealed_preflight": sealed})
    values = {"batch": batch_id, "sealed_preflight": sealed, "state": BatchState.READY.value, "mac": mac}
    return execute(connection, _CHANGE, values) == 1


def read(connection: Connection, sealer: Sealer, batch_id: str, caller: Caller) -> BatchRow | None:
    """Return a batch; None when there is none or ``caller`` may not see it. Raises ``SealBroken``."""
    row = fetch_first(connection, _ONE, {"batch": batch_id})
    if row is None:
        return None
    found = open_batch(sealer, row)
    return found if may_see(caller, found.caller_id) else None


def list_newest(connection: Connection, sealer: Sealer, caller: Caller, most: int) -> FoundBatches:
    """Return the newest batches that ``caller`` may see, the newest first."""
    if caller.role is Role.STAFF:
        rows = fetch_all(connection, _LIST, {"most": most})
    else:
        rows = fetch_all(connection, _LIST_OF_CALLER, {"most": most, "caller": caller.id})
    return _open_each(sealer, rows)


def running(connection: Connection, sealer: Sealer) -> FoundBatches:
    """Return the batches that are being worked on, the one that was made first first."""
    return _open_each(sealer, fetch_all(connection, _RUNNING))


def _open_each(sealer: Sealer, rows: Sequence[Row]) -> FoundBatches:
    broken = list[SealBroken]()
    return FoundBatches(open_each(rows, lambda row: open_batch(sealer, row), broken), broken)


def change_state(
    connection: Connection, sealer: Sealer, batch_id: str, change: BatchChange, caller: Caller, now: int
) -> BatchState | None:
    """Change the state of a batch, with its line of the audit; returns the state that it had.

    Nothing changes when it had a state that ``change`` does not allow. None when ``caller`` may not see the batch.
    """
    row = fetch_checked_first(connection, sealer, "batches", _LOCKED, {"batch": batch_id})
    if row is None or not may_see(caller, row["caller_id"]):
        return None
    before = word_of(BatchState, row["state"])
    if before not in change.allowed:
        return before
    values: dict[str, Value] = {"batch": batch_id, "state": change.to.value}
    if change.to is BatchState.RUNNING:
        values |= {"started_at": now, "ended_at": None}
    if change is CANCEL:
        values["ended_at"] = now
        batch_items.move(connection, batch_id, ItemState.WAITING, Outcome(ItemState.CANCELLED), now)
    if change is RETRY:
        batch_items.move(connection, batch_id, ItemState.COULD_NOT_CHECK, Outcome(ItemState.WAITING), None)
    execute(connection, _CHANGE, values)
    _note(connection, sealer, caller, f"batch.{_VERBS[change]}", batch_id, now)
    return before


_VERBS = {START: "started", PAUSE: "paused", RESUME: "resumed", CANCEL: "cancelled", RETRY: "retried"}


def finish(connection: Connection, sealer: Sealer, batch_id: str, now: int) -> bool:
    """End a batch that runs and has no open item left; false when it has, or does not run."""
    row = fetch_first(connection, _LOCKED, {"batch": batch_id})
    if row is None or row["state"] != BatchState.RUNNING.value or batch_items.has_open(connection, batch_id):
        return False
    check(sealer, "batches", row)
    execute(connection, _CHANGE, {"batch": batch_id, "state": BatchState.FINISHED.value, "ended_at": now})
    audit.append(connection, sealer, audit.by_ourselves("batch.finished", outcome=batch_id), now)
    return True


def take(connection: Connection, sealer: Sealer, taking: Taking) -> Taken:
    """Make verifications of the next items of a payer, in one transaction with the first step of each.

    An item whose question is in flight joins it, and one that was answered a short time ago is settled at once. One
    whose record is broken, or that of the question that it would join, is set aside, with its line of the audit.
    """
    taken = Taken([], [])
    batch = fetch_first(connection, _ONE, {"batch": taking.batch_id})
    if batch is None or batch["state"] != BatchState.RUNNING.value:
        return taken
    caller = Caller(id=open_batch(sealer, batch).caller_id, role=Role.BATCH)
    for row in batch_items.lock_waiting(connection, taking.batch_id, taking.payer, taking.most):
        try:
            taken.intended.append(_take_one(connection, sealer, row, caller, taking))
        except SealBroken:
            # Nothing was written of it by then: both records are read before anything is.
            _set_aside(connection, sealer, row, taking)
            taken.set_aside.append(row["number"])
    return taken


def _set_aside(connection: Connection, sealer: Sealer, row: Row, taking: Taking) -> None:
    batch_items.set_aside(connection, row, taking.now)
    about = f"{taking.batch_id}:{row['number']}"
    entry = audit.by_ourselves("batch.row_refused", payer=taking.payer, outcome=about)
    audit.append(connection, sealer, entry, taking.now)


def _take_one(connection: Connection, sealer: Sealer, row: Row, caller: Caller, taking: Taking) -> Intended:
    item = batch_items.open_item(sealer, row)
    if item.content.question is None:  # pragma: no cover - such an item never waits
        raise ValueError("no_question")
    intent = Intent(
        question=item.content.question,
        caller=caller,
        life_seconds=taking.life_seconds,
        fresh_seconds=taking.fresh_seconds,
        keeps_purpose=item.content.keeps_purpose,
    )
    ready = intents.prepare(sealer, intent, taking.process, taking.now)._replace(then=taking.then)
    intended = intents.intend(connection, sealer, ready)
    batch_items.note_asked(connection, sealer, row, intended.verification_id, intended.job_id)
    if intended.job.state is State.FINAL and intended.job.answer is not None:
        batch_items.settle(connection, intended.job_id, intended.job.answer, taking.now)
    return intended


def unanswered_since(connection: Connection, batch_ids: Sequence[str], payer: str) -> int | None:
    """Return since when a payer has left items of ``batch_ids`` without an answer and said nothing; None for never."""
    tries = [batch_items.first_try(connection, batch_id, payer) for batch_id in batch_ids]
    first = min((at for at in tries if at is not None), default=None)
    if first is None:
        return None
    return max(first, *(batch_items.last_answered(connection, batch_id, payer) for batch_id in batch_ids))


def note_shown(connection: Connection, sealer: Sealer, batch_id: str, caller: Caller, rows: int, now: int) -> None:
    """Write the line of the audit that says that ``caller`` was shown results of a batch."""
    entry = AuditEntry(actor=caller.id, role=caller.role.value, action="batch.shown", outcome=batch_id, times=rows)
    audit.append(connection, sealer, entry, now)


def answers_of(
    connection: Connection, sealer: Sealer, batch_id: str, items: Sequence[ItemRow], broken: list[SealBroken]
) -> list[tuple[ItemRow, Answer | None]]:
    """Return each of ``items`` with its final answer, if there is one; a duplicate has that of the row it repeats.

    An answer whose record is broken is none, and its item could not be checked; what is wrong is added to ``broken``.
    """
    found = list[tuple[ItemRow, Answer | None]]()
    for item in items:
        try:
            found.append(_with_answer(connection, sealer, batch_id, item))
        except SealBroken as wrong:
            broken.append(wrong)
            found.append((item._replace(state=ItemState.COULD_NOT_CHECK, reason=RECORD_BROKEN), None))
    return found


def _with_answer(connection: Connection, sealer: Sealer, batch_id: str, item: ItemRow) -> tuple[ItemRow, Answer | None]:
    source: ItemRow | None = item
    if item.duplicate_of is not None:
        source = batch_items.item_of(connection, sealer, batch_id, item.duplicate_of)
    if source is None or source.job_id is None:
        return item, None
    job = read_job(connection, sealer, source.job_id)
    answer = job.answer if job is not None and job.state is State.FINAL else None
    return item._replace(verification_id=source.verification_id, reason=source.reason), answer


def open_batch(sealer: Sealer, row: Row) -> BatchRow:
    """Return a batch with its preflight in clear. Raises ``SealBroken``."""
    check(sealer, "batches", row)
    sealed: bytes | None = row["sealed_preflight"]
    return BatchRow(
        id=row["id"],
        caller_id=row["caller_id"],
        state=word_of(BatchState, row["state"]),
        created_at=instant(row["created_at"]),
        started_at=maybe_instant(row["started_at"]),
        ended_at=maybe_instant(row["ended_at"]),
        preflight=None if sealed is None else sealer.open(sealed, _place(row["id"])),
    )


def _note(connection: Connection, sealer: Sealer, caller: Caller, action: str, batch_id: str, now: int) -> None:
    entry = AuditEntry(actor=caller.id, role=caller.role.value, action=action, outcome=batch_id)
    audit.append(connection, sealer, entry, now)


def _place(batch_id: str) -> Place:
    return Place("batches", batch_id, "preflight")
