"""The body of an inquiry to Medical Network Eligibility v3. Source: ``PROTOCOLS.md`` 4.3.2."""

from collections.abc import Mapping

from contracts import AttemptNumbers, Inquiry
from payers.routes.shared.member_fields import PersonFields, patient_fields, provider_name, subscriber_fields
from payers.x12 import RELATIONSHIP_CODES


def write_body(inquiry: Inquiry, numbers: AttemptNumbers) -> Mapping[str, object]:
    """Return the body of the request; ``write_json`` leaves the fields out that hold nothing.

    Raises ``MemberRejected`` or ``PayerRefused``, unsent, for a field that cannot be written.
    """
    holder = inquiry.subscriber
    own = _write_person(patient_fields(inquiry))
    dependents: list[Mapping[str, object]] = []
    if holder is not None:
        dependents = [{"individualRelationshipCode": RELATIONSHIP_CODES[holder.relationship], **own}]
        own = _write_person(subscriber_fields(inquiry, holder))
    return {
        "controlNumber": numbers.interchange,
        "submitterTransactionIdentifier": numbers.transaction,
        "tradingPartnerServiceId": inquiry.payer_id,
        "provider": {
            "organizationName": provider_name(inquiry).upper(),
            "npi": inquiry.provider.npi,
            "providerType": "provider",
        },
        "subscriber": own,
        "dependents": dependents,
        "encounter": {
            "dateOfService": f"{inquiry.service_date:%Y%m%d}",
            "serviceTypeCodes": list(inquiry.service_types),
        },
    }


def _write_person(person: PersonFields) -> dict[str, object]:
    return {
        "memberId": person.member_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "groupNumber": person.group_number,
        "dateOfBirth": f"{person.birth_date:%Y%m%d}" if person.birth_date else "",
    }
