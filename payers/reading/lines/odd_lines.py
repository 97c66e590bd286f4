"""What is odd about a line becomes a finding: unknown codes, words not understood, programs that are denied.

It follows from codes and words, so it is found once for all lines that have the same ones; most have nothing odd.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contracts import Benefit, FindingCode
from payers.reading.evidence import Book, Found, finding_of, show_code
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.statements import Effect
from payers.reading.memory import remember
from payers.reading.text import Topic


class Oddity(NamedTuple):
    """A finding to be made of a line. ``message``: the index of the message that it stands in; None for the line."""

    code: FindingCode
    message: int | None
    detail: str


def findings_of(oddities: Iterable[Oddity], benefit: Benefit) -> tuple[Found, ...]:
    """Return the findings that come of what is odd about a benefit line."""
    found: list[Found] = []
    for code, message, detail in oddities:
        at = benefit.at if message is None else benefit.messages[message].at
        found.append(((code, at, detail), finding_of(code, at, detail)))
    return tuple(found)


def note_odd_words(benefit: Benefit, facts: Facts, book: Book) -> None:
    """Enter what is odd about the words of a line that says of a procedure's authorization alone."""
    book.find_all(findings_of(_odd_words(facts), benefit))


@remember(2048)
def oddities_of(facts: Facts) -> tuple[Oddity, ...]:
    """Return what is odd about the codes and words of a line."""
    unknown = [Oddity(FindingCode.UNKNOWN_CODE, None, detail) for detail in _unknown_codes(facts)]
    return (*unknown, *_odd_words(facts))


def _odd_words(facts: Facts) -> tuple[Oddity, ...]:
    """A condition that differs, clauses not understood, programs denied or excepted ([T12], [T16], [T21])."""
    mismatch = (Oddity(FindingCode.CONDITION_MISMATCH, None, facts.mismatch),) if facts.mismatch else ()
    return (*mismatch, *_oddities_of_words(facts)) if facts.text.clauses or facts.statements else mismatch


def _oddities_of_words(facts: Facts) -> Iterator[Oddity]:
    for clause in facts.text.clauses:
        about_service = clause.names.services and not clause.names.programs
        if not clause.is_understood and not about_service:
            words = " ".join(clause.unknown) or "polarity"
            yield Oddity(FindingCode.MESSAGE_NOT_UNDERSTOOD, min(clause.messages, default=None), words)
    for one in facts.statements:
        message = one.messages[0] if one.messages else None
        if one.effect in {Effect.REFUSES, Effect.EXCEPTS}:
            yield Oddity(FindingCode.DENIED_PHRASE, message, one.program.value)
        elif one.effect is Effect.STOPS and one.is_understood:
            yield Oddity(FindingCode.MESSAGE_NOT_UNDERSTOOD, message, "condition")
        elif one.effect is Effect.EXHAUSTED:
            yield Oddity(FindingCode.EXHAUSTED, message, one.program.value)
    if any(
        record.topic is Topic.COVERAGE and record.positive is False and (record.names.services or record.names.parts)
        for clause in facts.text.clauses
        for record in clause.records
        if clause.is_understood and not record.names.programs
    ):
        yield Oddity(FindingCode.EXCLUSION, None, "MSG")
    information = facts.codes.information
    if information in codes.CLOSING and any(
        record.topic is Topic.COVERAGE and record.positive and record.names.programs
        for clause in facts.text.clauses
        for record in clause.records
    ):
        yield Oddity(FindingCode.CONTRADICTION, None, f"MSG:EB01={information}")


_LEVELS = codes.KNOWN_LEVELS | {""}
_INSURANCES = codes.KNOWN_INSURANCES | {""}
_PERIODS = codes.KNOWN_PERIODS | {""}
_QUANTITIES = codes.KNOWN_QUANTITIES | {""}
_YES_NO = frozenset({"", "Y", "N", "U"})
_SIDES = _YES_NO | {"W"}


def _unknown_codes(facts: Facts) -> list[str]:
    """Every code that no table holds."""
    said = facts.codes
    found = [
        show_code(name, value)
        for name, value, known in (
            ("EB01", said.information, codes.KNOWN_INFORMATION),
            ("EB02", said.level, _LEVELS),
            ("EB04", said.insurance, _INSURANCES),
            ("EB06", said.period, _PERIODS),
            ("EB09", said.quantity_kind, _QUANTITIES),
            ("EB11", said.authorization, _YES_NO),
            ("EB12", said.network, _SIDES),
        )
        if value not in known
    ]
    if said.information in codes.NOT_UNDERSTOOD:
        found.append(f"EB01={said.information}")
    return [*found, *(show_code("EB03", code) for code in facts.unknown_types)]
