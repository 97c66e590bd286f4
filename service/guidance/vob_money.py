"""Points 26 to 33 of a verification of benefits: deductible and out-of-pocket maximum, and what counts toward them."""

from collections.abc import Iterator
from decimal import Decimal

from contracts import Accumulator, LimitUnit, Side
from contracts.report.terms import alternative_words
from contracts.report.words import SIDE
from contracts.wording import format_money
from service.guidance.vob_entries import EntryAbout, RecordSource, by_payer, entry, yes_or_no
from service.guidance.vob_values import CoverageLevel, VobEntry

SEVERAL = "several"
"""The part of a figure of which the reply states several values, none of which was chosen."""


def money_entries(known: RecordSource) -> Iterator[VobEntry]:
    """Yield the points about money; of each figure the reply's own words stand beside the question."""
    answer = known.answer
    for side in Side:
        part = answer.accumulators.on(side)
        asks = side is known.side
        for level, figures in ((CoverageLevel.INDIVIDUAL, part.individual), (CoverageLevel.FAMILY, part.family)):
            about = EntryAbout(side=side, level=level)
            has_family = level is CoverageLevel.INDIVIDUAL or _is_stated(figures.deductible, figures.out_of_pocket)
            yield from _figures(26, figures.deductible, about, asks=asks and has_family)
            yield from _figures(27, figures.out_of_pocket, about, asks=asks and has_family)
    yield _facility_deductible(known)
    deductible = answer.accumulators.on(known.side).individual.deductible
    has_deductible = deductible.total != 0
    yield entry(29, ask="Do medical and behavioral care share one deductible?" if has_deductible else None)
    yield entry(30, ask="Do in-network and out-of-network costs count toward each other?" if known.is_out else None)
    carry = "Do costs of the last quarter carry over into the next year's deductible?" if has_deductible else None
    yield entry(31, ask=carry)
    yield entry(32, ask="Do deductible and copays count toward the out-of-pocket maximum?")
    limits = [
        by_payer(str(one.quantity), format_money(one.quantity), one.evidence)
        for row in answer.programs
        for one in known.terms(row).limits
        if one.unit is LimitUnit.DOLLARS and one.quantity is not None
    ]
    yield entry(33, *dict.fromkeys(limits), ask="Is there a dollar maximum for behavioral care?")


def _is_stated(*figures: Accumulator) -> bool:
    return any(one.evidence or one.alternatives for one in figures)


def _figures(number: int, figure: Accumulator, about: EntryAbout, *, asks: bool) -> Iterator[VobEntry]:
    name = "deductible" if number == 26 else "out-of-pocket maximum"
    level, side = about.level, about.side
    where = f"the {level.value if level else ''} {name} {SIDE[side] if side else ''}"
    for part, value in (("total", figure.total), ("met", figure.met), ("left", figure.remaining)):
        ask = None
        if asks and part == "total":
            ask = f"What is {where}?"
        elif asks and part == "left" and figure.met is None and figure.total != 0:
            ask = f"How much is left of {where}?"
        yield entry(
            number, by_payer(_plain(value), _words(value, part), figure.evidence), about=about, ask=ask, part=part
        )
    if figure.alternatives:
        several = (by_payer(str(one.value), alternative_words(one), one.evidence) for one in figure.alternatives)
        yield entry(number, *several, about=about, part=SEVERAL)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _words(value: Decimal | None, part: str) -> str:
    return "" if value is None else f"{format_money(value)} {part}"


def _facility_deductible(known: RecordSource) -> VobEntry:
    """Return what the programs' rows say of the deductible; point 40 asks for the rest."""
    found = [
        by_payer(yes_or_no(value=terms.deductible_applies), row.program.value.upper(), terms.evidence)
        for row in known.answer.programs
        if (terms := known.terms(row)).deductible_applies is not None
    ]
    return entry(28, *dict.fromkeys(found))
