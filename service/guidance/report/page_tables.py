"""The two tables of the printed page: the figures of the plan, and the points that each program has."""

from collections.abc import Iterator, Sequence

from contracts import ProgramTerms, Side, Terms
from contracts.report.terms import verdict_words
from contracts.report.words import CONDITION, SIDE
from service.guidance.report.page_values import PageTable
from service.guidance.report.values import VobReport
from service.guidance.report.wording import (
    NOT_STATED,
    cut,
    describe_entries,
    describe_sources,
    describe_value,
    is_known,
    sources_of,
)
from service.guidance.vob_money import SEVERAL
from service.guidance.vob_points import POINT, AnswerKind
from service.guidance.vob_values import VobEntry, VobStatement

IN_FIGURES = (26, 27)
IN_LEVELS = (36, 38, 39, 40, 41, 43, 44, 49)
"""The points of each table; they stand nowhere else on the page."""

SEVERAL_STATED = "several, see annex (payer)"
LONGEST_CELL = 58
LONGEST_FIGURE = 44
LONGEST_VERDICT = 64


def figures_of(report: VobReport) -> PageTable:
    """Return deductible and out-of-pocket maximum, by side and level of the plan."""
    rows = []
    for side in Side:
        for level in ("individual", "family"):
            entries = [one for one in report.entries if one.side is side and one.level == level]
            cells = [
                _figure(_parts(entries, number, part), _parts(entries, number, SEVERAL))
                for number in IN_FIGURES
                for part in ("total", "met", "left")
            ]
            rows.append((f"{SIDE[side].capitalize()}, {level}", *cells))
    head = ("26, 27", *(f"{name}, {part}" for name in ("Deductible", "Maximum") for part in ("total", "met", "left")))
    return PageTable(caption="26 Deductible and 27 out-of-pocket maximum of the plan", head=head, rows=tuple(rows))


def _parts(entries: Sequence[VobEntry], number: int, part: str) -> list[VobEntry]:
    return [one for one in entries if one.id.startswith(f"p{number}.{part}.")]


def _figure(entries: Sequence[VobEntry], several: Sequence[VobEntry]) -> str:
    """Return an amount with who states it; where two sources differ, both amounts.

    Of ``several`` that are stated none was chosen: the annex has them.
    """
    amounts: dict[str, list[VobStatement]] = {}
    for said in (said for entry in entries for said in entry.statements if is_known(said)):
        amounts.setdefault(describe_value(AnswerKind.MONEY, said.value), []).append(said)
    shown = (f"{amount} ({describe_sources([one.provenance for one in said])})" for amount, said in amounts.items())
    return cut(" or ".join(shown) or (SEVERAL_STATED if several else NOT_STATED), LONGEST_FIGURE)


def levels_of(report: VobReport) -> PageTable:
    """Return what is stated of each program for each condition, with what our reading of the reply came to."""
    rows = report.answer.programs
    named = (f"{row.program.value.upper()}, {CONDITION[row.condition.value]}" for row in rows)
    return PageTable(
        caption="36 to 49 Programs, each for each condition; our reading stands first",
        head=("Point", *named),
        rows=(*_verdicts(report), *(_level_row(report, number) for number in IN_LEVELS)),
    )


def _verdicts(report: VobReport) -> Iterator[tuple[str, ...]]:
    for side in Side:
        cells = (_verdict(report, row.on(side)) for row in report.answer.programs)
        yield (f"Reading, {SIDE[side]}", *cells)


def _verdict(report: VobReport, terms: Terms) -> str:
    borrowed = f"; from a broader line: {', '.join(terms.assumed)}" if terms.assumed else ""
    return cut(f"{verdict_words(report.answer, terms)} ({terms.grade.value}){borrowed}", LONGEST_VERDICT)


def _level_row(report: VobReport, number: int) -> tuple[str, ...]:
    cells = (_level_cell(report, row, number) for row in report.answer.programs)
    return (f"{number} {POINT[number].label}", *cells)


def _level_cell(report: VobReport, row: ProgramTerms, number: int) -> str:
    entries = [
        one
        for one in report.entries
        if one.point == number and (one.program, one.condition) == (row.program, row.condition)
    ]
    text = describe_entries(entries)
    return text if text == NOT_STATED else cut(f"{text} ({describe_sources(sources_of(entries))})", LONGEST_CELL)
