"""What the store keeps of visitors: their drafts, what they asked for, and how much may be asked about one identity."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from service.store.rows import Intended, Intent


class RequestState(StrEnum):
    """Where a visitor's request stands as work: nobody's, somebody's, or done."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"


class NotAsked(StrEnum):
    """Why no payer was asked for a visitor: the visitor chose so, a cap was reached, or it was not possible."""

    NOT_WANTED = "not_wanted"
    INCOMPLETE = "incomplete"
    CONSENT = "consent"
    CAP_OF_IDENTITY = "cap_of_identity"
    CAP_OF_DAY = "cap_of_day"
    OVERLOADED = "overloaded"


class Caps(NamedTuple):
    """How many inquiries may be made on ``day``: about one identity, by all visitors, and by those without a proof.

    ``identities`` say whom an inquiry is about, each in one way: what is counted is a blind index of it.
    """

    day: date
    identities: tuple[str, ...]
    of_identity: int
    of_day: int
    without_proof: int | None = None
    """The cap on those without a proof of work; None for an inquiry that brought one."""

    def __repr__(self) -> str:
        """Show nothing of the identity."""
        return f"Caps(day={self.day.isoformat()!r})"


class Submission(NamedTuple):
    """A draft on its way to become a request. ``content`` is JSON that the store does not read: contact and details.

    ``intent`` is the question, with its ``caps``; None when no payer is to be asked, for the reason ``not_asked``.
    """

    reference: str
    content: bytes
    promised_by: datetime
    intent: Intent | None = None
    caps: Caps | None = None
    not_asked: NotAsked | None = None

    def __repr__(self) -> str:
        """Show nothing of the visitor."""
        return f"Submission(not_asked={self.not_asked!r})"


class Submitted(NamedTuple):
    """What a submission became. ``intended`` is None when no payer was asked, and for a draft that was sent before."""

    request_id: str
    is_new: bool
    intended: Intended | None = None
    not_asked: NotAsked | None = None


class RequestRow(NamedTuple):
    """A visitor's request, opened. ``assignee`` is the id of a person of the staff; ``code`` is for reading aloud."""

    id: str
    code: str
    state: RequestState
    created_at: datetime
    promised_by: datetime
    content: bytes
    verification_id: str | None
    not_asked: NotAsked | None
    assignee: str | None
    closed_at: datetime | None

    def __repr__(self) -> str:
        """Show nothing of the visitor."""
        return f"RequestRow(id={self.id!r}, state={self.state.value!r})"


class RequestChange(NamedTuple):
    """A change of a request as work: its verb, the states that it may be changed from, and the state that it gets."""

    verb: str
    allowed: tuple[RequestState, ...]
    to: RequestState


CLAIM = RequestChange("claimed", (RequestState.OPEN,), RequestState.CLAIMED)
ASSIGN = RequestChange("assigned", (RequestState.OPEN, RequestState.CLAIMED), RequestState.CLAIMED)
RELEASE = RequestChange("released", (RequestState.CLAIMED,), RequestState.OPEN)
CLOSE = RequestChange("closed", (RequestState.OPEN, RequestState.CLAIMED), RequestState.DONE)
REOPEN = RequestChange("reopened", (RequestState.DONE,), RequestState.OPEN)
