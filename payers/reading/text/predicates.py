"""What a run of words says by itself: whether it has a verdict, is a name alone, or speaks. Source: [T3] to [T5]."""

from collections.abc import Sequence
from itertools import pairwise

from payers.reading.text.kinds import (
    NAME_KINDS,
    NETWORK_KINDS,
    NEUTRAL_KINDS,
    PREDICATE_KINDS,
    SERVICE_KINDS,
    kinds_of,
)
from payers.reading.text.lexicon import Term
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_OF_LABELS = NAME_KINDS | NEUTRAL_KINDS
_OF_SIDES = _OF_LABELS | {Kind.PROVIDER_SUBJECT}

LIST_MARKS = frozenset({Sort.COMMA, Sort.HYPHEN})


def has_predicate(terms: Sequence[Term]) -> bool:
    """Whether ``terms`` hold a verdict or a verb of their own."""
    return any(term.kinds & PREDICATE_KINDS for term in terms)


def is_label(terms: Sequence[Term]) -> bool:
    """Whether ``terms`` are names with neutral words alone."""
    words = [term for term in terms if not term.is_mark]
    kinds = kinds_of(words)
    # PARTICIPATING PROVIDERS is a network side.
    allowed = _OF_LABELS if kinds.isdisjoint(NETWORK_KINDS) else _OF_SIDES
    return (
        not kinds.isdisjoint(NAME_KINDS)
        and kinds.isdisjoint(PREDICATE_KINDS)
        and all(term.kinds & allowed for term in words)
    )


def until_list(terms: Sequence[Term]) -> Sequence[Term]:
    """Return ``terms`` before their first comma."""
    return terms[: next((at for at, term in enumerate(terms) if term.sort is Sort.COMMA), len(terms))]


def speaks(terms: Sequence[Term]) -> bool:
    """Whether a piece says something by itself: by a predicate, or as a limit of a service (IOP UP TO 20 VISITS)."""
    kinds = kinds_of(terms)
    if has_predicate(terms) or (kinds & {Kind.DISCLAIMER, Kind.RESERVATION} and not kinds & SERVICE_KINDS):
        return True
    counts = any(one.sort is Sort.NUMBER and Kind.UNIT in two.kinds for one, two in pairwise(terms))
    return bool(kinds & SERVICE_KINDS) and (counts or bool(kinds & {Kind.UP_TO, Kind.NO_LIMIT}))
