"""Points of the form that stand on the page in other words than in the record: whom it is about, and the calls."""

from collections.abc import Iterator

from contracts.report.words import format_day, format_instant
from service.guidance.report.values import VobReport
from service.guidance.report.wording import SOURCE
from service.guidance.vob_values import Provenance

_OURS, _PHONE = SOURCE[Provenance.OURS], SOURCE[Provenance.PHONE]
_ECHO = {
    "exact": "the payer knows the same",
    "differs": "the payer knows other details",
    "not_echoed": "the payer repeated none of it",
    "not_found": "the payer does not know the member",
}


def own_points(report: VobReport) -> dict[int, tuple[str, str]]:
    """Return the text and the source of each such point, by its number."""
    return dict(_own_points(report))


def _own_points(report: VobReport) -> Iterator[tuple[int, tuple[str, str]]]:
    answer, ours = report.answer, report.identifiers
    routes = ", ".join(dict.fromkeys(one.route for one in answer.answered_by if one.route))
    how = f"electronic reply{f' ({routes})' if routes else ''}" if answer.answered_by else "no usable reply"
    count = len(report.notes)
    calls = f", {count} call{'s' if count > 1 else ''}" if count else ""
    yield 1, (f"{format_instant(answer.as_of)}: {how}{calls}", _OURS)
    yield 2, (f"{ours.our_name}, NPI {ours.our_npi}, tax id {ours.our_tax_id or 'not set'}", _OURS)
    yield 3, (_describe_patient(report), _OURS)
    if ours.subscriber_last_name or ours.subscriber_first_name:
        born = f", born {format_day(ours.subscriber_birth_date)}" if ours.subscriber_birth_date else ""
        name = _join_names(ours.subscriber_first_name, ours.subscriber_last_name)
        relation = next((one.statements[0].value for one in report.entries if one.id == "p4" and one.statements), "")
        yield 4, (f"{relation} of {name}{born}", _OURS)
    if ours.member_id:
        yield 5, (ours.member_id, _OURS)
    if report.payer_name:
        yield 7, (f"{report.payer_name} ({answer.payer})", _OURS)
    if report.notes:
        yield 56, ("; ".join(_describe_calls(report)), _PHONE)


def _describe_patient(report: VobReport) -> str:
    ours, match = report.identifiers, report.answer.member_match
    born = f", born {format_day(ours.birth_date)}" if ours.birth_date else ""
    echo = f"; {_ECHO[match.value]}" if match is not None else ""
    return f"{_join_names(ours.first_name, ours.last_name)}{born}{echo}"


def _join_names(*names: str | None) -> str:
    return " ".join(one for one in names if one)


def _describe_calls(report: VobReport) -> Iterator[str]:
    for note in reversed(report.notes):
        number = f", reference {note.reference_number}" if note.reference_number else ""
        yield f"{note.representative}{number}, {format_instant(note.called_at)}"
