"""What a 271 says, written as Availity's coverage: plans, in them benefits by service type, in them figures by side.

The opposite of what the route reads; ``payers/README.md`` lists what the form has no word for.
Source: ``PROTOCOLS.md`` 4.2.3.
"""

from collections.abc import Iterator

from contracts import Benefit, Benefits, Dated, DeliveryLimit, Entity, Person, Rejection
from payers.simulator.endpoints.shared import code_names
from payers.simulator.endpoints.shared.json_words import Written, drop_empty, percent_of

_SIDES = {"Y": "inNetwork", "N": "outOfNetwork", "W": "notApplicableNetwork"}
_AMOUNTS = {"A": "coInsurance", "B": "coPayment", "C": "deductibles", "G": "outOfPocket"}
_DETAILS = {
    "F": "limitations",
    "I": "nonCovered",
    "E": "exclusions",
    "D": "benefitDescriptions",
    "CB": "coverageBasis",
    "J": "costContainment",
    "K": "reserve",
    "M": "preexistingConditions",
}
_STATUSES = {code: code_names.INFORMATION[code] for code in "12345678UV"}
_NAMES = {"30": "Health Benefit Plan Coverage", "MH": "Mental Health", "AI": "Substance Abuse", "BB": "Day Programs"}
_LEVELS = {"IND": "Individual", "FAM": "Family", "EMP": "Employee Only"}
_PERIODS = {"23": "Calendar Year", "27": "Visit", "7": "Day", "29": "Remaining", "24": "Year to Date"}
_DATES = {
    "346": "coverageStartDate",
    "347": "coverageEndDate",
    "348": "benefitBeginDate",
    "349": "benefitEndDate",
    "356": "eligibilityStartDate",
    "357": "eligibilityEndDate",
}
_ORDERS = {"PRP": "primary", "SEP": "secondary", "TTP": "tertiary"}
_TOTALS = frozenset({"", "22", "23", "25"})
_PLAN = "30"

_FIELDS = {
    "2100A": "payerId",
    "2000A": "payerId",
    "2100B": "providerNpi",
    "2110C": "serviceType",
    "2110D": "serviceType",
}
_MEMBER_FIELDS = {
    **dict.fromkeys(("58", "60", "71"), "patientBirthDate"),
    **dict.fromkeys(("65", "73", "67"), "patientLastName"),
    **dict.fromkeys(("66", "74"), "patientGender"),
    **dict.fromkeys(("56", "57", "61", "62", "63", "52"), "asOfDate"),
    "78": "groupNumber",
}


def coverage_of(benefits: Benefits) -> Written:
    """Return the body of a coverage that holds what ``benefits`` says, without its id and its instants."""
    refused = [*benefits.rejections, *benefits.rejections_below]
    alone = bool(refused) and not benefits.lines
    return {
        "status": "Payer Error" if alone else "Complete",
        "statusCode": "19" if alone else "4",
        **_people(benefits),
        "payer": _payer(benefits.payer),
        "requestingProvider": _provider(benefits.provider),
        "plans": _plans(benefits) if benefits.lines else [],
        "validationMessages": [_message(one) for one in refused],
    }


def instant(day: str) -> str:
    """Return a date of X12 as Availity writes dates: midnight Eastern, in UTC."""
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}T05:00:00.000+0000"


def _people(benefits: Benefits) -> Written:
    patient, holder = benefits.patient, benefits.subscriber
    if patient is None:
        return {}
    dependent = patient.role == "03"
    code = (patient.relationship or "19") if dependent else "18"
    held = holder or patient
    return {
        "patient": _person_names(patient)
        | {"subscriberRelationship": "Self" if code == "18" else "Dependent", "subscriberRelationshipCode": code},
        "subscriber": drop_empty({"memberId": held.member_id or patient.member_id}) | _person_names(held),
    }


def _person_names(person: Person) -> Written:
    return drop_empty(
        {
            "lastName": person.last_name,
            "firstName": person.first_name,
            "middleName": person.middle_name,
            "suffix": person.suffix,
            "birthDate": instant(person.birth_date) if person.birth_date else "",
            "genderCode": person.gender,
        }
    )


def _payer(payer: Entity | None) -> Written:
    if payer is None:
        return {}
    named = {"payerId": payer.id, "name": payer.name, "responsePayerId": payer.id, "responseName": payer.name}
    return drop_empty(named | {"contactInformation": [{"phone": phone} for phone in payer.phones]})


def _provider(provider: Entity | None) -> Written:
    return drop_empty({"lastName": provider.name, "npi": provider.id}) if provider else {}


def _message(rejection: Rejection) -> Written:
    field = _FIELDS.get(rejection.loop) or _MEMBER_FIELDS.get(rejection.code, "memberId")
    return {"field": field, "code": rejection.code, "errorMessage": "Rejected by the payer", "index": 0}


def _plans(benefits: Benefits) -> list[Written]:
    """Return a plan for each name that a line gives, in their order; lines without a name are the first plan's."""
    names = list(dict.fromkeys(line.plan for line in benefits.lines if line.plan)) or [""]
    grouped: dict[str, list[Benefit]] = {name: [] for name in names}
    for line in benefits.lines:
        grouped[line.plan or names[0]].append(line)
    return [_plan(name, lines, benefits) for name, lines in grouped.items()]


def _plan(name: str, lines: list[Benefit], benefits: Benefits) -> Written:
    """Return one plan: its own status is the first on 30 or on no type, and everything else stands in its benefits."""
    on_plan = [line for line in lines if _PLAN in _types(line) and line.information in _STATUSES]
    first = next((line for line in on_plan if line.information not in {"U", "V"}), None)
    plan: Written = {}
    if first is not None:
        plan = {"status": _STATUSES[first.information], "statusCode": first.information}
    plan |= _group(benefits)
    plan |= drop_empty(
        {"description": name, "insuranceTypeCode": next((one.insurance for one in lines if one.insurance), "")}
    )
    plan |= _dates([*_level_dates(benefits), *(first.dates if first is not None else ())])
    by_type: dict[str, Written] = {}
    for line in lines:
        for code in _types(line):
            benefit = by_type.setdefault(code, {"name": _NAMES.get(code, f"Service {code}"), "type": code})
            _enter(benefit, line)
    return plan | {"benefits": list(by_type.values())}


def _types(line: Benefit) -> tuple[str, ...]:
    return line.service_types or (_PLAN,)


def _level_dates(benefits: Benefits) -> list[Dated]:
    return [one for person in (benefits.patient, benefits.subscriber) if person for one in person.dates]


def _group(benefits: Benefits) -> Written:
    for person in (benefits.patient, benefits.subscriber):
        for reference in person.references if person else ():
            if reference.kind == "6P":
                return drop_empty({"groupNumber": reference.value, "groupName": reference.name})
    return {}


def _dates(dated: list[Dated]) -> Written:
    return {_DATES[one.kind]: instant(one.value) for one in dated if one.kind in _DATES and one.form == "D8"}


def _enter(benefit: Written, line: Benefit) -> None:
    """Put a line where its EB01 and EB12 belong; the bare status of a benefit stands on the benefit itself."""
    information = line.information
    if information == "R":
        benefit.setdefault("additionalPayers", []).extend(_other_payer(entity) for entity in line.entities)
        return
    if information in _STATUSES and "status" not in benefit and _is_bare(line):
        benefit |= {"status": _STATUSES[information], "statusCode": information}
        notes = [one.text for one in line.messages]
        if notes:
            benefit.setdefault("payerNotes", []).extend(notes)
        if line.entities:
            benefit.setdefault("contacts", []).extend(_contact(entity) for entity in line.entities)
        return
    kind = _AMOUNTS.get(information)
    holder = benefit.setdefault("amounts", {}) if kind else benefit
    detail = holder.setdefault(kind or _DETAILS.get(information, "statusDetails"), {})
    elements: list[Written] = detail.setdefault(_SIDES.get(line.network, "noNetwork"), [])
    for element in _elements(line):
        if not _completes(elements, element):
            elements.append(element)


def _is_bare(line: Benefit) -> bool:
    return not (line.network or line.level or line.authorization or line.places or line.dates or line.deliveries)


def _completes(elements: list[Written], element: Written) -> bool:
    """Whether ``element`` was added to the one before it: what remains stands beside the total that it is of."""
    if not elements or "remaining" not in element or "remaining" in elements[-1] or "total" not in elements[-1]:
        return False
    own = {"remaining", "remainingTimePeriod", "remainingTimePeriodCode"}
    before = {key: value for key, value in elements[-1].items() if not key.startswith("total")}
    if before != {key: value for key, value in element.items() if key not in own}:
        return False
    elements[-1] |= element
    return True


def _elements(line: Benefit) -> Iterator[Written]:
    """Yield one element for each place, since an element holds one place."""
    for place in [one.text for one in line.places] or [""]:
        yield (
            drop_empty(
                _figure(line)
                | {
                    "level": _LEVELS.get(line.level, ""),
                    "levelCode": line.level,
                    "quantityQualifierCode": line.quantity_kind,
                    "quantity": line.quantity,
                    "placeOfServiceCode": place,
                    "payerNotes": [one.text for one in line.messages],
                    "contacts": [_contact(entity) for entity in line.entities],
                    "deliveryInformation": [_delivery(one) for one in line.deliveries],
                }
            )
            | _authorization(line.authorization)
            | _dates(list(line.dates))
            | _own_status(line.information)
        )


def _own_status(information: str) -> Written:
    if information in _AMOUNTS or information in _DETAILS:
        return {}
    return {"status": _STATUSES.get(information, f"Information {information}"), "statusCode": information}


def _figure(line: Benefit) -> Written:
    if line.share:
        return {"amount": percent_of(line.share), "units": "Percentage"} | _period("amount", line.period)
    if not line.amount:
        return _period("amount", line.period)
    key = "amount"
    if line.information in {"C", "G"}:
        key = "total" if line.period in _TOTALS else "remaining" if line.period == "29" else "amount"
    return {key: line.amount, "units": "USD"} | _period(key, line.period)


def _period(key: str, code: str) -> Written:
    return {f"{key}TimePeriod": _PERIODS.get(code, ""), f"{key}TimePeriodCode": code} if code else {}


def _authorization(code: str) -> Written:
    if code == "U":
        return {"authorizationRequired": False, "authorizationRequiredUnknown": True}
    return {"authorizationRequired": code == "Y"} if code else {}


def _delivery(one: DeliveryLimit) -> Written:
    return drop_empty(
        {
            "quantityQualifierCode": one.quantity_kind,
            "quantity": one.quantity,
            "frequencyPeriodCode": one.per_kind,
            "frequency": one.per,
            "timePeriodCode": one.period,
            "numberOfPeriods": one.periods,
        }
    )


def _contact(entity: Entity) -> Written:
    id_ = {"MI": "memberId", "II": "memberId", "XX": "npi"}.get(entity.id_kind, "payerId")
    return drop_empty(
        {
            "name": entity.name,
            "firstName": entity.first_name,
            "roleCode": entity.role,
            id_: entity.id,
            "contactInformation": [
                *({"phone": phone} for phone in entity.phones),
                *({"url": url} for url in entity.urls),
            ],
        }
    )


def _other_payer(entity: Entity) -> Written:
    order = _ORDERS.get(entity.role)
    return drop_empty({"name": entity.name, "payerId": entity.id}) | ({order: True} if order else {})
