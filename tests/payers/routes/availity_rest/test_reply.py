"""Availity's coverages: who is meant, what became of it, which plan, and who runs the benefit."""

import pytest

from contracts import Side
from tests.payers.routes.availity_rest.coverages import (
    IOP,
    PHP,
    Json,
    Read,
    benefit,
    coverage,
    plan,
    said,
)

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
        coverage(plan(benefit("MH", statusCode="1")), statusCode="13", status="Strange"),
    ],
)
def test_what_is_worked_on_is_pending(read: Read, body: Json) -> None:
    answer = read(people=said(body))

    assert (answer.state, answer.coverage.status) == ("pending", "could_not_check")
    assert [problem.code for problem in answer.problems] == ["payer_busy"]


@pytest.mark.parametrize(
    ("more", "code", "responsible"),
    [
        ({"status": "Communication Error", "statusCode": "7"}, "payer_silent", "payer"),
        ({"status": "Communication Error", "statusCode": "E"}, "payer_silent", "payer"),
        ({"statusCode": "7", "plans": [plan(benefit("MH", statusCode="1"))]}, "payer_silent", "payer"),
        ({"statusCode": "7", "validationMessages": [{"code": "80"}]}, "payer_busy", "payer"),
        ({"statusCode": "13", "validationMessages": [{"code": "79"}]}, "setup_problem", "service"),
        ({"status": "Request Error", "statusCode": "19"}, "setup_problem", "service"),
    ],
)
def test_a_coverage_that_failed_says_nothing_of_the_member(read: Read, more: Json, code: str, responsible: str) -> None:
    answer = read(people=said(coverage(**more)))

    assert (answer.state, answer.coverage.status) == ("final", "could_not_check")
    assert [(problem.code, problem.responsible) for problem in answer.problems] == [(code, responsible)]


def test_a_partial_reply_is_read_and_at_most_unclear(read: Read) -> None:
    answer = read(people=said(coverage(plan(benefit("MH", statusCode="1")), statusCode="3", status="Complete")))

    assert answer.coverage.status == "unclear"
    assert [finding.code for finding in answer.findings] == ["truncated"]
    assert answer.terms(*IOP, Side.IN_NETWORK).verdict == "likely"


@pytest.mark.parametrize(
    ("message", "status", "code", "responsible", "fields"),
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
        ({"field": "asOfDate", "code": "62"}, "could_not_check", "setup_problem", "service", ("service_date",)),
        ({"field": "serviceType", "code": "53"}, "could_not_check", "setup_problem", "service", ()),
        ({"field": "strange", "code": "QQ"}, "could_not_check", "payer_busy", "payer", ()),
    ],
)
def test_a_validation_message_is_the_aaa_that_it_stands_for(
    read: Read, message: Json, status: str, code: str, responsible: str, fields: tuple[str, ...] | None
) -> None:
    answer = read(people=said(coverage(statusCode="19", status="Request Error", validationMessages=[message])))

    (problem,) = answer.problems
    assert (answer.coverage.status, problem.code, problem.responsible) == (status, code, responsible)
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
    ("error", "status", "code", "responsible"),
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
            "service",
        ),
        ({"statusCode": 401, "errors": []}, "could_not_check", "setup_problem", "service"),
        ({"statusCode": 503}, "could_not_check", "payer_silent", "payer"),
    ],
)
def test_an_error_of_availitys_own_is_read(read: Read, error: Json, status: str, code: str, responsible: str) -> None:
    answer = read(people=said({"userMessage": "…", "developerMessage": "…", "reasonCode": 0, **error}))

    assert answer.coverage.status == status
    assert [(problem.code, problem.responsible) for problem in answer.problems] == [(code, responsible)]


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
