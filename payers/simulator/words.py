"""What gateways call the codes of a 271 when they spell them out. Source: ``x12-reference.md`` 3, 4, 6, 7 (S1, S7)."""

import re
from typing import Final

INFORMATION: Final = {
    "1": "Active Coverage",
    "2": "Active - Full Risk Capitation",
    "3": "Active - Services Capitated",
    "4": "Active - Services Capitated to Primary Care Provider",
    "5": "Active - Pending Investigation",
    "6": "Inactive",
    "7": "Inactive - Pending Eligibility Update",
    "8": "Inactive - Pending Investigation",
    "A": "Co-Insurance",
    "B": "Co-Payment",
    "C": "Deductible",
    "CB": "Coverage Basis",
    "D": "Benefit Description",
    "E": "Exclusions",
    "F": "Limitations",
    "G": "Out of Pocket (Stop Loss)",
    "I": "Non-Covered",
    "L": "Primary Care Provider",
    "R": "Other or Additional Payor",
    "U": "Contact Following Entity for Eligibility or Benefit Information",
    "W": "Other Source of Data",
    "X": "Health Care Facility",
}
LEVELS: Final = {"IND": "Individual", "FAM": "Family", "EMP": "Employee Only", "ESP": "Employee and Spouse"}
PERIODS: Final = {
    "6": "Hour",
    "7": "Day",
    "22": "Service Year",
    "23": "Calendar Year",
    "24": "Year to Date",
    "25": "Contract",
    "26": "Episode",
    "27": "Visit",
    "29": "Remaining",
    "32": "Lifetime",
    "36": "Admission",
}
QUANTITIES: Final = {
    "DY": "Days",
    "VS": "Visits",
    "HS": "Hours",
    "YY": "Years",
    "P6": "Number of Services or Procedures",
}
NETWORKS: Final = {"Y": "Yes", "N": "No", "W": "Not Applicable", "U": "Unknown"}
INSURANCE: Final = {
    "C1": "Commercial",
    "HM": "Health Maintenance Organization (HMO)",
    "PR": "Preferred Provider Organization (PPO)",
    "PS": "Point of Service (POS)",
}
ROLES: Final = {
    "1P": "Provider",
    "IL": "Insured or Subscriber",
    "P3": "Primary Care Provider",
    "PR": "Payer",
    "VN": "Vendor",
    "X3": "Utilization Management Organization",
}
SERVICE_TYPES: Final = {
    "1": "Medical Care",
    "30": "Health Benefit Plan Coverage",
    "33": "Chiropractic",
    "47": "Hospital",
    "86": "Emergency Services",
    "88": "Pharmacy",
    "98": "Professional (Physician) Visit - Office",
    "A4": "Psychiatric",
    "A8": "Psychiatric - Outpatient",
    "AI": "Substance Abuse",
    "AL": "Vision (Optometry)",
    "BB": "Partial Hospitalization (Psychiatric)",
    "CH": "Mental Health Facility - Outpatient",
    "CJ": "Substance Abuse Facility - Outpatient",
    "MH": "Mental Health",
    "UC": "Urgent Care",
}
REJECTIONS: Final = {
    "15": "Required application data missing",
    "42": "Unable to Respond at Current Time",
    "43": "Invalid/Missing Provider Identification",
    "51": "Provider Not on File",
    "64": "Invalid/Missing Patient ID",
    "65": "Invalid/Missing Patient Name",
    "67": "Patient Not Found",
    "71": "Patient Birth Date Does Not Match That for the Patient on the Database",
    "72": "Invalid/Missing Subscriber/Insured ID",
    "73": "Invalid/Missing Subscriber/Insured Name",
    "75": "Subscriber/Insured Not Found",
    "79": "Invalid Participant Identification",
    "80": "No Response received - Transaction Terminated",
}
FOLLOW_UPS: Final = {
    "C": "Please Correct and Resubmit",
    "N": "Resubmission Not Allowed",
    "P": "Please Resubmit Original Transaction",
    "R": "Resubmission Allowed",
}


def shouted(words: str) -> str:
    """Words as a member of an enumeration: ``Calendar Year`` is ``CALENDAR_YEAR``."""
    return re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")
