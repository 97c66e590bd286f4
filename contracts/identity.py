"""Is the member that came back the member that was asked about?

One comparison serves the correlation gate (a crossing is quarantined) and the answer's ``member_match``.
Source: CAQH CORE 258 (last name normalisation), ``x12-reference.md`` section 10; the answer's section 6.
"""

import re
import unicodedata
from typing import NamedTuple, Protocol

from contracts.benefits import Benefits
from contracts.card import Card
from contracts.question import Inquiry
from contracts.vocabulary import MemberMatch

_AFFIXES = frozenset(
    ["JR", "SR", "I", "II", "III", "IV", "V", "RN", "MD", "MR", "MS", "DR", "MRS", "PHD", "REV", "ESQ"]
)
_APART = re.compile(r"[\s,/]+")
_NOT_PLAIN = re.compile(r"[^A-Z0-9]")


def plain_name(name: str) -> str:
    """A name as CORE 258 compares it: upper case, without set-off titles and suffixes, letters and digits only.

    ``O'Donnell-Griswold Jr`` is ``ODONNELLGRISWOLD``. Accents are dropped, since X12's basic set has none.
    """
    flat = unicodedata.normalize("NFKD", name).upper()
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    words = [_NOT_PLAIN.sub("", word) for word in _APART.split(flat)]
    kept = [word for word in words if word and word not in _AFFIXES]
    return "".join(kept or words)


def plain_id(member_id: str) -> str:
    """A member id as we compare it: upper case, letters and digits only."""
    return _NOT_PLAIN.sub("", member_id.upper())


class _Judge(Protocol):
    def __call__(self, field: str, sent: str | None, got: str, *, decisive: bool) -> None: ...


class Comparison(NamedTuple):
    """How the echoed member compares. ``crossed`` names the fields that cannot be the same person's."""

    match: MemberMatch
    crossed: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()


def compare(inquiry: Inquiry, benefits: Benefits, card: Card) -> Comparison:
    """Compare every field that the payer echoed with what ``inquiry`` sent.

    Birth date, last name or member id that differ undeclared are a crossing. A first name that differs, or any field
    that the payer declares corrected (INS03 001 with INS04 25), is ``differs``. Raises nothing.
    """
    echoed = benefits.patient
    if echoed is None:
        return Comparison(MemberMatch.NOT_ECHOED)
    declared = echoed.changed
    crossed: list[str] = []
    differs: list[str] = []
    compared: list[str] = []

    def judge(field: str, sent: str | None, got: str, *, decisive: bool) -> None:
        if not sent or not got:
            return
        compared.append(field)
        if sent == got:
            return
        (crossed if decisive and not declared else differs).append(field)

    member, subscriber = inquiry.member, inquiry.subscriber
    judge("last_name", plain_name(member.last_name or ""), plain_name(echoed.last_name), decisive=True)
    judge("first_name", plain_name(member.first_name or ""), plain_name(echoed.first_name), decisive=False)
    born = member.birth_date.strftime("%Y%m%d") if member.birth_date else None
    judge("birth_date", born, echoed.birth_date, decisive=True)
    _judge_member_id(inquiry, benefits, card, judge)
    holder = benefits.subscriber
    if subscriber is not None and holder is not None and holder is not echoed:
        held = subscriber.birth_date.strftime("%Y%m%d") if subscriber.birth_date else None
        judge(
            "subscriber.last_name",
            plain_name(subscriber.last_name or ""),
            plain_name(holder.last_name),
            decisive=True,
        )
        judge("subscriber.birth_date", held, holder.birth_date, decisive=True)
    if crossed:
        return Comparison(MemberMatch.DIFFERS, tuple(crossed), tuple(differs), tuple(compared))
    if not compared:
        return Comparison(MemberMatch.NOT_ECHOED)
    # The sign of a correction alone, beside fields that are all equal, corrects nothing: payers set it as a habit.
    match = MemberMatch.DIFFERS if differs else MemberMatch.EXACT
    return Comparison(match, (), tuple(differs), tuple(compared))


def _judge_member_id(inquiry: Inquiry, benefits: Benefits, card: Card, judge: _Judge) -> None:
    sent = plain_id((inquiry.subscriber.member_id if inquiry.subscriber else None) or inquiry.member.member_id or "")
    echoed = benefits.patient
    got = plain_id(
        (echoed.member_id if echoed else "") or (benefits.subscriber.member_id if benefits.subscriber else "")
    )
    suffix = card.member_id_suffix
    if suffix and sent != got and (sent[:-suffix] == got or got[:-suffix] == sent):
        judge("member_id_suffix", sent, got, decisive=False)
        return
    judge("member_id", sent, got, decisive=True)
