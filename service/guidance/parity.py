"""A signal for staff: the behavioral benefit costs more, or is limited more, than medical care in the same reply.

The federal test of 2013 asks whether a financial requirement or a limit is more restrictive than the predominant one of
substantially all medical benefits of the same class (45 CFR 146.136(c), 78 FR 68240). What is predominant, and what
substantially all, follows from a plan's expected payments and never from a reply. So this is a signal to look into the
plan, and no finding of law. IOP and PHP are outpatient: they are compared with outpatient rows alone. The signal stands
only where the behavioral figure is worse than each of the medical ones, since the predominant one is then among those
that it is worse than; and where either side is missing nothing is said.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from contracts import (
    Answer,
    Condition,
    Copay,
    CopayPer,
    Figure,
    Frozen,
    Limit,
    LimitPeriod,
    Program,
    Side,
    Terms,
    Verdict,
)
from contracts.facts import Instant
from contracts.phrases import PER, PERIOD, count_units
from contracts.report import Page
from contracts.report.terms import marks
from contracts.wording import format_money, format_share

OUTPATIENT_TYPES = frozenset({"1", "30", "33", "50", "98"})
"""Medical care, the plan as a whole, chiropractic, hospital outpatient, a professional's office visit."""

CAUTION = (
    "A signal to look into the plan, not a finding of law: which requirement is predominant for substantially all"
    " medical benefits (45 CFR 146.136) cannot be judged from a reply."
)


class ParityFigure(StrEnum):
    """What is compared."""

    COPAY = "copay"
    COINSURANCE = "coinsurance"
    LIMIT = "limit"


class ComparedRow(Frozen):
    """A medical row that was compared: its service types, its figure in words, and the evidence of it."""

    service_types: tuple[str, ...]
    value: str
    evidence: tuple[str, ...]


class ParitySignal(Frozen):
    """One figure of a program that is worse than each medical row that it was compared with.

    ``value`` is the program's figure in words, with its own ``evidence``; ``medical`` are the rows. ``text`` says it
    in a sentence.
    """

    program: Program
    condition: Condition
    side: Side
    figure: ParityFigure
    value: str
    evidence: tuple[str, ...]
    medical: tuple[ComparedRow, ...]
    text: str


class ParitySignals(Frozen):
    """Every signal of an answer; ``compared`` is how many figures had a medical row beside them."""

    verification_id: str | None
    as_of: Instant
    signals: tuple[ParitySignal, ...]
    compared: int
    caution: str = CAUTION


class _MedicalFigure(NamedTuple):
    """A figure of a program: its number, what it counts, its words, and its evidence."""

    figure: ParityFigure
    number: Decimal
    counted: tuple[object, ...]
    words: str
    evidence: tuple[str, ...]

    def is_worse_than(self, other: Decimal) -> bool:
        """Whether a medical row with ``other`` is the better one: a lower cost, or a higher limit."""
        return self.number < other if self.figure is ParityFigure.LIMIT else self.number > other


def parity_signals_of(answer: Answer) -> ParitySignals:
    """Return the signals of an answer, program by program and side by side."""
    compared = [
        (row.program, row.condition, side, stated, beside)
        for row in answer.programs
        for side in Side
        for stated in _figures_of(row.on(side))
        if (beside := list(_beside(answer, stated, side)))
    ]
    signals = tuple(
        _signal(program, condition, side, stated, [one for _, one in beside])
        for program, condition, side, stated, beside in compared
        if all(stated.is_worse_than(number) for number, _ in beside)
    )
    return ParitySignals(
        verification_id=answer.verification_id, as_of=answer.as_of, signals=signals, compared=len(compared)
    )


def _figures_of(terms: Terms) -> Iterator[_MedicalFigure]:
    """Yield the figures that the reply states for the program itself; borrowed ones are a broader benefit's."""
    if terms.verdict not in {Verdict.COVERED, Verdict.LIKELY} or not terms.evidence:
        return
    copay = None if Figure.COPAY in terms.assumed else terms.copay
    share = None if Figure.COINSURANCE in terms.assumed else terms.coinsurance
    yield from _state(copay, share, None, terms.evidence)
    for limit in terms.limits:
        yield from _state(None, None, limit, limit.evidence or terms.evidence)


def _state(
    copay: Copay | None, share: Decimal | None, limit: Limit | None, evidence: tuple[str, ...]
) -> Iterator[_MedicalFigure]:
    if copay is not None and copay.per is not CopayPer.UNKNOWN:
        words = format_money(copay.amount) + PER[copay.per].en
        yield _MedicalFigure(ParityFigure.COPAY, copay.amount, (copay.per,), words, evidence)
    if share is not None:
        yield _MedicalFigure(ParityFigure.COINSURANCE, share, (), format_share(share), evidence)
    if limit is not None and limit.quantity is not None and limit.period is not LimitPeriod.UNKNOWN:
        words = count_units(limit.quantity, limit.unit).en + PERIOD[limit.period].en
        yield _MedicalFigure(ParityFigure.LIMIT, limit.quantity, (limit.unit, limit.period), words, evidence)


def _beside(answer: Answer, stated: _MedicalFigure, side: Side) -> Iterator[tuple[Decimal, ComparedRow]]:
    """Yield the outpatient medical rows of the same payer's reply that state the same figure in the same measure."""
    payers = _payers_of(answer, stated.evidence)
    for row in answer.medical_benefits:
        if row.side is not side or OUTPATIENT_TYPES.isdisjoint(row.service_types):
            continue
        for one in _state(row.copay, row.coinsurance, row.limit, row.evidence):
            is_same = (one.figure, one.counted) == (stated.figure, stated.counted)
            if is_same and _payers_of(answer, row.evidence) <= payers:
                yield one.number, ComparedRow(service_types=row.service_types, value=one.words, evidence=row.evidence)


def _payers_of(answer: Answer, marks: Sequence[str]) -> frozenset[str | None]:
    return frozenset(answer.answered_by[one.answered_by].payer for one in answer.evidence if one.id in marks)


def _signal(
    program: Program, condition: Condition, side: Side, stated: _MedicalFigure, medical: Sequence[ComparedRow]
) -> ParitySignal:
    worse = "lower than" if stated.figure is ParityFigure.LIMIT else "higher than"
    network = "in network" if side is Side.IN_NETWORK else "out of network"
    rows = "; ".join(f"{one.value} for service type {' '.join(one.service_types)}" for one in medical)
    text = (
        f"{program.value.upper()}, {condition.value.replace('_', ' ')}, {network}: {_NAME[stated.figure]} of"
        f" {stated.words} is {worse} in each of the medical rows of the same reply ({rows})."
    )
    return ParitySignal(
        program=program,
        condition=condition,
        side=side,
        figure=stated.figure,
        value=stated.words,
        evidence=stated.evidence,
        medical=tuple(medical),
        text=text,
    )


_NAME = {
    ParityFigure.COPAY: "a copay",
    ParityFigure.COINSURANCE: "a patient's share",
    ParityFigure.LIMIT: "a limit",
}


def write_parity(found: ParitySignals) -> str:
    """Return the signals as lines of at most 80 columns."""
    page = Page()
    page.heading(f"Parity signals of {found.verification_id}")
    for one in found.signals:
        beside = tuple(mark for row in one.medical for mark in row.evidence)
        page.item(f"{one.text}{marks(one.evidence)} beside{marks(beside)}")
    if not found.signals:
        page.text(f"No signal: {found.compared} figures had medical rows beside them in the reply.")
    page.text(found.caution)
    return str(page)
