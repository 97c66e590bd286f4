"""A 271 as Optum Real writes it, as far as that has words for it. Source: ``PROTOCOLS.md`` 4.5 (S7)."""

from collections.abc import Iterable, Iterator
from typing import Final

from contracts import GROUP_PROCEDURES, PROGRAM_PROCEDURES, Benefit, Benefits, Person, Program
from payers.simulator.endpoints.shared import code_names as words
from payers.simulator.endpoints.shared.json_words import Written, percent_of

MESSAGES: Final = {
    "33": "Input Errors",
    "50": "Provider Ineligible for Inquiries",
    "57": "Invalid/Missing Date(s) of Service",
    "58": "Date of birth is not valid",
    "42": "System Unavailable at this time",
    "80": "System Unavailable at this time",
    "43": "One of NPI, TIN or MPIN is required",
    "62": "Service date must be within 18 months and the end of the current month",
    "65": "First name does not match",
    "67": "Member not found",
    "71": "Date of birth does not match",
    "64": "Member ID is not valid",
    "72": "Member ID is not valid",
    "73": "Last name does not match",
    "75": "Member not found",
    "76": "Multiple members found",
    "79": "Unknown payer",
}
"""What an AAA is called; every other code by its words of X12."""

_LEVELS: Final = {"C": "deductibleInfo", "G": "outOfPocket"}
_SIDES: Final = {"Y": ("InNetwork",), "N": ("OutOfNetwork",), "W": ("InNetwork", "OutOfNetwork")}
_GROUPS: Final = {"Y": ("inNetwork",), "N": ("outOfNetwork",), "W": ("inNetwork", "outOfNetwork")}
_STATUSES: Final = {**words.INFORMATION, "1": "Active", "I": "Not Covered"}
_POLICIES: Final = dict.fromkeys("12345", "Active Policy") | dict.fromkeys("678", "Past Policy")
_PRODUCTS: Final = {"HM": "HMO", "PR": "PPO", "PS": "POS", "EP": "EPO"}
_NOWHERE = frozenset({"U", "X", "L", "R", "W", "CB"})
"""Lines that are no service: whom to contact, who else, and a basis that this form has no word for."""


def error_of(code: str) -> Written:
    """Return the GraphQL error in place of an AAA."""
    message = MESSAGES.get(code) or words.REJECTIONS.get(code, "Rejected")
    return {"message": message, "path": ["checkEligibility"], "extensions": {"classification": "DataFetchingException"}}


def eligibility_of(benefits: Benefits) -> Written:
    """Return one eligibility: plan, levels, services, and who else runs a part."""
    patient = benefits.patient
    return {
        "eligibilityInfo": {
            "trnId": next((trace.number for trace in benefits.traces if trace.kind == "2"), ""),
            "member": _member(patient, benefits.subscriber),
            "insuranceInfo": _plan(benefits),
            "planLevels": list(_levels(benefits.lines)),
            "delegatedInfo": list(_delegates(benefits)),
        },
        "providerNetwork": {"status": "In Network", "tier": "1"},
        "serviceLevels": [
            {"vendorServices": list(_vendors(benefits.lines)), "individual": list(_services(benefits.lines))}
        ],
    }


def _member(patient: Person | None, holder: Person | None) -> Written:
    if patient is None:
        return {}
    born = patient.birth_date
    return {
        "memberId": patient.member_id or (holder.member_id if holder else ""),
        "firstName": patient.first_name,
        "lastName": patient.last_name,
        "dateOfBirth": f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else born,
        "gender": patient.gender,
        "relationshipCode": patient.relationship or ("18" if patient.role == "IL" else "19"),
    }


def _plan(benefits: Benefits) -> Written:
    lines = [line for line in benefits.lines if line.information in _POLICIES and _is_plan(line)]
    plan = lines[0] if lines else None
    patient = benefits.patient
    group = next((one for one in patient.references if one.kind == "6P"), None) if patient else None
    dates = {one.kind: one.value for one in patient.dates} if patient else {}
    return {
        "policyNumber": group.value if group else "",
        "groupName": group.name if group else "",
        "planStartDate": _day(dates.get("346", "")),
        "planEndDate": _day(dates.get("347", "")),
        "policyStatus": _POLICIES[plan.information] if plan else "",
        "productType": _PRODUCTS.get(plan.insurance, "") if plan else "",
        "insuranceType": words.INSURANCE.get(plan.insurance, "") if plan else "",
        "payerId": benefits.payer.id if benefits.payer else "",
        "lineOfBusinessCode": "E&I",
        "coverageType": "Medical",
    }


def _is_plan(line: Benefit) -> bool:
    return not line.service_types or "30" in line.service_types


def _day(value: str) -> str:
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}" if len(value) >= 8 else value


def _levels(lines: Iterable[Benefit]) -> Iterator[Written]:
    """Yield totals and what remains of them; what was met is left out, since the two imply it."""
    found: dict[tuple[str, str, str], Written] = {}
    for line in lines:
        if line.information not in _LEVELS or not _is_plan(line) or line.period == "24":
            continue
        key = "family" if line.level == "FAM" else "individual"
        for side in _SIDES.get(line.network, ("",)):
            entry = found.setdefault((line.information, key, side), {"networkStatus": side})
            if line.period == "29":
                entry["remainingAmount"] = line.amount
            else:
                entry |= {"planAmount": line.amount, "planAmountFrequency": words.PERIODS.get(line.period, "")}
    for code, level in _LEVELS.items():
        amounts = {
            key: [entry for (one, responsible, _), entry in found.items() if (one, responsible) == (code, key)]
            for key in ("individual", "family")
        }
        if any(amounts.values()):
            yield {"level": level, **amounts}


def _delegates(benefits: Benefits) -> Iterator[Written]:
    for line in benefits.lines:
        for entity in line.entities if line.information == "U" else ():
            phone = entity.phones[0] if entity.phones else ""
            payer_id = benefits.payer.id if benefits.payer else ""
            contact = {"phone": phone, "fax": "", "email": ""}
            # A member's own id with the delegate has no field here.
            own = entity.id if entity.id_kind == "PI" else ""
            yield {"entity": entity.name, "payerId": own or payer_id, "contact": contact}


def _vendors(lines: Iterable[Benefit]) -> Iterator[Written]:
    for line in lines:
        for entity in line.entities if line.information == "U" else ():
            for code in line.service_types:
                yield {
                    "vendorName": entity.name,
                    "phone": entity.phones[0] if entity.phones else "",
                    "url": entity.urls[0] if entity.urls else "",
                    "serviceDescription": words.SERVICE_TYPES.get(code, ""),
                    "serviceTypeCode": code,
                }


def _services(lines: Iterable[Benefit]) -> Iterator[Written]:
    """Return services by side, in the order written: a status begins one, and figures belong to the last one."""
    groups: dict[str, list[Written]] = {}
    for line in lines:
        if line.information in _NOWHERE or "30" in line.service_types:
            continue
        for side in _GROUPS.get(line.network, ("",)):
            services = groups.setdefault(side, [])
            for code in line.service_types:
                _tell(line, _service(services, line, code))
    for side, services in groups.items():
        yield {"networkStatus": side, "services": services}


def _service(services: list[Written], line: Benefit, code: str) -> Written:
    open_ = next((one for one in reversed(services) if one["serviceCode"] == code), None)
    figures = line.information in {"A", "B", "F", "D"}
    if open_ is not None and figures:
        return open_
    kinds = ("coPay", "coInsurance", "deductible", "benefitsAllowed")
    service: Written = {
        "service": words.SERVICE_TYPES.get(code, "").lower(),
        "serviceCode": code,
        "status": "" if figures else _STATUSES.get(line.information, line.information),
        "planAmount": "",
        "remainingAmount": "",
        "message": {kind: {"messages": []} for kind in kinds},
        "coPayList": [],
        "coInsuranceList": [],
    }
    services.append(service)
    return service


def _tell(line: Benefit, service: Written) -> None:
    texts = [one.text for one in line.messages]
    first, place = " ".join(texts[:1]), line.places[0].text if line.places else ""
    if line.information == "B":
        per = words.PERIODS.get(line.period, "")
        service["coPayList"].append(
            {"placeOfService": place, "copay": line.amount, "service": first, "messages": texts[1:]}
        )
        text = f"${line.amount}{f' / {per}' if per else ''} {first}".strip()
        service["message"]["coPay"]["messages"].append(text)
    elif line.information == "A":
        share = percent_of(line.share)
        service["coInsuranceList"].append(
            {"placeOfService": place, "coinsurancePercent": share, "service": first, "messages": texts[1:]}
        )
        service["message"]["coInsurance"]["messages"].append(f"{share}% {first}".strip())
    else:
        limit = f"{line.quantity} {words.QUANTITIES.get(line.quantity_kind, '')} {words.PERIODS.get(line.period, '')}"
        more = [" ".join(limit.upper().split())] if line.quantity else []
        service["message"]["benefitsAllowed"]["messages"] += [*more, *texts]


def outcome_of(procedure: str, lines: Iterable[Benefit]) -> Written:
    """Return what Benefit Check says of a procedure, from the lines about its program's authorization."""
    program = _PROGRAM_OF.get(procedure, "")
    needed = {need for line in lines if program and _names(line, program) and (need := _needs(line)) is not None}
    code = {True: "1", False: "0"}[max(needed)] if needed else "2"
    message = {"1": f"{_PRIOR} required for the requested service", "0": f"{_PRIOR} is not required"}.get(code)
    return {
        "procedureCode": procedure,
        "procedureCodeDescription": program.lower(),
        "servicePriorAuth": {
            "isPriorAuthOnFile": False,
            "messages": [{"messageText": message}] if message else [],
            "serviceOutcomeCode": code,
        },
    }


_PRIOR = "Prior authorization"
_NAMES: Final = {Program.IOP: "INTENSIVE OUTPATIENT", Program.PHP: "PARTIAL HOSPITALIZATION"}
_PROGRAM_OF: Final = {one.code: _NAMES[one.program] for one in PROGRAM_PROCEDURES} | dict.fromkeys(
    GROUP_PROCEDURES, _NAMES[Program.PHP]
)


def _names(line: Benefit, program: str) -> bool:
    by_type = program.startswith("PARTIAL") and "BB" in line.service_types
    return by_type or any(program in one.text.upper() for one in line.messages)


def _needs(line: Benefit) -> bool | None:
    if any("PRECERTIFICATION REQUIRED" in one.text.upper() for one in line.messages):
        return True
    return {"Y": True, "N": False}.get(line.authorization)
