"""Rows of a reply about medical care: what the patient pays there, and how much of it is paid for.

They say nothing of a program. Staff compare the behavioral benefit with them, so a row is read only where it is plain:
its codes and words are (``medical_lines``), and nothing binds it.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from pydantic import TypeAdapter

from contracts import Limit, MedicalBenefit
from payers.reading.evidence import Book
from payers.reading.lines.line import Line, sides_of
from payers.reading.terms.figures import copay_of, read_copay, read_share
from payers.reading.terms.limits import base_limits
from payers.reading.terms.repeated import read_once

_MARKS = frozenset("YNW")

_ROWS = TypeAdapter(tuple[MedicalBenefit, ...])

MOST_ROWS = 60
"""Rows of one answer. A payer writes some ten or twenty; nobody compares more."""


def medical_benefits(lines: Sequence[Line], book: Book) -> tuple[MedicalBenefit, ...]:
    """Return the plain rows of ``lines`` whose codes are of medical care, one for each network side they hold for."""
    return read_once(partial(_read, lines, book), lines, "medical", book, tuple)


def _read(lines: Sequence[Line], book: Book) -> tuple[MedicalBenefit, ...]:
    plain = [line for line in lines if _is_plain(line)]
    marked = {_kind(line) for line in plain if line.benefit.network in _MARKS}
    # What is odd about a row that no verdict rests on is no finding of the answer.
    aside = Book()
    found: list[dict[str, object]] = []
    for line in plain:
        benefit = line.benefit
        sides = sides_of(benefit.network, _kind(line) in marked)
        for figure in _figures(line, aside) if sides else ():
            row = {"service_types": benefit.service_types, **figure, "evidence": (book.line(line),)}
            found += [{"side": side, **row} for side in sides]
        if len(found) > MOST_ROWS:
            break
    return _ROWS.validate_python(found[:MOST_ROWS])


def _kind(line: Line) -> tuple[str, tuple[str, ...]]:
    return line.benefit.information, line.benefit.service_types


def _is_plain(line: Line) -> bool:
    benefit = line.benefit
    counts = benefit.information != "F" and (benefit.quantity or benefit.deliveries)
    return line.is_in_period and not (counts or benefit.diagnoses or line.age_fits is False)


def _figures(line: Line, aside: Book) -> Iterator[dict[str, object]]:
    if line.benefit.information == "B":
        copay = read_copay(line, aside)
        if copay is not None:
            yield {"copay": copay_of(*copay)}
    elif line.benefit.information == "A":
        share = read_share(line, aside)
        if share is not None:
            yield {"coinsurance": share[0]}
    else:
        for quantity, unit, period in base_limits(line, aside):
            yield {"limit": Limit(quantity=quantity, unit=unit, period=period)}
