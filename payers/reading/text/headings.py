"""Words that hold for every item after them: verdicts, subjects and topics before a colon or a hyphen. Source: [T5]."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from payers.reading.text.kinds import (
    CONDITION_KINDS,
    COST_KINDS,
    NAME_KINDS,
    NETWORK_KINDS,
    NEUTRAL_KINDS,
    VERDICT_KINDS,
    kinds_of,
)
from payers.reading.text.lexicon import Term
from payers.reading.text.predicates import has_predicate, speaks, until_list
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_VERDICT_HEADING = (
    VERDICT_KINDS | NEUTRAL_KINDS | CONDITION_KINDS | NETWORK_KINDS | {Kind.NOT, Kind.NO, Kind.VERB, Kind.RESERVATION}
)

_AUTHORIZATION_HEADING = _VERDICT_HEADING | {Kind.AUTHORIZATION, Kind.REQUIRES, Kind.FREES}

_SUBJECT_HEADING = NAME_KINDS | NEUTRAL_KINDS

_EXCLUSIONS_APPLY = re.compile(r"^(?!.*LIMIT).*EXCLUSIONS( MAY)? APPLY$")
"""Words that are a reservation where they end a clause, and a heading before a colon."""

_NEGATIVE = frozenset({Kind.NOT, Kind.NO, Kind.REFUSES, Kind.REFUSES_OBJECT, Kind.EXHAUSTED})


class Heading(NamedTuple):
    """Words that hold for every item after them.

    ``grants``: the verdict of each item; None when the heading gives none. ``authorization``: whether each item
    requires it. ``terms``: the words of the heading; names among them are the subject, the condition or the side of
    what follows. ``is_doubtful``: words before it limit or turn it, as NONE OF and ONLY do.
    """

    grants: bool | None
    authorization: bool | None
    terms: tuple[Term, ...]
    is_doubtful: bool = False


def is_verdict_heading(words: Sequence[Term]) -> bool:
    """Whether ``words`` are a verdict without a subject; ONLY may bind it to a network side."""
    kinds = kinds_of(words)
    allowed = _VERDICT_HEADING | ({Kind.ONLY} if kinds & NETWORK_KINDS else set())
    if any(term.words.startswith("EXCLUSION") for term in words):
        allowed |= {Kind.COST_VERB}
    return bool(kinds & VERDICT_KINDS) and all(term.kinds & allowed for term in words)


def is_topic(words: Sequence[Term]) -> bool:
    """Whether ``words`` are a topic of their own: cost, limits, authorization ([T5])."""
    topics = COST_KINDS | {Kind.LIMIT, Kind.AUTHORIZATION}
    return bool(kinds_of(words) & topics) and all(term.kinds & (topics | NEUTRAL_KINDS) for term in words)


def exclusions_heading(words: Sequence[Term]) -> Heading | None:
    """EXCLUSIONS APPLY before a colon: what follows is excluded."""
    applies = any(Kind.RESERVATION in term.kinds and _EXCLUSIONS_APPLY.search(term.words) for term in words)
    return Heading(grants=False, authorization=None, terms=tuple(words)) if applies else None


def heading_of(words: Sequence[Term], rest: Sequence[Term], *, colon: bool) -> Heading | None:
    """What ``words`` before a colon or a hyphen are a heading of; None when they are none ([T5])."""
    if not words:
        return None
    kinds = kinds_of(words)
    if is_verdict_heading(words):
        # OUT OF NETWORK IS NOT COVERED - PHP IS COVERED are two clauses ([T3]).
        is_sentence = any(term.words.split(" ")[0] in {"IS", "ARE", "WILL"} for term in words)
        is_clause = not colon and is_sentence and speaks(until_list(rest))
        return None if is_clause else Heading(is_positive(words), None, tuple(words))
    if Kind.AUTHORIZATION in kinds and all(term.kinds & _AUTHORIZATION_HEADING for term in words):
        if kinds & {Kind.REQUIRES, Kind.FREES, Kind.NO} and (colon or not has_predicate(rest)):
            return Heading(None, not kinds & {Kind.FREES, Kind.NO, Kind.NOT}, tuple(words))
        return None
    is_followed = has_predicate(until_list(rest)) or (colon and has_predicate(rest))
    if is_followed and kinds & NAME_KINDS and all(term.kinds & _SUBJECT_HEADING for term in words):
        return Heading(None, None, tuple(words))
    return None


def names_a_subject(heading: Heading | None) -> bool:
    """Return whether ``heading`` gives no verdict: it names what the items after it speak of."""
    return heading is not None and heading.grants is None and heading.authorization is None


def with_list(
    found: Heading, before: Sequence[Term], start: int, begin: int, heading: Heading | None
) -> tuple[Heading, int]:
    """A heading that is a name with the list that ends in it, and where it begins: IOP, DETOX: NOT COVERED."""
    terms = before[start:begin]
    is_list = bool(terms) and all(term.sort is Sort.COMMA or term.kinds & _SUBJECT_HEADING for term in terms)
    if is_list and names_a_subject(found) and (heading is None or names_a_subject(heading)):
        return found._replace(terms=tuple(before[start:])), start
    return found, begin


def is_positive(words: Sequence[Term]) -> bool:
    """Return whether the negative words among ``words`` are none, or turn one another."""
    negative = sum(1 for term in words if term.kinds & _NEGATIVE and not term.is_mark)
    return negative % 2 == 0
