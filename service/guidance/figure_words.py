"""The figures of a program's terms in words, each with the lines of the reply that it rests on."""

from collections.abc import Iterator

from contracts import Limit
from contracts.report.words import PER, describe_limit
from contracts.wording import format_money, format_share
from service.guidance.cost_terms import PAID, RowTerms
from service.guidance.cost_values import CostFactor, CostInput, CostSource


def write_figures(row: RowTerms) -> Iterator[CostInput]:
    """Yield every figure of the program that its cost follows from."""
    terms = row.terms
    if terms.verdict in PAID:
        yield _figure(CostFactor.COVERED, row, f"{row.name} reads {terms.verdict.value}")
    if terms.copay is not None:
        text = f"copay of {format_money(terms.copay.amount)}{PER[terms.copay.per.value]}"
        yield _figure(CostFactor.COST_SHARE, row, text)
    if terms.coinsurance is not None:
        yield _figure(CostFactor.COST_SHARE, row, f"the patient pays {format_share(terms.coinsurance)}")
    if terms.deductible_applies is not None:
        words = "applies" if terms.deductible_applies else "does not apply"
        yield _figure(CostFactor.DEDUCTIBLE_APPLIES, row, f"the deductible {words}")
    for one in terms.limits:
        yield _figure(CostFactor.LIMIT, row, describe_limit(one), one)


def _figure(factor: CostFactor, row: RowTerms, text: str, limit: Limit | None = None) -> CostInput:
    return CostInput(
        factor=factor,
        program=row.about.program,
        condition=row.about.condition,
        text=text,
        source=CostSource.PAYER,
        evidence=row.terms.evidence if limit is None else limit.evidence,
    )
