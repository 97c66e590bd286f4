"""The form that asks for a coverage. Source: ``PROTOCOLS.md`` 4.2.3."""

import re
from collections.abc import Mapping

from contracts import Inquiry, basic
from payers.routes.shared.member_fields import unwritable
from payers.x12 import RELATIONSHIP_CODES

_SELF = "18"
_MEMBER_ID = re.compile(r"[A-Z0-9-]{2,80}")
_GROUP = re.compile(r"[A-Z0-9./_-]{1,50}")
_DROPPED = re.compile(r"['.`]")
_APART = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST_NAME = 60

Form = Mapping[str, str | list[str]]
"""The fields of a form by name; ``serviceType`` is repeated for each of its values."""


def write_form(inquiry: Inquiry) -> Form:
    """Return the form of an inquiry; a dependent is the patient, under the subscriber's member id.

    Raises ``MemberRejected`` or ``PayerRefused``, naming the field and never its value; nothing was sent then.
    """
    member, holder = inquiry.member, inquiry.subscriber
    held = holder.member_id if holder else None
    id_field = "subscriber.member_id" if held else "member_id"
    fields: dict[str, str | list[str]] = {
        "payerId": inquiry.payer_id,
        "providerLastName": _name(inquiry.provider.name, "provider"),
        "providerNpi": inquiry.provider.npi,
        "providerTaxId": inquiry.provider.tax_id or "",
        "memberId": _id(held or member.member_id or "", id_field, _MEMBER_ID),
        "groupNumber": _id(member.group_number or "", "group_number", _GROUP),
        "patientLastName": _name(member.last_name or "", "last_name"),
        "patientFirstName": _name(member.first_name or "", "first_name"),
        "patientBirthDate": member.birth_date.isoformat() if member.birth_date else "",
        "subscriberRelationship": _SELF if holder is None else RELATIONSHIP_CODES[holder.relationship],
        "asOfDate": inquiry.service_date.isoformat(),
        "serviceType": list(inquiry.service_types),
    }
    return {field: value for field, value in fields.items() if value}


def _name(value: str, field: str) -> str:
    """Return ``value`` without the signs that Availity's allow-list turns away ("inbound injection")."""
    letters = basic(value).strip()
    plain = _APART.sub(" ", _DROPPED.sub("", letters)).strip().upper()
    if not letters.isascii() or (value and not plain) or len(plain) > _LONGEST_NAME:
        raise unwritable(field)
    return plain


def _id(value: str, field: str, form: re.Pattern[str]) -> str:
    """Return an id without its spaces. One that does not fit is refused: a corrected id would be another member's."""
    plain = "".join(value.split()).upper()
    if plain and not form.fullmatch(plain):
        raise unwritable(field)
    return plain
