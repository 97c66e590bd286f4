"""Optum: United Behavioral Health, asked directly when another payer's plan is carved out to it."""

from contracts import Card, Dialect, InquiryPlan, MemberIdHint, RouteEntry, Several
from payers.adapter import DataAdapter

CARD = Card(
    id="optum",
    name="Optum",
    legal_names=(
        "United Behavioral Health",
        "Optum Behavioral Health",
        "OptumHealth Behavioral Solutions",
        "US Behavioral Health Plan California",
    ),
    aliases=("ubh", "optum_behavioral_health", "united_behavioral_health"),
    known_as=("United Behavioral Health", "UBH"),
    routes=(
        RouteEntry(
            route="core_mime",
            payer_id="OPTUM-UNITED-BH",
            payer_name="UNITED BEHAVIORAL HEALTH",
            source="PROTOCOLS.md 2 [S16]",
        ),
        RouteEntry(
            route="core_soap",
            payer_id="OPTUM-UNITED-BH",
            payer_name="UNITED BEHAVIORAL HEALTH",
            source="PROTOCOLS.md 2 [S16]",
        ),
        RouteEntry(
            route="optum_json",
            payer_id="87726",
            payer_name="UNITED BEHAVIORAL HEALTH",
            source="PROTOCOLS.md 2 [BK-M]",
        ),
        RouteEntry(
            route="stedi_json", payer_id="87726", payer_name="UNITED BEHAVIORAL HEALTH", source="PROTOCOLS.md 2 TEST"
        ),
    ),
    member_id=MemberIdHint(
        pattern=r"[A-Z0-9]{6,15}",
        words="six to fifteen letters and digits; employers' ids vary",
        example="900000123",
        source="PROTOCOLS.md 3.7 [BK-L]",
    ),
    plan=InquiryPlan(
        first=("MH",),
        beside=("AI",),
        then=("BB", "30"),
        several=Several.UNKNOWN,
        source="MH, AI: PROTOCOLS.md 5.2 INF; BB: 5.2 INF, TEST; 30: 3.1 [S21]; several: 3.1 unknown TEST",
    ),
    sources=("PROTOCOLS.md 2, 3.6",),
)

DIALECT = Dialect(
    notes=("A plan that is here alone is behavioral: EB*1**30 is no medical coverage (X12 interpretation 2543).",),
    sources=("PROTOCOLS.md 3.6", "REFERENCE.md 8 [R 2543]"),
)

adapter = DataAdapter(CARD, DIALECT)
