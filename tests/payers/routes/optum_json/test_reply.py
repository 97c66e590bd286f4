"""Medical Network Eligibility v3: nothing that a 271 says is lost on the way through its JSON."""

import json
from typing import Any

import pytest

from contracts import Benefits, Dated, DeliveryLimit, Entity, Message, NoReplyAtAll, Rejection, Trace
from payers.routes.stored import read_stored

AROUND: dict[str, Any] = {
    "meta": {"senderId": "EXAMPLE", "applicationMode": "production", "traceId": "t", "outboundTraceId": "BHT1"},
    "controlNumber": "000000105",
    "tradingPartnerServiceId": "87726",
    "provider": {"providerOrgName": "EXAMPLE CENTER", "npi": "1999999984", "entityIdentifier": "Provider"},
    "subscriber": {
        "memberId": "900000101",
        "firstName": "OTIS",
        "lastName": "SPECIMEN",
        "gender": "F",
        "dateOfBirth": "19900412",
        "relationToSubscriber": "Self",
    },
    "payer": {
        "entityIdentifier": "Payer",
        "name": "UNITEDHEALTHCARE",
        "payorIdentification": "87726",
        "contactInformation": {"contacts": [{"communicationMode": "Telephone", "communicationNumber": "8005550150"}]},
    },
}
AAA_75 = {
    "field": "AAA",
    "code": "75",
    "description": "Subscriber/Insured Not Found",
    "followupAction": "Please Correct and Resubmit",
    "location": "Loop 2100C",
}


def read(**changes: Any) -> Benefits:
    (benefits,) = read_stored(json.dumps({**AROUND, **changes}).encode())
    return benefits


def line(**fields: Any) -> Any:
    (found,) = read(benefitsInformation=[{"code": "A", **fields}]).lines
    return found


def test_who_says_it_of_whom_and_under_which_numbers() -> None:
    traces = [
        {"traceTypeCode": "2", "referenceIdentification": "T2", "originatingCompanyIdentifier": "9123456789"},
        {"traceType": "Current Transaction Trace Numbers", "referenceIdentification": "T1"},
    ]

    benefits = read(subscriberTraceNumbers=traces, benefitsInformation=[{"code": "1"}])

    assert benefits.payer is not None
    assert benefits.patient is benefits.subscriber
    assert (benefits.payer.name, benefits.payer.id, benefits.payer.phones) == (
        "UNITEDHEALTHCARE",
        "87726",
        ("8005550150",),
    )
    assert (benefits.provider.name, benefits.provider.id_kind, benefits.provider.id) == (
        "EXAMPLE CENTER",
        "XX",
        "1999999984",
    )
    patient = benefits.patient
    assert (patient.at, patient.role, patient.last_name, patient.first_name) == (
        "$.subscriber",
        "IL",
        "SPECIMEN",
        "OTIS",
    )
    assert (patient.id_kind, patient.member_id, patient.birth_date, patient.gender) == (
        "MI",
        "900000101",
        "19900412",
        "F",
    )
    assert (patient.relationship, patient.changed) == ("18", False)
    assert benefits.traces == (Trace("2", "T2", "9123456789"), Trace("1", "T1"))
    assert benefits.trace == "T2"


def test_the_plan_stands_at_the_patient_with_its_group_and_its_dates() -> None:
    benefits = read(
        planInformation={"groupNumber": "0900001", "groupDescription": "EXAMPLE EMPLOYER INC", "planNumber": "7"},
        planDateInformation={"planBegin": "20260101", "plan": "20260101-20261231", "eligibilityEnd": "2026-12-31"},
        benefitsInformation=[{"code": "1"}],
    )

    assert [(one.kind, one.value, one.name) for one in benefits.patient.references] == [
        ("18", "7", ""),
        ("6P", "0900001", "EXAMPLE EMPLOYER INC"),
    ]
    assert [(one.kind, one.form, one.value) for one in benefits.patient.dates] == [
        ("346", "D8", "20260101"),
        ("291", "RD8", "20260101-20261231"),
        ("357", "D8", "20261231"),
    ]


def test_every_element_of_a_line_is_kept() -> None:
    found = line(
        coverageLevelCode="IND",
        serviceTypeCodes=["MH", "A8"],
        insuranceTypeCode="C1",
        planCoverage="CHOICE PLUS",
        timeQualifierCode="27",
        benefitAmount="25",
        benefitPercent=".2",
        quantityQualifierCode="VS",
        benefitQuantity="30",
        authOrCertIndicator="Y",
        inPlanNetworkIndicatorCode="N",
        additionalInformation=[{"description": "INTENSIVE OUTPATIENT"}, "AS TEXT"],
    )

    assert found[2:13] == ("A", "IND", ("MH", "A8"), "C1", "CHOICE PLUS", "27", "25", ".2", "VS", "30", "Y")
    assert found.network == "N"
    assert found.at == "$.benefitsInformation[0]"
    assert json.loads(found.text)["benefitAmount"] == "25"
    assert found.messages == (
        Message("$.benefitsInformation[0].additionalInformation[0]", "INTENSIVE OUTPATIENT"),
        Message("$.benefitsInformation[0].additionalInformation[1]", "AS TEXT"),
    )


@pytest.mark.parametrize(
    ("sent", "network"), [("Y", "Y"), ("N", "N"), ("W", "W"), ("U", "U"), ("Not Applicable", "W"), ("Yes", "Y")]
)
def test_the_side_of_the_network_is_kept(sent: str, network: str) -> None:
    field = "inPlanNetworkIndicatorCode" if len(sent) == 1 else "inPlanNetworkIndicator"

    assert line(**{field: sent}).network == network


def test_words_without_codes_are_given_their_codes_back() -> None:
    found = read(
        benefitsInformation=[
            {
                "name": "Co-Payment",
                "coverageLevel": "Family",
                "serviceTypes": ["Mental Health"],
                "timeQualifier": "Calendar Year",
                "insuranceType": "Preferred Provider Organization (PPO)",
                "authOrCertIndicator": "No",
            }
        ]
    ).lines[0]

    assert (found.information, found.level, found.service_types) == ("B", "FAM", ("MH",))
    assert (found.period, found.insurance, found.authorization) == ("23", "PR", "N")


def test_a_procedure_is_kept_with_its_qualifier_and_modifiers() -> None:
    found = line(
        compositeMedicalProcedureIdentifier={
            "productOrServiceIdQualifierCode": "HC",
            "procedureCode": "h0015",
            "procedureModifiers": ["HF"],
        }
    )

    assert (found.procedure_kind, found.procedure, found.modifiers) == ("HC", "H0015", ("HF",))


def test_places_come_from_the_list_and_not_twice_from_the_single_field() -> None:
    office, clinic = (
        {"codeListQualifierCode": "ZZ", "industryCode": code, "industry": "Somewhere"} for code in ("11", "53")
    )

    found = line(
        eligibilityAdditionalInformation=office,
        eligibilityAdditionalInformationList=[
            office,
            clinic,
            {"codeListQualifierCode": "GR", "industryCode": "77", "injuredBodyPartName": "SHOULDER"},
        ],
    )

    assert [place.text for place in found.places] == ["11", "53"]
    assert [said.text for said in found.messages] == ["SHOULDER"]


def test_a_place_by_its_name_alone_is_a_place() -> None:
    assert [place.text for place in line(eligibilityAdditionalInformation={"industry": "Office"}).places] == ["11"]


def test_limits_dates_and_numbers_of_a_line_are_kept() -> None:
    found = line(
        benefitsServiceDelivery=[
            {
                "quantityQualifierCode": "VS",
                "quantity": "30",
                "unitForMeasurementQualifierCode": "MO",
                "sampleSelectionModulus": "6",
                "timePeriodQualifier": "Calendar Year",
                "numOfPeriods": "1",
            }
        ],
        benefitsDateInformation={
            "benefitBegin": "20260101",
            "service": {"startDate": "2026-01-01", "endDate": "20260630"},
        },
        benefitsAdditionalInformation={"planNetworkIdNumber": "N77", "planNetworkIdDescription": "NETWORK"},
    )

    (limit,) = found.deliveries
    assert limit == DeliveryLimit(limit.at, limit.text, "VS", "30", "MO", "6", "23", "1")
    assert found.dates == (
        Dated("$.benefitsInformation[0].benefitsDateInformation.benefitBegin", "348", "D8", "20260101"),
        Dated("$.benefitsInformation[0].benefitsDateInformation.service", "472", "RD8", "20260101-20260630"),
    )
    assert [(one.kind, one.value, one.name) for one in found.references] == [("N6", "N77", "NETWORK")]


VENDOR = {
    "entityIdentifier": "Vendor",
    "entityType": "Non-Person Entity",
    "entityName": "OPTUM BEHAVIORAL HEALTH",
    "entityIdentification": "MI",
    "entityIdentificationValue": "V900",
    "contactInformation": {
        "contacts": [
            {"communicationMode": "Uniform Resource Locator (URL)", "communicationNumber": "WWW.EXAMPLE.TEST"},
            {"communicationMode": "Work Phone Number", "communicationNumber": "8005550112"},
            {"communicationMode": "Telephone", "communicationNumber": "8005550111"},
        ]
    },
}


@pytest.mark.parametrize(
    "fields",
    [
        {"benefitsRelatedEntity": VENDOR},
        {"benefitsRelatedEntities": [VENDOR]},
        {"benefitsRelatedEntity": VENDOR, "benefitsRelatedEntities": [VENDOR]},
    ],
)
def test_a_related_entity_is_kept_once(fields: dict[str, Any]) -> None:
    (entity,) = line(**fields).entities

    assert entity == Entity(
        at=entity.at,
        text=entity.text,
        role="VN",
        name="OPTUM BEHAVIORAL HEALTH",
        id_kind="MI",
        id="V900",
        phones=("8005550111", "8005550112"),
        urls=("WWW.EXAMPLE.TEST",),
    )


def test_a_person_among_the_entities_and_a_number_without_a_name_are_kept() -> None:
    healer = {"entityIdentifier": "Primary Care Provider", "entityLastname": "HEALER", "entityFirstname": "IMA"}
    desk = {"contactInformation": {"name": "BENEFITS DESK", "contacts": []}}

    person, nobody = line(benefitsRelatedEntities=[healer, desk]).entities

    assert (person.role, person.name, person.first_name) == ("P3", "HEALER", "IMA")
    assert (nobody.role, nobody.name) == ("", "BENEFITS DESK")


def test_a_dependent_is_the_patient_and_the_subscriber_holds_the_plan() -> None:
    benefits = read(
        dependents=[
            {"firstName": "NELL", "lastName": "SPECIMEN", "dateOfBirth": "20080412", "relationToSubscriber": "Child"}
        ],
        planInformation={"groupNumber": "0900001"},
        benefitsInformation=[{"code": "1", "aaaErrors": [{"code": "70"}]}],
    )

    assert (benefits.patient.role, benefits.patient.first_name, benefits.patient.relationship) == ("03", "NELL", "19")
    assert (benefits.subscriber.role, benefits.subscriber.member_id) == ("IL", "900000101")
    assert [one.value for one in benefits.patient.references] == ["0900001"]
    assert benefits.lines[0].rejections[0].loop == "2110D"


def test_a_member_whose_data_the_payer_corrected_is_told() -> None:
    holder = {**AROUND["subscriber"], "maintenanceTypeCode": "001", "maintenanceReasonCode": "25"}

    assert read(subscriber=holder, benefitsInformation=[{"code": "1"}]).patient.changed


@pytest.mark.parametrize(
    ("holder", "loop"),
    [("payer", "2100A"), ("provider", "2100B"), ("subscriber", "2100C"), ("dependents", "2100D")],
)
def test_a_rejection_stands_at_the_level_of_its_object_and_once(holder: str, loop: str) -> None:
    error = {**AAA_75, "location": f"Loop {loop}"}
    object_ = {**AROUND.get(holder, {}), "aaaErrors": [error]}

    benefits = read(**{holder: [object_] if holder == "dependents" else object_, "errors": [error]})

    (rejection,) = benefits.rejections
    assert (rejection.loop, rejection.code, rejection.follow_up) == (loop, "75", "C")
    assert rejection.at.startswith(f"$.{holder}")


def test_a_rejection_without_a_place_is_the_one_below_that_has_one() -> None:
    unplaced = {"field": "AAA", "code": "42"}
    holder = {**AROUND["subscriber"], "aaaErrors": [{**unplaced, "location": "Loop 2100C"}]}

    benefits = read(subscriber=holder, errors=[unplaced])

    assert [(one.loop, one.code) for one in benefits.rejections] == [("2100C", "42")]


@pytest.mark.parametrize(("code", "loop"), [("42", "2100A"), ("51", "2100B"), ("72", "2100C"), ("67", "2100D")])
def test_a_rejection_without_any_place_stands_where_the_guide_lets_it(code: str, loop: str) -> None:
    (rejection,) = read(errors=[{"field": "AAA", "code": code}]).rejections

    assert rejection.loop == loop


def test_a_rejection_of_one_service_stands_beside_the_lines() -> None:
    error = {"field": "AAA", "code": "70", "location": "Loop 2110C"}

    benefits = read(benefitsInformation=[{"code": "1"}], errors=[error])

    assert benefits.rejections == ()
    assert benefits.lines[0].rejections == (
        Rejection("$.errors[0]", json.dumps(error, separators=(",", ":")), "2110C", "", "70"),
    )


def test_a_rejection_of_a_line_is_not_told_again_by_the_top() -> None:
    error = {"field": "AAA", "code": "70", "location": "Loop 2110C"}

    benefits = read(benefitsInformation=[{"code": "1"}, {"code": "V", "aaaErrors": [error]}], errors=[error])

    assert [len(one.rejections) for one in benefits.lines] == [0, 1]


def test_the_deprecated_status_is_read_only_where_no_line_gives_one() -> None:
    status = [{"statusCode": "1", "status": "Active Coverage", "planDetails": "CHOICE", "serviceTypeCodes": ["30"]}]

    alone = read(planStatus=status, benefitsInformation=[{"code": "C", "benefitAmount": "5"}])
    beside = read(planStatus=status, benefitsInformation=[{"code": "6", "serviceTypeCodes": ["30"]}])

    assert [(one.at, one.information, one.plan) for one in alone.lines] == [
        ("$.planStatus[0]", "1", "CHOICE"),
        ("$.benefitsInformation[0]", "C", ""),
    ]
    assert [one.information for one in beside.lines] == ["6"]


def test_an_answer_that_was_given_earlier_says_when() -> None:
    earlier = read(sourceType="duplicate", processedDate="2026-03-02T14:05:04Z", benefitsInformation=[{"code": "1"}])

    assert earlier.answered_at == "2026-03-02T14:05:04Z"


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({"transactionSetAcknowledgement": "R"}, False),
        ({"transactionSetAcknowledgement": "Accepted"}, True),
        ({"implementationTransactionSetSyntaxError": "I5"}, False),
        ({"status": "ERROR", "errors": [{"code": "71", "location": "subscriber_level_HL_loop"}]}, False),
    ],
)
def test_what_is_no_reply_of_the_payers_is_an_acknowledgment(fields: dict[str, Any], accepted: bool) -> None:
    benefits = read(**fields)

    assert benefits.acknowledgment is not None
    assert (benefits.acknowledgment.kind, benefits.acknowledgment.accepted) == ("999", accepted)
    assert benefits.rejections == ()


def test_every_item_of_a_page_is_an_answer_of_its_own() -> None:
    page = {"items": [{**AROUND, "benefitsInformation": [{"code": "1"}]}, {"noise": 1}, {**AROUND, "errors": [AAA_75]}]}

    first, second = read_stored(json.dumps(page).encode())

    assert (first.lines[0].at, second.rejections[0].at) == ("$.items[0].benefitsInformation[0]", "$.items[2].errors[0]")


INQUIRY = {
    "controlNumber": "000000105",
    "tradingPartnerServiceId": "87726",
    "provider": {"organizationName": "EXAMPLE CENTER", "npi": "1999999984"},
    "subscriber": AROUND["subscriber"],
    "encounter": {"serviceTypeCodes": ["MH"]},
}


def test_a_rejection_at_a_level_alone_is_a_reply() -> None:
    body = {"controlNumber": "1", "subscriber": {"aaaErrors": [{"code": "72"}]}}

    (benefits,) = read_stored(json.dumps(body).encode())

    assert [(one.loop, one.code) for one in benefits.rejections] == [("2100C", "72")]


@pytest.mark.parametrize(
    "body", [{}, {"controlNumber": "1"}, {"subscriber": {}}, {"benefitsInformation": []}, INQUIRY, {"items": [INQUIRY]}]
)
def test_what_says_nothing_is_no_reply(body: dict[str, Any]) -> None:
    with pytest.raises(NoReplyAtAll):
        read_stored(json.dumps(body).encode())
