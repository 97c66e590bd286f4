"""What FHIR R4 calls things: its code systems, those of ours, and the small shapes that every resource is made of.

Source: HL7 FHIR 4.0.1, CoverageEligibilityRequest, CoverageEligibilityResponse, and the value sets that they name.
"""

from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from service.guidance.report.wording import plain

Resource = dict[str, Any]
"""A resource, or a part of one, as its JSON has it."""

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
SERVICE_TYPES = "https://x12.org/codes/service-type-codes"
NPI = "http://hl7.org/fhir/sid/us-npi"
TAX_ID = "urn:oid:2.16.840.1.113883.4.4"
OURS = "urn:benefit-verification:"
"""What our own code systems, identifiers and extensions begin with."""


def make_concept(system: str, code: str, text: str | None = None) -> Resource:
    """Return a CodeableConcept of one code."""
    concept: Resource = {"coding": [{"system": system, "code": code}]}
    return concept | ({"text": text_of(text)} if text else {})


def name_concept(text: str) -> Resource:
    """Return a CodeableConcept in words alone."""
    return {"text": text_of(text)}


def text_of(text: str) -> str:
    """Return text as FHIR admits it: without controls, and never empty."""
    return plain(text).strip() or "(empty)"


def money(amount: Decimal) -> Resource:
    """Return an amount of dollars."""
    return {"value": amount, "currency": "USD"}


def extension(name: str, **value: object) -> Resource:
    """Return an extension of ours; ``value`` is its one value, such as ``valueCode``."""
    return {"url": f"{OURS}{name}", **value}


def present(**fields: object) -> Resource:
    """Return the fields that are known; FHIR has no null, and an absent value is one that is not known."""
    return {name: value for name, value in fields.items() if value is not None and value not in ([], {})}


def url_of(verification_id: str, name: str) -> str:
    """Return the id of a resource within the bundle; the same verification gives the same one."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{OURS}{verification_id}:{name}')}"


_PART_TWO = (
    ("v3-Confidentiality", "R", "restricted"),
    ("v3-ActCode", "42CFRPart2", "42 CFR Part2"),
    ("v3-ActCode", "NORDSCLCD", "no redisclosure without consent directive"),
)
"""The labels of records under 42 CFR Part 2. Source: HL7 FHIR Data Segmentation for Privacy."""


def security_labels(*, part_two: bool) -> Resource:
    """Return the security labels of a bundle, and of each resource in it, which may be taken out; nothing without."""
    labels = [{"system": TERMINOLOGY + system, "code": code, "display": display} for system, code, display in _PART_TWO]
    return {"security": labels} if part_two else {}
