"""The body of an eligibility check at Stedi. Source: ``PROTOCOLS.md`` 4.4.1."""

from collections.abc import Mapping

from contracts import Inquiry, Relationship
from payers.routes.shared.member_fields import PersonFields, patient_fields, provider_name, subscriber_fields

_RELATIONSHIPS = {Relationship.SPOUSE: "SPOUSE", Relationship.CHILD: "CHILD", Relationship.OTHER: "OTHER_ADULT"}


def write_body(inquiry: Inquiry) -> Mapping[str, object]:
    """Return the body of the request; ``write_json`` leaves the fields out that hold nothing.

    Raises ``MemberRejected`` or ``PayerRefused``, unsent, for a field that cannot be written.
    """
    holder = inquiry.subscriber
    own = _write_person(patient_fields(inquiry))
    dependent: Mapping[str, object] = {}
    if holder is not None:
        dependent = own | {"relationship": _RELATIONSHIPS[holder.relationship]}
        own = _write_person(subscriber_fields(inquiry, holder))
    return {
        "payerId": inquiry.payer_id,
        "provider": {"name": {"organization": provider_name(inquiry)}, "npi": inquiry.provider.npi},
        "subscriber": own,
        "dependent": dependent,
        "encounter": {
            "services": [{"value": code, "system": "STC"} for code in inquiry.service_types],
            "dates": {"service": {"start": inquiry.service_date.isoformat()}},
        },
    }


def _write_person(person: PersonFields) -> dict[str, object]:
    return {
        "memberId": person.member_id,
        "name": {"person": {"firstName": person.first_name, "lastName": person.last_name}},
        "dateOfBirth": person.birth_date.isoformat() if person.birth_date else "",
    }
