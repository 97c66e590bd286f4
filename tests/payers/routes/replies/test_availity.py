"""Availity's coverages, as they come and as they are stored: they say what a 271 of the same words would say."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from contracts import Answer, Benefit, Benefits, Condition, NoReplyAtAll, Program, Side
from payers.routes.stored import read_stored

Json = dict[str, Any]
Read = Callable[..., Answer]
IOP = (Program.IOP, Condition.MENTAL_HEALTH)
PHP = (Program.PHP, Condition.MENTAL_HEALTH)


def coverage(*plans: Json, **more: Any) -> Json:
    return {
        "id": "812345",
        "controlNumber": "40012345",
        "status": "Complete",
        "statusCode": "4",
        "updatedDate": "2026-11-23T15:05:03.000+0000",
        "asOfDate": "2026-11-23T05:00:00.000+0000",
        "patient": {"lastName": "SPECIMEN", "firstName": "OTIS", "birthDate": "1990-04-12T04:00:00.000+0000"},
        "subscriber": {"memberId": "W900000011", "lastName": "SPECIMEN", "firstName": "OTIS"},
        "payer": {"payerId": "60054", "name": "EXAMPLE PAYER"},
        "plans": list(plans),
        **more,
    }


def plan(*benefits: Json, **more: Any) -> Json:
    return {"status": "Active Coverage", "statusCode": "1", "description": "GOLD", "benefits": list(benefits), **more}


def benefit(code: str, **more: Any) -> Json:
    return {"name": "Benefit", "type": code, **more}


def amounts(kind: str, *elements: Json, side: str = "inNetwork") -> Json:
    return {"amounts": {kind: {side: list(elements)}}}


def said(body: object) -> tuple[Benefits, ...]:
    return read_stored(json.dumps(body).encode())


def lines(*benefits: Json) -> list[Benefit]:
    """The lines of a plan beside its status."""
    (one,) = said(coverage(plan(*benefits)))
    return list(one.lines[1:])


def detail(**element: Any) -> Benefit:
    (line,) = lines(benefit("MH", **amounts("coPayment", element)))
    return line


# --- Who, and when ---


def test_a_coverage_names_the_payer_the_provider_and_the_member() -> None:
    payer = {"payerId": "BCBSF", "name": "FLORIDA BLUE", "responsePayerId": "00590", "responseName": "BLUE CROSS"}
    provider = {"lastName": "EXAMPLE CENTER", "npi": "1999999984"}

    (one,) = said(coverage(plan(), payer=payer, requestingProvider=provider))

    assert one.payer is not None
    assert one.provider is not None
    assert one.patient is not None
    assert (one.payer.name, one.payer.id) == ("BLUE CROSS", "00590")
    assert (one.provider.name, one.provider.id) == ("EXAMPLE CENTER", "1999999984")
    assert (one.patient.last_name, one.patient.member_id, one.patient.birth_date) == (
        *("SPECIMEN", "W900000011", "19900412"),
    )
    assert (one.subscriber, one.patient.role) == (one.patient, "IL")
    assert [(date.kind, date.value) for date in one.patient.dates] == [("472", "20261123")]
    assert (one.trace, one.answered_at) == ("40012345", "2026-11-23T15:05:03.000+0000")


@pytest.mark.parametrize("relation", [{"subscriberRelationshipCode": "19"}, {"subscriberRelationship": "Child"}, {}])
def test_a_dependent_is_known_by_the_relationship_or_by_another_name(relation: Json) -> None:
    patient = {"lastName": "SPECIMEN", "firstName": "IVY", "memberId": "W90000001101", **relation}

    (one,) = said(coverage(plan(), patient=patient))

    assert one.patient is not None
    assert one.subscriber is not None
    assert (one.patient.role, one.patient.first_name, one.patient.member_id) == ("03", "IVY", "")
    assert (one.subscriber.role, one.subscriber.member_id) == ("IL", "W900000011")
    assert [(kept.kind, kept.value) for kept in one.patient.references] == [("1W", "W90000001101")]


def test_every_coverage_of_a_set_is_an_answer_of_its_own() -> None:
    both = said({"totalCount": 2, "count": 2, "coverages": [coverage(plan()), coverage(plan(), controlNumber="2")]})

    assert [one.trace for one in both] == ["40012345", "2"]


# --- Status ---


@pytest.mark.parametrize(
    "body",
    [
        {"coverages": [{"id": "8", "status": "In Progress", "statusCode": "0", "createdDate": "2026-11-23"}]},
        {"id": "8", "status": "In Progress", "asOfDate": "2026-11-23"},
        coverage(statusCode="R1", status="Retrying"),
        coverage(statusCode="15", status="Strange"),
    ],
)
def test_what_is_worked_on_is_pending(read: Read, body: Json) -> None:
    answer = read(people=said(body))

    assert (answer.state, answer.coverage.status) == ("pending", "could_not_check")
    assert [problem.code for problem in answer.problems] == ["payer_busy"]


@pytest.mark.parametrize(
    ("more", "code", "whose"),
    [
        ({"status": "Communication Error", "statusCode": "7"}, "payer_silent", "payer"),
        ({"status": "Communication Error", "statusCode": "E"}, "payer_silent", "payer"),
        ({"status": "Request Error", "statusCode": "19"}, "setup_problem", "ours"),
    ],
)
def test_a_coverage_that_failed_says_nothing_of_the_member(read: Read, more: Json, code: str, whose: str) -> None:
    answer = read(people=said(coverage(**more)))

    assert (answer.state, answer.coverage.status) == ("final", "could_not_check")
    assert [(problem.code, problem.whose) for problem in answer.problems] == [(code, whose)]


def test_a_partial_reply_is_read_and_at_most_unclear(read: Read) -> None:
    answer = read(people=said(coverage(plan(benefit("MH", statusCode="1")), statusCode="3", status="Complete")))

    assert answer.coverage.status == "unclear"
    assert [finding.code for finding in answer.findings] == ["truncated"]
    assert answer.terms(*IOP, Side.IN_NETWORK).verdict == "likely"


@pytest.mark.parametrize(
    ("message", "status", "code", "whose", "fields"),
    [
        ({"field": "memberId", "code": "75"}, "not_found", "member_rejected", "member", None),
        ({"field": "patientBirthDate", "code": "71"}, "not_found", "member_rejected", "member", ("birth_date",)),
        (
            {"errorMessage": "Invalid/Missing Subscriber/Insured Name"},
            *("not_found", "member_rejected", "member", None),
        ),
        ({"field": "groupNumber", "errorMessage": "?"}, "not_found", "member_rejected", "member", ("group_number",)),
        ({"field": "providerNpi", "code": "51"}, "could_not_check", "setup_problem", "provider", ()),
        ({"code": "50"}, "could_not_check", "setup_problem", "provider", ()),
        ({"field": "payerId", "code": "42"}, "could_not_check", "payer_busy", "payer", ()),
        ({"field": "payerId", "code": "4"}, "could_not_check", "payer_busy", "payer", ()),
        ({"field": "asOfDate", "code": "62"}, "could_not_check", "setup_problem", "ours", ("service_date",)),
        ({"field": "serviceType", "code": "53"}, "could_not_check", "setup_problem", "ours", ()),
        ({"field": "strange", "code": "QQ"}, "could_not_check", "payer_busy", "payer", ()),
    ],
)
def test_a_validation_message_is_the_aaa_that_it_stands_for(
    read: Read, message: Json, status: str, code: str, whose: str, fields: tuple[str, ...] | None
) -> None:
    answer = read(people=said(coverage(statusCode="19", status="Request Error", validationMessages=[message])))

    (problem,) = answer.problems
    assert (answer.coverage.status, problem.code, problem.whose) == (status, code, whose)
    assert fields is None or problem.fields == fields
    assert answer.evidence[0].path == "$.validationMessages[0]"


def test_a_dependents_rejection_stands_at_the_dependent() -> None:
    patient = {"lastName": "SPECIMEN", "firstName": "IVY", "subscriberRelationshipCode": "19"}
    messages = [{"field": "patientLastName"}, {"code": "67"}, {"field": "memberId", "code": "72"}]

    (one,) = said(coverage(patient=patient, statusCode="19", validationMessages=messages))

    assert [(one.code, one.loop) for one in one.rejections] == [("65", "2100D"), ("67", "2100D"), ("72", "2100C")]


def test_what_is_refused_of_a_benefit_stands_beside_the_answer(read: Read) -> None:
    refused = [{"field": "serviceType", "code": "53"}]

    answer = read(people=said(coverage(plan(benefit("MH", statusCode="1")), validationMessages=refused)))

    assert answer.coverage.status == "active"
    assert [problem.code for problem in answer.problems] == ["setup_problem"]


@pytest.mark.parametrize(
    ("error", "status", "code", "whose"),
    [
        (
            {"statusCode": 400, "errors": [{"field": "memberId", "code": "72"}]},
            "not_found",
            "member_rejected",
            "member",
        ),
        (
            {"statusCode": 400, "errors": [{"field": "memberId", "code": "X"}]},
            "could_not_check",
            "setup_problem",
            "ours",
        ),
        ({"statusCode": 401, "errors": []}, "could_not_check", "setup_problem", "ours"),
        ({"statusCode": 503}, "could_not_check", "payer_silent", "payer"),
    ],
)
def test_an_error_of_availitys_own_is_read(read: Read, error: Json, status: str, code: str, whose: str) -> None:
    answer = read(people=said({"userMessage": "…", "developerMessage": "…", "reasonCode": 0, **error}))

    assert answer.coverage.status == status
    assert [(problem.code, problem.whose) for problem in answer.problems] == [(code, whose)]


# --- Plans ---


def test_a_plan_is_the_status_line_of_30_with_its_group_its_kind_and_its_dates(read: Read) -> None:
    body = plan(
        groupNumber="B0900",
        groupName="EXAMPLE INC",
        insuranceTypeCode="PR",
        eligibilityStartDate="2026-01-01T05:00:00.000+0000",
        eligibilityEndDate="2026-12-31T05:00:00.000+0000",
    )

    found = read(people=said(coverage(body))).coverage

    assert (found.status, found.plan_name, found.plan_type) == ("active", "GOLD", "PPO")
    assert (found.group_number, found.group_name) == ("B0900", "EXAMPLE INC")
    assert (str(found.begins_on), str(found.ends_on)) == ("2026-01-01", "2026-12-31")


def test_a_plan_that_ended_before_the_day_is_unclear(read: Read) -> None:
    ended = plan(benefit("MH", statusCode="1"), eligibilityEndDate="2026-06-30T04:00:00.000+0000")

    assert read(people=said(coverage(ended))).coverage.status == "unclear"


@pytest.mark.parametrize(("medical", "dental"), [("active", "6"), ("inactive", "1")])
def test_the_status_of_a_dental_plan_is_not_the_medical_ones(read: Read, medical: str, dental: str) -> None:
    own = plan(benefit("30", statusCode="1"), statusCode="1" if medical == "active" else "6")
    own["benefits"][0]["statusCode"] = own["statusCode"]
    other = plan(benefit("35", statusCode=dental), statusCode=dental, description="SMILE")

    for plans in ((own, other), (other, own)):
        found = read(people=said(coverage(*plans))).coverage
        assert (found.status, found.plan_name) == (medical, "GOLD")


def test_another_payer_is_named_in_its_order(read: Read) -> None:
    more = [{"name": "OTHER INSURANCE", "primary": True}, {"name": "THIRD", "tertiary": True}]

    found = read(people=said(coverage(plan(benefit("30", additionalPayers=more))))).coverage.other_payers

    assert [(one.name, one.order) for one in found] == [("OTHER INSURANCE", "primary"), ("THIRD", "tertiary")]


# --- Who runs the benefit ---

RUN_BY_LUCET: tuple[Json, ...] = (
    {"statusDetails": {"noNetwork": [{"statusCode": "U", "contacts": [{"name": "LUCET", "phone": "8005550122"}]}]}},
    {"contacts": [{"name": "LUCET", "contactInformation": [{"phone": "8005550122"}]}], "statusCode": "U"},
    {"additionalPayers": [{"name": "LUCET", "thirdPartyAdministrator": True, "phone": "8005550122"}]},
    {"additionalPayers": [{"thirdPartyAdministrator": "LUCET", "phone": "8005550122", "serviceTypeCode": "MH"}]},
)


@pytest.mark.parametrize("more", RUN_BY_LUCET)
def test_an_administrator_runs_the_benefit_wherever_it_is_named(read: Read, more: Json) -> None:
    answer = read(people=said(coverage(plan(benefit("MH", **{"statusCode": "1", **more})))))

    (administrator,) = answer.administrators
    assert (administrator.name, administrator.phone) == ("LUCET", "8005550122")
    assert answer.terms(*PHP, Side.IN_NETWORK).verdict == "delegated"


def test_the_members_id_at_an_administrator_is_kept(read: Read) -> None:
    tpa = {"name": "MAGELLAN", "thirdPartyAdministrator": True, "insuredMemberId": "M900000099"}

    (administrator,) = read(people=said(coverage(plan(benefit("MH", additionalPayers=[tpa]))))).administrators

    assert (administrator.member_id_differs, administrator.member_id) == (True, "M900000099")


def test_the_plans_own_claims_administrator_runs_no_benefit(read: Read) -> None:
    tpa = {"name": "CLAIMS OFFICE", "thirdPartyAdministrator": True}

    answer = read(people=said(coverage(plan(benefit("30", statusCode="1", additionalPayers=[tpa])))))

    assert answer.terms(*IOP, Side.IN_NETWORK).verdict == "not_stated"


# --- Benefits ---


@pytest.mark.parametrize(
    ("side", "network"), [("inNetwork", "Y"), ("outOfNetwork", "N"), ("notApplicableNetwork", "W"), ("noNetwork", "")]
)
@pytest.mark.parametrize(
    ("kind", "information"), [("coInsurance", "A"), ("coPayment", "B"), ("deductibles", "C"), ("outOfPocket", "G")]
)
def test_kind_and_side_are_keys(kind: str, information: str, side: str, network: str) -> None:
    (line,) = lines(benefit("MH", **amounts(kind, {"amount": "5"}, side=side)))

    assert (line.information, line.network, line.service_types, line.plan) == (information, network, ("MH",), "GOLD")
    assert line.at == f"$.plans[0].benefits[0].amounts.{kind}.{side}[0]"


@pytest.mark.parametrize(
    ("kind", "information"),
    [
        *(("limitations", "F"), ("nonCovered", "I"), ("exclusions", "E"), ("benefitDescriptions", "D")),
        *(("coverageBasis", "CB"), ("costContainment", "J"), ("reserve", "K"), ("preexistingConditions", "M")),
    ],
)
def test_a_detail_of_a_benefit_is_a_line_of_its_kind(kind: str, information: str) -> None:
    (line,) = lines(benefit("MH", **{kind: {"inNetwork": [{"payerNotes": ["NOTE"]}]}}))

    assert (line.information, [one.text for one in line.messages]) == (information, ["NOTE"])


def test_a_status_detail_brings_its_own_code_or_words() -> None:
    details = {"inNetwork": [{"statusCode": "CB"}], "outOfNetwork": [{"status": "Non-Covered"}]}

    assert [line.information for line in lines(benefit("MH", statusDetails=details))] == ["CB", "I"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"authorizationRequired": True}, "Y"),
        ({"authorizationRequired": False}, "N"),
        ({"authorizationRequiredUnknown": True}, "U"),
        ({"authorizationRequired": False, "authorizationRequiredUnknown": True}, "U"),
        ({"authorizationRequired": "true"}, "Y"),
        ({}, ""),
    ],
)
def test_two_flags_are_one_authorization(flags: Json, said: str) -> None:
    assert detail(amount="5", **flags).authorization == said


@pytest.mark.parametrize(
    ("element", "amount", "share", "period"),
    [
        ({"amount": "25", "units": "USD", "amountTimePeriodCode": "27"}, "25", "", "27"),
        ({"amount": "1,500.00", "units": "Dollars", "amountTimePeriod": "Calendar Year"}, "1500.00", "", "23"),
        ({"amount": "$25.00"}, "25.00", "", ""),
        ({"amount": 25, "amountTimePeriodCode": "7"}, "25", "", "7"),
        ({"amount": "20", "units": "Percentage"}, "", "20", ""),
        ({"amount": "20%"}, "", "20", ""),
        ({"amount": ".2", "units": "Percent"}, "", ".2", ""),
        ({"amount": "0", "units": "Percentage"}, "", "0", ""),
        ({"total": "900", "totalTimePeriodCode": "23"}, "900", "", "23"),
        ({"remaining": "900"}, "900", "", "29"),
        ({"remaining": "900", "remainingTimePeriodCode": "32"}, "900", "", "33"),
    ],
)
def test_a_figure_stands_where_its_units_say(element: Json, amount: str, share: str, period: str) -> None:
    line = detail(**element)

    assert (line.amount, line.share, line.period) == (amount, share, period)


def test_one_hundredth_is_never_taken_for_all_of_it(read: Read) -> None:
    body = coverage(
        plan(benefit("MH", statusCode="1", **amounts("coInsurance", {"amount": "1", "units": "Percentage"})))
    )

    assert read(people=said(body)).terms(*IOP, Side.IN_NETWORK).coinsurance is None


def test_total_and_remaining_of_one_element_are_two_lines(read: Read) -> None:
    element = {
        "amount": "900",
        "amountTimePeriodCode": "29",
        "remaining": "900",
        "total": "1500",
        "totalTimePeriodCode": "23",
        "levelCode": "IND",
    }
    family = {"total": "3000", "remaining": "3000", "totalTimePeriodCode": "23", "level": "Family"}

    found = read(people=said(coverage(plan(benefit("30", **amounts("deductibles", element, family))))))

    own, shared = found.accumulators.in_network.individual.deductible, found.accumulators.in_network.family.deductible
    assert (own.total, own.met, own.remaining) == (Decimal("1500.00"), Decimal("600.00"), Decimal("900.00"))
    assert (shared.total, shared.met, shared.remaining) == (Decimal("3000.00"), Decimal("0.00"), Decimal("3000.00"))
    assert {"$.plans[0].benefits[0].amounts.deductibles.inNetwork[0].total"} <= {one.path for one in found.evidence}


@pytest.mark.parametrize(
    "element",
    [
        {"quantity": "30", "quantityQualifierCode": "VS", "amountTimePeriodCode": "23"},
        {"quantity": "30", "quantityQualifier": "Visits", "timePeriod": "Calendar Year"},
        {"total": "30", "units": "Visits", "totalTimePeriodCode": "23"},
        {"deliveryInformation": [{"quantity": "30", "quantityQualifierCode": "VS", "timePeriodCode": "23"}]},
    ],
)
def test_a_limit_is_read_in_each_of_its_forms(read: Read, element: Json) -> None:
    body = coverage(plan(benefit("CH", statusCode="1", limitations={"inNetwork": [element]})))

    (limit,) = read(people=said(body)).terms(*IOP, Side.IN_NETWORK).limits

    assert (limit.quantity, limit.unit, limit.period) == (Decimal(30), "visits", "calendar_year")


def test_a_place_decides_what_is_read(read: Read) -> None:
    office = {"amount": "25", "amountTimePeriodCode": "27", "placeOfServiceCode": "11"}
    hospital = {"amount": "40", "amountTimePeriodCode": "7", "placeOfService": "On Campus-Outpatient Hospital"}

    found = read(people=said(coverage(plan(benefit("MH", **amounts("coPayment", office, hospital))))))

    terms = found.terms(*IOP, Side.IN_NETWORK)
    assert (terms.verdict, terms.rule) == ("likely", "place")
    assert terms.copay is not None
    assert (terms.copay.amount, terms.copay.per) == (Decimal("40.00"), "day")


NOTES: tuple[Json, ...] = (
    {"payerNotes": ["PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"]},
    {"payerNotes": [{"payerNote": "PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"}]},
    {"payerNotes": "PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"},
    {"description": "PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"},
)


@pytest.mark.parametrize("notes", NOTES)
def test_a_note_that_names_the_program_is_the_payers_own_word(read: Read, notes: Json) -> None:
    element = {"amount": "75", "amountTimePeriodCode": "7", **notes}

    terms = read(people=said(coverage(plan(benefit("MH", **amounts("coPayment", element)))))).terms(
        *PHP, Side.IN_NETWORK
    )

    assert (terms.verdict, terms.rule, terms.authorization) == ("covered", "phrase", "required")


def test_an_exclusion_of_one_side_leaves_the_other_alone(read: Read) -> None:
    body = benefit("MH", statusDetails={"inNetwork": [{"statusCode": "1"}]}, nonCovered={"outOfNetwork": [{}]})

    answer = read(people=said(coverage(plan(body))))

    assert answer.terms(*IOP, Side.IN_NETWORK).verdict == "likely"
    assert answer.terms(*IOP, Side.OUT_OF_NETWORK).verdict == "not_covered"


# --- Whatever else comes ---


@pytest.mark.parametrize(
    "body",
    [
        coverage(plans=None),
        coverage(plans={}),
        coverage(plans=[None, 5, "x", [], {}]),
        coverage({"benefits": {"type": "MH", "amounts": 5}}),
        coverage(plan({"type": {}, "amounts": {"coPayment": {"inNetwork": [5, {"amount": {}}]}}})),
        coverage(plan(benefit("MH", additionalPayers=[5], contacts="x", payerNotes={"a": 1}))),
        coverage(patient=5, subscriber=[], payer="x", validationMessages="x"),
        coverage(statusCode=4.5, validationMessages=[{"code": {}}]),
        {"coverages": [coverage(), 5, None]},
    ],
)
def test_no_shape_of_json_is_an_exception(read: Read, body: Json) -> None:
    for one in said(body):
        answer = read(people=(one,))
        assert answer.terms(*IOP, Side.IN_NETWORK).verdict in {"not_stated", "could_not_check", "likely"}


@pytest.mark.parametrize("body", [{}, [], {"coverages": []}, {"id": "1"}, {"status": "Complete"}, {"plans": 5}])
def test_what_is_no_coverage_is_no_reply(body: object) -> None:
    with pytest.raises(NoReplyAtAll):
        said(body)
