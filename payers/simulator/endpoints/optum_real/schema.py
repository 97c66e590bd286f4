"""What Optum Real's inputs may hold, and the fields that may be selected. Source: ``PROTOCOLS.md`` 4.5 (S7)."""

from typing import Final

from payers.simulator.endpoints.optum_real.graphql import Selection
from payers.simulator.endpoints.shared.request_rules import Rules

_DAY = r"(19|20)\d\d-\d\d-\d\d"
_NAME = r"[^*:^~]{1,60}"
ELIGIBILITY: Final[Rules] = {
    "memberId": r"[A-Za-z0-9-]{2,80}",
    "firstName": _NAME,
    "lastName": _NAME,
    "dateOfBirth": _DAY,
    "groupNumber": r"[^*:^~]{1,50}",
    "serviceStartDate": _DAY,
    "serviceEndDate": _DAY,
    "coverageTypes[]": r"Medical|Dental|Vision|Behavioral",
    "payerId!": r"[A-Za-z0-9-]{2,80}",
    "trnId": r"[A-Za-z0-9]{1,50}",
    "serviceLevelCodes[]": r"[A-Z0-9]{1,3}",
    "providerLastName!": _NAME,
    "providerFirstName": _NAME,
    "providerNPI": r"\d{10}",
    "planStartDate": _DAY,
    "planEndDate": _DAY,
    "familyIndicator": r"[YN]",
}
_DAYS: Final[Rules] = {"serviceStartDate!": _DAY, "serviceEndDate!": _DAY}
CHECK: Final[Rules] = {
    "payerId!": r"[A-Za-z0-9-]{2,80}",
    "beneficiaryDetail!": {
        "beneficiaryId!": r"[A-Za-z0-9-]{2,80}",
        "dateOfBirth": _DAY,
        "firstName": _NAME,
        "lastName!": _NAME,
        "groupNumber": r"[^*:^~]{0,50}",
        **_DAYS,
    },
    "serviceLocation!": {
        "placeOfServiceCode!": r"\d\d",
        "claimType!": r"[IP]",
        "serviceDetail!": r"Medical",
        "serviceDescription!": r"Scheduled|Elective|Emergent",
    },
    "caseDetailProvider[]!": {
        "providerType!": r"Facility|Physician",
        "providerTaxIdNumber": r"\d{9}",
        "providerNPI": r"\d{10}",
        "providerLastOrOrganizationName!": _NAME,
        "providerRoles[]!": {"role!": r"Requesting|Servicing|Facility"},
        "procedureDetails[]!": {
            "procedureCode!": r"[A-Z0-9]{5}",
            "codeType!": r"HCPCS|CPT",
            "isPrimary!": bool,
            **_DAYS,
            "diagnosisCode": r"[A-Z0-9.]{3,8}",
            "procedureUnitCount!": r"\d{1,4}",
            "procedureUnitOfMeasure!": r"UN|DA",
        },
    },
    "diagnosisCodes[]": {"diagnosisTypeCode!": r"ABK|ABF", "diagnosisCode!": r"[A-Z0-9.]{3,8}"},
}
"""What the inputs may hold; a name with ``!`` must be there, one with ``[]`` is a list."""


def _of(fields: str, **more: Selection) -> Selection:
    return {**{name: {} for name in fields.split()}, **more}


_MESSAGES = _of("messages")
_AMOUNTS = _of("networkStatus planAmount planAmountFrequency remainingAmount")
SCHEMA: Final[Selection] = {
    "checkEligibility": _of(
        "",
        eligibility=_of(
            "",
            eligibilityInfo=_of(
                "trnId",
                member=_of("memberId firstName lastName dateOfBirth gender relationshipCode"),
                insuranceInfo=_of(
                    "policyNumber planStartDate planEndDate policyStatus groupName productType payerId"
                    " lineOfBusinessCode coverageType insuranceType"
                ),
                planLevels=_of("level", individual=_AMOUNTS, family=_AMOUNTS),
                delegatedInfo=_of("entity payerId", contact=_of("phone fax email")),
            ),
            providerNetwork=_of("status tier"),
            serviceLevels=_of(
                "",
                vendorServices=_of("vendorName phone url serviceDescription serviceTypeCode"),
                individual=_of(
                    "networkStatus",
                    services=_of(
                        "service serviceCode status planAmount remainingAmount",
                        message=_of(
                            "",
                            **dict.fromkeys(("coPay", "coInsurance", "deductible", "benefitsAllowed"), _MESSAGES),
                        ),
                        coPayList=_of("placeOfService copay service messages"),
                        coInsuranceList=_of("placeOfService coinsurancePercent service messages"),
                    ),
                ),
            ),
        ),
    ),
    "checkPriorAuthBenefitCoverage": _of(
        "",
        caseOutcome=_of(
            "",
            casePriorAuth=_of(
                "requestOutcomeCode requestOutcomeCodeDescription requestReferenceNumber",
                requestMessages=_of("messageText"),
            ),
        ),
        serviceOutcomes=_of(
            "procedureCode procedureCodeDescription",
            servicePriorAuth=_of("isPriorAuthOnFile serviceOutcomeCode", messages=_of("messageText")),
        ),
    ),
}
"""The fields that may be selected."""
