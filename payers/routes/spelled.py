"""An inquiry's fields as a JSON gateway takes them, checked before anything is sent.

A gateway writes our JSON as X12, so the letters, signs and lengths are those of a 270. A field that cannot be written
is named, and never shown. Source: ``PROTOCOLS.md`` 4.3.2 (S7), ``REFERENCE.md`` 2.
"""

import re
from typing import NamedTuple

from contracts import Inquiry, Member, MemberRejected, PayerRefused, Subscriber, basic

_SIGNS = frozenset("*:^~|>")
_MEMBER_ID = re.compile(r"[A-Za-z0-9-]{2,80}")
_BLANK = re.compile(r"\s+")


class Spelled(NamedTuple):
    """A person's fields as text; ``""`` where the inquiry has none."""

    last_name: str
    first_name: str
    member_id: str
    group_number: str


def patient_of(inquiry: Inquiry) -> Spelled:
    """The patient. Raises ``MemberRejected``, unsent, for a field that cannot be written."""
    member = inquiry.member
    return _person(member, "", member.member_id if inquiry.subscriber is None else None, member.group_number)


def holder_of(inquiry: Inquiry, holder: Subscriber) -> Spelled:
    """The person who holds the insurance, by the member id of either. Raises ``MemberRejected``, unsent."""
    if holder.member_id:
        return _person(holder, "subscriber.", holder.member_id, None)
    return _person(holder, "subscriber.", None, None)._replace(member_id=_member_id(inquiry.member.member_id, ""))


def provider_name(inquiry: Inquiry) -> str:
    """The asking provider's name. Raises ``PayerRefused``, unsent, when it cannot be written."""
    plain = basic(inquiry.provider.name).strip()
    if not plain or not _is_plain(plain) or len(plain) > 60:
        refused = PayerRefused("unwritable:provider")
        refused.sent = False
        raise refused
    return plain


def _person(person: Member | Subscriber, given: str, member_id: str | None, group_number: str | None) -> Spelled:
    return Spelled(
        last_name=_text(person.last_name, f"{given}last_name", 60),
        first_name=_text(person.first_name, f"{given}first_name", 35),
        member_id=_member_id(member_id, given),
        group_number=_text(group_number, "group_number", 50),
    )


def _text(value: str | None, field: str, longest: int) -> str:
    plain = basic(value or "").strip().upper()
    if not _is_plain(plain) or len(plain) > longest or (value and not plain):
        raise _unwritable(field)
    return plain


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and _SIGNS.isdisjoint(text)


def _member_id(value: str | None, given: str) -> str:
    """A member id without blanks; a card shows them, and no gateway takes them."""
    plain = _BLANK.sub("", value or "")
    if plain and not _MEMBER_ID.fullmatch(plain):
        raise _unwritable(f"{given}member_id")
    return plain


def _unwritable(field: str) -> MemberRejected:
    refused = MemberRejected(f"unwritable:{field}", fields=(field,))
    refused.sent = False
    return refused
