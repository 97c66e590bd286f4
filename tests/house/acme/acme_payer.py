"""Acme Health: an imaginary payer, written by a stranger to show how little it takes."""

from contracts import BehavioralAdministrator, Card, Dialect, InquiryPlan, MemberIdHint, Phrase, Program, RouteEntry
from payers.adapter import DataAdapter

CARD = Card(
    id="acme",
    name="Acme Health",
    aliases=("acme_health_plan",),
    routes=(
        RouteEntry(route="core_mime", payer_id="ACME1", payer_name="ACME HEALTH", source="imaginary"),
        RouteEntry(route="acme_gateway", payer_id="ACME1", payer_name="ACME HEALTH", source="imaginary"),
    ),
    member_id=MemberIdHint(pattern=r"A\d{8}", words="A and eight digits", example="A12345678", source="imaginary"),
    administrators=(BehavioralAdministrator(name="Mindful Partners", source="imaginary"),),
    plan=InquiryPlan(beside=("AI",), source="imaginary"),
    phone="8005550177",
)

DIALECT = Dialect(phrases=(Phrase(program=Program.IOP, words="step down evening care", source="imaginary"),))

adapter = DataAdapter(CARD, DIALECT)
