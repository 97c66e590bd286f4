"""Is the member that came back the member that was asked about?

One comparison serves the correlation check (a reply about somebody else is quarantined) and the answer's
``member_match``. Source: CAQH CORE 258 (last name normalisation), ``REFERENCE.md`` 10; ``ANSWER.md``
[H1] to [H4].
"""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from contracts.benefits import Benefits, Person
from contracts.card import Card
from contracts.letters import basic
from contracts.question import Inquiry, Member, Subscriber
from contracts.spelling import fits
from contracts.vocabulary import MemberMatch

_GENERATIONS = ("JR", "SR", "I", "II", "III", "IV", "V")
_AFFIXES = frozenset([*_GENERATIONS, "RN", "MD", "MR", "MS", "DR", "MRS", "PHD", "REV", "ESQ"])
_APART = re.compile(r"[\s,/]+")
_NOT_PLAIN = re.compile(r"[^A-Z0-9]")
_PRIOR_ID = "Q4"
"""REF01 of the id that was asked under, when NM109 holds a new one. Source: 005010X279A1, 2100C REF."""


def plain_name(name: str) -> str:
    """Return a name as CORE 258 compares it: upper case, without set-off titles and suffixes, letters and digits only.

    ``O'Donnell-Griswold Jr`` is ``ODONNELLGRISWOLD``. Accents are dropped, since X12's basic set has none.
    """
    if name.isascii() and name.isalnum():
        # One word, as most names are.
        return name.upper()
    words = _words(name)
    kept = [word for word in words if word not in _AFFIXES]
    return "".join(kept or words)


def _words(name: str) -> list[str]:
    words = (_NOT_PLAIN.sub("", word) for word in _APART.split(basic(name).upper()))
    return [word for word in words if word]


def plain_id(member_id: str) -> str:
    """Return a member id as we compare it: upper case, letters and digits only."""
    if member_id.isascii() and member_id.isalnum():
        return member_id.upper()
    return _NOT_PLAIN.sub("", basic(member_id).upper())


def plain_family_id(member_id: str, card: Card) -> str:
    """Return a member id as ``plain_id`` does, without the digits that name one person of a family, if it has them."""
    plain, suffix = plain_id(member_id), card.member_id_suffix
    return plain[:-suffix] if suffix and plain[-suffix:].isdigit() and fits(plain[:-suffix], card) else plain


class Compared(NamedTuple):
    """One field that was sent and echoed. ``declared`` is true when the payer says that it corrected this field."""

    field: str
    equal: bool
    declared: bool = False


class Comparison(NamedTuple):
    """How the echoed member compares: every field that was both sent and echoed, named as in the request's body.

    ``corrected`` is true when the payer names the id that we sent as a former one.
    """

    fields: tuple[Compared, ...] = ()
    corrected: bool = False

    @property
    def fields_compared(self) -> frozenset[str]:
        """The fields that were both sent and echoed."""
        return frozenset(one.field for one in self.fields)

    @property
    def differs(self) -> tuple[str, ...]:
        """The fields that differ, declared or not."""
        found = tuple(one.field for one in self.fields if not one.equal)
        return ("member_id",) if not found and self.corrected else found

    @property
    def match(self) -> MemberMatch:
        """The answer's word for it. The sign of a correction alone, beside equal fields, corrects nothing."""
        if self.differs:
            return MemberMatch.DIFFERS
        return MemberMatch.EXACT if self.fields else MemberMatch.NOT_ECHOED


class MatchStanding(StrEnum):
    """Whose reply the echoed fields make of it."""

    SAME_MEMBER = "same_member"
    OTHER_BIRTH_DATE = "other_birth_date"
    ANOTHER_MEMBER = "another_member"


def compare(inquiry: Inquiry, benefits: Benefits, card: Card) -> Comparison:
    """Compare every field that the payer echoed with what ``inquiry`` sent. Raises nothing."""
    echoed = benefits.patient
    if echoed is None:
        return Comparison()
    holder = benefits.subscriber if benefits.subscriber is not echoed else None
    carrier = echoed if echoed.member_id or holder is None else holder
    sent_id = plain_id((inquiry.subscriber.member_id if inquiry.subscriber else None) or inquiry.member.member_id or "")
    corrected = bool(sent_id) and any(
        reference.kind == _PRIOR_ID and plain_id(reference.value) == sent_id for reference in carrier.references
    )
    found = [
        *_member_id(sent_id, plain_id(carrier.member_id), card, declared=carrier.changed or corrected),
        *_person("", inquiry.member, echoed),
    ]
    if inquiry.subscriber is not None and holder is not None:
        found += _person("subscriber.", inquiry.subscriber, holder)
    return Comparison(tuple(found), corrected)


def _member_id(sent: str, got: str, card: Card, *, declared: bool) -> Iterator[Compared]:
    if not sent or not got:
        return
    suffix = card.member_id_suffix
    if suffix and sent != got and (sent[:-suffix] == got or got[:-suffix] == sent):
        # The card says that these digits name the person and may be dropped: it is the same id.
        yield Compared("member_id", equal=True)
        yield Compared("member_id_suffix", equal=False)
    else:
        yield Compared("member_id", sent == got, declared)


def _person(given: str, sent: Member | Subscriber, got: Person) -> Iterator[Compared]:
    born = sent.birth_date.isoformat().replace("-", "") if sent.birth_date else ""
    pairs = (
        ("last_name", plain_name(sent.last_name or ""), plain_name(got.last_name), got.changed),
        ("first_name", plain_name(sent.first_name or ""), plain_name(got.first_name), got.changed),
        (
            "suffix",
            _generation(sent.last_name or ""),
            _generation(f"{got.last_name} {got.suffix}".strip()),
            got.changed,
        ),
        # No declaration explains a birth date.
        ("birth_date", born, _day(got.birth_date), False),
    )
    for field, ours, theirs, declared in pairs:
        if ours and theirs:
            yield Compared(given + field, ours == theirs, declared)


def _generation(name: str) -> str:
    """``JR`` of ``Doe, Jr.``; ``""`` when the name has none, or is nothing else."""
    if name.isascii() and (name.isalnum() or not _APART.search(name.strip())):
        # One word, as most names are.
        return ""
    return next((word for word in _words(name)[1:] if word in _GENERATIONS), "")


def _day(text: str) -> str:
    """Return a birth date as CCYYMMDD; ``""`` when it is none."""
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        return ""
    try:
        date.fromisoformat(text)
    except ValueError:
        return ""
    return text


_DECISIVE = frozenset({"member_id", "last_name", "first_name", "birth_date"})
_NAMES_AND_ID = _DECISIVE - {"birth_date"}


def standing(comparison: Comparison, *, traced: bool) -> MatchStanding:
    """Whose reply it is; ``traced`` is true when it carries our trace. Source: ``ANSWER.md`` [H1] to [H4].

    A dependent's subscriber is judged as the dependent is, and the id is that of both.
    """
    if not comparison.differs:
        return MatchStanding.SAME_MEMBER
    both = [_standing(comparison, given, traced=traced) for given in ("", "subscriber.")]
    if MatchStanding.ANOTHER_MEMBER in both:
        return MatchStanding.ANOTHER_MEMBER
    if MatchStanding.OTHER_BIRTH_DATE in both:
        alone = sum(1 for field in comparison.differs if field.rpartition(".")[2] in _DECISIVE) == 1
        return MatchStanding.OTHER_BIRTH_DATE if alone else MatchStanding.ANOTHER_MEMBER
    return MatchStanding.SAME_MEMBER


def _standing(comparison: Comparison, given: str, *, traced: bool) -> MatchStanding:
    """Whose reply it is by the fields of one person, whose names begin with ``given``."""
    own = {one.field: one for one in comparison.fields if one.field == "member_id"}
    own |= {one.field.removeprefix(given): one for one in comparison.fields if one.field.startswith(given)}
    equal = {name for name, one in own.items() if one.equal and name in _DECISIVE}
    differs = {name for name, one in own.items() if not one.equal and name in _DECISIVE}
    if differs <= {"first_name"}:
        return MatchStanding.SAME_MEMBER
    if not traced:
        return MatchStanding.ANOTHER_MEMBER
    if differs == {"birth_date"}:
        return MatchStanding.OTHER_BIRTH_DATE
    if "birth_date" in differs:
        return MatchStanding.ANOTHER_MEMBER
    # What names them must come back equal, and not merely be left out; of a dependent's subscriber payers echo less.
    agrees = _DECISIVE - differs <= equal or (bool(given) and "member_id" in equal)
    if len(differs) == 1 and (agrees or (bool(given) and differs == {"member_id"})):
        return MatchStanding.SAME_MEMBER
    # A correction explains a new id and a new name. It never explains a whole other person, born on the same day.
    declared = all(own[name].declared for name in differs)
    anchored = "birth_date" in equal and bool(equal & _NAMES_AND_ID)
    return MatchStanding.SAME_MEMBER if declared and anchored else MatchStanding.ANOTHER_MEMBER
