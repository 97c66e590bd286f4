"""UnitedHealthcare: Optum runs behavioral health for most plans, on UnitedHealthcare's own benefit file."""

from contracts import BehavioralAdministrator, Card, Dialect, InquiryPlan, MemberIdHint, RouteEntry, Several
from payers.adapter import DataAdapter

CARD = Card(
    id="unitedhealthcare",
    name="UnitedHealthcare",
    legal_names=(
        "UnitedHealthcare Insurance Company",
        "UnitedHealthcare of Florida Inc",
        "Neighborhood Health Partnership",
        "United Healthcare",
    ),
    aliases=("uhc", "united_healthcare"),
    known_as=("UHC", "United Healthcare"),
    routes=(
        RouteEntry(route="core_mime", payer_id="87726", payer_name="UNITEDHEALTHCARE", source="PROTOCOLS.md 2 [S16]"),
        RouteEntry(route="core_soap", payer_id="87726", payer_name="UNITEDHEALTHCARE", source="PROTOCOLS.md 2 [S16]"),
        RouteEntry(
            route="availity_rest",
            payer_id="87726",
            payer_name="UNITEDHEALTHCARE",
            pace=50.0,
            source="PROTOCOLS.md 2 [BK-H]",
        ),
        RouteEntry(route="optum_json", payer_id="87726", payer_name="UNITEDHEALTHCARE", source="PROTOCOLS.md 2 [S7]"),
        RouteEntry(route="stedi_json", payer_id="87726", payer_name="UNITEDHEALTHCARE", source="PROTOCOLS.md 2 [S6]"),
        RouteEntry(route="optum_real", payer_id="87726", payer_name="UNITEDHEALTHCARE", source="PROTOCOLS.md 4.5 [S7]"),
    ),
    member_id=MemberIdHint(
        pattern=r"\d{9,11}", words="nine to eleven digits", example="900000123", source="PROTOCOLS.md 3.7 [BK-H]"
    ),
    administrators=(
        BehavioralAdministrator(
            name="Optum",
            aliases=("United Behavioral Health", "UBH", "Optum Behavioral Health"),
            payer="optum",
            source="PROTOCOLS.md 3.5 [S28, S32]",
        ),
    ),
    plan=InquiryPlan(
        first=("MH",),
        beside=("AI",),
        then=("30",),
        several=Several.UNKNOWN,
        source="MH: PROTOCOLS.md 3.5 [S23]; AI: REFERENCE.md 10, CORE 260 [C]; 30: PROTOCOLS.md 3.1 [S21]; "
        "several: 3.1 unknown TEST",
    ),
    sources=("PROTOCOLS.md 2, 3.5",),
)

DIALECT = Dialect(
    notices=(
        "A PRIOR AUTHORIZATION OR NOTIFICATION INQUIRY REQUEST MAY BE SUBMITTED",
        "PROVIDER IS OUT NETWORK FOR MEMBER",
    ),
    notes=(
        "EB11 is Y on the plan's own line for everyone; it says nothing of a program.",
        "99999.99 and above means that there is no limit.",
        "VARIED BENEFIT says that the payer cannot give one value.",
    ),
    sources=("PROTOCOLS.md 3.5 [S23]",),
)

adapter = DataAdapter(CARD, DIALECT)
