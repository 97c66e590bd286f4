"""A number or a code where the noun of a verdict stands: of which thing is spoken is not said. Source: [L1], [T6]."""

from payers.reading.text.draft import Draft
from payers.reading.text.kinds import COST_KINDS, kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Record, Topic
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_BEFORE_NUMBER = COST_KINDS | {
    *(Kind.PLAN_SUBJECT, Kind.PROVIDER_SUBJECT, Kind.FIELD, Kind.REFERENCE, Kind.REFERENCE_NOUN, Kind.AGE, Kind.TIER),
    *(Kind.LIMIT, Kind.UP_TO, Kind.PLAN_PAYS, Kind.PENALTY, Kind.UNIT),
}
_AFTER_NUMBER = COST_KINDS | {Kind.UNIT, Kind.AGE, Kind.PERIOD, Kind.REMAINING, Kind.PLAN_PAYS}


def has_number_for_a_noun(draft: Draft, used: set[int]) -> bool:
    """Return whether a bare number or code may be of what the clause speaks: 3.5 NOT COVERED is no word on a program.

    What counts (20 VISITS, 80 PERCENT), says an age or a time, or numbers a plan is none. ``used``: places of terms
    that conditions have read.
    """
    if not any(_takes_its_noun_from_elsewhere(record, draft) for record in draft.records):
        return False
    return any(
        _is_bare(term) and not _is_explained(draft, place)
        for place, term in enumerate(draft.terms)
        if place not in used and place not in draft.used
    )


def _takes_its_noun_from_elsewhere(record: Record, draft: Draft) -> bool:
    if record.topic is Topic.AUTHORIZATION:
        return not draft.names.is_service
    return record.topic is Topic.COVERAGE and not record.names.is_service


def _is_bare(term: Term) -> bool:
    return not term.kinds and (term.sort is Sort.NUMBER or (term.sort is Sort.WORD and term.is_known))


def _is_explained(draft: Draft, place: int) -> bool:
    before = draft.terms[place - 1].kinds if place else frozenset()
    after = kinds_of(draft.terms[place + 1 : place + 3])
    return bool(before & _BEFORE_NUMBER or after & _AFTER_NUMBER)
