"""Figures of a program as statements of the summary: what the patient pays, and how much of it the plan pays for."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from contracts import phrases
from contracts.facts import Alternative, Limit, Terms
from contracts.vocabulary import CopayPer, Figure, LimitUnit
from contracts.wording import Both, either, format_money, format_share, join


class Sentence(NamedTuple):
    """A sentence of the summary, or two that belong together, and the marks of the evidence that they rest on."""

    words: Both
    evidence: tuple[str, ...] = ()


def costs_of(terms: Terms, unknown: Both) -> Iterator[Sentence]:
    """Yield copay and share; where several values stand and none was chosen, all of them; or that there is none."""
    found = [] if not terms.evidence else [*_cost(terms, Figure.COPAY), *_cost(terms, Figure.COINSURANCE)]
    yield from found or [Sentence(phrases.NO_COST.fill(unknown=unknown))]
    if terms.evidence and terms.cost_rule is not None and terms.copay is not None and terms.coinsurance is not None:
        yield Sentence(phrases.COST_RULE[terms.cost_rule], terms.evidence)
    if terms.evidence and terms.deductible_applies is not None:
        yield Sentence(phrases.DEDUCTIBLE_APPLIES[terms.deductible_applies], terms.evidence)


def _cost(terms: Terms, figure: Figure) -> Iterator[Sentence]:
    value = _value_of(terms, figure)
    if value is not None:
        yield Sentence(phrases.COST[figure].fill(value=value), terms.evidence)
        if figure in terms.assumed:
            yield Sentence(phrases.BORROWED, terms.evidence)
        return
    values = values_of(terms.alternatives, figure)
    if values:
        words = (phrases.SEVERAL if len(values) > 1 else phrases.ONE_CASE)[figure].fill(values=either(values))
        marks = (mark for one in terms.alternatives if one.figure is figure for mark in one.evidence)
        yield Sentence(words, tuple(dict.fromkeys(marks)))


def _value_of(terms: Terms, figure: Figure) -> Both | None:
    if figure is Figure.COPAY:
        return None if terms.copay is None else _amount(terms.copay.amount, terms.copay.per)
    return None if terms.coinsurance is None else _plain(format_share(terms.coinsurance))


def values_of(alternatives: Sequence[Alternative], figure: Figure) -> list[Both]:
    """Return the values of a figure beside which none was chosen, each once, where there is evidence of them."""
    if not alternatives:
        return []
    values = (
        _plain(format_share(one.value)) if figure is Figure.COINSURANCE else _amount(one.value, one.per)
        for one in alternatives
        if one.figure is figure and one.evidence
    )
    return list(dict.fromkeys(values))


def _amount(dollars: Decimal, per: CopayPer | None) -> Both:
    return join([_plain(format_money(dollars)), phrases.PER[per or CopayPer.UNKNOWN]], "")


def _plain(words: str) -> Both:
    return Both(words, words)


def limits_of(terms: Terms) -> Iterator[Sentence]:
    """Yield every limit of which there is evidence, and what is left of it."""
    for limit in terms.limits:
        marks = limit.evidence or terms.evidence
        if marks:
            yield from (Sentence(words, marks) for words in _limit(limit))


def _limit(limit: Limit) -> Iterator[Both]:
    if limit.quantity is not None:
        value = join([phrases.count_units(limit.quantity, limit.unit), phrases.PERIOD[limit.period]], "")
        yield phrases.LIMITED.fill(value=value)
    if limit.remaining is not None:
        yield _remainder_words(limit.remaining, limit.unit).fill(value=phrases.count_units(limit.remaining, limit.unit))


def _remainder_words(remaining: Decimal, unit: LimitUnit) -> Both:
    if unit is LimitUnit.DOLLARS:
        return phrases.DOLLARS_LEFT
    return phrases.ONE_LEFT if remaining == 1 else phrases.LEFT
