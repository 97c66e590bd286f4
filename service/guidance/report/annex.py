"""The annex of a report: every statement with what it rests on, the calls, the lines of the reply, what was found."""

from collections.abc import Iterator, Sequence

from contracts import Answer, Evidence
from contracts.report.words import CONDITION, RESPONSIBLE, SIDE, describe_finding, format_instant
from contracts.wording import format_phone
from service.guidance.report.own_points import own_points
from service.guidance.report.page_values import PageTable
from service.guidance.report.values import VobReport
from service.guidance.report.wording import SOURCE, describe_statement, plain
from service.guidance.vob_values import CallNote, Provenance, VobEntry, VobStatement


def annex_of(report: VobReport) -> tuple[PageTable, ...]:
    """Return the tables of the annex; those without a row are left out."""
    answer = report.answer
    tables = (
        _table("Statements, each with what it rests on", ("Point", "Stated", "By", "Rests on"), _statements(report)),
        _table("What must not be missed", ("No.", "What", "Rests on"), _watched(report)),
        _table("Calls", ("Call", "Who", "When", "What else was said"), _calls(report.notes)),
        _table("Lines of the reply", ("Line", "Our reading", "As the payer sent it"), _lines(answer)),
        _table("Who answered", ("No.", "Payer", "Route and trace", "When"), _replies(answer)),
        _table("What was found in the reply", ("No.", "What", "Where", "Detail"), _findings(answer)),
        _table("What went wrong", ("No.", "Problem", "Who can mend it"), _problems(answer)),
    )
    return tuple(one for one in tables if one.rows)


def _table(caption: str, head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> PageTable:
    return PageTable(caption=caption, head=head, rows=tuple(tuple(plain(cell) for cell in row) for row in rows))


def _statements(report: VobReport) -> Iterator[tuple[str, ...]]:
    own = own_points(report)
    for entry in report.entries:
        for said in entry.statements:
            # What the record says of us in general, such as that a name was given, stands here as it was given.
            is_ours = said.provenance is Provenance.OURS and entry.point in own
            text = own[entry.point][0] if is_ours else describe_statement(entry, said)
            differs = " (another source differs)" if entry.contradicts else ""
            yield _name_entry(entry), f"{text}{differs}", SOURCE[said.provenance], _rests_on(said)


def _name_entry(entry: VobEntry) -> str:
    about = (
        entry.program and entry.program.value.upper(),
        entry.condition and CONDITION[entry.condition.value],
        entry.side and SIDE[entry.side],
        entry.level and entry.level.value,
    )
    return ", ".join((f"{entry.point} {entry.label}", *(one for one in about if one)))


def _rests_on(said: VobStatement) -> str:
    if said.note is not None:
        return f"call {said.note}"
    return ", ".join(said.evidence) or "our own records"


def _watched(report: VobReport) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(report.watch, 1):
        yield str(number), one.text, ", ".join(one.evidence) or "not one line alone"


def _calls(notes: Sequence[CallNote]) -> Iterator[tuple[str, ...]]:
    for note in notes:
        who = (
            note.representative,
            note.department,
            format_phone(note.phone) if note.phone else None,
            f"reference {note.reference_number}" if note.reference_number else None,
        )
        when = (
            f"called {format_instant(note.called_at)}, noted {format_instant(note.recorded_at)} by {note.recorded_by}"
        )
        yield f"call {note.number}", ", ".join(one for one in who if one), when, note.remark or "nothing"


def _lines(answer: Answer) -> Iterator[tuple[str, ...]]:
    for one in answer.evidence:
        yield f"{one.id} ({_where(one)})", one.description, one.text or "not kept"


def _where(one: Evidence) -> str:
    place = one.path if one.path is not None else f"segment {one.segment}" if one.segment is not None else "the reply"
    return f"reply {one.answered_by + 1}, {place}"


def _replies(answer: Answer) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(answer.answered_by, 1):
        when = format_instant(one.answered_at) if one.answered_at else "not stated"
        yield str(number), one.payer or "not known", f"{one.route or 'a file'}, {one.trace or 'no trace'}", when


def _findings(answer: Answer) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(answer.findings, 1):
        where = one.path if one.path is not None else "the whole reply" if one.segment is None else str(one.segment)
        yield str(number), describe_finding(one.code.value), where, one.detail or "none"


def _problems(answer: Answer) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(answer.problems, 1):
        yield str(number), one.code.value.replace("_", " "), RESPONSIBLE[one.responsible.value]
