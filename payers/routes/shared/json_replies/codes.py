"""The words of the JSON routes, and the X12 codes for them.

Gateways spell codes out, each in its own way (``Contact Following Entity…``, ``IN_NETWORK``). A table holds words as
``fold`` writes them. Sources: ``PROTOCOLS.md`` 4.0 and 4.2 to 4.5 (S1, S2, S7, S10), and
``REFERENCE.md`` 3, 4, 6 and 7.
"""

from collections.abc import Mapping
from typing import Final


def fold(text: str) -> str:
    """Return the letters and digits of ``text`` in upper case, so that ``Co-Pay`` and ``CO_PAY`` are equal."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def find_code(table: Mapping[str, str], *sent: str) -> str:
    """Return the code of the first of ``sent`` that is or names one; else the first that is not empty, as sent."""
    for text in sent:
        if text in table.values():
            return text
        found = table.get(fold(text))
        if found:
            return found
    return next((text for text in sent if text), "")


def _table(**names: str) -> Mapping[str, str]:
    """Return a table from names to codes; ``|`` separates names, and a code that begins with a digit is ``_1``."""
    return {fold(name): code.lstrip("_") for code, list_ in names.items() for name in list_.split("|")}


INFORMATION: Final = _table(
    _1="Active Coverage|Active|Covered",
    _2="Active - Full Risk Capitation",
    _3="Active - Services Capitated",
    _4="Active - Services Capitated to Primary Care Physician|Active Services Capitated to Primary Care Provider",
    _5="Active - Pending Investigation",
    _6="Inactive|Inactive Coverage",
    _7="Inactive - Pending Eligibility Update",
    _8="Inactive - Pending Investigation",
    A="Co-Insurance",
    B="Co-Payment",
    C="Deductible",
    CB="Coverage Basis",
    D="Benefit Description",
    E="Exclusions",
    F="Limitations",
    G="Out of Pocket (Stop Loss)|Out of Pocket",
    H="Unlimited",
    I="Non-Covered|Not Covered",
    J="Cost Containment",
    K="Reserve",
    L="Primary Care Provider",
    M="Pre-existing Condition",
    MC="Managed Care Coordinator",
    N="Services Restricted to Following Provider",
    O="Not Deemed a Medical Necessity|Not Deemed Medical Necessity",
    P="Benefit Disclaimer",
    Q="Second Surgical Opinion Required",
    R="Other or Additional Payor|Other or Additional Payer",
    S="Prior Year(s) History|Prior Years History",
    T="Card(s) Reported Lost/Stolen|Card Reported Stolen",
    U="Contact Following Entity for Eligibility or Benefit Information|Contact Following Entity for Information",
    V="Cannot Process",
    W="Other Source of Data",
    X="Health Care Facility",
    Y="Spend Down",
)
"""EB01."""

LEVELS: Final = _table(
    CHD="Children Only",
    DEP="Dependents Only",
    ECH="Employee and Children",
    EMP="Employee Only",
    ESP="Employee and Spouse",
    FAM="Family",
    IND="Individual",
    SPC="Spouse and Children",
    SPO="Spouse Only",
)
"""EB02."""

PERIODS: Final = _table(
    _6="Hour",
    _7="Day",
    _13="24 Hours",
    _21="Years",
    _22="Service Year|Plan Year|Benefit Year",
    _23="Calendar Year",
    _24="Year to Date",
    _25="Contract",
    _26="Episode",
    _27="Visit",
    _28="Outlier",
    _29="Remaining",
    _30="Exceeded",
    _31="Not Exceeded",
    _32="Lifetime",
    _33="Lifetime Remaining",
    _34="Month",
    _35="Week",
    _36="Admission",
)
"""EB06 and HSD05."""

QUANTITIES: Final = _table(
    _8H="Minimum",
    _99="Quantity Used",
    CA="Covered - Actual",
    CE="Covered - Estimated",
    D3="Number of Co-insurance Days",
    DB="Deductible Blood Units",
    DY="Days|Day",
    FL="Units|Unit",
    HS="Hours|Hour",
    LA="Life-time Reserve - Actual",
    LE="Life-time Reserve - Estimated",
    M2="Maximum",
    MN="Month|Months",
    P6="Number of Services or Procedures",
    QA="Quantity Approved",
    S7="Age, High Value|Age Maximum",
    S8="Age, Low Value|Age Minimum",
    VS="Visits|Visit",
    YY="Years|Year",
)
"""EB09 and HSD01."""

FREQUENCIES: Final = _table(DA="Days|Day", MO="Months|Month", VS="Visit|Visits", WK="Week|Weeks", YR="Years|Year")
"""HSD03."""

ROLES: Final = _table(
    _13="Contracted Service Provider",
    _1I="Preferred Provider Organization (PPO)|Preferred Provider Organization",
    _1P="Provider",
    _2B="Third-Party Administrator",
    _36="Employer",
    _73="Other Physician",
    FA="Facility",
    GP="Gateway Provider",
    GW="Group",
    I3="Independent Physicians Association (IPA)|Independent Physicians Association",
    IL="Insured or Subscriber",
    LR="Legal Representative",
    OC="Origin Carrier",
    P3="Primary Care Provider",
    P4="Prior Insurance Carrier",
    P5="Plan Sponsor",
    PR="Payer|Payor",
    PRP="Primary Payer|Primary Payor",
    SEP="Secondary Payer|Secondary Payor",
    TTP="Tertiary Payer|Tertiary Payor",
    VER="Party Performing Verification",
    VN="Vendor",
    VY="Organization Completing Configuration Change",
    X3="Utilization Management Organization",
    Y2="Managed Care Organization",
)
"""NM101 of the related entities."""

INSURANCE: Final = _table(
    _12="Medicare Secondary Working Aged Beneficiary or Spouse with Employer Group Health Plan",
    _13="Medicare Secondary End-Stage Renal Disease Beneficiary in the Mandated Coordination Period with an "
    "Employer's Group Health Plan",
    _14="Medicare Secondary, No-fault Insurance including Auto is Primary",
    _15="Medicare Secondary Worker's Compensation",
    _16="Medicare Secondary Public Health Service (PHS) or Other Federal Agency",
    _41="Medicare Secondary Black Lung",
    _42="Medicare Secondary Veteran's Administration",
    _43="Medicare Secondary Disabled Beneficiary Under Age 65 with Large Group Health Plan (LGHP)",
    _47="Medicare Secondary, Other Liability Insurance is Primary",
    AP="Auto Insurance Policy",
    C1="Commercial",
    CO="Consolidated Omnibus Budget Reconciliation Act (COBRA)",
    CP="Medicare Conditionally Primary",
    D="Disability",
    DB="Disability Benefits",
    EP="Exclusive Provider Organization|Exclusive Provider Organization (EPO)|EPO",
    FF="Family or Friends",
    GP="Group Policy",
    HM="Health Maintenance Organization (HMO)|Health Maintenance Organization|HMO",
    HN="Health Maintenance Organization (HMO) - Medicare Risk|Health Maintenance Organization - Medicare Risk",
    HS="Special Low Income Medicare Beneficiary",
    IN="Indemnity",
    IP="Individual Policy",
    LC="Long Term Care",
    LD="Long Term Policy",
    LI="Life Insurance",
    LT="Litigation",
    MA="Medicare Part A",
    MB="Medicare Part B",
    MC="Medicaid",
    MH="Medigap Part A",
    MI="Medigap Part B",
    MP="Medicare Primary",
    OT="Other",
    PE="Property Insurance - Personal",
    PL="Personal",
    PP="Personal Payment (Cash - No Insurance)",
    PR="Preferred Provider Organization (PPO)|Preferred Provider Organization|PPO",
    PS="Point of Service (POS)|Point of Service|POS",
    QM="Qualified Medicare Beneficiary",
    RP="Property Insurance - Real",
    SP="Supplemental Policy",
    TF="Tax Equity Fiscal Responsibility Act (TEFRA)",
    WC="Workers Compensation",
    WU="Wrap Up Policy",
)
"""EB04."""

NETWORKS: Final = _table(
    Y="Yes|In Network|In-Network",
    N="No|Out of Network|Out-of-Network",
    W="Not Applicable|In and Out of Network",
    U="Unknown",
)
"""EB12."""

ANSWERS: Final = _table(Y="Yes|Required", N="No|Not Required", U="Unknown")
"""EB11."""

GENDERS: Final = _table(F="Female", M="Male", U="Unknown")
"""DMG03."""

RELATIONSHIPS: Final = _table(
    _01="Spouse|SP",
    _18="Self|Subscriber|EE",
    _19="Child|CH",
    _20="Employee",
    _21="Unknown",
    _34="Other Adult",
    _39="Organ Donor",
    _40="Cadaver Donor",
    _53="Life Partner",
    G8="Other Relationship|Other",
)
"""INS02; ``EE``, ``SP`` and ``CH`` are Optum Real's."""

ID_KINDS: Final = _table(
    _24="Employer's Identification Number",
    _46="Electronic Transmitter Identification Number (ETIN)",
    FI="Federal Taxpayer's Identification Number",
    MI="Member Identification Number",
    NI="National Association of Insurance Commissioners (NAIC) Identification",
    PI="Payor Identification|Payer Identification",
    SV="Service Provider Number",
    XV="Centers for Medicare and Medicaid Services PlanID",
    XX="Centers for Medicare and Medicaid Services National Provider Identifier",
)
"""NM108."""

FOLLOW_UPS: Final = _table(
    C="Please Correct and Resubmit",
    N="Resubmission Not Allowed",
    P="Please Resubmit Original Transaction",
    R="Resubmission Allowed",
    S="Do Not Resubmit; Inquiry Initiated to a Third Party",
    W="Please Wait 30 Days and Resubmit",
    X="Please Wait 10 Days and Resubmit",
    Y="Do Not Resubmit; We Will Hold Your Request and Respond Again Shortly",
)
"""AAA04."""

REJECTIONS: Final = _table(
    _04="Authorized Quantity Exceeded|Authorization Quantity Exceeded",
    _15="Required Application Data Missing",
    _33="Input Errors",
    _35="Out of Network",
    _41="Authorization/Access Restrictions",
    _42="Unable to Respond at Current Time",
    _43="Invalid/Missing Provider Identification",
    _44="Invalid/Missing Provider Name",
    _45="Invalid/Missing Provider Specialty",
    _46="Invalid/Missing Provider Phone Number",
    _47="Invalid/Missing Provider State",
    _48="Invalid/Missing Referring Provider Identification Number",
    _49="Provider is Not Primary Care Physician",
    _50="Provider Ineligible for Inquiries",
    _51="Provider Not on File",
    _52="Service Dates Not Within Provider Plan Enrollment",
    _53="Inquired Benefit Inconsistent with Provider Type",
    _54="Inappropriate Product/Service ID Qualifier",
    _55="Inappropriate Product/Service ID",
    _56="Inappropriate Date",
    _57="Invalid/Missing Date(s) of Service",
    _58="Invalid/Missing Date-of-Birth|Invalid/Missing Date of Birth",
    _60="Date of Birth Follows Date(s) of Service",
    _61="Date of Death Precedes Date(s) of Service",
    _62="Date of Service Not Within Allowable Inquiry Period",
    _63="Date of Service in Future",
    _64="Invalid/Missing Patient ID",
    _65="Invalid/Missing Patient Name",
    _66="Invalid/Missing Patient Gender Code",
    _67="Patient Not Found",
    _68="Duplicate Patient ID Number",
    _69="Inconsistent with Patient's Age",
    _70="Inconsistent with Patient's Gender",
    _71="Patient Birth Date Does Not Match That for the Patient on the Database",
    _72="Invalid/Missing Subscriber/Insured ID",
    _73="Invalid/Missing Subscriber/Insured Name",
    _74="Invalid/Missing Subscriber/Insured Gender Code",
    _75="Subscriber/Insured Not Found",
    _76="Duplicate Subscriber/Insured ID Number",
    _77="Subscriber Found, Patient Not Found",
    _78="Subscriber/Insured Not in Group/Plan Identified",
    _79="Invalid Participant Identification",
    _80="No Response Received - Transaction Terminated",
    _97="Invalid or Missing Provider Address",
    _98="Experimental Service or Procedure",
    AA="Authorization Number Not Found",
    AE="Requires Primary Care Physician Authorization",
    AF="Invalid/Missing Diagnosis Code(s)",
    AG="Invalid/Missing Procedure Code(s)",
    AO="Additional Patient Condition Information Required",
    CI="Certification Information Does Not Match Patient",
    E8="Requires Medical Review",
    IA="Invalid Authorization Number Format",
    MA="Missing Authorization Number",
    T4="Payer Name or Identifier Missing",
)
"""AAA03."""

SERVICE_TYPES: Final = _table(
    _30="Health Benefit Plan Coverage",
    _35="Dental Care|Dental",
    _48="Hospital - Inpatient",
    _50="Hospital - Outpatient",
    _88="Pharmacy",
    A4="Psychiatric",
    A5="Psychiatric - Room and Board",
    A6="Psychotherapy",
    A7="Psychiatric - Inpatient",
    A8="Psychiatric - Outpatient",
    AI="Substance Abuse",
    AJ="Alcoholism",
    AK="Drug Addiction",
    AL="Vision (Optometry)|Vision",
    BB="Partial Hospitalization (Psychiatric)",
    BC="Day Care (Psychiatric)",
    CE="Mental Health Provider - Inpatient",
    CF="Mental Health Provider - Outpatient",
    CG="Mental Health Facility - Inpatient",
    CH="Mental Health Facility - Outpatient",
    CI="Substance Abuse Facility - Inpatient",
    CJ="Substance Abuse Facility - Outpatient",
    MH="Mental Health|Behavioral|Behavioral Health",
    RT="Residential Psychiatric Treatment",
)
"""EB03, those that decide an answer; any other code or name is kept as sent."""

PLACES: Final = _table(
    _02="Telehealth Provided Other than in Patient's Home|Telehealth|Virtual Visit",
    _10="Telehealth Provided in Patient's Home",
    _11="Office",
    _12="Home",
    _13="Assisted Living Facility",
    _19="Off Campus-Outpatient Hospital",
    _20="Urgent Care Facility|Urgent Care",
    _21="Inpatient Hospital|Inpatient",
    _22="On Campus-Outpatient Hospital|Outpatient Hospital|Outpatient",
    _23="Emergency Room - Hospital|Emergency Room",
    _31="Skilled Nursing Facility",
    _32="Nursing Facility",
    _41="Ambulance - Land",
    _42="Ambulance - Air or Water",
    _51="Inpatient Psychiatric Facility",
    _52="Psychiatric Facility-Partial Hospitalization",
    _53="Community Mental Health Center",
    _55="Residential Substance Abuse Treatment Facility",
    _56="Psychiatric Residential Treatment Center",
    _57="Non-residential Substance Abuse Treatment Facility",
    _61="Comprehensive Inpatient Rehabilitation Facility",
    _81="Independent Laboratory",
)
"""Places of service that decide an answer, by their CMS names."""
