"""A 271 as Medical Network Eligibility v3 writes it. Source: ``PROTOCOLS.md`` 4.3.2 (S7)."""

from collections.abc import Iterable, Mapping
from typing import Final

from contracts import Benefit, Benefits, Dated, DeliveryLimit, Entity, Person, Reference, Rejection
from payers.simulator.endpoints.shared import code_names as words
from payers.simulator.endpoints.shared.json_words import Written, drop_empty

_DATES: Final = {
    "193": "periodStart",
    "194": "periodEnd",
    "291": "plan",
    "292": "benefit",
    "290": "coordinationOfBenefits",
    "307": "eligibility",
    "341": "cobraEnd",
    "343": "premiumPaidtoDateEnd",
    "346": "planBegin",
    "347": "planEnd",
    "348": "benefitBegin",
    "349": "benefitEnd",
    "356": "eligibilityBegin",
    "357": "eligibilityEnd",
    "442": "dateOfDeath",
    "472": "service",
}
_REFERENCES: Final = {"6P": ("groupNumber", "groupDescription"), "18": ("planNumber", "planDescription")}
_OF_LINE: Final = {"N6": ("planNetworkIdNumber", "planNetworkIdDescription"), **_REFERENCES}
_HOLDERS: Final = {"2100A": "payer", "2100B": "provider", "2100C": "subscriber", "2100D": "dependents"}
_RELATIONS: Final = {"18": "Self", "01": "Spouse", "19": "Child", "34": "Other Adult"}


def reply_of(benefits: Benefits) -> Written:
    """Return the body of a reply, without the numbers that go around it."""
    patient, holder = benefits.patient, benefits.subscriber
    above = benefits.rejections
    # Those of lines are written at the top alone.
    errors = [_error(one) for one in (*above, *benefits.rejections_below)]
    body = {
        "provider": _write_name(benefits.provider, "providerOrgName", "npi"),
        "subscriber": _person(holder, "Insured or Subscriber"),
        "dependents": [_person(patient, "Dependent")] if patient is not None and patient.role == "03" else [],
        "subscriberTraceNumbers": [
            {
                "traceTypeCode": trace.kind,
                "traceType": f"{'Referenced' if trace.kind == '2' else 'Current'} Transaction Trace Numbers",
                "referenceIdentification": trace.number,
                "originatingCompanyIdentifier": trace.originator,
            }
            for trace in benefits.traces
        ],
        "payer": _write_name(benefits.payer, "name", "payorIdentification"),
        "planInformation": _plan(patient),
        "planDateInformation": _dates(patient.dates if patient else ()),
        "planStatus": [_status(line) for line in benefits.lines if line.information in {"1", "6"}],
        "benefitsInformation": [_line(line) for line in benefits.lines],
    }
    for rejection, error in zip(above, errors, strict=False):
        _at_its_object(body, rejection, error)
    return {**drop_empty(body), "errors": errors}


def _at_its_object(body: Written, rejection: Rejection, error: Written) -> None:
    """Repeat an error at the object that it is about, as this API does."""
    key = _HOLDERS.get(rejection.loop)
    if key == "dependents":
        body[key] = body[key] or [{}]
        body[key][0].setdefault("aaaErrors", []).append(error)
    elif key is not None:
        body[key].setdefault("aaaErrors", []).append(error)


def _error(rejection: Rejection) -> Written:
    return {
        "field": "AAA",
        "code": rejection.code,
        "description": words.REJECTIONS.get(rejection.code, "Rejected"),
        "followupAction": words.FOLLOW_UPS.get(rejection.follow_up, ""),
        "location": f"Loop {rejection.loop}",
        "possibleResolutions": "See the payer's own guide",
    }


def _person(person: Person | None, role: str) -> Written:
    if person is None:
        return {}
    return drop_empty(
        {
            "memberId": person.member_id,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "gender": person.gender,
            "dateOfBirth": person.birth_date,
            "entityIdentifier": role,
            "entityType": "Person",
            **_plan(person),
            "relationToSubscriber": _RELATIONS.get(person.relationship, ""),
            "relationToSubscriberCode": person.relationship,
            "maintenanceTypeCode": "001" if person.changed else "",
            "maintenanceReasonCode": "25" if person.changed else "",
        }
    )


def _write_name(entity: Entity | None, name: str, id_field: str) -> Written:
    if entity is None:
        return {}
    found = {
        "entityIdentifier": words.ROLES.get(entity.role, entity.role),
        "entityType": "Non-Person Entity",
        name: entity.name,
        id_field: entity.id,
    }
    return drop_empty(found | _write_contacts(entity))


def _write_contacts(entity: Entity) -> Written:
    contacts = [{"communicationMode": "Telephone", "communicationNumber": phone} for phone in entity.phones]
    contacts += [
        {"communicationMode": "Uniform Resource Locator (URL)", "communicationNumber": url} for url in entity.urls
    ]
    return {"contactInformation": {"contacts": contacts}} if contacts else {}


def _plan(person: Person | None) -> Written:
    return _numbers(person.references if person else (), _REFERENCES)


def _numbers(references: Iterable[Reference], fields: Mapping[str, tuple[str, str]]) -> Written:
    found: Written = {}
    for reference in references:
        number, name = fields.get(reference.kind, ("", ""))
        if number:
            found |= {number: reference.value, name: reference.name}
    return drop_empty(found)


def _dates(dated: Iterable[Dated]) -> Written:
    return {_DATES[one.kind]: one.value for one in dated if one.kind in _DATES}


def _status(line: Benefit) -> Written:
    return drop_empty(
        {
            "statusCode": line.information,
            "status": words.INFORMATION[line.information],
            "planDetails": line.plan,
            "serviceTypeCodes": list(line.service_types),
        }
    )


def _line(line: Benefit) -> Written:
    procedure = {
        "productOrServiceIdQualifierCode": line.procedure_kind,
        "procedureCode": line.procedure,
        "procedureModifiers": list(line.modifiers),
        "productOrServiceID": line.procedure_end,
        "diagnosisCodePointer": list(line.diagnoses),
    }
    places = [{"codeListQualifierCode": "ZZ", "industryCode": place.text} for place in line.places]
    entities = [_write_entity(entity) for entity in line.entities]
    return drop_empty(
        {
            "code": line.information,
            "name": words.INFORMATION.get(line.information, ""),
            "coverageLevelCode": line.level,
            "coverageLevel": words.LEVELS.get(line.level, ""),
            "serviceTypeCodes": list(line.service_types),
            "serviceTypes": [words.SERVICE_TYPES.get(code, code) for code in line.service_types],
            "insuranceTypeCode": line.insurance,
            "insuranceType": words.INSURANCE.get(line.insurance, ""),
            "planCoverage": line.plan,
            "timeQualifierCode": line.period,
            "timeQualifier": words.PERIODS.get(line.period, ""),
            "benefitAmount": line.amount,
            "benefitPercent": line.share,
            "quantityQualifierCode": line.quantity_kind,
            "quantityQualifier": words.QUANTITIES.get(line.quantity_kind, ""),
            "benefitQuantity": line.quantity,
            "authOrCertIndicator": line.authorization,
            "inPlanNetworkIndicatorCode": line.network,
            "inPlanNetworkIndicator": words.NETWORKS.get(line.network, ""),
            "compositeMedicalProcedureIdentifier": drop_empty(procedure),
            "eligibilityAdditionalInformation": places[0] if places else {},
            "eligibilityAdditionalInformationList": places,
            "headerLoopIdentifierCode": "2120" if entities else "",
            "trailerLoopIdentifierCode": "2120" if entities else "",
            "benefitsRelatedEntity": entities[0] if entities else {},
            "benefitsRelatedEntities": entities,
            "benefitsDateInformation": _dates(line.dates),
            "benefitsAdditionalInformation": _numbers(line.references, _OF_LINE),
            "benefitsServiceDelivery": [_delivery(one) for one in line.deliveries],
            "additionalInformation": [{"description": one.text} for one in line.messages],
        }
    )


def _delivery(one: DeliveryLimit) -> Written:
    return drop_empty(
        {
            "quantityQualifierCode": one.quantity_kind,
            "quantityQualifier": words.QUANTITIES.get(one.quantity_kind, ""),
            "quantity": one.quantity,
            "unitForMeasurementQualifierCode": one.per_kind,
            "unitForMeasurementQualifier": words.FREQUENCIES.get(one.per_kind, ""),
            "sampleSelectionModulus": one.per,
            "timePeriodQualifierCode": one.period,
            "timePeriodQualifier": words.PERIODS.get(one.period, ""),
            "numOfPeriods": one.periods,
        }
    )


def _write_entity(entity: Entity) -> Written:
    found = {
        "entityIdentifier": words.ROLES.get(entity.role, entity.role),
        "entityType": "Person" if entity.first_name else "Non-Person Entity",
        "entityName": "" if entity.first_name else entity.name,
        "entityLastname": entity.name if entity.first_name else "",
        "entityFirstname": entity.first_name,
        "entityIdentification": entity.id_kind,
        "entityIdentificationValue": entity.id,
    }
    return drop_empty(found | _write_contacts(entity))
