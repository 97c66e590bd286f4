"""Whether all that an answer claims rests on a line of a reply: an adapter that guesses is at fault, not believed.

Source: ``ANSWER.md`` 3 to 5: no claim without evidence, and what is not known is null.
"""

from collections.abc import Iterable, Iterator

from contracts.answer import Answer
from contracts.benefits import (
    FIRST_BELOW,
    NOTHING_BELOW,
    Benefit,
    Benefits,
    DeliveryLimit,
    Entity,
    Person,
    Place,
    Rejection,
)
from contracts.facts import PROGRAMS, Accumulator, Terms
from contracts.vocabulary import Authorization, CoverageStatus, Side, Verdict, VirtualDelivery

CLAIMS = frozenset({Verdict.COVERED, Verdict.LIKELY, Verdict.NOT_COVERED, Verdict.DELEGATED})
"""Verdicts that somebody must have said; the others say that nobody did."""

STATED = frozenset({CoverageStatus.ACTIVE, CoverageStatus.INACTIVE, CoverageStatus.UNCLEAR})

Claim = tuple[str, bool, tuple[str, ...]]
"""A place of the answer, whether something is claimed there, and the marks it rests on."""


def unfounded_claim(answer: Answer) -> str | None:
    """Return the first place of ``answer`` whose claim rests on nothing, or on a mark that leads nowhere.

    The place is a path without values, fit for a log.
    """
    if tuple((row.program, row.condition) for row in answer.programs) != PROGRAMS:
        return "programs"
    known = {evidence.id for evidence in answer.evidence}
    if len(known) != len(answer.evidence):
        return "evidence"
    if any(not 0 <= evidence.answered_by < len(answer.answered_by) for evidence in answer.evidence):
        return "evidence.answered_by"
    for place, claims, marks in _claims(answer):
        if (claims and not marks) or not known.issuperset(marks):
            return place
    return None


def invented_line(answer: Answer, replies: Iterable[Benefits]) -> str | None:
    """Return the first evidence of ``answer`` that none of ``replies`` holds: the same text at the same place.

    A reply is known by its trace; several may bear one, where a route brings none back. The result is a path without
    values, fit for a log; None when every line was brought.
    """
    if not answer.evidence:
        return None
    brought: dict[str | None, set[tuple[Place, str]]] = {}
    for benefits in replies:
        _add_lines_of(benefits, brought.setdefault(benefits.trace or None, set()))
    for line in answer.evidence:
        at = line.segment if line.path is None else line.path
        held = brought.get(answer.answered_by[line.answered_by].trace, set())
        if at is None or line.text is None or (at, line.text) not in held:
            return "evidence.text"
    return None


def _add_lines_of(benefits: Benefits, found: set[tuple[Place, str]]) -> None:
    """Add everything in a reply that may be shown as evidence, with its place, each as it was sent."""
    heads = (benefits.payer, benefits.provider, benefits.acknowledgment, *benefits.rejections)
    persons = (benefits.subscriber, benefits.patient)
    found.update([(one.at, one.text) for one in (*heads, *persons) if one is not None])
    for person in persons:
        if person is not None:
            found.update(_facts_of(person))
    lines = (*benefits.lines, *benefits.authorizations)
    found.update([(benefit.at, benefit.text) for benefit in lines])
    for benefit in [benefit for benefit in lines if benefit[FIRST_BELOW:] != NOTHING_BELOW]:
        found.update(_facts_of(benefit))
        found.update(_parts_of(benefit))


def _facts_of(one: Person | Benefit) -> Iterator[tuple[Place, str]]:
    for reference in one.references:
        yield reference.at, reference.sent or reference.value
    for dated in one.dates:
        yield dated.at, dated.sent or dated.value


def _parts_of(benefit: Benefit) -> Iterator[tuple[Place, str]]:
    for words in (*benefit.messages, *benefit.places):
        yield words.at, words.sent or words.text
    parts: tuple[DeliveryLimit | Rejection | Entity, ...] = (
        *benefit.deliveries,
        *benefit.rejections,
        *benefit.entities,
    )
    for part in parts:
        yield part.at, part.text


def _claims(answer: Answer) -> Iterator[Claim]:
    coverage = answer.coverage
    yield "coverage", coverage.status in STATED or _states(coverage, _PLAN), coverage.evidence
    for other in coverage.other_payers:
        yield "coverage.other_payers", True, other.evidence
    for row in answer.programs:
        for side in Side:
            yield from _of_terms(f"programs.{row.program}.{row.condition}.{side}", row.on(side))
    for name, part in (("in", answer.accumulators.in_network), ("out", answer.accumulators.out_of_network)):
        for level, figures in (("individual", part.individual), ("family", part.family)):
            yield from _of_accumulator(f"accumulators.{name}.{level}.deductible", figures.deductible)
            yield from _of_accumulator(f"accumulators.{name}.{level}.out_of_pocket", figures.out_of_pocket)
    for medical in answer.medical_benefits:
        yield "medical_benefits", True, medical.evidence
    for administrator in answer.administrators:
        yield "administrators", True, administrator.evidence


def _of_terms(place: str, terms: Terms) -> Iterator[Claim]:
    yield f"{place}.verdict", terms.verdict in CLAIMS, terms.evidence
    figures = not (terms.copay is None and terms.coinsurance is None and terms.deductible_applies is None)
    words = terms.authorization is not Authorization.UNKNOWN or terms.virtual is not VirtualDelivery.NOT_STATED
    yield f"{place}.figures", figures or words, terms.evidence
    for limit in terms.limits:
        yield f"{place}.limits", True, limit.evidence
    for alternative in terms.alternatives:
        yield f"{place}.alternatives", True, alternative.evidence


def _of_accumulator(place: str, accumulator: Accumulator) -> Iterator[Claim]:
    is_stated = not (accumulator.total is None and accumulator.met is None and accumulator.remaining is None)
    yield place, is_stated, accumulator.evidence
    for alternative in accumulator.alternatives:
        yield f"{place}.alternatives", True, alternative.evidence


_PLAN = ("plan_name", "plan_type", "group_number", "group_name", "begins_on", "ends_on")


def _states(value: object, fields: tuple[str, ...]) -> bool:
    return any(getattr(value, field) is not None for field in fields)
