"""What Optum Real's JSON comes to as benefit lines: the plan, its figures, the services, and who else runs a part."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts import Benefit, Benefits, Card
from payers.routes.stored import read_stored

PLAN = {"policyStatus": "Active Policy", "coverageType": "Medical", "payerId": "87726"}
MEMBER = {"memberId": "900000101", "firstName": "OTIS", "lastName": "SPECIMEN", "dateOfBirth": "1990-04-12"}


def document(
    *services: dict[str, Any], about: dict[str, Any] | None = None, network: str = "inNetwork", **more: Any
) -> dict[str, Any]:
    """One eligibility with ``services``; ``about`` is added to the plan's part, ``more`` beside it."""
    info = {"trnId": "BV1", "member": MEMBER, "insuranceInfo": PLAN, **(about or {})}
    levels = {"individual": [{"networkStatus": network, "services": list(services)}], **more.pop("levels", {})}
    return {"eligibilityInfo": info, "serviceLevels": [levels], **more}


def people_of(*documents: dict[str, Any]) -> tuple[Benefits, ...]:
    return read_stored(json.dumps({"data": {"checkEligibility": {"eligibility": list(documents)}}}).encode())


def lines_of(*services: dict[str, Any], **more: Any) -> tuple[Benefit, ...]:
    """The lines of the services alone."""
    (benefits,) = people_of(document(*services, **more))
    return tuple(line for line in benefits.lines if ".services[" in str(line.at))


def service(code: str = "MH", name: str = "mental health", status: str = "Active", **more: Any) -> dict[str, Any]:
    return {"service": name, "serviceCode": code, "status": status, **more}


def copay(figure: str, service: str = "", place: str = "") -> dict[str, Any]:
    return {"placeOfService": place, "copay": figure, "service": service, "messages": []}


def messages(**kinds: list[str]) -> dict[str, Any]:
    return {kind: {"messages": said} for kind, said in kinds.items()}


@pytest.mark.parametrize(
    ("status", "information"), [("Active Policy", "1"), ("Past Policy", "6"), ("Future Policy", "Future Policy")]
)
def test_the_plan_is_a_status_line_with_its_own_dates(status: str, information: str) -> None:
    plan = {**PLAN, "policyStatus": status, "planStartDate": "2026-01-01", "planEndDate": "2026-12-31"}
    plan |= {"insuranceType": "Point of Service (POS)", "policyNumber": "0908765", "groupName": "IMAGINARY EMPLOYER"}

    (line,) = people_of(document(about={"insuranceInfo": plan}))[0].lines

    assert (line.information, line.service_types, line.insurance) == (information, ("30",), "PS")
    assert [(one.kind, one.value) for one in line.dates] == [("346", "20260101"), ("347", "20261231")]
    assert [(one.kind, one.value, one.name) for one in line.references] == [("1L", "0908765", "IMAGINARY EMPLOYER")]


def test_last_years_plan_and_this_years_are_one_members_and_this_year_decides(read: Callable[..., Any]) -> None:
    past = {"policyStatus": "Past Policy", "planStartDate": "2025-01-01", "planEndDate": "2025-12-31"}
    here = {"policyStatus": "Active Policy", "planStartDate": "2026-01-01", "planEndDate": "2026-12-31"}

    people = people_of(*(document(about={"insuranceInfo": plan}) for plan in (past, here)))

    assert len(people) == 1
    coverage = read(people=people).coverage
    assert (coverage.status, str(coverage.begins_on)) == ("active", "2026-01-01")


def test_another_trace_or_another_member_is_another_persons_reply() -> None:
    other = {"member": {**MEMBER, "firstName": "LULU"}}

    people = people_of(document(), document(about={"trnId": "BV2"}), document(about=other))

    assert [one.trace for one in people] == ["BV1", "BV2", "BV1"]


@pytest.mark.parametrize(("relationship", "role"), [("EE", "IL"), ("18", "IL"), ("", "IL"), ("CH", "03"), ("19", "03")])
def test_the_member_is_the_subscriber_unless_the_relationship_says_otherwise(relationship: str, role: str) -> None:
    (benefits,) = people_of(document(about={"member": {**MEMBER, "relationshipCode": relationship}}))

    assert benefits.patient is not None
    assert (benefits.patient.role, benefits.patient.birth_date) == (role, "19900412")
    assert (benefits.subscriber is None) == (role == "03")


def test_plan_levels_are_accumulators_by_side_and_level(read: Callable[..., Any]) -> None:
    def level(name: str, side: str, total: str, left: str = "") -> dict[str, Any]:
        amounts = {"networkStatus": side, "planAmount": total, "remainingAmount": left}
        return {"level": name, "individual": [{**amounts, "planAmountFrequency": "Calendar Year"}]}

    levels = [
        level("deductibleInfo", "InNetwork", "2000.00", "1650.00"),
        level("outOfPocket", "OutOfNetwork", "9000"),
        level("coPayMax", "InNetwork", "500"),
    ]

    answer = read(people=people_of(document(about={"planLevels": levels})))

    deductible = answer.accumulators.in_network.individual.deductible
    assert [str(one) for one in (deductible.total, deductible.met, deductible.remaining)] == [
        "2000.00",
        "350.00",
        "1650.00",
    ]
    assert str(answer.accumulators.out_of_network.individual.out_of_pocket.total) == "9000.00"
    assert answer.accumulators.in_network.individual.out_of_pocket.total is None
    assert answer.coverage.benefit_year.kind == "calendar"


@pytest.mark.parametrize(
    ("sent", "network", "tier"),
    [
        ("inNetwork", "Y", []),
        ("outOfNetwork", "N", []),
        ("inNetworkTier2", "Y", ["Tier 2"]),
        ("Tier1", "Y", ["Tier 1"]),
        ("", "", []),
        ("elsewhere", "elsewhere", []),
    ],
)
def test_a_network_is_read_with_its_tier(sent: str, network: str, tier: list[str]) -> None:
    (line,) = lines_of(service(), network=sent)

    assert (line.network, [said.text for said in line.messages]) == (network, tier)


@pytest.mark.parametrize(("status", "information"), [("Active", "1"), ("Inactive", "6"), ("Not Covered", "I")])
def test_a_services_status_is_that_of_its_type(status: str, information: str) -> None:
    (line,) = lines_of(service(status=status))

    assert (line.information, line.service_types, line.level, line.messages) == (information, ("MH",), "IND", ())


def test_a_name_that_says_more_than_its_code_is_kept_as_words(read: Callable[..., Any]) -> None:
    (line,) = lines_of(service("", "Partial Hospitalization Program"))

    answer = read(people=people_of(document(service("MH", "Intensive Outpatient Program"))))

    assert [said.text for said in line.messages] == ["Partial Hospitalization Program"]
    iop = answer.programs[0].in_network
    assert (iop.verdict, iop.rule) == ("covered", "phrase")


def test_a_copay_of_a_list_takes_the_period_and_words_of_its_message() -> None:
    said = messages(coPay=["$25 / Visit MENTAL HEALTH INDIVIDUAL VISIT", "$75 per Day PARTIAL HOSPITALIZATION"])
    entries = [copay("25", "MENTAL HEALTH INDIVIDUAL VISIT", "11"), copay("75.00", "PARTIAL HOSPITALIZATION")]

    _, visit, day = lines_of(service(message=said, coPayList=entries))

    assert (visit.information, visit.amount, visit.period, visit.places[0].text) == ("B", "25", "27", "11")
    assert [one.text for one in visit.messages] == ["MENTAL HEALTH INDIVIDUAL VISIT"]
    assert (day.amount, day.period, day.places) == ("75.00", "7", ())


def test_a_message_that_no_list_has_gives_its_own_figure_or_its_words() -> None:
    said = messages(coPay=["$1,040.50 PER ADMISSION", "NO COPAY FOR PREVENTIVE"], coInsurance=["20% AFTER DEDUCTIBLE"])

    _, dear, words, share = lines_of(service(message=said))

    assert (dear.information, dear.amount, dear.period) == ("B", "1040.50", "36")
    assert (words.information, [one.text for one in words.messages]) == ("D", ["NO COPAY FOR PREVENTIVE"])
    assert (share.information, share.share, share.messages[0].text) == ("A", "20", "20% AFTER DEDUCTIBLE")


def test_a_share_of_a_list_is_read_in_percent_at_its_place(read: Callable[..., Any]) -> None:
    entry = {"placeOfService": "22", "coinsurancePercent": "20", "service": "", "messages": []}

    answer = read(people=people_of(document(service(coInsuranceList=[entry]))))

    iop = answer.programs[0].in_network
    assert (iop.verdict, iop.rule, str(iop.coinsurance)) == ("likely", "place", "0.20")


@pytest.mark.parametrize("figure", ["", "$", "n/a"])
def test_an_entry_without_a_figure_grants_nothing_by_it(figure: str) -> None:
    said = messages(coPay=["$25 / Visit SOMETHING"])

    found = lines_of(service(message=said, coPayList=[copay(figure, "SOMETHING")]))

    assert [line.information for line in found[1:]] == (["B", "B"] if figure == "n/a" else ["D", "B"])


def test_words_about_what_is_allowed_may_close_a_program(read: Callable[..., Any]) -> None:
    said = messages(benefitsAllowed=["EXCLUDES INTENSIVE OUTPATIENT PROGRAMS"], deductible=["DEDUCTIBLE WAIVED"])

    answer = read(people=people_of(document(service(message=said))))

    verdicts = [row.in_network.verdict for row in answer.programs]
    assert verdicts == ["not_covered", "not_stated", "likely", "not_stated"]


# --- who else runs a part ---

VENDOR = {"vendorName": "OPTUM BEHAVIORAL HEALTH", "phone": "8005550151", "serviceTypeCode": "MH"}
DELEGATE = {"entity": "OPTUM BEHAVIORAL HEALTH", "payerId": "87726", "contact": {"phone": "8005550151"}}


def delegated(card: Card, read: Callable[..., Any], **parts: Any) -> tuple[list[str], list[Any]]:
    levels = {"levels": {"vendorServices": parts["vendors"]}} if "vendors" in parts else {}
    about = {"delegatedInfo": parts.get("delegates", [])}
    uhc = card.model_copy(update={"routes": (card.routes[0].model_copy(update={"payer_id": "87726"}),)})
    answer = read(people=people_of(document(service(), about=about, **levels)), card=uhc)
    return [row.in_network.verdict for row in answer.programs], list(answer.administrators)


def test_a_vendor_runs_the_services_that_it_is_named_for(card: Card, read: Callable[..., Any]) -> None:
    verdicts, (one,) = delegated(card, read, vendors=[VENDOR])

    assert verdicts == ["delegated", "not_stated", "delegated", "not_stated"]
    assert (one.name, one.phone, [str(covered) for covered in one.covers]) == (
        "OPTUM BEHAVIORAL HEALTH",
        "8005550151",
        ["mental_health"],
    )


def test_a_delegate_of_no_service_runs_all_of_it_though_claims_go_to_the_payer(
    card: Card, read: Callable[..., Any]
) -> None:
    verdicts, (one,) = delegated(card, read, delegates=[DELEGATE])

    assert verdicts == ["delegated"] * 4
    assert one.phone == "8005550151"


def test_a_delegate_that_is_a_vendor_too_runs_the_vendors_services(card: Card, read: Callable[..., Any]) -> None:
    verdicts, administrators = delegated(card, read, vendors=[VENDOR], delegates=[DELEGATE])

    assert verdicts == ["delegated", "not_stated", "delegated", "not_stated"]
    assert len(administrators) == 1


def test_a_delegate_without_a_name_is_nobody(card: Card, read: Callable[..., Any]) -> None:
    verdicts, administrators = delegated(card, read, delegates=[{"entity": "", "payerId": "99999"}])

    assert (verdicts[0], administrators) == ("likely", [])


def test_a_delegate_with_a_payer_id_of_its_own_keeps_it() -> None:
    (benefits,) = people_of(document(about={"delegatedInfo": [{**DELEGATE, "payerId": "99999"}]}))

    (line,) = (one for one in benefits.lines if one.information == "U")
    assert (line.entities[0].id_kind, line.entities[0].id) == ("PI", "99999")


@pytest.mark.parametrize(
    "vendor",
    [
        {"vendorName": "IMAGINARY LABORATORIES", "serviceTypeCode": "5"},
        {"vendorName": "IMAGINARY LABORATORIES", "serviceDescription": "Laboratory"},
        {"vendorName": "IMAGINARY LABORATORIES"},
    ],
)
def test_a_vendor_of_something_else_leaves_the_benefit_where_it_is(
    card: Card, read: Callable[..., Any], vendor: dict[str, str]
) -> None:
    verdicts, _ = delegated(card, read, vendors=[vendor])

    assert verdicts == ["likely", "not_stated", "likely", "not_stated"]


def test_the_asking_providers_standing_is_kept_and_grants_nothing(read: Callable[..., Any]) -> None:
    people = people_of(document(providerNetwork={"status": "Out of Network", "tier": "2"}))

    (line,) = (one for one in people[0].lines if one.information == "X")
    assert (line.network, [said.text for said in line.messages]) == ("N", ["Out of Network", "Tier 2"])
    assert {row.in_network.verdict for row in read(people=people).programs} == {"not_stated"}


# --- authorization by procedure ---


def checked(*outcomes: tuple[str, str, str], services: tuple[dict[str, Any], ...] = (service(),)) -> Any:
    found = [
        {
            "procedureCode": procedure,
            "servicePriorAuth": {"serviceOutcomeCode": code, "messages": [{"messageText": text}] if text else []},
        }
        for procedure, code, text in outcomes
    ]
    replies = [
        {"data": {"checkEligibility": {"eligibility": [document(*services)]}}},
        {"data": {"checkPriorAuthBenefitCoverage": {"serviceOutcomes": found}}},
    ]
    return read_stored(json.dumps(replies).encode())


def authorizations(answer: Any) -> list[str]:
    return [str(row.in_network.authorization) for row in answer.programs]


def test_a_procedures_authorization_is_its_programs_and_never_its_coverage(read: Callable[..., Any]) -> None:
    answer = read(people=checked(("S9480", "1", ""), ("H0035", "", "No prior authorization required")))

    assert authorizations(answer) == ["required", "unknown", "not_required", "unknown"]
    iop = answer.programs[0].in_network
    assert (iop.verdict, iop.rule) == ("likely", "outpatient")
    paths = {one.id: one.path for one in answer.evidence}
    assert "$[1].data.checkPriorAuthBenefitCoverage.serviceOutcomes[0]" in [paths[mark] for mark in iop.evidence]


def test_a_procedure_alone_grants_no_program(read: Callable[..., Any]) -> None:
    answer = read(people=checked(("S9480", "1", ""), ("H0015", "1", ""), services=()))

    assert {row.in_network.verdict for row in answer.programs} == {"not_stated"}
    assert set(authorizations(answer)) == {"unknown"}


def test_an_outcome_that_nobody_documented_is_a_finding_and_says_nothing(read: Callable[..., Any]) -> None:
    answer = read(people=checked(("S9480", "0", "")))

    assert authorizations(answer)[0] == "unknown"
    assert ("unknown_code", "serviceOutcomeCode=0") in [(one.code, one.detail) for one in answer.findings]


def test_procedures_that_differ_ask_for_authorization_with_a_finding(read: Callable[..., Any]) -> None:
    answer = read(people=checked(("H0035", "1", ""), ("S0201", "", "Prior authorization is not required")))

    assert authorizations(answer)[2] == "required"
    assert "authorization_differs" in [one.code for one in answer.findings]
