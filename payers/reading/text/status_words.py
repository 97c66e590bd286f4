"""Words of status: that the plan, or something else, ended, lapsed or is suspended. Source: [C3]."""

from collections.abc import Sequence

from payers.reading.text.draft import Draft
from payers.reading.text.kinds import SERVICE_KINDS, kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Record, Topic
from payers.reading.text.subjects import names_in
from payers.reading.text.vocabulary import Kind


def reads_status(draft: Draft) -> bool:
    """Whether the clause has a word of status: about the plan or the member, or about something else ([C3])."""
    places = draft.places(Kind.STATUS)
    if not places:
        return False
    first = draft.terms[places[0]]
    of_verdict = bool(first.kinds & {Kind.REFUSES}) or first.words.endswith("ELIGIBLE")
    if of_verdict and draft.names.is_service:
        return False
    supposed = any(term.kinds & {Kind.UNMET, Kind.UNCERTAIN} for term in draft.terms[: places[0]])
    starts = [0, *(at + 1 for at in places)]
    kinds = [_find_end(draft, start, at) for start, at in zip(starts, places, strict=False)]
    if any(kinds_of(one) & {Kind.CARE} or names_in(one).is_service for one in kinds if one is not None):
        # A service that is suspended is no word about the plan, and not one by which the line may speak either.
        draft.is_clear = False
    of_plan = any(one is not None and not kinds_of(one) & _OTHER_THAN_PLAN for one in kinds)
    topic = Topic.STATUS if of_plan and not supposed else Topic.OTHER
    draft.used |= set(places) | set(draft.places(Kind.NOT, Kind.NO))
    draft.records.append(Record(topic, positive=False, names=names_in(draft.terms[: places[0]])))
    return True


def reads_status_before_contact(draft: Draft) -> bool:
    """Whether a clause that ends in whom to call begins with a word of status: COVERAGE TERMINATED CALL US."""
    places, contacts = draft.places(Kind.STATUS), draft.places(Kind.REFERENCE, Kind.RUN_BY)
    begins = draft.terms[0].kinds if draft.terms else frozenset()
    if not places or not contacts or places[0] > contacts[0] or Kind.FOR in begins:
        return False
    return reads_status(draft)


def _find_end(draft: Draft, start: int, at: int) -> Sequence[Term] | None:
    """The noun of which a word of status speaks, if it has one; None where the word is negated."""
    if any(_negates(term) for term in _just_before(draft.terms[start:at])):
        return None
    before = draft.terms[start:at]
    head = before[: next((place for place, term in enumerate(before) if Kind.FOR in term.kinds), len(before))]
    nouns = [term for term in head if term.kinds & _NOUNS]
    if len(nouns) > 1 and nouns[-2].kinds & SERVICE_KINDS and head.index(nouns[-1]) == head.index(nouns[-2]) + 1:
        # The benefit of a service right before it is that service's: IOP BENEFIT TERMINATED.
        return nouns[-2:-1]
    if nouns or at + 1 >= len(draft.terms):
        return nouns[-1:]
    return [draft.terms[at + 1]] if draft.terms[at + 1].kinds & _NOUNS else []


def _just_before(terms: Sequence[Term]) -> Sequence[Term]:
    """The words right before a place, over articles and forms of BE to the first other one, which counts as well."""
    at = len(terms) - 1
    while at >= 0 and not terms[at].is_mark and (terms[at].words in _PASSED or terms[at].kinds & _PASSED_KINDS):
        at -= 1
    return terms[max(at, 0) :]


def _negates(term: Term) -> bool:
    return bool(term.kinds & {Kind.NOT, Kind.NO}) or term.words in _NEVER


_OTHER_THAN_PLAN = SERVICE_KINDS | {
    Kind.CARE,
    Kind.AUTHORIZATION,
    Kind.PROVIDER_SUBJECT,
    Kind.ABOUT_CONTACT,
    Kind.REFERENCE_NOUN,
}
_NOUNS = _OTHER_THAN_PLAN | {Kind.PLAN_SUBJECT, Kind.BENEFIT}
_NEVER = frozenset("NEVER NEITHER NOR CANNOT ISNT ARENT WASNT WERENT HASNT HAVENT HADNT DIDNT DOESNT WONT CANT".split())
_PASSED = frozenset({"BEEN", "YET", "BEING", "CURRENTLY", "IN"})
_PASSED_KINDS = frozenset({Kind.VERB, Kind.PARTICLE})
