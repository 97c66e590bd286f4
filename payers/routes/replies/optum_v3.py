"""Medical Network Eligibility v3: a 271 as JSON, nearly element by element.

Optum (once Change Healthcare) and Stedi's legacy endpoint answer in this shape. Source: ``payer-protocols.md`` 4.3.2,
4.4.2; the field names are S7's.
"""

from collections.abc import Iterator

from contracts import Benefit, Benefits, DeliveryLimit, Entity, Person, Reference, Rejection, Said, Trace
from payers.routes.replies import codes
from payers.routes.replies.codes import coded
from payers.routes.replies.parts import bounded, dates, day, loop_of, named_trace, once, references, usual_loop
from payers.routes.replies.tree import Node

DATES = {
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

REFERENCES = {
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
"""REF01, and the field of REF03, of each number field. A social security number is not carried on."""

_IDS = {
    "payorIdentification": "PI",
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


def fits(root: Node) -> bool:
    """Whether this is such a reply: benefits, a rejection, or the control number with someone it is about."""
    if root.has("benefitsInformation"):
        return True
    rejected = any(node.text("code") and node.text("location") for node in root.each("errors"))
    about = root.has("subscriber", "payer", "provider", "dependents", "tradingPartnerServiceId")
    return (root.has("controlNumber", "meta", "id") and (rejected or about)) or (rejected and about)


def read(root: Node) -> tuple[Benefits, ...]:
    """What the reply says: one ``Benefits``, or one more for each further dependent. Raises nothing."""
    holder = _person(root.at("subscriber"), "IL")
    dependents = [person for node in root.each("dependents", "dependent") if (person := _person(node, "03"))]
    own = references(root.at("planInformation"), REFERENCES)
    days = dates(root.at("planDateInformation"), DATES)
    traces = tuple(_traces(root))
    patient = dependents[0] if dependents else holder
    if patient is not None:
        patient = patient._replace(references=(*own, *_unsaid(patient, own)), dates=days)
    if not dependents:
        holder = patient
    benefits = Benefits(
        payer=_payer(root.at("payer"), root.text("tradingPartnerServiceId")),
        provider=_provider(root.at("provider")),
        subscriber=holder,
        patient=patient,
        traces=traces,
        lines=tuple(_line(node) for node in root.each("benefitsInformation")) or tuple(_statuses(root)),
        rejections=once(_rejections(root)),
        trace=named_trace(traces, root.at("meta").text("outboundTraceId"), root.text("controlNumber"), root.text("id")),
    )
    return (bounded(benefits),)


def _unsaid(person: Person, own: tuple[Reference, ...]) -> tuple[Reference, ...]:
    said = {(reference.kind, reference.value) for reference in own}
    return tuple(reference for reference in person.references if (reference.kind, reference.value) not in said)


def _person(node: Node, role: str) -> Person | None:
    if not node.has("memberId", "lastName", "firstName", "dateOfBirth", "uniqueHealthIdentifier"):
        return None
    return Person(
        at=node.path,
        text=node.own_json(),
        role=role,
        last_name=node.text("lastName"),
        first_name=node.text("firstName"),
        middle_name=node.text("middleName"),
        suffix=node.text("suffix"),
        id_kind="MI" if node.has("memberId") else "II" if node.has("uniqueHealthIdentifier") else "",
        member_id=node.text("memberId", "uniqueHealthIdentifier"),
        birth_date=day(node.text("dateOfBirth")),
        gender=node.text("gender"),
        relationship=coded(
            codes.RELATIONSHIPS, node.text("relationToSubscriberCode"), node.text("relationToSubscriber")
        ),
        changed=node.text("maintenanceTypeCode") == "001" and node.text("maintenanceReasonCode") == "25",
        references=references(node, REFERENCES),
    )


def _traces(root: Node) -> Iterator[Trace]:
    for node in root.each("subscriberTraceNumbers", "dependentTraceNumbers"):
        kind = node.text("traceTypeCode") or ("2" if "REFER" in node.text("traceType").upper() else "1")
        number = node.text("referenceIdentification")
        if number:
            yield Trace(kind, number, node.text("originatingCompanyIdentifier"))


def _payer(node: Node, asked_id: str) -> Entity | None:
    if not node:
        return Entity("$.tradingPartnerServiceId", "", "PR", "", id_kind="PI", id=asked_id) if asked_id else None
    entity = _entity(node, "PR", ("name", "lastName"))
    return entity if entity.id else entity._replace(id_kind="PI" if asked_id else "", id=asked_id)


def _provider(node: Node) -> Entity | None:
    return _entity(node, "1P", ("providerOrgName", "providerName"), "providerFirstName") if node else None


def _entity(node: Node, role: str, named: tuple[str, ...], first: str = "firstName") -> Entity:
    field = next((field for field in _IDS if node.has(field)), "")
    phones, urls = _contacts(node)
    return Entity(
        at=node.path,
        text=node.own_json(),
        role=coded(codes.ROLES, node.text("entityIdentifier")) or role,
        name=node.text(*named),
        first_name=node.text(first),
        id_kind=_IDS.get(field, ""),
        id=node.text(field) if field else "",
        phones=phones,
        urls=urls,
    )


def _contacts(node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phones (TE, then WP) and addresses on the web."""
    found: dict[str, list[str]] = {"TE": [], "WP": [], "UR": []}
    for holder in node.each("contactInformation"):
        for contact in holder.each("contacts"):
            mode = coded(_MODES, contact.text("communicationMode"))
            number = contact.text("communicationNumber")
            if mode in found and number:
                found[mode].append(number)
    return (*found["TE"], *found["WP"]), tuple(found["UR"])


_MODES = {"TELEPHONE": "TE", "WORKPHONENUMBER": "WP", "WORKPHONE": "WP", "UNIFORMRESOURCELOCATORURL": "UR", "URL": "UR"}


def _line(node: Node) -> Benefit:
    procedure = node.at("compositeMedicalProcedureIdentifier")
    return Benefit(
        at=node.path,
        text=node.json(),
        information=coded(codes.INFORMATION, node.text("code"), node.text("name")),
        level=coded(codes.LEVELS, node.text("coverageLevelCode"), node.text("coverageLevel")),
        service_types=_service_types(node),
        insurance=coded(codes.INSURANCE, node.text("insuranceTypeCode"), node.text("insuranceType")),
        plan=node.text("planCoverage"),
        period=coded(codes.PERIODS, node.text("timeQualifierCode"), node.text("timeQualifier")),
        amount=node.text("benefitAmount"),
        share=node.text("benefitPercent"),
        quantity_kind=coded(codes.QUANTITIES, node.text("quantityQualifierCode"), node.text("quantityQualifier")),
        quantity=node.text("benefitQuantity"),
        authorization=node.text("authOrCertIndicator"),
        network=coded(codes.NETWORKS, node.text("inPlanNetworkIndicatorCode"), node.text("inPlanNetworkIndicator")),
        procedure_kind=procedure.text("productOrServiceIdQualifierCode", "productOrServiceIDQualifierCode"),
        procedure=procedure.text("procedureCode"),
        modifiers=tuple(text for item in procedure.each("procedureModifiers") if (text := item.plain())),
        messages=node.said("additionalInformation", "description") + _further_text(node),
        places=_places(node),
        deliveries=tuple(_delivery(item) for item in node.each("benefitsServiceDelivery")),
        references=references(node.at("benefitsAdditionalInformation"), REFERENCES),
        dates=dates(node.at("benefitsDateInformation"), DATES),
        rejections=tuple(_rejection(item, "2110C") for item in node.each("aaaErrors") if item.has("code")),
        entities=_related(node),
    )


def _service_types(node: Node) -> tuple[str, ...]:
    sent = tuple(text for item in node.each("serviceTypeCodes") if (text := item.plain()))
    return sent or tuple(
        coded(codes.SERVICE_TYPES, text) for item in node.each("serviceTypes") if (text := item.plain())
    )


def _industry(node: Node) -> Iterator[Node]:
    """Every III: the list when there is one (it repeats the single field), else the single field."""
    listed = list(node.each("eligibilityAdditionalInformationList"))
    yield from listed or node.each("eligibilityAdditionalInformation")


def _places(node: Node) -> tuple[Said, ...]:
    return tuple(
        Said(item.path, item.text("industryCode"))
        for item in _industry(node)
        if item.text("industryCode") and item.text("codeListQualifierCode") in {"", "ZZ"}
    )


def _further_text(node: Node) -> tuple[Said, ...]:
    """III04, the free text of an III."""
    return tuple(Said(item.path, text) for item in _industry(node) if (text := item.text("injuredBodyPartName")))


def _delivery(node: Node) -> DeliveryLimit:
    return DeliveryLimit(
        at=node.path,
        text=node.json(),
        quantity_kind=coded(codes.QUANTITIES, node.text("quantityQualifierCode"), node.text("quantityQualifier")),
        quantity=node.text("quantity"),
        per_kind=coded(
            codes.FREQUENCIES,
            node.text("unitForMeasurementQualifierCode"),
            node.text("unitForMeasurementCode", "unitForMeasurementQualifier"),
        ),
        per=node.text("sampleSelectionModulus"),
        period=coded(codes.PERIODS, node.text("timePeriodQualifierCode"), node.text("timePeriodQualifier")),
        periods=node.text("numOfPeriods"),
    )


def _related(node: Node) -> tuple[Entity, ...]:
    """Every 2120 entity: the list when there is one (it repeats the single field), else the single field."""
    listed = list(node.each("benefitsRelatedEntities")) or list(node.each("benefitsRelatedEntity"))
    return tuple(_related_entity(item) for item in listed)


def _related_entity(node: Node) -> Entity:
    entity = _entity(node, "", ("entityName", "entityLastname"), "entityFirstname")
    return entity._replace(
        id_kind=coded(codes.ID_KINDS, node.text("entityIdentification")),
        id=node.text("entityIdentificationValue"),
    )


def _statuses(root: Node) -> Iterator[Benefit]:
    """The deprecated ``planStatus``, read only when nothing else says a status."""
    for node in root.each("planStatus"):
        types = (item.plain() for item in node.each("serviceTypeCodes", "serviceTypeCode"))
        yield Benefit(
            at=node.path,
            text=node.json(),
            information=coded(codes.INFORMATION, node.text("statusCode"), node.text("status")),
            service_types=tuple(text for text in types if text),
            plan=node.text("planDetails"),
        )


def _rejections(root: Node) -> Iterator[Rejection]:
    for key, loop in (("payer", "2100A"), ("provider", "2100B"), ("subscriber", "2100C"), ("dependents", "2100D")):
        for holder in root.each(key):
            for node in holder.each("aaaErrors", "allAAAErrors"):
                yield _rejection(node, loop)
    for node in root.each("errors"):
        if node.has("code"):
            yield _rejection(node, usual_loop(node.text("code")))


def _rejection(node: Node, loop: str) -> Rejection:
    return Rejection(
        at=node.path,
        text=node.json(),
        loop=loop_of(node.text("location"), loop),
        valid=node.text("valid", "validRequestIndicator"),
        code=node.text("code"),
        follow_up=coded(codes.FOLLOW_UPS, node.text("followupAction", "followUpAction")),
    )
