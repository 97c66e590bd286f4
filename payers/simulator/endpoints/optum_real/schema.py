"""What Optum Real's inputs may hold, and the fields that may be selected. Source: ``PROTOCOLS.md`` 4.5 (S7)."""

from typing import Final

from payers.simulator.endpoints.optum_real.graphql import selection_of
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


SCHEMA: Final = selection_of("""
{
  checkEligibility {
    eligibility {
      eligibilityInfo {
        trnId
        member { memberId firstName lastName dateOfBirth gender relationshipCode }
        insuranceInfo {
          policyNumber planStartDate planEndDate policyStatus groupName productType payerId
          lineOfBusinessCode coverageType insuranceType
        }
        planLevels {
          level
          individual { networkStatus planAmount planAmountFrequency remainingAmount }
          family { networkStatus planAmount planAmountFrequency remainingAmount }
        }
        delegatedInfo { entity payerId contact { phone fax email } }
      }
      providerNetwork { status tier }
      serviceLevels {
        vendorServices { vendorName phone url serviceDescription serviceTypeCode }
        individual {
          networkStatus
          services {
            service serviceCode status planAmount remainingAmount
            message {
              coPay { messages } coInsurance { messages } deductible { messages } benefitsAllowed { messages }
            }
            coPayList { placeOfService copay service messages }
            coInsuranceList { placeOfService coinsurancePercent service messages }
          }
        }
      }
    }
  }
  checkPriorAuthBenefitCoverage {
    caseOutcome {
      casePriorAuth {
        requestOutcomeCode requestOutcomeCodeDescription requestReferenceNumber
        requestMessages { messageText }
      }
    }
    serviceOutcomes {
      procedureCode procedureCodeDescription
      servicePriorAuth { isPriorAuthOnFile serviceOutcomeCode messages { messageText } }
    }
  }
}
""")
"""The fields that may be selected."""
