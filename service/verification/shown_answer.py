"""What a caller is shown: the answer of a job as that of one verification."""

from datetime import datetime
from typing import NamedTuple

from contracts import Answer, Card, Deadline, MemberMatch, Question, State, Timing, answer_without_reply, doubts
from service.plugins.loading import Directory


class About(NamedTuple):
    """What an answer is shown for: a question and its id, the payer's card, and the instant of a first, empty view.

    ``card`` is None when the payer is not installed any more: it has left answers. ``until`` is the end of the life of
    the question.
    """

    question: Question
    verification_id: str
    card: Card | None
    as_of: datetime
    until: datetime


class Looked(NamedTuple):
    """The answer of an earlier verification, and what it is shown for."""

    answer: Answer
    about: About


def card_of(question: Question, directory: Directory) -> Card | None:
    """The card of the payer that was asked; None when it is not installed any more."""
    return directory.adapter(question.payer).card if question.payer in directory else None


def view(answer: Answer | None, about: About, deadline: Deadline) -> Answer:
    """A job's answer as that of one verification; before anything is known of it, a pending one.

    What is to be checked in the question stands there too, also while the payer is still being asked, until the payer
    has found the member by it.
    """
    question, card = about.question, about.card
    if answer is None:
        answer = answer_without_reply(
            payer=question.payer,
            service_date=question.service_date,
            as_of=about.as_of,
            problems=(),
            state=State.PENDING,
            phone=None if card is None else card.phone,
        )
    timing = Timing(
        budget_ms=round(deadline.budget * 1000),
        elapsed_ms=round(deadline.seconds_spent() * 1000),
        exchanges=answer.timing.exchanges if answer.timing else (),
    )
    shown: dict[str, object] = {
        "verification_id": about.verification_id,
        "reference": question.reference,
        "timing": timing,
    }
    if answer.state is State.PENDING:
        shown["asked_until"] = answer.asked_until or about.until
    if card is not None and answer.member_match is not MemberMatch.EXACT:
        shown["findings"] = tuple(dict.fromkeys((*doubts(question, card), *answer.findings)))
    return answer.model_copy(update=shown)
