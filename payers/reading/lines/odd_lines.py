"""What is odd about a line becomes a finding: unknown codes, words not understood, programs that are denied."""

from contracts import Benefit, FindingCode
from payers.reading.evidence import Book, show_code
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.statements import Effect
from payers.reading.text import Topic


def note_words(benefit: Benefit, facts: Facts, book: Book) -> None:
    """Enter every clause that is not understood, every program denied or excepted ([T12], [T16], [T21])."""
    if not (facts.text.clauses or facts.statements):
        return
    for clause in facts.text.clauses:
        about_service = clause.names.services and not clause.names.programs
        if not clause.is_understood and not about_service:
            said = benefit.messages[min(clause.messages)] if clause.messages else None
            words = " ".join(clause.unknown) or "polarity"
            book.find(FindingCode.MESSAGE_NOT_UNDERSTOOD, said.at if said else benefit.at, words)
    for one in facts.statements:
        at = benefit.messages[one.messages[0]].at if one.messages else benefit.at
        if one.effect in {Effect.REFUSES, Effect.EXCEPTS}:
            book.find(FindingCode.DENIED_PHRASE, at, one.program.value)
        elif one.effect is Effect.STOPS and one.is_understood:
            book.find(FindingCode.MESSAGE_NOT_UNDERSTOOD, at, "condition")
        elif one.effect is Effect.EXHAUSTED:
            book.find(FindingCode.EXHAUSTED, at, one.program.value)
    if any(
        record.topic is Topic.COVERAGE and record.positive is False and (record.names.services or record.names.parts)
        for clause in facts.text.clauses
        for record in clause.records
        if clause.is_understood and not record.names.programs
    ):
        book.find(FindingCode.EXCLUSION, benefit.at, "MSG")
    closes = benefit.information in codes.CLOSING
    if closes and any(
        record.topic is Topic.COVERAGE and record.positive and record.names.programs
        for clause in facts.text.clauses
        for record in clause.records
    ):
        book.find(FindingCode.CONTRADICTION, benefit.at, f"MSG:EB01={benefit.information}")


_KNOWN = (
    ("EB01", codes.KNOWN_INFORMATION),
    ("EB02", codes.KNOWN_LEVELS | {""}),
    ("EB04", codes.KNOWN_INSURANCES | {""}),
    ("EB06", codes.KNOWN_PERIODS | {""}),
    ("EB09", codes.KNOWN_QUANTITIES | {""}),
    ("EB11", frozenset({"", "Y", "N", "U"})),
    ("EB12", frozenset({"", "Y", "N", "U", "W"})),
)


def note_unknown(benefit: Benefit, book: Book) -> None:
    """Enter every code that no table holds."""
    sent = (
        benefit.information,
        benefit.level,
        benefit.insurance,
        benefit.period,
        benefit.quantity_kind,
        benefit.authorization,
        benefit.network,
    )
    for (name, known), value in zip(_KNOWN, sent, strict=True):
        if value not in known:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, show_code(name, value))
    if benefit.information in codes.NOT_UNDERSTOOD:
        book.find(FindingCode.UNKNOWN_CODE, benefit.at, f"EB01={benefit.information}")
    if not codes.KNOWN_TYPES.issuperset(benefit.service_types):
        for code in benefit.service_types:
            if code not in codes.KNOWN_TYPES:
                book.find(FindingCode.UNKNOWN_CODE, benefit.at, show_code("EB03", code))
