"""Whether all that an answer claims rests on a line of a reply: an adapter that guesses is at fault, not believed.

Source: ``ANSWER.md`` 3 to 5: no claim without evidence, and what is not known is null.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

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
from contracts.facts import PROGRAMS, Accumulators, Terms
from contracts.vocabulary import SIDES, Authorization, CoverageStatus, Verdict, VirtualDelivery

CLAIMS = frozenset({Verdict.COVERED, Verdict.LIKELY, Verdict.NOT_COVERED, Verdict.DELEGATED})
"""Verdicts that somebody must have said; the others say that nobody did."""

STATED = frozenset({CoverageStatus.ACTIVE, CoverageStatus.INACTIVE, CoverageStatus.UNCLEAR})

Claim = tuple[tuple[str, ...], bool, tuple[str, ...]]
"""A place of the answer, as the names that lead to it, whether something is claimed there, and the marks it rests on.
"""


def unfounded_claim(answer: Answer) -> str | None:
    """Return the first place of ``answer`` whose claim rests on nothing, or on a mark that leads nowhere.

    The place is a path without values, fit for a log.
    """
    if tuple((row.program, row.condition) for row in answer.programs) != PROGRAMS:
        return "programs"
    # A field of a model costs eight times as much to read as what its dictionary holds.
    shown = list(map(vars, answer.evidence))
    known = {evidence["id"] for evidence in shown}
    if len(known) != len(shown):
        return "evidence"
    if not {evidence["answered_by"] for evidence in shown}.issubset(range(len(answer.answered_by))):
        return "evidence.answered_by"
    for place, claims, marks in _claims(answer):
        if (claims and not marks) or not known.issuperset(marks):
            return ".".join(place)
    return None


def invented_line(answer: Answer, replies: Iterable[Benefits]) -> str | None:
    """Return the first evidence of ``answer`` that none of ``replies`` holds: the same text at the same place.

    A reply is known by its trace; several may bear one, where a route brings none back. The result is a path without
    values, fit for a log; None when every line was brought.
    """
    if not answer.evidence:
        return None
    brought: dict[str | None, list[Benefits]] = {}
    for benefits in replies:
        brought.setdefault(benefits.trace or None, []).append(benefits)
    by_trace = {trace: _HeldLines(those) for trace, those in brought.items()}
    sources = [by_trace.get(reply.trace) for reply in answer.answered_by]
    for line in map(vars, answer.evidence):
        at, text = line["segment"] if line["path"] is None else line["path"], line["text"]
        held = sources[line["answered_by"]]
        if at is None or text is None or held is None or (held.lines.get(at) != text and not held.has(at, text)):
            return "evidence.text"
    return None


class _HeldLines:
    """Everything in replies that may be shown as evidence, each as it was sent; ``lines``: the EB, by their places."""

    def __init__(self, replies: Sequence[Benefits]) -> None:
        self._lines = [line for benefits in replies for line in (*benefits.lines, *benefits.authorizations)]
        self.lines = {line.at: line.text for line in self._lines}
        self._above = {held for benefits in replies for held in _above(benefits)}

    def has(self, at: Place, text: str) -> bool:
        """Whether ``text`` stands at ``at``."""
        return self.lines.get(at) == text or (at, text) in self._above or (at, text) in self._others

    @cached_property
    def _others(self) -> set[tuple[Place, str]]:
        """What stands below the lines, which is seldom asked for, and lines of two replies at one place."""
        found = {(line.at, line.text) for line in self._lines}
        for benefit in self._lines:
            if benefit[FIRST_BELOW:] != NOTHING_BELOW:
                found.update(_facts_of(benefit))
                found.update(_parts_of(benefit))
        return found


def _above(benefits: Benefits) -> Iterator[tuple[Place, str]]:
    heads = (benefits.payer, benefits.provider, benefits.acknowledgment, *benefits.rejections)
    persons = (benefits.subscriber, benefits.patient)
    for one in (*heads, *persons):
        if one is not None:
            yield one.at, one.text
    for person in persons:
        if person is not None:
            yield from _facts_of(person)


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
    yield ("coverage",), coverage.status in STATED or _states(coverage, _PLAN), coverage.evidence
    for other in coverage.other_payers:
        yield ("coverage", "other_payers"), True, other.evidence
    # The same terms stand in several rows: they are founded in all of them or in none.
    seen: set[int] = set()
    for row in answer.programs:
        for side in SIDES:
            terms = row.on(side)
            if id(terms) not in seen:
                seen.add(id(terms))
                yield from _of_terms(("programs", row.program, row.condition, side), terms)
    yield from _of_accumulators(answer.accumulators)
    for medical in answer.medical_benefits:
        yield ("medical_benefits",), True, medical.evidence
    for administrator in answer.administrators:
        yield ("administrators",), True, administrator.evidence


def _of_accumulators(accumulators: Accumulators) -> Iterator[Claim]:
    for name, side in (("in", accumulators.in_network), ("out", accumulators.out_of_network)):
        for level, figures in (("individual", side.individual), ("family", side.family)):
            for figure, one in (("deductible", figures.deductible), ("out_of_pocket", figures.out_of_pocket)):
                place = ("accumulators", name, level, figure)
                is_stated = not (one.total is None and one.met is None and one.remaining is None)
                yield place, is_stated, one.evidence
                for alternative in one.alternatives:
                    yield (*place, "alternatives"), True, alternative.evidence


def _of_terms(place: tuple[str, ...], terms: Terms) -> Iterator[Claim]:
    yield (*place, "verdict"), terms.verdict in CLAIMS, terms.evidence
    figures = not (terms.copay is None and terms.coinsurance is None and terms.deductible_applies is None)
    words = terms.authorization is not Authorization.UNKNOWN or terms.virtual is not VirtualDelivery.NOT_STATED
    yield (*place, "figures"), figures or words, terms.evidence
    for limit in terms.limits:
        yield (*place, "limits"), True, limit.evidence
    for alternative in terms.alternatives:
        yield (*place, "alternatives"), True, alternative.evidence


_PLAN = ("plan_name", "plan_type", "group_number", "group_name", "begins_on", "ends_on")


def _states(value: object, fields: tuple[str, ...]) -> bool:
    return any(getattr(value, field) is not None for field in fields)
