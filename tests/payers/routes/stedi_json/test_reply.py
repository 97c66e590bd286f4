"""Stedi's eligibility check: what its buckets and words say, as a 271 would."""

import json
from typing import Any

import pytest

from contracts import Benefits, Dated, DeliveryLimit, FindingCode, Message, NoReplyAtAll
from payers.routes.stedi_json.plans import KINDS
from payers.routes.stored import read_stored

AROUND: dict[str, Any] = {
    "id": "ec_1",
    "payerId": "62308",
    "payer": {
        "type": "PAYER",
        "name": {"organization": "CIGNA"},
        "identification": "62308",
        "contacts": [{"phoneNumbers": ["8005550120"], "urls": ["WWW.EXAMPLE.TEST"]}],
    },
    "provider": {"type": "PROVIDER", "name": {"organization": "EXAMPLE CENTER"}, "npi": "1999999984"},
    "meta": {
        "outboundTraceId": "01OUT",
        "subscriberTraceNumbers": [
            {"type": "REFERENCED_TRANSACTION", "referenceIdentification": "T2"},
            {"type": "CURRENT_TRANSACTION", "referenceIdentification": "T1", "originatingCompanyIdentifier": "9"},
        ],
    },
    "subscriber": {
        "memberId": "U900010001",
        "dateOfBirth": "1990-04-12",
        "gender": "FEMALE",
        "name": {"person": {"firstName": "OTIS", "lastName": "SPECIMEN", "middleName": "A"}},
        "dates": {"plan": {"start": "2026-01-01", "end": "2026-12-31"}, "service": {"start": "2026-03-02"}},
        "additionalInformation": {"group": {"number": "3344556", "name": "EXAMPLE EMPLOYER"}, "mbi": "1A2"},
    },
}
SERVICE = {"value": "MH", "system": "STC"}


def read(plans: Any = (), **changes: Any) -> Benefits:
    (benefits,) = read_stored(json.dumps({**AROUND, "plans": list(plans), **changes}).encode())
    return benefits


def entry(bucket: str, **fields: Any) -> Any:
    (found,) = read([{"name": "PLAN", "benefits": {bucket: [{"service": SERVICE, **fields}]}}]).lines
    return found


def test_who_says_it_of_whom() -> None:
    benefits = read([{"benefits": {"statuses": [{"status": "ACTIVE_COVERAGE"}]}}])

    assert (benefits.payer.role, benefits.payer.name, benefits.payer.id) == ("PR", "CIGNA", "62308")
    assert (benefits.payer.phones, benefits.payer.urls) == (("8005550120",), ("WWW.EXAMPLE.TEST",))
    assert (benefits.provider.id_kind, benefits.provider.id) == ("XX", "1999999984")
    assert benefits.patient is benefits.subscriber
    assert (benefits.patient.last_name, benefits.patient.birth_date, benefits.patient.gender) == (
        "SPECIMEN",
        "19900412",
        "F",
    )
    assert [(trace.kind, trace.number) for trace in benefits.traces] == [("2", "T2"), ("1", "T1")]
    assert [(one.kind, one.value, one.name) for one in benefits.patient.references] == [
        ("6P", "3344556", "EXAMPLE EMPLOYER"),
        ("F6", "1A2", ""),
    ]
    assert [(one.kind, one.value) for one in benefits.patient.dates] == [
        ("346", "20260101"),
        ("347", "20261231"),
        ("472", "20260302"),
    ]


@pytest.mark.parametrize(("bucket", "information"), [pair for pair in KINDS.items() if pair[1]])
def test_each_bucket_is_its_own_kind_of_line(bucket: str, information: str) -> None:
    assert entry(bucket).information == information


@pytest.mark.parametrize(
    ("status", "information"),
    [
        ("ACTIVE_COVERAGE", "1"),
        ("ACTIVE_FULL_RISK_CAPITATION", "2"),
        ("ACTIVE_SERVICES_CAPITATED", "3"),
        ("ACTIVE_SERVICES_CAPITATED_TO_PRIMARY_CARE_PROVIDER", "4"),
        ("ACTIVE_PENDING_INVESTIGATION", "5"),
        ("INACTIVE", "6"),
        ("INACTIVE_PENDING_ELIGIBILITY_UPDATE", "7"),
        ("INACTIVE_PENDING_INVESTIGATION", "8"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
    ],
)
def test_a_status_is_its_own_code_and_an_unknown_one_is_kept(status: str, information: str) -> None:
    assert entry("statuses", status=status).information == information


def test_every_word_of_an_entry_is_given_its_code() -> None:
    found = entry(
        "limitations",
        coverageLevel="EMPLOYEE_ONLY",
        insuranceType="PREFERRED_PROVIDER_ORGANIZATION_PPO",
        planCoverageDescription="PLAN TEXT",
        timePeriod="CALENDAR_YEAR",
        amount="30.00",
        percent=".20",
        quantity={"value": "20", "qualifier": "VISITS"},
        priorAuthIndicator="NOT_REQUIRED",
        network={"indicator": "IN_AND_OUT_OF_NETWORK"},
        messages=["A MESSAGE"],
        placesOfService=[{"code": "22", "name": "On Campus-Outpatient Hospital"}, {"name": "Office"}],
        dates={"benefit": {"start": "2026-01-01"}},
    )

    assert found[2:13] == ("F", "EMP", ("MH",), "PR", "PLAN TEXT", "23", "30.00", ".20", "VS", "20", "N")
    assert found.network == "W"
    assert found.at == "$.plans[0].benefits.limitations[0]"
    assert found.messages == (Message("$.plans[0].benefits.limitations[0].messages[0]", "A MESSAGE"),)
    assert [place.text for place in found.places] == ["22", "11"]
    assert [(one.kind, one.value) for one in found.dates] == [("348", "20260101")]


@pytest.mark.parametrize(("word", "code"), [("REQUIRED", "Y"), ("NOT_REQUIRED", "N"), ("", ""), ("PERHAPS", "PERHAPS")])
def test_an_authorization_that_is_not_stated_is_not_stated(word: str, code: str) -> None:
    assert entry("coInsurance", priorAuthIndicator=word).authorization == code


@pytest.mark.parametrize(
    ("service", "types", "procedure"),
    [
        ({"value": "bb", "system": "STC"}, ("BB",), ("", "")),
        ({"value": "S9480", "system": "HCPCS"}, (), ("HC", "S9480")),
        ({"value": "90853", "system": "CPT"}, (), ("HC", "90853")),
        ({"system": "HCPCS", "range": {"start": {"value": "H0015"}, "end": {"value": "H0018"}}}, (), ("HC", "H0015")),
        ({"definition": "Mental Health"}, ("MH",), ("", "")),
        ({}, (), ("", "")),
    ],
)
def test_a_service_is_a_type_or_a_procedure(service: Any, types: tuple[str, ...], procedure: tuple[str, str]) -> None:
    found = entry("coInsurance", service=service)

    assert (found.service_types, (found.procedure_kind, found.procedure)) == (types, procedure)


def test_limits_of_delivery_are_kept() -> None:
    limit = {
        "delivery": {
            "quantity": {"value": "3", "qualifier": "VISITS"},
            "frequency": {"value": "1", "qualifier": "WEEK"},
            "period": {"value": 12, "qualifier": "MONTH"},
        }
    }

    found = entry("limitations", serviceLimits=[limit, {"ageMaximum": 26}]).deliveries

    assert [one[2:] for one in found] == [("VS", "3", "WK", "1", "34", "12"), ("S7", "26", "", "", "", "")]
    assert all(isinstance(one, DeliveryLimit) for one in found)


def test_a_vendor_is_kept_with_its_phone_and_member_id() -> None:
    vendor = {
        "type": "VENDOR",
        "name": {"organization": "EVERNORTH BEHAVIORAL HEALTH"},
        "memberId": "V1",
        "contacts": [{"phoneNumbers": ["8005550121"]}],
    }
    doctor = {"type": "PRIMARY_CARE_PROVIDER", "name": {"person": {"firstName": "IMA", "lastName": "HEALER"}}}

    first, second = entry("contactFollowingEntityForInformation", relatedEntities=[vendor, doctor]).entities

    assert first[2:8] == ("VN", "EVERNORTH BEHAVIORAL HEALTH", "", "MI", "V1", ("8005550121",))
    assert second[2:5] == ("P3", "HEALER", "IMA")


def test_entries_that_stedi_took_apart_are_together_again_where_an_entity_is_of_them_all() -> None:
    sponsor = [{"type": "PLAN_SPONSOR", "name": {"organization": "EXAMPLE FUND"}}]
    entries = [
        {"status": "ACTIVE_COVERAGE", "service": {"value": code, "system": "STC"}, "relatedEntities": sponsor}
        for code in ("30", "MH")
    ]
    apart = [{**one, "relatedEntities": []} for one in entries]

    together = read([{"benefits": {"statuses": entries}}]).lines
    alone = read([{"benefits": {"statuses": apart}}]).lines

    assert [one.service_types for one in together] == [("30", "MH")]
    assert [one.service_types for one in alone] == [("30",), ("MH",)]


def test_the_plans_name_stands_on_its_own_line_and_on_all_lines_when_there_are_several() -> None:
    buckets = {
        "statuses": [{"status": "ACTIVE_COVERAGE", "service": {"value": "30", "system": "STC"}}],
        "deductible": [{"amount": "5", "service": {"value": "30", "system": "STC"}}],
    }

    one = read([{"name": "MEDICAL", "benefits": buckets}]).lines
    two = read([{"name": "MEDICAL", "benefits": buckets}, {"name": "DENTAL", "benefits": buckets}]).lines

    assert [line.plan for line in one] == ["MEDICAL", ""]
    assert [line.plan for line in two] == ["MEDICAL", "MEDICAL", "DENTAL", "DENTAL"]


def test_an_odd_entry_is_read_and_noticed() -> None:
    odd = {"deductible": [{"service": SERVICE, "invalidReasons": [{"code": "MISSING_AMOUNT"}]}]}

    benefits = read([{"benefits": {"invalidEntries": odd}}])

    assert [one.information for one in benefits.lines] == ["C"]
    (noticed,) = benefits.noticed
    assert (noticed.code, noticed.at) == (
        FindingCode.MALFORMED_VALUE,
        "$.plans[0].benefits.invalidEntries.deductible[0]",
    )


def test_a_dependent_is_the_patient() -> None:
    child = {
        "name": {"person": {"firstName": "NELL", "lastName": "SPECIMEN"}},
        "dateOfBirth": "2008-04-12",
        "relationToSubscriber": "CHILD",
        "maintenance": {"indicator": "PAYER_INDICATED"},
    }

    benefits = read([{"benefits": {"statuses": [{"status": "INACTIVE"}]}}], dependent=child)

    assert (benefits.patient.role, benefits.patient.relationship, benefits.patient.changed) == ("03", "19", True)
    assert benefits.subscriber.member_id == "U900010001"


@pytest.mark.parametrize(
    ("location", "loop"),
    [
        ("ENVELOPE", "2000A"),
        ("PAYER", "2100A"),
        ("PROVIDER", "2100B"),
        ("SUBSCRIBER", "2100C"),
        ("DEPENDENT", "2100D"),
        ("SUBSCRIBER_BENEFITS", "2110C"),
        ("DEPENDENT_BENEFITS", "2110D"),
    ],
)
def test_a_rejection_stands_at_its_level(location: str, loop: str) -> None:
    error = {"code": "72", "followupAction": "Please Correct and Resubmit", "location": location}

    (rejection,) = read(errors=[error]).rejections

    assert (rejection.loop, rejection.code, rejection.follow_up) == (loop, "72", "C")


def test_a_rejection_of_one_service_stands_beside_the_lines() -> None:
    benefits = read(
        [{"benefits": {"statuses": [{"status": "ACTIVE_COVERAGE"}]}}],
        errors=[{"code": "70", "location": "SUBSCRIBER_BENEFITS"}, {"description": "no code and no place"}],
    )

    assert benefits.rejections == ()
    assert [one.code for one in benefits.lines[0].rejections] == ["70"]


@pytest.mark.parametrize(
    ("ranges", "dated"),
    [
        ({"eligibility": {"start": "2026-01-01"}}, [("356", "D8", "20260101")]),
        ({"cobra": {"end": "2026-06-30"}}, [("341", "D8", "20260630")]),
        ({"service": {"start": "2026-01-01", "end": "2026-01-31"}}, [("472", "RD8", "20260101-20260131")]),
        ({"dateOfDeath": {"start": "2026-02-01"}}, [("442", "D8", "20260201")]),
        (
            {"plan": {"start": "2026-01-01", "end": "2026-12-31"}},
            [("346", "D8", "20260101"), ("347", "D8", "20261231")],
        ),
        # What a payer echoes of the asked time is no begin and no end of a plan.
        ({"plan": {"start": "2026-11-23", "end": "2026-11-23"}}, [("291", "RD8", "20261123-20261123")]),
        ({"eligibility": {"start": "2026-02-01", "end": "2026-02-28"}}, [("307", "RD8", "20260201-20260228")]),
        (
            {"plan": {"start": "2026-02-02", "end": "2026-02-28"}},
            [("346", "D8", "20260202"), ("347", "D8", "20260228")],
        ),
        (
            {"plan": {"start": "2026-13-01", "end": "2026-13-01"}},
            [("346", "D8", "20261301"), ("347", "D8", "20261301")],
        ),
        ({"latestVisit": "2026-02-01", "nonsense": 5}, [("304", "D8", "20260201")]),
    ],
)
def test_a_range_is_the_dates_that_it_holds(ranges: Any, dated: list[tuple[str, str, str]]) -> None:
    found: tuple[Dated, ...] = entry("statuses", dates=ranges).dates

    assert [(one.kind, one.form, one.value) for one in found] == dated


def test_a_payer_is_known_by_the_id_that_was_asked_when_it_names_none() -> None:
    benefits = read(payer=None, errors=[{"code": "42", "location": "PAYER"}])

    assert (benefits.payer.id_kind, benefits.payer.id) == ("PI", "62308")


@pytest.mark.parametrize("payer", [{"payerId": "62308"}, {"payerName": "CIGNA"}])
def test_an_inquiry_is_no_reply(payer: dict[str, str]) -> None:
    asked = {**payer, "subscriber": AROUND["subscriber"], "provider": AROUND["provider"]}
    asked |= {"encounter": {"services": [SERVICE]}}

    with pytest.raises(NoReplyAtAll):
        read_stored(json.dumps(asked).encode())


def test_a_reply_without_ids_is_known_by_how_it_names_people() -> None:
    body = {"subscriber": AROUND["subscriber"]}

    (benefits,) = read_stored(json.dumps(body).encode())

    assert benefits.patient.first_name == "OTIS"
