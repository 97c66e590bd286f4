"""Cigna: its replies carry Evernorth's benefits, and name BB of their own accord."""

from contracts import BehavioralAdministrator, Card, Dialect, Echoes, InquiryPlan, MemberIdHint, RouteEntry, Several
from payers.adapter import DataAdapter

CARD = Card(
    id="cigna",
    name="Cigna",
    legal_names=(
        "Cigna Health and Life Insurance Company",
        "Connecticut General Life Insurance Company",
        "Cigna Healthcare",
    ),
    aliases=("evernorth", "evernorth_behavioral_health", "cigna_behavioral_health"),
    known_as=("Cigna Healthcare", "Evernorth"),
    routes=(
        RouteEntry(route="core_mime", payer_id="62308", payer_name="CIGNA", source="PROTOCOLS.md 2 [S16]"),
        RouteEntry(route="core_soap", payer_id="62308", payer_name="CIGNA", source="PROTOCOLS.md 2 [S16]"),
        RouteEntry(
            route="availity_rest", payer_id="62308", payer_name="CIGNA", pace=50.0, source="PROTOCOLS.md 2 [BK-H]"
        ),
        RouteEntry(route="optum_json", payer_id="CIGNA", payer_name="CIGNA", source="PROTOCOLS.md 2 [S7]"),
        RouteEntry(route="stedi_json", payer_id="62308", payer_name="CIGNA", source="PROTOCOLS.md 2 [S3,S6]"),
    ),
    reply_ids=("1006", "6400"),
    member_id=MemberIdHint(
        pattern=r"U\d{8}(?:\d{2})?|\d{9,11}",
        words="U and eight digits, then two digits for the person; older ids are nine to eleven digits",
        example="U9000012301",
        source="PROTOCOLS.md 3.7 [BK-H]; older ids BK-M",
    ),
    member_id_suffix=2,
    holder_suffix="01",  # The suffix is BK-H; that the holder's is 01, BK-L: it is tried after a rejection only.
    own_arms=("Evernorth", "Cigna Behavioral"),
    administrators=(
        BehavioralAdministrator(
            name="Shared Administration", note="a TPA answers for S and G cards", source="PROTOCOLS.md 3.3 [S27]"
        ),
    ),
    plan=InquiryPlan(
        first=("MH",),
        beside=("AI",),
        then=("30",),
        several=Several.UNKNOWN,
        source="MH: PROTOCOLS.md 3.3.1 [S3, INF], a reply names BB and has the plan's figures; "
        "AI: REFERENCE.md 10, CORE 260 [C]; 30: PROTOCOLS.md 3.1 [S21]; several: 3.1 unknown TEST",
    ),
    # Some replies give the member under another id than the one asked for, with the correction declared.
    echoes=Echoes(),
    sources=("PROTOCOLS.md 2, 3.3",),
)

DIALECT = Dialect(
    notices=(
        "COMPLETE CARE MANAGEMENT",
        "INCLUDES SERVICES PROVIDED BY CLIENT SPECIFIC NETWORK",
        "PROVIDER IS OUT OF NETWORK BASED ON NPI ID PROVIDED IN REQUEST",
    ),
    notes=(
        "Dependents come back as the subscriber, without a dependent loop.",
        "BB has no coinsurance of its own; that of the plan is never read for it.",
        "A message on the MH line tells whether the asking provider is in network.",
    ),
    sources=("PROTOCOLS.md 3.3.1 [S3, INF]", "PROTOCOLS.md 3.3 [S4]"),
)

adapter = DataAdapter(CARD, DIALECT)
