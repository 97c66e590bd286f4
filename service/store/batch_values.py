"""What the store keeps of a batch: its words, what a row of a roster says, and the rows as they come out."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from contracts import Answer, Confidential, CoverageStatus, Frozen, ProblemCode, Question


class BatchState(StrEnum):
    """Where a batch stands. ``checking`` is its preflight, ``ready`` waits for somebody to start it."""

    CHECKING = "checking"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    """Where an item stands: one row of a roster.

    ``refused`` rows can't be asked; a ``duplicate`` has the answer of an earlier row. ``waiting`` items have not been
    asked, those that are ``asking`` have a verification that is pending. The rest is the outcome: ``answered`` when the
    payer's reply was usable, whatever it says, ``could_not_check`` when none was, ``cancelled`` when nobody wanted it
    any more.
    """

    REFUSED = "refused"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    ASKING = "asking"
    ANSWERED = "answered"
    COULD_NOT_CHECK = "could_not_check"
    CANCELLED = "cancelled"


class RowFault(Frozen):
    """What is wrong with a row, or odd about it: the column as the file calls it, a code, and how to mend it.

    It holds no value of the row.
    """

    column: str
    code: str
    mend: str


RECORD_BROKEN = "record_broken"
"""The reason of an item whose record does not open any more, or was written by somebody without the key."""

BROKEN_RECORD = RowFault(
    column="row", code=RECORD_BROKEN, mend="ask about this row in a new batch; its record here can't be trusted"
)


class ItemContent(Confidential):
    """What a row of a roster says, as it is kept, sealed: its question, or the faults for which it is refused.

    ``faults`` of a row with a question are warnings. ``reference`` is the caller's own id of a refused row.
    ``keeps_purpose`` says that the row names no purpose: the member's last one stays.
    """

    question: Question | None = None
    faults: tuple[RowFault, ...] = ()
    reference: str | None = None
    keeps_purpose: bool = False


class NewItem(NamedTuple):
    """A row of a roster on its way into the store. ``duplicate_of`` is the number of an earlier, same row."""

    number: int
    content: ItemContent
    duplicate_of: int | None = None

    @property
    def state(self) -> ItemState:
        """The state in which it begins."""
        if self.content.question is None:
            return ItemState.REFUSED
        return ItemState.WAITING if self.duplicate_of is None else ItemState.DUPLICATE


class Outcome(NamedTuple):
    """How an item ended, and why it could not be checked: the code of a problem."""

    state: ItemState
    reason: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Outcome":
        """Return the outcome of an item whose verification has the final ``answer``."""
        if answer.coverage.status is not CoverageStatus.COULD_NOT_CHECK:
            return cls(ItemState.ANSWERED)
        codes = [problem.code.value for problem in answer.problems]
        return cls(ItemState.COULD_NOT_CHECK, codes[0] if codes else ProblemCode.PAYER_SILENT.value)


class BatchRow(NamedTuple):
    """A batch. ``preflight`` is JSON that the store does not read; None while the roster is being read."""

    id: str
    caller_id: str
    state: BatchState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    preflight: bytes | None


class ItemRow(NamedTuple):
    """One row of a batch, opened."""

    number: int
    payer: str
    state: ItemState
    content: ItemContent
    duplicate_of: int | None
    verification_id: str | None
    job_id: str | None
    reason: str | None
    settled_at: datetime | None

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"ItemRow(number={self.number}, state={self.state.value!r})"


ItemCounts = Mapping[tuple[str, ItemState], int]
"""How many items of a batch are in each state, by payer and state."""
