"""The items of a list under a heading. Source: [T5]."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from payers.reading.text.headings import Heading, is_positive
from payers.reading.text.kinds import (
    CONDITION_KINDS,
    NETWORK_KINDS,
    SERVICE_KINDS,
    SETTING_KINDS,
    VERDICT_KINDS,
    kinds_of,
)
from payers.reading.text.lexicon import Term
from payers.reading.text.messages import is_complete
from payers.reading.text.predicates import LIST_MARKS
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_BINDING = frozenset(
    {
        Kind.UNMET,
        Kind.ONLY,
        Kind.AGE,
        Kind.AGE_UNDER,
        Kind.AGE_OVER,
        Kind.AND_OVER,
        Kind.AND_UNDER,
        Kind.ADULTS,
        Kind.CHILDREN,
    }
) | {Kind.ADOLESCENTS, Kind.SEQUENCE, Kind.DATE_FROM, Kind.DATE_TO}


def items_of(terms: Sequence[Term]) -> list[list[Term]]:
    """The items of a list under a heading; AND and OR part them, but where a condition after them binds them all."""
    items: list[list[Term]] = [[]]
    ends = {id(term) for last, term in pairwise(terms) if term.after_end and _ends_item(last, term)}
    for stretch in _split(terms, lambda term: term.sort in LIST_MARKS | {Sort.COLON} or id(term) in ends):
        together = bool(kinds_of(stretch) & _BINDING)
        parts = [stretch] if together else _split(stretch, lambda term: term.kinds == {Kind.AND} or term.words == "OR")
        items += parts
    return [item for item in items if item]


def _ends_item(last: Term, term: Term) -> bool:
    """Whether the end of a message between two terms ends an item: what stands before it is complete ([T4], [T5])."""
    begins = not term.is_known or bool(term.kinds & (SERVICE_KINDS | SETTING_KINDS | CONDITION_KINDS | {Kind.NO}))
    return is_complete([last]) and begins


def _split(terms: Sequence[Term], parts_at: Callable[[Term], bool]) -> list[list[Term]]:
    """``terms`` parted at each one that parts; a mark or a conjunction is dropped, any other term begins a part."""
    found: list[list[Term]] = [[]]
    for term in terms:
        if parts_at(term):
            found.append([])
            if term.is_mark or term.kinds == {Kind.AND} or term.words == "OR":
                continue
        found[-1].append(term)
    return [part for part in found if part]


def agrees(item: Sequence[Term], heading: Heading) -> bool:
    """Whether an item says itself what its heading says."""
    kinds = kinds_of(item)
    is_plain = not kinds & (_BINDING | NETWORK_KINDS | CONDITION_KINDS | SETTING_KINDS) and all(
        term.kinds for term in item
    )
    return is_plain and bool(kinds & VERDICT_KINDS) and is_positive(item) is heading.grants
