"""Aetna: runs behavioral health itself; messages, not EB11, tell its authorization."""

from contracts import BehavioralAdministrator, Card, Dialect, InquiryPlan, MemberIdHint, RouteEntry, Several
from payers.adapter import DataAdapter

CARD = Card(
    id="aetna",
    name="Aetna",
    legal_names=("Aetna Life Insurance Company", "Aetna Health Inc", "Aetna Inc"),
    aliases=("cvs_aetna", "aetna_behavioral_health"),
    known_as=("Aetna CVS Health", "Aetna Behavioral Health"),
    routes=(
        RouteEntry(route="core_mime", payer_id="60054", payer_name="AETNA", source="PROTOCOLS.md 2 [S16], enrolment"),
        RouteEntry(route="core_soap", payer_id="60054", payer_name="AETNA", source="PROTOCOLS.md 2 [S16], enrolment"),
        RouteEntry(
            route="availity_rest", payer_id="60054", payer_name="AETNA", pace=50.0, source="PROTOCOLS.md 2 [BK-M]"
        ),
        RouteEntry(route="optum_json", payer_id="AETNA", payer_name="AETNA", source="PROTOCOLS.md 2 [S25]"),
        RouteEntry(route="stedi_json", payer_id="60054", payer_name="AETNA", source="PROTOCOLS.md 2 [S3,S6]"),
    ),
    reply_ids=("953402799", "00002"),
    member_id=MemberIdHint(
        pattern=r"W\d{9,10}(?:-?\d{2})?",
        words="W and nine or ten digits, then two digits for the person",
        example="W123456789",
        source="PROTOCOLS.md 3.7 [S31]; the suffix BK-M",
    ),
    member_id_suffix=2,
    own_arms=("Aetna Behavioral Health",),
    administrators=(
        BehavioralAdministrator(name="Carelon", note="some self-funded groups", source="PROTOCOLS.md 3.2 [BK-M]"),
        BehavioralAdministrator(
            name="Optum", payer="optum", note="some self-funded groups", source="PROTOCOLS.md 3.2 [BK-M]"
        ),
        BehavioralAdministrator(name="Lyra", note="some self-funded groups", source="PROTOCOLS.md 3.2 [BK-M]"),
    ),
    plan=InquiryPlan(
        first=("MH",),
        beside=("AI",),
        then=("30",),
        several=Several.UNKNOWN,
        source="MH, AI: REFERENCE.md 10, CORE 260 [C]; 30: PROTOCOLS.md 3.1 [S21]; several, BB: 3.1 unknown TEST",
    ),
    sources=("PROTOCOLS.md 2, 3.2",),
)

DIALECT = Dialect(
    notices=("WE ARE UNABLE TO DETERMINE YOUR PARTICIPATION STATUS WITH THIS PATIENT'S NETWORK",),
    notes=(
        "Coverage level is often EMP, not IND.",
        "EB11 is not the precertification signal; the message is.",
        "The total of the out-of-pocket maximum has an empty EB06 while what remains has 29.",
    ),
    sources=("PROTOCOLS.md 3.2 [S23]",),
)

adapter = DataAdapter(CARD, DIALECT)
