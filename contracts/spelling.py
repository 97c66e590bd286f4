"""How a question is written before anybody compares it, stores it or sends it: one form of each name and id.

People copy ids from cards and lists, in groups and with dashes: ``W 9000 00101`` and ``W9000-00101`` are the id
``W900000101``. What an id of a payer looks like is data on its card. Nothing is guessed: an id that fits no pattern
keeps its signs, and a letter that stands where a digit belongs is pointed out and never mended, since another id is
another member's. Source: ``PROTOCOLS.md`` 3.7.
"""

import re
from typing import TypeVar

from contracts.card import Card
from contracts.facts import Finding
from contracts.letters import tidy
from contracts.question import Question
from contracts.vocabulary import FindingCode, Frozen

Value = TypeVar("Value", bound=Frozen)

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def spell(question: Question, card: Card) -> Question:
    """``question`` with its names and ids in their one form. Spelling it again changes nothing."""
    member, subscriber = question.member, question.subscriber
    if subscriber is not None:
        subscriber = _put(
            subscriber,
            first_name=_name(subscriber.first_name),
            last_name=_name(subscriber.last_name),
            member_id=spell_member_id(subscriber.member_id, card),
        )
    member = _put(
        member,
        first_name=_name(member.first_name),
        last_name=_name(member.last_name),
        member_id=spell_member_id(member.member_id, card),
        group_number=_capitals(member.group_number) or None,
    )
    return _put(question, member=member, subscriber=subscriber)


def _put(value: Value, **fields: object) -> Value:
    """Return ``value`` with ``fields``; itself when it has them already, since a copy costs a row's reading."""
    if all(getattr(value, name) == field for name, field in fields.items()):
        return value
    return value.model_copy(update=fields)


def _name(value: str | None) -> str | None:
    return tidy(value or "") or None


def _capitals(value: str | None) -> str:
    return tidy(tidy(value or "").upper())


def spell_member_id(value: str | None, card: Card) -> str | None:
    """Return an id in its one form at the payer of ``card``; None for none."""
    plain = _capitals("".join(tidy(value or "").split()))
    compact = plain.translate(str.maketrans("", "", card.member_id.separators if card.member_id else ""))
    return (compact if fits(compact, card) else plain) or None


def fits(member_id: str, card: Card) -> bool:
    """Return whether ``member_id`` looks as this payer's ids do; false where the card says nothing of them."""
    return card.member_id is not None and re.fullmatch(card.member_id.pattern, member_id.upper()) is not None


DOUBTED = ("member_id", "subscriber.member_id")
"""The fields that a doubt may be about."""


def doubts(question: Question, card: Card) -> tuple[Finding, ...]:
    """Return what the caller should look at in a question that was spelled: ids that are not as this payer's are.

    ``detail`` is the field's name, and what is odd about it.
    """
    holder = question.subscriber
    ids = zip(DOUBTED, (question.member.member_id, None if holder is None else holder.member_id), strict=True)
    return tuple(
        Finding(code=FindingCode.MALFORMED_VALUE, detail=f"{field}: {_why(member_id, card)}")
        for field, member_id in ids
        if member_id and card.member_id is not None and not fits(member_id, card)
    )


def read_doubt(finding: Finding) -> tuple[str, str] | None:
    """Return the field and what is odd about it, where ``finding`` is a doubt about the question; else None."""
    field, _, why = finding.detail.partition(": ")
    of_no_reply = finding.segment is None and finding.path is None
    found = of_no_reply and finding.code is FindingCode.MALFORMED_VALUE and field in DOUBTED
    return (field, why) if found else None


def _why(member_id: str, card: Card) -> str:
    first, rest = member_id[:1], member_id[1:].translate(_LOOK_ALIKES)
    guesses = (first + rest, (first + rest).translate(_LOOK_ALIKES))
    if any(fits(guess, card) for guess in guesses):
        return "a letter stands where a digit belongs"
    return "not as this payer's ids are"
