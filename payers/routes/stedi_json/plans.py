"""The plans of a Stedi reply, as benefit lines, and what stands around them.

Source: ``PROTOCOLS.md`` 4.4.1; the field names are S1's.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Final

from contracts import Benefit, Dated, DeliveryLimit, Entity, Message, Reference
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code
from payers.routes.shared.json_replies.elements import day
from payers.routes.shared.json_replies.tree import Node

KINDS: Final = {
    "statuses": "",
    "coInsurance": "A",
    "coPayment": "B",
    "deductible": "C",
    "coverageBasis": "CB",
    "benefitDescription": "D",
    "exclusions": "E",
    "limitations": "F",
    "outOfPocket": "G",
    "unlimited": "H",
    "nonCovered": "I",
    "costContainment": "J",
    "reserve": "K",
    "primaryCareProvider": "L",
    "preExistingCondition": "M",
    "managedCareCoordinator": "MC",
    "servicesRestrictedToFollowingProvider": "N",
    "notDeemedMedicalNecessity": "O",
    "benefitDisclaimer": "P",
    "secondSurgicalOpinionRequired": "Q",
    "otherOrAdditionalPayer": "R",
    "priorYearsHistory": "S",
    "cardReportedStolen": "T",
    "contactFollowingEntityForInformation": "U",
    "cannotProcess": "V",
    "otherSourceOfData": "W",
    "healthCareFacility": "X",
    "spendDown": "Y",
}
"""EB01 of each bucket; a status brings its own."""

_SYSTEMS = {"CPT": "HC", "HCPCS": "HC", "CDT": "AD", "NDC": "N4", "ICD-10-PCS": "ID"}
"""EB13's qualifier of each code system."""

_RANGES: Final = {
    "discharge": ("096", "", ""),
    "issue": ("102", "", ""),
    "effectiveDateOfChange": ("152", "", ""),
    "period": ("", "193", "194"),
    "completion": ("198", "", ""),
    "coordinationOfBenefits": ("290", "", ""),
    "plan": ("", "346", "347"),
    "benefit": ("", "348", "349"),
    "primaryCareProvider": ("295", "", ""),
    "latestVisit": ("304", "", ""),
    "eligibility": ("", "356", "357"),
    "added": ("318", "", ""),
    "cobra": ("", "340", "341"),
    "premiumPaidToDate": ("", "342", "343"),
    "enrollment": ("382", "", ""),
    "admission": ("435", "", ""),
    "dateOfDeath": ("442", "", ""),
    "certification": ("458", "", ""),
    "service": ("472", "", ""),
    "policy": ("", "539", "540"),
    "dateOfLastUpdate": ("636", "", ""),
    "status": ("771", "", ""),
}
"""DTP01 of each range: of the range itself, or of its start and its end where these have one."""

_ECHOES: Final = {"plan": "291", "eligibility": "307"}
"""DTP01 of a range of one day or one calendar month: payers echo the asked time so, and no plan lasts as long."""

_NUMBERS: Final = {
    "plan": "18",
    "groupOrPolicyNumber": "1L",
    "memberId": "1W",
    "caseNumber": "3H",
    "familyUnitNumber": "49",
    "group": "6P",
    "referralNumber": "9F",
    "alternativeListId": "ALS",
    "classOfContractCode": "CE",
    "coverageListId": "CLI",
    "contractNumber": "CT",
    "medicalRecordId": "EA",
    "patientAccountNumber": "EJ",
    "mbi": "F6",
    "drugFormularyNumber": "FO",
    "priorAuthNumber": "G1",
    "identificationCardSerialNumber": "GH",
    "identityCardNumber": "HJ",
    "issueNumber": "IF",
    "insurancePolicyNumber": "IG",
    "medicalAssistanceCategory": "M7",
    "planNetwork": "N6",
    "medicaidRecipientId": "NQ",
    "priorIdentifierNumber": "Q4",
    "agencyClaimNumber": "Y4",
}
"""REF01 of each number; some are objects with a name. A social security number is not read."""

_IDS: Final = {
    "identification": "PI",
    "payerId": "PI",
    "npi": "XX",
    "memberId": "MI",
    "serviceProviderNumber": "SV",
    "tin": "FI",
    "ein": "24",
    "naicId": "NI",
    "etin": "46",
    "facilityId": "XV",
    "pharmacyProcessorNumber": "PP",
}
"""NM108 of each field that identifies an entity, best first."""


class Plans:
    """The plans of one reply."""

    def __init__(self, root: Node) -> None:
        self._plans = tuple(root.each("plans"))

    def lines(self) -> Iterator[Benefit]:
        """Yield every entry of every plan; one that Stedi marks as invalid is read as the payer sent it."""
        yield from _together(self._each())

    def _each(self) -> Iterator[Benefit]:
        for plan in self._plans:
            benefits = plan.at("benefits")
            for bucket, entry in (*_entries(benefits), *_entries(benefits.at("invalidEntries"))):
                yield self._line(entry, bucket, plan)

    def invalid(self, root: Node) -> tuple[str, ...]:
        """Return the paths of the entries that Stedi marks as invalid."""
        holders = (plan.at("benefits").at("invalidEntries") for plan in root.each("plans"))
        return tuple(entry.path for holder in holders for _, entry in _entries(holder))

    def _line(self, node: Node, bucket: str, plan: Node) -> Benefit:
        service = node.at("service")
        types, kind, procedure = _service(service)
        status = bucket == "statuses"
        names_plan = len(self._plans) > 1 or (status and not procedure and set(types) <= {"30"})
        percent = node.text("percent")
        return Benefit(
            at=node.path,
            text=node.json(),
            information=find_code(codes.INFORMATION, node.text("status")) if status else KINDS.get(bucket, bucket),
            level=find_code(codes.LEVELS, node.text("coverageLevel")),
            service_types=types,
            insurance=find_code(codes.INSURANCE, node.text("insuranceType")),
            plan=node.text("planCoverageDescription") or (plan.text("name") if names_plan else ""),
            period=find_code(codes.PERIODS, node.text("timePeriod")),
            amount=node.text("amount"),
            share=percent,
            quantity_kind=find_code(codes.QUANTITIES, node.at("quantity").text("qualifier")),
            quantity=node.at("quantity").text("value"),
            authorization=find_code(codes.ANSWERS, node.text("priorAuthIndicator")),
            network=find_code(codes.NETWORKS, node.at("network").text("indicator")),
            procedure_kind=kind,
            procedure=procedure,
            modifiers=tuple(text.upper() for item in service.each("modifiers") if (text := item.plain())),
            procedure_end=service.at("range").at("end").text("value").upper(),
            diagnoses=tuple(text for item in node.each("diagnosis") if (text := item.plain() or item.text("value"))),
            messages=node.notes("messages", "description", "message"),
            places=_places(node),
            deliveries=tuple(_deliveries(node)),
            references=(*references(node), *_tier(node.at("network"))),
            dates=dates(node.at("dates")),
            entities=tuple(entity_of(item) for item in node.each("relatedEntities")),
        )


def _entries(benefits: Node) -> Iterator[tuple[str, Node]]:
    """Yield each entry with its bucket; the name of an unknown bucket is kept as an unknown EB01."""
    for bucket in benefits.keys():  # noqa: SIM118 - a Node is no dict
        if bucket != "invalidEntries":
            for entry in benefits.each(bucket):
                if isinstance(entry.value, dict):
                    yield bucket, entry


def _together(lines: Iterator[Benefit]) -> Iterator[Benefit]:
    """Yield the lines; joins those that Stedi split by service type where an entity would else change its meaning.

    An entity on a line of 30 and others is of the plan; on a line of its own service type it is of that service.
    """
    last: Benefit | None = None
    for line in lines:
        if last is not None and last.entities and _apart_from_services(last) == _apart_from_services(line):
            last = last._replace(service_types=(*last.service_types, *line.service_types))
            continue
        if last is not None:
            yield last
        last = line
    if last is not None:
        yield last


def _apart_from_services(line: Benefit) -> Benefit:
    """Return a line without its services and its places in the JSON."""
    return line._replace(
        at="",
        text="",
        service_types=(),
        messages=tuple(one._replace(at="") for one in line.messages),
        places=tuple(one._replace(at="") for one in line.places),
        deliveries=tuple(one._replace(at="") for one in line.deliveries),
        references=tuple(one._replace(at="") for one in line.references),
        dates=tuple(one._replace(at="") for one in line.dates),
        entities=tuple(one._replace(at="") for one in line.entities),
    )


def _service(node: Node) -> tuple[tuple[str, ...], str, str]:
    """EB03, or EB13's qualifier and code, of a service; of a range its first code."""
    system = node.text("system").upper()
    value = node.text("value") or node.at("range").at("start").text("value")
    if not value:
        word = node.text("definition")
        return ((find_code(codes.SERVICE_TYPES, word),) if word and system in {"", "STC"} else ()), "", ""
    if system in {"", "STC"}:
        return (value.upper(),), "", ""
    return (), _SYSTEMS.get(system, system), value.upper()


def _places(node: Node) -> tuple[Message, ...]:
    found = (
        (item, item.text("code") or find_code(codes.PLACES, item.plain() or item.text("name")))
        for item in node.each("placesOfService")
    )
    return tuple(Message(item.path, place) for item, place in found if place)


def _tier(network: Node) -> Iterator[Reference]:
    """Yield the network of an entry, its id and name, as REF N6: it tells the figures of one tier from another's."""
    number, name = network.text("id"), network.text("description")
    if number or name:
        yield Reference(network.path, "N6", number, name)


def _deliveries(node: Node) -> Iterator[DeliveryLimit]:
    for limit in node.each("serviceLimits"):
        delivery = limit.at("delivery")
        for key, kind in (("ageMaximum", "S7"), ("ageMinimum", "S8")):
            if limit.text(key):
                yield DeliveryLimit(limit.path, limit.json(), kind, limit.text(key))
        if delivery:
            yield DeliveryLimit(
                at=limit.path,
                text=limit.json(),
                quantity_kind=find_code(codes.QUANTITIES, delivery.at("quantity").text("qualifier")),
                quantity=delivery.at("quantity").text("value"),
                per_kind=find_code(codes.FREQUENCIES, delivery.at("frequency").text("qualifier")),
                per=delivery.at("frequency").text("value"),
                period=find_code(codes.PERIODS, delivery.at("period").text("qualifier")),
                periods=delivery.at("period").text("value"),
            )


def dates(node: Node) -> tuple[Dated, ...]:
    """Return the DTPs of the ranges of ``node``: start and end apart where X12 has codes for them, else the range."""
    return tuple(_dates(node))


def _dates(node: Node) -> Iterator[Dated]:
    for field, (whole, starts, ends) in _RANGES.items():
        for below in node.each(field):
            start, end = day(below.text("start") or below.plain()), day(below.text("end"))
            if field in _ECHOES and _is_day_or_month(start, end):
                yield Dated(below.path, _ECHOES[field], "RD8", f"{start}-{end}")
            elif starts:
                yield from (Dated(below.path, kind, "D8", on) for kind, on in ((starts, start), (ends, end)) if on)
            elif start and end:
                yield Dated(below.path, whole, "RD8", f"{start}-{end}")
            elif start or end:
                yield Dated(below.path, whole, "D8", start or end)


def _is_day_or_month(start: str, end: str) -> bool:
    """Whether two CCYYMMDD are one day, or the first and the last of one calendar month."""
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return False
    is_month = first.day == 1 and (first.year, first.month) == (last.year, last.month)
    return first == last or (is_month and last.day == monthrange(last.year, last.month)[1])


def references(node: Node) -> tuple[Reference, ...]:
    """Return the REFs of ``additionalInformation``."""
    holder = node.at("additionalInformation")
    found = (
        Reference(item.path, kind, item.plain() or item.text("number"), item.text("name"))
        for field, kind in _NUMBERS.items()
        for item in holder.each(field)
    )
    return tuple(reference for reference in found if reference.value or reference.name)


def entity_of(node: Node) -> Entity:
    """Return an entity: NM1 with its contacts."""
    person, field = node.at("name").at("person"), next((field for field in _IDS if node.has(field)), "")
    contacts = tuple(node.each("contacts"))
    named = node.at("name").text("organization") or person.text("lastName") or node.at("name").plain()
    return Entity(
        at=node.path,
        text=node.own_json(),
        role=find_code(codes.ROLES, node.text("type")),
        name=named or next((text for contact in contacts if (text := contact.text("name"))), ""),
        first_name=person.text("firstName"),
        id_kind=_IDS.get(field, ""),
        id=node.text(field) if field else "",
        phones=tuple(text for contact in contacts for item in contact.each("phoneNumbers") if (text := item.plain())),
        urls=tuple(text for contact in contacts for item in contact.each("urls") if (text := item.plain())),
    )
