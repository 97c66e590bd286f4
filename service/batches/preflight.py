"""The first of two steps: reads a roster into a batch, and says what starting it would come to. Nobody is asked.

Rows are kept as they are read, a few hundred at a time, and of the file nothing is held but a digest of each question.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice

from contracts import Card, Frozen, Question, Several
from service.batches.rows import RefusedRow, RosterRow, fault
from service.gateway import Guards
from service.gateway.maintenance_windows import back_at
from service.plugins.loading import Directory
from service.store import Store
from service.store.batch_values import ItemContent, NewItem, RowFault
from service.store.sealed_columns import canonical_form

ROWS_AT_ONCE = 400
"""Rows that are read and kept together: everybody's writes wait for them."""

MOST_SHOWN = 20
"""Refused rows that the preflight itself shows; all of them are items of the batch."""

LEAST_SECONDS = 0.01
"""No payer is counted on to answer faster."""

STEP = timedelta(minutes=5)
"""How exactly the expected end takes maintenance windows into account."""


class RefusedView(Frozen):
    """A refused row as people see it."""

    number: int
    faults: tuple[RowFault, ...]


class FaultCount(Frozen):
    """How many rows have a fault in a column, whether they are refused for it or asked all the same."""

    column: str
    code: str
    rows: int


class PayerPreflight(Frozen):
    """What a batch would ask of one payer.

    ``inquiries`` is how many are paid for when each question is answered by its first ones, ``inquiries_at_most`` when
    every question needs all of its plan; those to administrators come on top. ``seconds`` is how long that takes at the
    permitted pace, ``per_second`` inquiries.
    """

    payer: str
    rows: int
    inquiries: int
    inquiries_at_most: int
    per_second: float
    seconds: float
    expected_end: datetime


class Preflight(Frozen):
    """What reading a roster came to: its rows, and what it would ask of whom. ``refused`` are the first of them."""

    rows: int
    ready: int
    refused_rows: int
    duplicates: int
    payers: tuple[PayerPreflight, ...]
    faults: tuple[FaultCount, ...]
    refused: tuple[RefusedView, ...]
    warnings: int
    inquiries: int
    inquiries_at_most: int
    expected_end: datetime | None


class FirstRows:
    """The first row of each question of one roster.

    A table of SQLite in memory holds a hundred thousand in 4 MB and gives them back; a dictionary took 14, and most of
    that its process kept for good.
    """

    _NOTE = "INSERT INTO first_rows VALUES (?, ?) ON CONFLICT (question) DO UPDATE SET number = number RETURNING number"

    def __init__(self) -> None:
        """Begin with no row."""
        # Rows are read on whichever thread is free, one after another.
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute("CREATE TABLE first_rows (question BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID")

    def note(self, question: Question, number: int) -> int:
        """Return the number of the first row that asked ``question``: ``number`` unless an earlier one did."""
        digest = blake2b(canonical_form(question).encode(), digest_size=16).digest()
        first: int = self._connection.execute(self._NOTE, (digest, number)).fetchone()[0]
        return first


class PreflightTally:
    """Counts the rows of one roster while they are read, and finds those that repeat an earlier one."""

    def __init__(self, directory: Directory, guards: Guards) -> None:
        """Begin with no row."""
        self._directory = directory
        self._guards = guards
        self._first_rows = FirstRows()
        self._rows = self._duplicates = self._refused_rows = self._warnings = 0
        self._of_payer: Counter[str] = Counter()
        self._faults: Counter[tuple[str, str]] = Counter()
        self._refused: list[RefusedView] = []
        self._reached = {card.id for card in directory.cards if guards.order(card)}

    def item_of(self, row: RosterRow | RefusedRow) -> NewItem:
        """Return the item of ``row``, and count it. A payer that no open route leads to can't be asked."""
        self._rows += 1
        if isinstance(row, RosterRow) and row.question.payer not in self._reached:
            row = RefusedRow(row.number, (fault("payer", "no_route"),), row.question.reference)
        if isinstance(row, RefusedRow):
            return self._refuse(row)
        self._count_faults(row.warnings)
        self._warnings += bool(row.warnings)
        content = ItemContent(question=row.question, faults=row.warnings, keeps_purpose=row.keeps_purpose)
        first = self._first_rows.note(row.question, row.number)
        if first != row.number:
            self._duplicates += 1
            return NewItem(row.number, content, first)
        self._of_payer[row.question.payer] += 1
        return NewItem(row.number, content)

    def _refuse(self, row: RefusedRow) -> NewItem:
        self._refused_rows += 1
        self._count_faults(row.faults)
        if len(self._refused) < MOST_SHOWN:
            self._refused.append(RefusedView(number=row.number, faults=row.faults))
        return NewItem(row.number, ItemContent(faults=row.faults, reference=row.reference))

    def _count_faults(self, faults: Iterable[RowFault]) -> None:
        self._faults.update({(one.column, one.code) for one in faults})

    def preflight(self, now: datetime) -> Preflight:
        """Return what the rows that were counted come to, if they were started ``now``."""
        payers = tuple(self._preflight_of(payer, now) for payer in sorted(self._of_payer))
        return Preflight(
            rows=self._rows,
            ready=self._of_payer.total(),
            refused_rows=self._refused_rows,
            duplicates=self._duplicates,
            payers=payers,
            faults=tuple(FaultCount(column=at[0], code=at[1], rows=rows) for at, rows in self._faults.most_common()),
            refused=tuple(self._refused),
            warnings=self._warnings,
            inquiries=sum(one.inquiries for one in payers),
            inquiries_at_most=sum(one.inquiries_at_most for one in payers),
            expected_end=max((one.expected_end for one in payers), default=None),
        )

    def _preflight_of(self, payer: str, now: datetime) -> PayerPreflight:
        card, rows = self._directory.adapter(payer).card, self._of_payer[payer]
        least, most = inquiries_of(card)
        per_second = permitted_pace(card, self._guards)
        seconds = rows * least / per_second
        return PayerPreflight(
            payer=payer,
            rows=rows,
            inquiries=rows * least,
            inquiries_at_most=rows * most,
            per_second=round(per_second, 3),
            seconds=round(seconds, 1),
            expected_end=expected_end(card, now, seconds),
        )


def inquiries_of(card: Card) -> tuple[int, int]:
    """Return how many inquiries a question to a payer costs at least and at most, by the plan of its card."""
    plan = card.plan
    asked_first = len({*plan.first, *plan.beside})
    if plan.several is Several.YES:
        return 1, 1 + (len(plan.service_types) > asked_first)
    if plan.several is Several.NO:
        return asked_first, len(plan.service_types)
    return 1, 1 + len(plan.service_types)


def permitted_pace(card: Card, guards: Guards) -> float:
    """Return how many inquiries a second a payer may be sent for batches: its pace, as far as the places reach."""
    seconds = max(guards.usual_seconds(card), LEAST_SECONDS)
    return min(guards.pace(card).per_second, guards.policy.batch_slots / seconds)


def expected_end(card: Card, begins: datetime, seconds: float) -> datetime:
    """Return when work of so many ``seconds`` ends that begins then and rests in the payer's maintenance windows."""
    at, left = begins, timedelta(seconds=seconds)
    while left > timedelta():
        back = back_at(card, at)
        if back is not None:
            at = back
            continue
        step = min(STEP, left)
        at, left = at + step, left - step
    return at.replace(microsecond=0)


async def check_roster(
    store: Store,
    batch_id: str,
    rows: Iterator[RosterRow | RefusedRow],
    tally: PreflightTally,
    now: Callable[[], datetime],
) -> Preflight:
    """Keep every row of a roster as an item of a batch, and what it came to with the batch.

    Raises what reading the roster raises, and ``ServiceRefusal``.
    """
    while items := await asyncio.to_thread(_read_some, rows, tally):
        await store.add_items(batch_id, items)
    preflight = tally.preflight(now())
    await store.end_check(batch_id, preflight.model_dump_json().encode())
    return preflight


def _read_some(rows: Iterator[RosterRow | RefusedRow], tally: PreflightTally) -> list[NewItem]:
    return [tally.item_of(row) for row in islice(rows, ROWS_AT_ONCE)]
