"""The benefit lines of a Medical Network Eligibility v3 reply, and the entities around them.

Source: ``PROTOCOLS.md`` 4.3.2; the field names are S7's.
"""

from typing import Final

from contracts import Benefit, DeliveryLimit, Entity, Message
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code
from payers.routes.shared.json_replies.elements import code_of, dates, references, rejection
from payers.routes.shared.json_replies.tree import Node

DATES: Final = {
    "discharge": "096",
    "discharges": "096",
    "issue": "102",
    "effectiveDateOfChange": "152",
    "periodStart": "193",
    "periodEnd": "194",
    "completion": "198",
    "coordinationOfBenefits": "290",
    "plan": "291",
    "benefit": "292",
    "primaryCareProvider": "295",
    "latestVisitOrConsultation": "304",
    "eligibility": "307",
    "added": "318",
    "cobraBegin": "340",
    "cobraEnd": "341",
    "premiumPaidToDateBegin": "342",
    "premiumPaidtoDateBegin": "342",
    "premiumPaidToDateEnd": "343",
    "premiumPaidtoDateEnd": "343",
    "planBegin": "346",
    "planEnd": "347",
    "benefitBegin": "348",
    "benefitEnd": "349",
    "eligibilityBegin": "356",
    "eligibilityEnd": "357",
    "enrollment": "382",
    "admission": "435",
    "admissions": "435",
    "dateOfDeath": "442",
    "certification": "458",
    "service": "472",
    "policyEffective": "539",
    "policyExpiration": "540",
    "dateOfLastUpdate": "636",
    "status": "771",
}
"""DTP01 of each date field."""

REFERENCES: Final = {
    "planNumber": ("18", "planDescription"),
    "policyNumber": ("1L", ""),
    "memberIdentificationNumber": ("1W", ""),
    "caseNumber": ("3H", ""),
    "familyUnitNumber": ("49", ""),
    "groupNumber": ("6P", "groupDescription"),
    "referralNumber": ("9F", ""),
    "alternativeListId": ("ALS", ""),
    "classOfContractCode": ("CE", ""),
    "coverageListId": ("CLI", ""),
    "contractNumber": ("CT", ""),
    "medicalRecordIdentificationNumber": ("EA", ""),
    "patientAccountNumber": ("EJ", ""),
    "hicNumber": ("F6", ""),
    "drugFormularyNumber": ("FO", ""),
    "priorAuthorizationNumber": ("G1", ""),
    "idCardSerialNumber": ("GH", ""),
    "idCardNumber": ("HJ", ""),
    "issueNumber": ("IF", ""),
    "insurancePolicyNumber": ("IG", ""),
    "medicalAssistanceCategory": ("M7", ""),
    "planNetworkIdNumber": ("N6", "planNetworkIdDescription"),
    "medicaidRecipientIdNumber": ("NQ", ""),
    "medicaidRecepientIdNumber": ("NQ", ""),
    "priorIdNumber": ("Q4", ""),
    "agencyClaimNumber": ("Y4", ""),
}
"""REF01, and the field of REF03, of each number field. A social security number is not read."""

_IDS: Final = {
    "payorIdentification": "PI",
    "payerIdentification": "PI",
    "npi": "XX",
    "serviceProviderNumber": "SV",
    "federalTaxpayersIdNumber": "FI",
    "employersId": "24",
    "naic": "NI",
    "centersForMedicareAndMedicaidPlanId": "XV",
    "servicesPlanID": "XV",
    "pharmacyProcessorNumber": "PP",
    "etin": "46",
}
"""NM108 of each field that identifies a payer or a provider, best first."""

_MODES: Final = {
    "TELEPHONE": "TE",
    "PHONE": "TE",
    "WORKPHONENUMBER": "WP",
    "WORKPHONE": "WP",
    "UNIFORMRESOURCELOCATORURL": "UR",
    "UNIFORMRESOURCELOCATOR": "UR",
    "URL": "UR",
}


def line(node: Node, benefit_loop: str) -> Benefit:
    """Return one EB with everything below it; ``benefit_loop`` is 2110C, or 2110D for a dependent."""
    procedure = node.at("compositeMedicalProcedureIdentifier")
    return Benefit(
        at=node.path,
        text=node.json(),
        information=find_code(codes.INFORMATION, node.text("code"), node.text("name")),
        level=code_of(codes.LEVELS, node, "coverageLevel"),
        service_types=service_types(node),
        insurance=code_of(codes.INSURANCE, node, "insuranceType"),
        plan=node.text("planCoverage"),
        period=code_of(codes.PERIODS, node, "timeQualifier"),
        amount=node.text("benefitAmount"),
        share=node.text("benefitPercent"),
        quantity_kind=code_of(codes.QUANTITIES, node, "quantityQualifier"),
        quantity=node.text("benefitQuantity"),
        authorization=find_code(codes.ANSWERS, node.text("authOrCertIndicator")),
        network=code_of(codes.NETWORKS, node, "inPlanNetworkIndicator"),
        procedure_kind=procedure.text("productOrServiceIdQualifierCode", "productOrServiceIDQualifierCode"),
        procedure=procedure.text("procedureCode").upper(),
        modifiers=tuple(text for item in procedure.each("procedureModifiers") if (text := item.plain().upper())),
        # The field of the end of a range is called an id of a product or service. Source: S1's schema of v3.
        procedure_end=procedure.text("productOrServiceID").upper(),
        diagnoses=tuple(text for item in procedure.each("diagnosisCodePointer") if (text := item.plain())),
        messages=node.notes("additionalInformation", "description") + _further_text(node),
        places=_places(node),
        deliveries=tuple(_delivery(item) for item in node.each("benefitsServiceDelivery")),
        references=references(node.at("benefitsAdditionalInformation"), REFERENCES),
        dates=dates(node.at("benefitsDateInformation"), DATES),
        rejections=tuple(
            rejection(item, benefit_loop) for item in node.each("aaaErrors") if isinstance(item.value, dict)
        ),
        entities=_entities_of(node),
    )


def entity(node: Node, role: str, named: tuple[str, ...], first: str = "firstName") -> Entity:
    """Return a payer or provider; ``role`` is NM101 when it does not name one."""
    field = next((field for field in _IDS if node.has(field)), "")
    phones, urls = _contacts(node)
    return Entity(
        at=node.path,
        text=node.own_json(),
        role=find_code(codes.ROLES, node.text("entityIdentifier")) or role,
        name=node.text(*named),
        first_name=node.text(first),
        id_kind=_IDS.get(field, ""),
        id=node.text(field) if field else "",
        phones=phones,
        urls=urls,
    )


def service_types(node: Node) -> tuple[str, ...]:
    """EB03: its codes, else the codes for its words."""
    sent = tuple(text for item in node.each("serviceTypeCodes", "serviceTypeCode") if (text := item.plain()))
    return sent or tuple(
        find_code(codes.SERVICE_TYPES, text) for item in node.each("serviceTypes") if (text := item.plain())
    )


def _contacts(node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phones (TE, then WP) and the web addresses."""
    found: dict[str, list[str]] = {"TE": [], "WP": [], "UR": []}
    for holder in node.each("contactInformation"):
        for contact in holder.each("contacts"):
            mode = find_code(_MODES, contact.text("communicationMode"))
            number = contact.text("communicationNumber")
            if mode in found and number:
                found[mode].append(number)
    return (*found["TE"], *found["WP"]), tuple(found["UR"])


def _industry(node: Node) -> tuple[Node, ...]:
    """Return every III: the list when there is one (it repeats the single field), else the single field."""
    listed = tuple(node.each("eligibilityAdditionalInformationList"))
    return listed or tuple(node.each("eligibilityAdditionalInformation"))


def _places(node: Node) -> tuple[Message, ...]:
    found = (
        (item, item.text("industryCode") or find_code(codes.PLACES, item.text("industry")))
        for item in _industry(node)
        if item.text("codeListQualifierCode") in {"", "ZZ"}
    )
    return tuple(Message(item.path, place) for item, place in found if place)


def _further_text(node: Node) -> tuple[Message, ...]:
    """III04, the free text of an III."""
    return tuple(Message(item.path, text) for item in _industry(node) if (text := item.text("injuredBodyPartName")))


def _delivery(node: Node) -> DeliveryLimit:
    return DeliveryLimit(
        at=node.path,
        text=node.json(),
        quantity_kind=code_of(codes.QUANTITIES, node, "quantityQualifier"),
        quantity=node.text("quantity"),
        per_kind=find_code(
            codes.FREQUENCIES,
            node.text("unitForMeasurementQualifierCode"),
            node.text("unitForMeasurementCode", "unitForMeasurementQualifier"),
        ),
        per=node.text("sampleSelectionModulus"),
        period=code_of(codes.PERIODS, node, "timePeriodQualifier"),
        periods=node.text("numOfPeriods"),
    )


def _entities_of(node: Node) -> tuple[Entity, ...]:
    """Return every 2120 entity: the list when there is one (it repeats the single field), else the single field."""
    listed = list(node.each("benefitsRelatedEntities")) or list(node.each("benefitsRelatedEntity"))
    return tuple(_related_entity(item) for item in listed)


def _related_entity(node: Node) -> Entity:
    found = entity(node, "", ("entityName", "entityLastname", "entityLastName"), "entityFirstname")
    kind, number = find_code(codes.ID_KINDS, node.text("entityIdentification")), node.text("entityIdentificationValue")
    named = found.name or node.at("contactInformation").text("name")
    if kind or number:
        return found._replace(name=named, id_kind=kind, id=number)
    return found._replace(name=named)
