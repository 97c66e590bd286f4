"""A call sheet as a page of plain text for people."""

from collections.abc import Callable

from contracts.report import Page
from contracts.report.terms import marks
from contracts.report.words import CONDITION, format_day
from contracts.wording import format_phone
from service.guidance.call_sheet import Call, CallSheet, Identifiers
from service.guidance.vob_values import Provenance


def write_call_sheet(sheet: CallSheet, emphasise: Callable[[str], str] = str) -> str:
    """Return the call sheet as lines of at most 80 columns."""
    page = Page(emphasise)
    page.heading(f"Call sheet of {sheet.verification_id}, version {sheet.version}")
    if sheet.why_nothing:
        page.text(sheet.why_nothing)
    _write_identifiers(page, sheet.identifiers)
    page.heading("Codes")
    for one in sheet.codes:
        codes = ", ".join((*one.procedures, *(f"revenue {code}" for code in one.revenue_codes)))
        places = " or ".join(one.places_of_service)
        page.item(f"{one.program.value.upper()}, {CONDITION[one.condition.value]}: {codes}; place of service {places}")
    for call in sheet.calls:
        _write_call(page, call)
    contradictions = [one for one in sheet.record if one.contradicts]
    if contradictions:
        page.heading("Phone and reply contradict each other")
        for entry in contradictions:
            said = "; ".join(f"{_SPEAKER[one.provenance]}: {one.text}" for one in entry.statements)
            page.item(f"{entry.label}: {said}")
    return str(page)


_SPEAKER = {Provenance.PAYER: "the reply", Provenance.PHONE: "by phone", Provenance.OURS: "we"}


def _write_identifiers(page: Page, given: Identifiers) -> None:
    page.heading("Read out")
    born = format_day(given.birth_date) if given.birth_date else "not given"
    page.field("Member", f"{given.first_name or ''} {given.last_name or ''}, born {born}".strip())
    elsewhere = " (the administrator may know another)" if given.member_id_elsewhere else ""
    page.field("Member id", f"{given.member_id or 'not given'}{elsewhere}")
    if given.group_number:
        page.field("Group", given.group_number)
    if given.subscriber_last_name or given.subscriber_first_name:
        page.field("Subscriber", f"{given.subscriber_first_name or ''} {given.subscriber_last_name or ''}".strip())
    page.field("We are", f"{given.our_name}, NPI {given.our_npi}, tax id {given.our_tax_id or 'not set'}")
    page.field("Service date", format_day(given.service_date))


def _write_call(page: Page, call: Call) -> None:
    numbers = [
        f"{one.name}: {format_phone(one.phone) if one.phone else 'no number known'}{marks(one.evidence)}"
        for one in call.phones
    ]
    page.heading(f"Call {', then '.join(numbers)}")
    for one in call.questions:
        page.item(one.ask)
