"""What is odd about a line becomes a finding: unknown codes, words not understood, programs that are denied."""

from collections.abc import Container

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


_LEVELS = codes.KNOWN_LEVELS | {""}
_INSURANCES = codes.KNOWN_INSURANCES | {""}
_PERIODS = codes.KNOWN_PERIODS | {""}
_QUANTITIES = codes.KNOWN_QUANTITIES | {""}
_YES_NO = frozenset({"", "Y", "N", "U"})
_SIDES = _YES_NO | {"W"}


def note_unknown(benefit: Benefit, book: Book, own_types: Container[str]) -> None:
    """Enter every code that no table holds."""
    is_known = (
        benefit.information in _UNDERSTOOD
        and benefit.level in _LEVELS
        and benefit.insurance in _INSURANCES
        and benefit.period in _PERIODS
        and benefit.quantity_kind in _QUANTITIES
        and benefit.authorization in _YES_NO
        and benefit.network in _SIDES
    )
    if is_known and codes.KNOWN_TYPES.issuperset(benefit.service_types):
        return
    for name, value, known in (
        ("EB01", benefit.information, codes.KNOWN_INFORMATION),
        ("EB02", benefit.level, _LEVELS),
        ("EB04", benefit.insurance, _INSURANCES),
        ("EB06", benefit.period, _PERIODS),
        ("EB09", benefit.quantity_kind, _QUANTITIES),
        ("EB11", benefit.authorization, _YES_NO),
        ("EB12", benefit.network, _SIDES),
    ):
        if value not in known:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, show_code(name, value))
    if benefit.information in codes.NOT_UNDERSTOOD:
        book.find(FindingCode.UNKNOWN_CODE, benefit.at, f"EB01={benefit.information}")
    for code in benefit.service_types:
        if code not in codes.KNOWN_TYPES and code not in own_types:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, show_code("EB03", code))


_UNDERSTOOD = codes.KNOWN_INFORMATION - codes.NOT_UNDERSTOOD
