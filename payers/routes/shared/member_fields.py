"""The fields of an inquiry as a gateway takes them, checked before anything is sent.

A gateway writes our request as X12, so the letters, signs and lengths are those of a 270. The error for a field that
cannot be written names the field and never shows its value. Source: ``PROTOCOLS.md`` 4.3.2 (S7), ``REFERENCE.md`` 2.
"""

import re
from datetime import date
from typing import NamedTuple

from contracts import Inquiry, Member, MemberRejected, PayerRefused, Subscriber, basic
from payers.routes.shared.failures import mark_unsent

_SIGNS = frozenset("*:^~|>")
_MEMBER_ID = re.compile(r"[A-Za-z0-9-]{2,80}")
_BLANK = re.compile(r"\s+")
_OF_THE_MEMBER = frozenset(Member.model_fields) | {f"subscriber.{name}" for name in Subscriber.model_fields}


def unwritable(field: str) -> MemberRejected | PayerRefused:
    """Return the error for a field that cannot be written; nothing was sent.

    ``MemberRejected`` for a field of the member or the subscriber, which the caller can correct; else ``PayerRefused``.
    """
    if field in _OF_THE_MEMBER:
        return mark_unsent(MemberRejected(f"unwritable:{field}", fields=(field,)))
    return mark_unsent(PayerRefused(f"unwritable:{field}"))


class PersonFields(NamedTuple):
    """A person's fields as text, ``""`` where the inquiry has none, and the birth date."""

    last_name: str
    first_name: str
    member_id: str
    group_number: str
    birth_date: date | None


def patient_fields(inquiry: Inquiry) -> PersonFields:
    """Return the patient's fields. Raises ``MemberRejected``, unsent, for a field that cannot be written."""
    member = inquiry.member
    return _person(member, "", member.member_id if inquiry.subscriber is None else None, member.group_number)


def subscriber_fields(inquiry: Inquiry, holder: Subscriber) -> PersonFields:
    """Return the fields of the person who holds the insurance, under the member id of either.

    Raises ``MemberRejected``, unsent, for a field that cannot be written.
    """
    if holder.member_id:
        return _person(holder, "subscriber.", holder.member_id, None)
    return _person(holder, "subscriber.", None, None)._replace(member_id=_member_id(inquiry.member.member_id, ""))


def provider_name(inquiry: Inquiry) -> str:
    """Return the asking provider's name. Raises ``PayerRefused``, unsent, when it cannot be written."""
    plain = basic(inquiry.provider.name).strip()
    if not plain or not _is_plain(plain) or len(plain) > 60:
        raise unwritable("provider")
    return plain


def _person(person: Member | Subscriber, prefix: str, member_id: str | None, group_number: str | None) -> PersonFields:
    return PersonFields(
        last_name=_text(person.last_name, f"{prefix}last_name", 60),
        first_name=_text(person.first_name, f"{prefix}first_name", 35),
        member_id=_member_id(member_id, prefix),
        group_number=_text(group_number, "group_number", 50),
        birth_date=person.birth_date,
    )


def _text(value: str | None, field: str, longest: int) -> str:
    plain = basic(value or "").strip().upper()
    if not _is_plain(plain) or len(plain) > longest or (value and not plain):
        raise unwritable(field)
    return plain


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and _SIGNS.isdisjoint(text)


def _member_id(value: str | None, prefix: str) -> str:
    """Return a member id without blanks; a card shows them, and no gateway takes them."""
    plain = _BLANK.sub("", value or "")
    if plain and not _MEMBER_ID.fullmatch(plain):
        raise unwritable(f"{prefix}member_id")
    return plain
