"""Values of a figure, the lines that give them, and what tells several of them apart. Source: ``ANSWER.md`` [F12]."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from contracts import CopayPer, DistinguishedBy
from payers.reading.evidence import Book
from payers.reading.lines.line import Line


class Value(NamedTuple):
    """One value of a figure and the lines that give it."""

    value: Decimal
    per: CopayPer | None
    lines: tuple[Line, ...]


def find_difference(values: Sequence[Value]) -> DistinguishedBy | None:
    """Return the first that differs between the lines of ``values``; None when nothing does ([F12])."""
    for by, seen in (
        (DistinguishedBy.PLACE, lambda line: line.facts.place),
        (DistinguishedBy.TIER, _tier),
        (DistinguishedBy.COVERAGE_LEVEL, lambda line: line.benefit.level),
        (DistinguishedBy.PERIOD, lambda line: (line.benefit.period, line.benefit.dates and _days(line))),
        (DistinguishedBy.QUANTITY, _quantity),
        (DistinguishedBy.DIAGNOSIS, lambda line: line.benefit.diagnoses),
        (DistinguishedBy.PROCEDURE, _procedure),
        (DistinguishedBy.NETWORK, lambda line: line.benefit.network),
        (DistinguishedBy.MESSAGE, lambda line: " ".join(sorted(said.text for said in line.benefit.messages))),
    ):
        kinds = [frozenset(seen(line) for line in value.lines) for value in values]
        if len(frozenset().union(*kinds)) == sum(len(kind) for kind in kinds):
            return by
    return None


def _days(line: Line) -> tuple[str, ...]:
    return tuple(one.value for one in line.benefit.dates)


def _quantity(line: Line) -> tuple[object, ...]:
    counted = tuple((one.quantity_kind, one.quantity, one.period) for one in line.benefit.deliveries)
    return (line.benefit.quantity_kind, line.benefit.quantity, counted)


def _procedure(line: Line) -> tuple[str, ...]:
    """EB13's code with its modifiers."""
    return line.benefit.procedure, *line.benefit.modifiers


def _tier(line: Line) -> str:
    named = [reference.name or reference.value for reference in line.benefit.references if reference.kind == "N6"]
    worded = [
        line.benefit.messages[at].text
        for clause in line.facts.text.clauses
        if clause.has_tier
        for at in clause.messages[:1]
    ]
    return " ".join([*named, *worded])


def text_of(lines: Sequence[Line], apart: DistinguishedBy | None) -> str | None:
    """Return what the payer says of a value that stands beside others: its tier, place or procedure, else its words."""
    line = lines[0]
    words = " ".join(said.text for said in line.benefit.messages) or None
    if apart is DistinguishedBy.TIER:
        return _tier(line) or words
    if apart is DistinguishedBy.PLACE:
        return f"place of service {line.facts.place}" if line.facts.place else words
    if apart is DistinguishedBy.PROCEDURE:
        return " ".join(("procedure", *_procedure(line))) if line.benefit.procedure else words
    if apart is DistinguishedBy.DIAGNOSIS:
        return "for one diagnosis" if line.benefit.diagnoses else words
    return words


def marks(lines: Iterable[Line], book: Book) -> tuple[str, ...]:
    """Return the evidence of ``lines``, each once, in the order of the replies."""
    return tuple(dict.fromkeys(book.lines(lines)))
