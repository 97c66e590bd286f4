"""Florida Blue: Lucet runs its behavioral benefit for most members, and has no electronic route."""

from contracts import (
    BehavioralAdministrator,
    BillingCodes,
    Card,
    Condition,
    Dialect,
    InquiryPlan,
    MemberIdHint,
    Phrase,
    Program,
    RouteEntry,
    Several,
)
from payers.adapter import DataAdapter

CARD = Card(
    id="florida_blue",
    name="Florida Blue",
    legal_names=(
        "Blue Cross and Blue Shield of Florida Inc",
        "Blue Cross and Blue Shield of Florida",
        "Blue Cross Blue Shield of Florida",
        "Health Options Inc",
        "Florida Blue HMO",
    ),
    aliases=("bcbsfl", "bcbsf", "blue_cross_florida"),
    known_as=("Blue Cross and Blue Shield of Florida", "BCBS of Florida"),
    routes=(
        RouteEntry(
            route="availity_rest", payer_id="BCBSF", payer_name="FLORIDA BLUE", pace=50.0, source="PROTOCOLS.md 2 TEST"
        ),
        RouteEntry(route="core_mime", payer_id="BCBSF", payer_name="FLORIDA BLUE", source="PROTOCOLS.md 2 [S16]"),
        RouteEntry(route="core_soap", payer_id="BCBSF", payer_name="FLORIDA BLUE", source="PROTOCOLS.md 2 [S16]"),
        RouteEntry(route="optum_json", payer_id="BCBSFL", payer_name="FLORIDA BLUE", source="PROTOCOLS.md 2 [BK-L]"),
        RouteEntry(route="stedi_json", payer_id="ULXRI", payer_name="FLORIDA BLUE", source="PROTOCOLS.md 2 [S6]"),
    ),
    reply_ids=("00590", "BCBSF"),
    member_id=MemberIdHint(
        pattern=r"[A-Z2-9]{3}[A-Z0-9]{1,14}|R\d{8}|H\d{8}(?:\d{2})?",
        words="three characters of prefix, then up to fourteen; or H or R and eight digits",
        example="XJQH90000015",
        source="PROTOCOLS.md 3.7 [S29, S3]; the card's H number BK-M",
    ),
    administrators=(
        BehavioralAdministrator(
            name="Lucet",
            aliases=("New Directions", "New Directions Behavioral Health"),
            note="all behavioral benefits of HMO members; no 270 route, so by phone",
            source="PROTOCOLS.md 3.4 [S26, S16]",
        ),
    ),
    billing_codes=tuple(
        BillingCodes(program=program, condition=condition, revenue_codes=(code,), source="PROTOCOLS.md 3.4 [S26]")
        for program, condition, code in (
            (Program.PHP, Condition.SUBSTANCE_USE, "0912"),
            (Program.PHP, Condition.MENTAL_HEALTH, "0913"),
        )
    ),
    plan=InquiryPlan(
        first=("MH",),
        beside=("AI",),
        then=("30",),
        several=Several.UNKNOWN,
        source="MH, 30: PROTOCOLS.md 3.4 TEST; AI: REFERENCE.md 10, CORE 260 [C]; several: 3.1 unknown TEST",
    ),
    sources=("PROTOCOLS.md 2, 3.4", "RELIABILITY.md 1.4"),
)

DIALECT = Dialect(
    phrases=(Phrase(program=Program.PHP, words="0915", bare=True, source="PROTOCOLS.md 3.4 [S26], listed beside PHP"),),
    notes=("Revenue 0912 is PHP for chemical dependency and 0913 PHP psychiatric here.",),
    sources=("PROTOCOLS.md 3.4 [S26]",),
)

adapter = DataAdapter(CARD, DIALECT)
