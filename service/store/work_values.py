"""What goes into the work list and what comes out of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from contracts import State
from service.store.rows import Fetched

MOST_COUNTED = 1_000
"""No view is counted further than this: more is shown as ``1000``."""


class WorkView(StrEnum):
    """The saved views of the work list."""

    CALL = "call"
    CORRECT = "correct"
    WAITING = "waiting"
    CHANGED = "changed"
    ENDING = "ending"
    MINE = "mine"
    ALL = "all"


WorkCounts = dict[WorkView, int]

Owner = Literal["me", "nobody"]


class WorkQuery(NamedTuple):
    """A page of a view: ``most`` rows after ``skip``, of verifications since the stamp ``since``.

    ``payer`` and ``owner`` narrow it. ``today`` says which month ends; ``caller_id`` is whose own ``mine`` is.
    """

    view: WorkView
    caller_id: str
    since: int
    today: date
    payer: str | None = None
    owner: Owner | None = None
    skip: int = 0
    most: int = 25


class WorkMark(NamedTuple):
    """Who works on a verification, and whether nothing is left to do."""

    verification_id: str
    assignee: str | None = None
    is_closed: bool = False


class WorkItem(NamedTuple):
    """A row of the work list, opened."""

    mark: WorkMark
    fetched: Fetched


class WorkChange(NamedTuple):
    """What becomes of the mark of a verification; ``verb`` is what the audit says."""

    verification_id: str
    verb: Literal["assigned", "released", "closed", "reopened"]
    assignee: str | None
    is_closed: bool = False


class LatelyAsked(NamedTuple):
    """A verification of the same member by the same payer."""

    verification_id: str
    asked_at: datetime
    state: State
