"""A 271 as Stedi's eligibility check writes it: by plan and by kind, an entry for each service type.

Source: ``PROTOCOLS.md`` 4.4.1 (S1).
"""

from typing import Any, Final

from contracts import Benefit, Benefits, Dated, DeliveryLimit, Entity, Person, Rejection
from payers.simulator.endpoints.shared import code_names as words
from payers.simulator.endpoints.shared.code_names import enum_member
from payers.simulator.endpoints.shared.json_words import Written, drop_empty

BUCKETS: Final = {
    "A": "coInsurance",
    "B": "coPayment",
    "C": "deductible",
    "CB": "coverageBasis",
    "D": "benefitDescription",
    "E": "exclusions",
    "F": "limitations",
    "G": "outOfPocket",
    "H": "unlimited",
    "I": "nonCovered",
    "J": "costContainment",
    "K": "reserve",
    "L": "primaryCareProvider",
    "M": "preExistingCondition",
    "MC": "managedCareCoordinator",
    "N": "servicesRestrictedToFollowingProvider",
    "O": "notDeemedMedicalNecessity",
    "P": "benefitDisclaimer",
    "Q": "secondSurgicalOpinionRequired",
    "R": "otherOrAdditionalPayer",
    "S": "priorYearsHistory",
    "T": "cardReportedStolen",
    "U": "contactFollowingEntityForInformation",
    "V": "cannotProcess",
    "W": "otherSourceOfData",
    "X": "healthCareFacility",
    "Y": "spendDown",
}
"""The key of each EB01; a status is of none of them."""

_NETWORKS: Final = {"Y": "IN_NETWORK", "N": "OUT_OF_NETWORK", "W": "IN_AND_OUT_OF_NETWORK"}
_LOCATIONS: Final = {
    "2000A": "ENVELOPE",
    "2100A": "PAYER",
    "2100B": "PROVIDER",
    "2100C": "SUBSCRIBER",
    "2110C": "SUBSCRIBER_BENEFITS",
    "2100D": "DEPENDENT",
    "2110D": "DEPENDENT_BENEFITS",
}
_GENDERS: Final = {"F": "FEMALE", "M": "MALE", "U": "UNKNOWN"}
_RELATIONS: Final = {"01": "SPOUSE", "19": "CHILD", "34": "OTHER_RELATIONSHIP"}
_IDS: Final = {"MI": "memberId", "PI": "payerId", "XX": "npi"}
_RANGES: Final = {
    "193": ("period", "start"),
    "194": ("period", "end"),
    "291": ("plan", "start"),
    "292": ("benefit", "start"),
    "290": ("coordinationOfBenefits", "start"),
    "307": ("eligibility", "start"),
    "341": ("cobra", "end"),
    "343": ("premiumPaidToDate", "end"),
    "346": ("plan", "start"),
    "347": ("plan", "end"),
    "348": ("benefit", "start"),
    "349": ("benefit", "end"),
    "356": ("eligibility", "start"),
    "357": ("eligibility", "end"),
    "442": ("dateOfDeath", "start"),
    "472": ("service", "start"),
}


def reply_of(benefits: Benefits) -> Written:
    """Return the body of a reply, without the ids that go around it."""
    patient, holder = benefits.patient, benefits.subscriber
    dependent = patient if patient is not None and patient.role == "03" else None
    traces = [
        {
            "type": "REFERENCED_TRANSACTION" if trace.kind == "2" else "CURRENT_TRANSACTION",
            "referenceIdentification": trace.number,
            "originatingCompanyIdentifier": trace.originator,
        }
        for trace in benefits.traces
    ]
    return drop_empty(
        {
            "payer": _entity(benefits.payer, "identification"),
            "provider": _entity(benefits.provider, "npi"),
            "meta": {"subscriberTraceNumbers": traces} if traces else {},
            "subscriber": _person(holder),
            "dependent": _person(dependent),
            "plans": [_plan(benefits)] if benefits.lines else [],
            "errors": [_error(one) for one in (*benefits.rejections, *benefits.rejections_below)],
        }
    )


def _plan(benefits: Benefits) -> Written:
    buckets: dict[str, list[Written]] = {}
    for line in benefits.lines:
        bucket = BUCKETS.get(line.information, "statuses")
        buckets.setdefault(bucket, []).extend(_entries(line, bucket))
    name = next((line.plan for line in benefits.lines if line.plan), "")
    return drop_empty({"name": name, "benefits": buckets})


def _entries(line: Benefit, bucket: str) -> list[Written]:
    """Return one entry for each service type; one for a procedure, or for no service at all."""
    services: list[Written] = [
        {"value": code, "definition": words.SERVICE_TYPES.get(code, code), "system": "STC"}
        for code in line.service_types
    ]
    if line.procedure:
        services = [_procedure(line)]
    shared: dict[str, Any] = {
        "status": enum_member(words.INFORMATION[line.information]) if bucket == "statuses" else "",
        "amount": line.amount,
        "percent": line.share,
        "coverageLevel": enum_member(words.LEVELS.get(line.level, "Individual")),
        "insuranceType": enum_member(words.INSURANCE.get(line.insurance, "")),
        "network": _network(line),
        "priorAuthIndicator": {"Y": "REQUIRED", "N": "NOT_REQUIRED"}.get(line.authorization, ""),
        "messages": [one.text for one in line.messages],
        "timePeriod": enum_member(words.PERIODS.get(line.period, "")),
        "quantity": _quantity(line),
        "placesOfService": [{"code": place.text} for place in line.places],
        "serviceLimits": [_limit(one) for one in line.deliveries],
        "relatedEntities": [_entity(one, _IDS.get(one.id_kind, "payerId")) for one in line.entities],
        "dates": _dates(line.dates),
        "planCoverageDescription": line.plan,
        "diagnosis": list(line.diagnoses),
    }
    return [drop_empty({**shared, "service": service}) for service in services or [{}]]


def _procedure(line: Benefit) -> Written:
    """Return a procedure, or the first and the last of a range of them."""
    named: Written = {"system": "HCPCS"}
    if line.procedure_end:
        named["range"] = {"start": {"value": line.procedure}, "end": {"value": line.procedure_end}}
    else:
        named["value"] = line.procedure
    return drop_empty(named | {"modifiers": list(line.modifiers)})


def _network(line: Benefit) -> Written:
    tier = next((one for one in line.references if one.kind == "N6"), None)
    named = {"id": tier.value, "description": tier.name} if tier else {}
    return drop_empty({"indicator": _NETWORKS.get(line.network, ""), **named})


def _quantity(line: Benefit) -> Written:
    if not line.quantity:
        return {}
    return {"value": line.quantity, "qualifier": enum_member(words.QUANTITIES.get(line.quantity_kind, ""))}


def _limit(one: DeliveryLimit) -> Written:
    delivery = {
        "quantity": {"value": one.quantity, "qualifier": enum_member(words.QUANTITIES.get(one.quantity_kind, ""))},
        "frequency": {"value": one.per, "qualifier": enum_member(words.FREQUENCIES.get(one.per_kind, ""))},
        "period": {"value": one.periods, "qualifier": enum_member(words.PERIODS.get(one.period, ""))},
    }
    return {"delivery": {key: drop_empty(value) for key, value in delivery.items() if any(value.values())}}


def _dates(dated: tuple[Dated, ...]) -> Written:
    found: dict[str, Written] = {}
    for one in dated:
        field, end = _RANGES.get(one.kind, ("", ""))
        first, _, last = one.value.partition("-")
        if field:
            found.setdefault(field, {}).update({"start": iso(first), "end": iso(last)} if last else {end: iso(first)})
    return found


def _person(person: Person | None) -> Written:
    if person is None:
        return {}
    group = next((one for one in person.references if one.kind == "6P"), None)
    return drop_empty(
        {
            "memberId": person.member_id,
            "dateOfBirth": iso(person.birth_date),
            "gender": _GENDERS.get(person.gender, ""),
            "name": {"person": drop_empty({"firstName": person.first_name, "lastName": person.last_name})},
            "relationToSubscriber": _RELATIONS.get(person.relationship, ""),
            "maintenance": {"indicator": "PAYER_INDICATED"} if person.changed else {},
            "dates": _dates(person.dates),
            "additionalInformation": {"group": drop_empty({"number": group.value, "name": group.name})}
            if group
            else {},
        }
    )


def _entity(entity: Entity | None, id_field: str) -> Written:
    if entity is None:
        return {}
    person = {"person": drop_empty({"firstName": entity.first_name, "lastName": entity.name})}
    contact = drop_empty({"phoneNumbers": list(entity.phones), "urls": list(entity.urls)})
    return drop_empty(
        {
            "type": enum_member(words.ROLES.get(entity.role, entity.role)),
            "name": person if entity.first_name else {"organization": entity.name},
            id_field: entity.id,
            "contacts": [contact] if contact else [],
        }
    )


def _error(rejection: Rejection) -> Written:
    return {
        "code": rejection.code,
        "description": words.REJECTIONS.get(rejection.code, "Rejected"),
        "followupAction": words.FOLLOW_UPS.get(rejection.follow_up, ""),
        "location": _LOCATIONS[rejection.loop],
        "possibleResolutions": "See the payer's own guide",
    }


def iso(day: str) -> str:
    """Return a CCYYMMDD as an ISO date; anything else as it is."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdecimal() else day
