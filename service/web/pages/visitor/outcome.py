"""What a visitor may read of a request, and when: the same for every adverse cause, released at fixed instants."""

from datetime import datetime
from enum import StrEnum

from contracts import Frozen
from service.guidance.visitor import VisitorAnswer
from service.web.services import Services


class OutcomeKind(StrEnum):
    """What the page of a request says. ``lets_talk`` is every adverse outcome, ``person_will_check`` none yet."""

    ASKING = "asking"
    LOOKS_GOOD = "looks_good"
    LETS_TALK = "lets_talk"
    PERSON_WILL_CHECK = "person_will_check"


class VisitorOutcome(Frozen):
    """What a visitor may read of a request.

    ``answer`` holds the words of each program; None while nothing is released, and where nobody was asked. ``code`` is
    the short reference that people can read aloud; by ``promised_by`` a person gets in touch.
    """

    kind: OutcomeKind
    code: str
    promised_by: datetime
    created_at: datetime
    answer: VisitorAnswer | None = None


async def look(services: Services, reference: str) -> VisitorOutcome | None:
    """Return the outcome of the request of ``reference``; None for an unknown reference, and one that has expired."""
    raise NotImplementedError
