"""The two GraphQL queries of Optum Real, and their inputs. Source: ``PROTOCOLS.md`` 4.5 (S7)."""

from collections.abc import Mapping

from contracts import AttemptNumbers, Inquiry, PayerRefused
from payers.routes.shared.failures import mark_unsent
from payers.routes.shared.member_fields import patient_fields, provider_name, subscriber_fields

_AMOUNTS = "{ networkStatus planAmount planAmountFrequency remainingAmount }"

ELIGIBILITY = (
    "query CheckEligibility($input: EligibilityInput!) { checkEligibility(input: $input) { eligibility {"
    " eligibilityInfo { trnId"
    " member { memberId firstName lastName dateOfBirth gender relationshipCode }"
    " insuranceInfo { policyNumber planStartDate planEndDate policyStatus groupName productType payerId"
    " lineOfBusinessCode coverageType insuranceType }"
    f" planLevels {{ level individual {_AMOUNTS} family {_AMOUNTS} }}"
    " delegatedInfo { entity payerId contact { phone fax email } } }"
    " providerNetwork { status tier }"
    " serviceLevels { vendorServices { vendorName phone url serviceDescription serviceTypeCode }"
    " individual { networkStatus services { service serviceCode status planAmount remainingAmount"
    " message { coPay { messages } coInsurance { messages } deductible { messages } benefitsAllowed { messages } }"
    " coPayList { placeOfService copay service messages }"
    " coInsuranceList { placeOfService coinsurancePercent service messages } } } } } } }"
)

BENEFIT_CHECK = (
    "query CheckPriorAuthBenefitCoverage($benChkInput: CheckPriorAuthBenefitCoverageInput!) {"
    " checkPriorAuthBenefitCoverage(benChkInput: $benChkInput) {"
    " caseOutcome { casePriorAuth { requestMessages { messageText } requestOutcomeCode requestOutcomeCodeDescription"
    " requestReferenceNumber } }"
    " serviceOutcomes { procedureCode procedureCodeDescription"
    " servicePriorAuth { isPriorAuthOnFile messages { messageText } serviceOutcomeCode } } } }"
)


def require_tax_id(inquiry: Inquiry) -> str:
    """Return the asking provider's tax id, nine digits, for the header that says who asks.

    Raises ``PayerRefused``, unsent, when the settings have no usable one.
    """
    tax_id = "".join(sign for sign in inquiry.provider.tax_id or "" if sign not in "- ")
    if len(tax_id) != 9 or not (tax_id.isascii() and tax_id.isdigit()):
        raise mark_unsent(PayerRefused("provider_tax_id"))
    return tax_id


def write_query_input(inquiry: Inquiry, numbers: AttemptNumbers) -> dict[str, object]:
    """Return the input of the eligibility query: the patient, under the member id of whoever holds the insurance."""
    patient, member = patient_fields(inquiry), inquiry.member
    member_id = (
        patient.member_id if inquiry.subscriber is None else subscriber_fields(inquiry, inquiry.subscriber).member_id
    )
    day = inquiry.service_date.isoformat()
    return {
        "memberId": member_id,
        "firstName": patient.first_name,
        "lastName": patient.last_name,
        "dateOfBirth": member.birth_date.isoformat() if member.birth_date else "",
        "groupNumber": patient.group_number,
        "serviceStartDate": day,
        "serviceEndDate": day,
        "coverageTypes": ["Medical"],
        "payerId": inquiry.payer_id,
        "trnId": numbers.trace,
        "serviceLevelCodes": list(inquiry.service_types),
        "providerLastName": provider_name(inquiry).upper(),
        "providerNPI": inquiry.provider.npi,
    }


def write_benefit_check(asked: Mapping[str, object], tax_id: str, procedures: tuple[str, ...]) -> dict[str, object]:
    """Return the benefit check of ``procedures`` on one day, about the member as the eligibility query named them.

    No diagnosis is sent, since we know none.
    """
    days = {"serviceStartDate": asked["serviceStartDate"], "serviceEndDate": asked["serviceEndDate"]}
    provider: dict[str, object] = {
        "providerType": "Facility",
        "providerTaxIdNumber": tax_id,
        "providerNPI": asked["providerNPI"],
        "providerLastOrOrganizationName": asked["providerLastName"],
        "providerRoles": [{"role": "Requesting"}],
        "procedureDetails": [
            {
                "procedureCode": code,
                "codeType": "HCPCS",
                "isPrimary": code == procedures[0],
                **days,
                "procedureUnitCount": "1",
                "procedureUnitOfMeasure": "UN",
            }
            for code in procedures
        ],
    }
    checked = {
        "payerId": asked["payerId"],
        "beneficiaryDetail": {
            "beneficiaryId": asked["memberId"],
            "dateOfBirth": asked["dateOfBirth"],
            "firstName": asked["firstName"],
            "lastName": asked["lastName"],
            "groupNumber": asked["groupNumber"],
            **days,
        },
        "serviceLocation": {
            "placeOfServiceCode": "52",
            "claimType": "I",
            "serviceDetail": "Medical",
            "serviceDescription": "Scheduled",
        },
        "caseDetailProvider": [provider],
    }
    return {
        "operationName": "CheckPriorAuthBenefitCoverage",
        "query": BENEFIT_CHECK,
        "variables": {"benChkInput": checked},
    }
