"""The items of batches: adding them, reading them, and their outcomes, each in the transaction of what decides it."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Answer
from service.security.encryption import Place, SealBroken, Sealer
from service.store.batch_values import (
    BROKEN_RECORD,
    RECORD_BROKEN,
    ItemContent,
    ItemCounts,
    ItemRow,
    ItemState,
    NewItem,
    Outcome,
)
from service.store.identifiers import maybe_instant
from service.store.row_digests import check, covered_columns, row_digest
from service.store.statements import execute, fetch_all, fetch_first, fetch_scalar
from service.store.stored_forms import read_stored
from service.store.tables import BATCH_ITEMS, JOBS, Row, Value

_BATCH = BATCH_ITEMS.c.batch_id == sa.bindparam("batch")
_STATE = BATCH_ITEMS.c.state == sa.bindparam("in_state")
_ADD = sa.insert(BATCH_ITEMS)
_COLUMNS = (*covered_columns(BATCH_ITEMS), BATCH_ITEMS.c.state, BATCH_ITEMS.c.reason, BATCH_ITEMS.c.settled_at)
_AFTER = (
    sa.select(*_COLUMNS)
    .where(_BATCH, BATCH_ITEMS.c.number > sa.bindparam("after"))
    .order_by(BATCH_ITEMS.c.number)
    .limit(sa.bindparam("most"))
)
_AFTER_IN_STATE = _AFTER.where(_STATE)
_COUNTS = (
    sa.select(BATCH_ITEMS.c.payer, BATCH_ITEMS.c.state, sa.func.count().label("items"))
    .where(_BATCH)
    .group_by(BATCH_ITEMS.c.payer, BATCH_ITEMS.c.state)
)
_SETTLED = (
    sa.select(BATCH_ITEMS.c.payer, sa.func.count().label("items"))
    .where(_BATCH, BATCH_ITEMS.c.settled_at >= sa.bindparam("since"))
    .where(sa.or_(*(BATCH_ITEMS.c.state == one.value for one in (ItemState.ANSWERED, ItemState.COULD_NOT_CHECK))))
    .group_by(BATCH_ITEMS.c.payer)
)
_ONE = sa.select(*_COLUMNS).where(_BATCH, BATCH_ITEMS.c.number == sa.bindparam("item"))
_NEXT = (
    sa.select(*_COLUMNS)
    .where(_BATCH, _STATE, BATCH_ITEMS.c.payer == sa.bindparam("of_payer"))
    .order_by(BATCH_ITEMS.c.number)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = sa.update(BATCH_ITEMS).where(_BATCH, BATCH_ITEMS.c.number == sa.bindparam("item"))
_ASKED_BY_JOB = (BATCH_ITEMS.c.job_id == sa.bindparam("job"), BATCH_ITEMS.c.state == ItemState.ASKING.value)
ANY_ASKED = sa.exists().where(*_ASKED_BY_JOB).label("any_asked")
"""Whether an item waits for ``job``, for a statement that writes the job."""
_SETTLE = sa.update(BATCH_ITEMS).where(*_ASKED_BY_JOB)
_OPEN = sa.select(BATCH_ITEMS.c.number).where(_BATCH, _STATE).limit(1)
_OPEN_OF_PAYER = _OPEN.where(BATCH_ITEMS.c.payer == sa.bindparam("of_payer"))
_MOVE = sa.update(BATCH_ITEMS).where(_BATCH, _STATE)
_MOVE_OF_PAYER = _MOVE.where(BATCH_ITEMS.c.payer == sa.bindparam("of_payer"))
_TRIED = BATCH_ITEMS.join(JOBS, JOBS.c.id == BATCH_ITEMS.c.job_id)
_OF_PAYER = sa.and_(_BATCH, BATCH_ITEMS.c.payer == sa.bindparam("of_payer"))
_ENDED_EARLY = BATCH_ITEMS.c.settled_at < JOBS.c.life_ends_at
"""Whether an item ended before its life did: its payer said something."""

_LAST_ANSWERED = sa.select(sa.func.max(BATCH_ITEMS.c.settled_at)).select_from(_TRIED).where(_OF_PAYER, _ENDED_EARLY)
_FIRST_TRY = (
    sa.select(sa.func.min(JOBS.c.created_at))
    .select_from(_TRIED)
    .where(_OF_PAYER, sa.or_(BATCH_ITEMS.c.settled_at.is_(None), sa.not_(_ENDED_EARLY)))
)


class FoundItems(NamedTuple):
    """Items, and what is wrong with those whose record is broken, which stand among them under their number alone."""

    items: list[ItemRow]
    broken: list[SealBroken]


def prepare(sealer: Sealer, batch_id: str, items: Sequence[NewItem]) -> list[dict[str, Value]]:
    """Return the rows of ``items``, sealed. Raises ``KeysMissing``."""
    return [_prepare_row(sealer, batch_id, item) for item in items]


def _prepare_row(sealer: Sealer, batch_id: str, item: NewItem) -> dict[str, Value]:
    question = item.content.question
    content = item.content.model_dump_json(exclude_defaults=True).encode()
    row: dict[str, Value] = {
        "batch_id": batch_id,
        "number": item.number,
        "payer": "" if question is None else question.payer,
        "sealed_row": sealer.seal(content, _place(batch_id, item.number)),
        "duplicate_of": item.duplicate_of,
        "verification_id": None,
        "job_id": None,
    }
    return {**row, "state": item.state.value, "mac": row_digest(sealer, "batch_items", row)}


def add(connection: Connection, rows: Sequence[dict[str, Value]]) -> None:
    """Insert prepared rows."""
    for row in rows:
        execute(connection, _ADD, row)


def items_after(
    connection: Connection, sealer: Sealer, batch_id: str, after: int, most: int, state: ItemState | None = None
) -> FoundItems:
    """Return at most ``most`` items after the row ``after``, in the order of the file; none without a number."""
    values: dict[str, Value] = {"batch": batch_id, "after": after, "most": most}
    statement = _AFTER
    if state is not None:
        statement, values = _AFTER_IN_STATE, {**values, "in_state": state.value}
    found = FoundItems([], [])
    for row in fetch_all(connection, statement, values):
        if isinstance(row["number"], int):
            found.items.append(_read_item(sealer, row, found.broken))
        else:
            # SQLite keeps text in a column of numbers: nobody here wrote it, and it sorts behind every row that is one.
            found.broken.append(SealBroken("not_a_number"))
    return found


def item_of(connection: Connection, sealer: Sealer, batch_id: str, number: int) -> ItemRow | None:
    """Return one item of a batch, of a broken record its number alone; None when there is none."""
    row = fetch_first(connection, _ONE, {"batch": batch_id, "item": number})
    return None if row is None else _read_item(sealer, row, [])


def counts(connection: Connection, batch_id: str) -> ItemCounts:
    """Return how many items of a batch are in each state, by payer."""
    rows = fetch_all(connection, _COUNTS, {"batch": batch_id})
    found: Counter[tuple[str, ItemState]] = Counter()
    for row in rows:
        found[row["payer"], _state_of(row)] += row["items"]
    return found


def settled_since(connection: Connection, batch_id: str, since: int) -> dict[str, int]:
    """Return how many items of a batch were answered, or could not be checked, from ``since`` on, by payer."""
    return {row["payer"]: row["items"] for row in fetch_all(connection, _SETTLED, {"batch": batch_id, "since": since})}


def payers_waited_for(connection: Connection, batch_id: str, payers: Sequence[str]) -> list[str]:
    """Return those of ``payers`` for which a batch has items that wait."""
    waiting = {"batch": batch_id, "in_state": ItemState.WAITING.value}
    return [payer for payer in payers if fetch_all(connection, _OPEN_OF_PAYER, {**waiting, "of_payer": payer})]


def last_answered(connection: Connection, batch_id: str, payer: str) -> int:
    """Return when an item of a payer last ended before its life did, so that the payer said something; 0 for never."""
    last: int | None = fetch_scalar(connection, _LAST_ANSWERED, {"batch": batch_id, "of_payer": payer})
    return last or 0


def first_try(connection: Connection, batch_id: str, payer: str) -> int | None:
    """Return when the first item was taken of those that a payer left without an answer; None when there is none."""
    first: int | None = fetch_scalar(connection, _FIRST_TRY, {"batch": batch_id, "of_payer": payer})
    return first


def has_open(connection: Connection, batch_id: str) -> bool:
    """Return whether an item of a batch still has its outcome to come."""
    open_states = (ItemState.WAITING, ItemState.ASKING)
    return any(fetch_all(connection, _OPEN, {"batch": batch_id, "in_state": state.value}) for state in open_states)


def lock_waiting(connection: Connection, batch_id: str, payer: str, most: int) -> list[Row]:
    """Return the first items of a payer that wait, locked; those that another process has locked are passed over."""
    values = {"batch": batch_id, "in_state": ItemState.WAITING.value, "of_payer": payer, "most": most}
    return fetch_all(connection, _NEXT, values)


def note_asked(connection: Connection, sealer: Sealer, row: Row, verification_id: str, job_id: str) -> None:
    """Note the verification that a locked item has become."""
    asked = {"verification_id": verification_id, "job_id": job_id}
    mac = row_digest(sealer, "batch_items", {**row, **asked})
    values = {"batch": row["batch_id"], "item": row["number"], **asked, "state": ItemState.ASKING.value, "mac": mac}
    execute(connection, _TAKE, values)


def set_aside(connection: Connection, row: Row, at: int) -> None:
    """End a locked item whose record is broken as one that could not be checked."""
    ended = {"state": ItemState.COULD_NOT_CHECK.value, "reason": RECORD_BROKEN, "settled_at": at}
    execute(connection, _TAKE, {"batch": row["batch_id"], "item": row["number"], **ended})


def settle(connection: Connection, job_id: str, answer: Answer, at: int) -> None:
    """Note the outcome of every item that waits for the job, whose final answer is stored in the same transaction."""
    outcome = Outcome.of(answer)
    values = {"job": job_id, "state": outcome.state.value, "reason": outcome.reason, "settled_at": at}
    execute(connection, _SETTLE, values)


def move(
    connection: Connection, batch_id: str, before: ItemState, outcome: Outcome, at: int | None, payer: str | None = None
) -> int:
    """Move every item that is in the state ``before``, or those of one payer; returns how many."""
    values: dict[str, Value] = {"batch": batch_id, "in_state": before.value}
    moved: dict[str, Value] = {"state": outcome.state.value, "reason": outcome.reason, "settled_at": at}
    if payer is None:
        return execute(connection, _MOVE, {**values, **moved})
    return execute(connection, _MOVE_OF_PAYER, {**values, **moved, "of_payer": payer})


def _read_item(sealer: Sealer, row: Row, broken: list[SealBroken]) -> ItemRow:
    """An item. Of one whose record is broken nothing counts but its number; what is wrong is added to ``broken``."""
    try:
        return open_item(sealer, row)
    except SealBroken as wrong:
        broken.append(wrong)
        return ItemRow(
            number=row["number"],
            payer="",
            state=ItemState.COULD_NOT_CHECK,
            content=ItemContent(faults=(BROKEN_RECORD,)),
            duplicate_of=None,
            verification_id=None,
            job_id=None,
            reason=RECORD_BROKEN,
            settled_at=None,
        )


def _state_of(row: Row) -> ItemState:
    """The state of an item. A word that nobody here wrote says that its record is broken."""
    try:
        return ItemState(row["state"])
    except ValueError:
        return ItemState.COULD_NOT_CHECK


def open_item(sealer: Sealer, row: Row) -> ItemRow:
    """Return an item with what it holds in clear. Raises ``SealBroken``."""
    check(sealer, "batch_items", row)
    content = sealer.open(row["sealed_row"], _place(row["batch_id"], row["number"]))
    return ItemRow(
        number=row["number"],
        payer=row["payer"],
        state=_state_of(row),
        content=read_stored(ItemContent, content),
        duplicate_of=row["duplicate_of"],
        verification_id=row["verification_id"],
        job_id=row["job_id"],
        reason=row["reason"],
        settled_at=maybe_instant(row["settled_at"]),
    )


def _place(batch_id: str, number: int) -> Place:
    return Place("batch_items", f"{batch_id}:{number}", "row")
