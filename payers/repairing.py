"""The repair ladder: the same member's details put differently, when the payer says that they are wrong.

What a card allows is tried in its order, two inquiries at most, and only after a reply: never after silence, since
nobody knows then what was wrong. Source: ``PROTOCOLS.md`` 3.1, 3.3, 3.7; ``REFERENCE.md`` 7 and 10 (CORE 258).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from contracts import Card, Question, Relationship, Repair, Subscriber, fits, plain_name

MOST = 2
"""Further inquiries at most."""

_NEEDS: Mapping[Repair, frozenset[str]] = {
    Repair.WITHOUT_SUFFIX: frozenset({"member_id"}),
    Repair.WITH_SUFFIX: frozenset({"member_id"}),
    Repair.PLAIN_NAME: frozenset({"last_name"}),
    Repair.AS_SUBSCRIBER: frozenset({"last_name"}),
    Repair.AS_DEPENDENT: frozenset({"last_name"}),
    Repair.OTHER_NPI: frozenset({"member_id", "last_name"}),
}
"""The fields that the payer must have called wrong for a repair to be worth its price."""


def repairs(question: Question, card: Card, wrong: Collection[str]) -> Iterator[tuple[Repair, Question]]:
    """Return the question put differently, most promising first; ``wrong`` are the fields that the payer named."""
    found = (
        (repair, mended)
        for repair in card.repairs
        if _NEEDS[repair] <= set(wrong) and (mended := _WAYS[repair](question, card)) is not None
    )
    return islice(found, MOST)


def _with_id(question: Question, member_id: str) -> Question:
    """``question`` under another member id, wherever the id stands."""
    if question.subscriber is not None and question.subscriber.member_id:
        holder = question.subscriber.model_copy(update={"member_id": member_id})
        return question.model_copy(update={"subscriber": holder})
    return question.model_copy(update={"member": question.member.model_copy(update={"member_id": member_id})})


def _id_of(question: Question) -> str:
    holder = question.subscriber
    return (holder.member_id if holder is not None else None) or question.member.member_id or ""


def _without_suffix(question: Question, card: Card) -> Question | None:
    given = _id_of(question).replace(" ", "")
    shorter = given[: -card.member_id_suffix].rstrip("-") if card.member_id_suffix else ""
    if not (given[-card.member_id_suffix :].isdigit() and fits(shorter, card)):
        return None
    return _with_id(question, shorter)


def _with_suffix(question: Question, card: Card) -> Question | None:
    longer = _id_of(question).replace(" ", "") + (card.holder_suffix or "")
    if card.holder_suffix is None or question.subscriber is not None or not fits(longer, card):
        return None
    return _with_id(question, longer)


def _plain_name(question: Question, _: Card) -> Question | None:
    given = question.member.last_name or ""
    plain = plain_name(given)
    if not plain or plain == given.upper():
        return None
    return question.model_copy(update={"member": question.member.model_copy(update={"last_name": plain})})


def _as_subscriber(question: Question, _: Card) -> Question | None:
    if question.subscriber is None:
        return None
    member = question.member.model_copy(update={"member_id": question.member.member_id or _id_of(question) or None})
    return question.model_copy(update={"member": member, "subscriber": None})


def _as_dependent(question: Question, _: Card) -> Question | None:
    """Of a holder of whom nothing is known but the id and, as in most families, the last name."""
    member = question.member
    if question.subscriber is not None or not member.member_id:
        return None
    holder = Subscriber(last_name=member.last_name, member_id=member.member_id, relationship=Relationship.OTHER)
    patient = member.model_copy(update={"member_id": None})
    return question.model_copy(update={"member": patient, "subscriber": holder})


def _other_npi(question: Question, _: Card) -> Question | None:
    provider = question.provider
    if provider.other_npi is None or provider.other_npi == provider.npi:
        return None
    turned = provider.model_copy(update={"npi": provider.other_npi, "other_npi": provider.npi})
    return question.model_copy(update={"provider": turned})


_WAYS: Mapping[Repair, Callable[[Question, Card], Question | None]] = {
    Repair.WITHOUT_SUFFIX: _without_suffix,
    Repair.WITH_SUFFIX: _with_suffix,
    Repair.PLAIN_NAME: _plain_name,
    Repair.AS_SUBSCRIBER: _as_subscriber,
    Repair.AS_DEPENDENT: _as_dependent,
    Repair.OTHER_NPI: _other_npi,
}
