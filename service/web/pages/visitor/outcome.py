"""What a visitor may read of a request, and when: the same for every adverse cause, released at fixed instants.

A good outcome is released at the first of ``RELEASED_AT`` by which it was known, everything else at the last: so a
payer that does not know a member, one that is down, and a cap that was reached are one page at one time. What is known
later than that is for the staff, who get in touch. Source: ``ANSWER.md`` 5, ``RELIABILITY.md`` 6.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from contracts import Frozen, State
from service.guidance.visitor import VisitorAnswer, VisitorWord, nothing_confirmed, visitor_answer_of
from service.store.visitor_requests import VISITOR
from service.store.visitor_values import NotAsked, RequestRow
from service.web.fixed_instants import FixedInstants
from service.web.pages.visitor.draft import VisitorDraft
from service.web.services import Services

RELEASED_AT = (4.0, 8.0)
"""Seconds after a request was made at which its outcome may be read."""

LOOKED_AT = 0.2
"""Seconds after which each look is answered, whatever there was to read."""

SHOWN_FOR = timedelta(hours=2)
"""How long an outcome is shown; then its reference is as unknown as one that never was."""

PAGE_BYTES = 16_384
"""The page of an outcome is padded to a multiple of so many bytes."""

VISITOR_KNOWS = frozenset({NotAsked.NOT_WANTED, NotAsked.INCOMPLETE, NotAsked.CONSENT})
"""Why nobody was asked, where it follows from what the visitor typed alone: there is nothing to wait for."""

_REFERENCE = re.compile("[A-Z2-7]{26}")


class OutcomeKind(StrEnum):
    """What the page of a request says.

    ``lets_talk`` is every outcome that is not good: each program reads *could not confirm* whatever the cause, or
    *let's talk* where the payer's reply matched all that was typed and leaves the program open.
    """

    ASKING = "asking"
    LOOKS_GOOD = "looks_good"
    LETS_TALK = "lets_talk"
    PERSON_WILL_CHECK = "person_will_check"


class VisitorOutcome(Frozen):
    """What a visitor may read of a request.

    ``answer`` holds the words of each program; None while nothing is released, and where nobody is asked online.
    ``code`` is the short reference that people can read aloud; by ``promised_by`` a person gets in touch. Most answers
    of the insurer that is being asked come ``within`` so many seconds.
    """

    kind: OutcomeKind
    code: str
    promised_by: datetime
    created_at: datetime
    answer: VisitorAnswer | None = None
    within: float | None = None


async def look(services: Services, reference: str) -> VisitorOutcome | None:
    """Return the outcome of the request of ``reference``; None for an unknown reference, and one that has expired."""
    instants = FixedInstants(LOOKED_AT)
    found = await _find(services, reference)
    await instants.wait()
    return found


async def _find(services: Services, reference: str) -> VisitorOutcome | None:
    if not _REFERENCE.fullmatch(reference):
        return None
    row, now = await services.store.request_of(reference), services.guards.clocks.now()
    if row is None or now >= row.created_at + SHOWN_FOR:
        return None
    kind, answer = await _outcome_of(services, row, now)
    return VisitorOutcome(
        kind=kind,
        code=row.code,
        promised_by=row.promised_by,
        created_at=row.created_at,
        answer=answer,
        within=_seconds_of_most(services, row) if kind is OutcomeKind.ASKING else None,
    )


def _seconds_of_most(services: Services, row: RequestRow) -> float | None:
    """Return the seconds within which most answers come of the insurer that was chosen, whatever became of this one."""
    payer = VisitorDraft.model_validate_json(row.content).payer
    if payer is None or payer not in services.directory:
        return None
    return services.guards.seconds_of_most(services.directory.adapter(payer).card)


async def _outcome_of(services: Services, row: RequestRow, now: datetime) -> tuple[OutcomeKind, VisitorAnswer | None]:
    if services.public.mode == "receipt" or row.not_asked in VISITOR_KNOWS:
        return OutcomeKind.PERSON_WILL_CHECK, None
    passed = [at for at in _instants(row) if at <= now]
    if not passed:
        return OutcomeKind.ASKING, None
    answer = await _answer_by(services, row, passed[-1])
    words = set[VisitorWord]() if answer is None else {one.word for one in answer.programs}
    if VisitorWord.LOOKS_GOOD in words:
        return OutcomeKind.LOOKS_GOOD, answer
    if len(passed) < len(RELEASED_AT):
        return OutcomeKind.ASKING, None
    is_friendly = VisitorWord.LETS_TALK in words
    return OutcomeKind.LETS_TALK, answer if is_friendly else nothing_confirmed(services.public.phone)


def _instants(row: RequestRow) -> list[datetime]:
    return [row.created_at + timedelta(seconds=seconds) for seconds in RELEASED_AT]


async def _answer_by(services: Services, row: RequestRow, instant: datetime) -> VisitorAnswer | None:
    """Return what may be read of the answer that was final at ``instant``; None when there was none."""
    if row.verification_id is None:
        return None
    fetched = await services.store.fetch(row.verification_id, VISITOR)
    if fetched is None or fetched.job.answer is None or fetched.job.state is not State.FINAL:
        return None
    if fetched.job.settled_at is None or fetched.job.settled_at > instant:
        return None
    return visitor_answer_of(fetched.job.answer, services.public.phone)
