"""Words that grant, refuse, use up or end something, with what they speak of. Source: [T9], [T13], [C3], W4."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from payers.reading.text.draft import BETWEEN, Draft, negated_by
from payers.reading.text.kinds import CONDITION_KINDS, COST_KINDS, NAME_KINDS, NETWORK_KINDS, SERVICE_KINDS, kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Names, Record, Topic
from payers.reading.text.subjects import names_in, subject_of
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind


def read_exhausted(draft: Draft) -> None:
    """Enter that something is used up ([T14])."""
    for at in draft.places(Kind.EXHAUSTED):
        if any(kind in COST_KINDS for term in draft.terms[:at] for kind in term.kinds):
            # The maximum of a copay or of what the patient pays is no benefit that is used up.
            draft.used.add(at)
            continue
        negation = negated_by(draft, at, Kind.NOT)
        if negation is not None:
            draft.is_clear = False
        draft.used.add(at)
        before = subject_of(draft.terms[:at])
        names = before if before.is_service else draft.subject
        draft.records.append(Record(Topic.EXHAUSTED, positive=False, names=names))


class _Verdict(NamedTuple):
    """A verdict word: where it and its negation stand, what it says, and whether it speaks of what follows it."""

    first: int
    last: int
    positive: bool
    takes_object: bool


def _verdicts(draft: Draft) -> list[_Verdict]:
    found: list[_Verdict] = []
    plain = draft.places(Kind.GRANTS, Kind.GRANTS_OBJECT, Kind.REFUSES, Kind.REFUSES_OBJECT)
    if not plain:
        plain = draft.places(Kind.INCLUDING)
    for at in plain:
        if at in draft.used:
            continue
        term = draft.terms[at]
        negative = bool(term.kinds & {Kind.REFUSES, Kind.REFUSES_OBJECT})
        takes_object = bool(term.kinds & {Kind.GRANTS_OBJECT, Kind.REFUSES_OBJECT, Kind.INCLUDING})
        negation = negated_by(draft, at, Kind.NOT)
        if negation is None:
            negation = negated_by(draft, at, Kind.NO) if negative else None
        positive = negative if negation is not None else not negative
        first = at if negation is None else negation
        draft.used |= {at, first}
        found.append(_Verdict(first, at, positive, takes_object))
    # NO (program) BENEFIT or COVERAGE refuses what stands between.
    for at in draft.places(Kind.NO):
        if at in draft.used:
            continue
        end = next(
            (
                place
                for place in range(at + 1, len(draft.terms))
                if draft.terms[place].kinds & {Kind.BENEFIT} or draft.terms[place].words == "COVERAGE"
            ),
            None,
        )
        between = draft.terms[at + 1 : end] if end is not None else []
        if end is not None and between and all(term.kinds & (NAME_KINDS | BETWEEN) for term in between):
            draft.used.add(at)
            found.append(_Verdict(at, at, positive=False, takes_object=True))
    return _without_repetition(sorted(found), draft)


def _without_repetition(verdicts: Sequence[_Verdict], draft: Draft) -> list[_Verdict]:
    """NO BENEFITS ARE AVAILABLE, NO COVERAGE IS PROVIDED: a refusal and the verdict that it negates are one."""
    found: list[_Verdict] = []
    for one in verdicts:
        last = found[-1] if found else None
        if last is not None and one.positive and not last.positive and draft.terms[last.last].words.startswith("NO "):
            between = draft.terms[last.last + 1 : one.first]
            if all(term.kinds and term.kinds <= BETWEEN for term in between):
                found[-1] = last._replace(last=one.last)
                continue
        found.append(one)
    return found


_ORDERED = "ordered"
"""What a court has ordered is a part that is refused ([T13]), and a condition of what is granted ([T10])."""


def read_verdicts(draft: Draft) -> None:
    """Enter what the clause grants and refuses, a record for each verdict."""
    verdicts = _verdicts(draft)
    negative = sum(1 for one in verdicts if not one.positive)
    for number, verdict in enumerate(verdicts):
        start = verdicts[number - 1].last + 1 if number else 0
        end = verdicts[number + 1].first if number + 1 < len(verdicts) else len(draft.terms)
        before, after = draft.terms[start : verdict.first], draft.terms[verdict.last + 1 : end]
        names = _subject(before, after, verdict)
        if not verdict.takes_object and _is_of_cost(draft.terms[start : verdict.first], after):
            # COPAY NOT INCLUDED IN OUT OF POCKET is a word of cost.
            continue
        if verdict.positive and any(term.value(Kind.PART) == _ORDERED for term in draft.terms):
            names = names.joined(Names(programs=draft.names.programs))
            draft.is_ordered = True
        positive: bool | None = verdict.positive
        if draft.requires_authorization:
            positive = True
        elif not _is_clear(draft, before, after, verdict, names):
            draft.is_clear = False
        tier = any(Kind.TIER in term.kinds for term in before)
        provider = verdict.takes_object and names_in(before).provider
        topic = Topic.OTHER if not names.is_service and (tier or provider) else Topic.COVERAGE
        is_own = not (verdict.takes_object or names.is_service) and _is_setting(before)
        is_of_condition = not (verdict.takes_object or names.is_service) and _has_condition_alone(before, after)
        draft.records.append(
            Record(topic, positive=positive, names=names, is_own=is_own, is_of_condition=is_of_condition)
        )
    for one, two in pairwise(verdicts):
        between = draft.terms[one.last + 1 : two.first]
        is_of_either = not two.takes_object and _may_be_of_either(one, between)
        if _are_alternatives(between) or is_of_either or _contradict(one, two, between):
            draft.is_clear = False
    if negative > 1 and len(verdicts) != negative:
        draft.is_clear = draft.is_clear and all(not record.names.is_empty for record in draft.records)


def _is_clear(draft: Draft, before: Sequence[Term], after: Sequence[Term], verdict: _Verdict, names: Names) -> bool:
    """Whether it is clear of what a verdict speaks: of a service or of the line's own, and of nothing else.

    A copay that is not included, information that is not available and claims that are denied say nothing of a service.
    """
    is_doubted = not verdict.takes_object and _is_doubted(draft.terms[verdict.first])
    is_open = Kind.UNCERTAIN in draft.kinds or is_doubted or _asks(draft.terms) or _is_of_a_part(before, after)
    if is_open or _is_past(draft.terms, verdict.first) or _is_disclaimed(before):
        return False
    word, following = draft.terms[verdict.last].words, _until_mark(after)
    is_called = _is_called(draft.terms, verdict.last) and Kind.FREES not in kinds_of(following)
    if word.startswith("EXCLUSION") and not is_called:
        return False
    if verdict.takes_object:
        side = bool(kinds_of(after) & NETWORK_KINDS)
        nothing = names.is_empty and not names.own and not names.is_elsewhere and not side
        by_other = bool(names.programs) and not kinds_of(_since_mark(before)).isdisjoint(_OTHER_AGENTS)
        return not nothing and not by_other and not (_other_nouns(after) and not names.is_service)
    nearest = _since_mark(before)
    if names.programs and any(Kind.PROVIDER_SUBJECT in term.kinds for term in nearest):
        return False
    # 20 VISITS NOT COVERED refuses visits.
    is_of_visits = not (verdict.positive or names.is_service) and Kind.UNIT in kinds_of(nearest)
    is_of_penalty = Kind.PENALTY in kinds_of(nearest)
    is_of_network = _is_of_network(_since_mark(draft.terms[: verdict.last]), word, following)
    if (
        is_of_network
        or is_of_visits
        or is_of_penalty
        or _other_nouns(nearest)
        or (not names.is_service and _follows_alone(after))
    ):
        return False
    return not _is_turned(following, verdict, names, is_listed=not subject_of(before).is_service, word=word)


def _is_turned(following: Sequence[Term], verdict: _Verdict, names: Names, *, is_listed: bool, word: str) -> bool:
    """Whether the words after a verdict make it one about something else, or about a part of the program only.

    ``is_listed``: they name what it speaks of, so that another service among them is one of a list. ``word``: the
    verdict's.
    """
    turning = _OTHER_NOUNS - COST_KINDS if verdict.positive else _OTHER_NOUNS
    if following and (following[0].kinds & turning or following[0].words.startswith("BY")):
        return True
    if names.programs and (_counts_elsewhere(word, following) or _is_for_other_care(following)):
        return True
    if verdict.positive:
        return any(Kind.REFERENCE_NOUN in term.kinds for term in following)
    doubted = bool(kinds_of(following) & {Kind.PENALTY, Kind.NOT})
    return doubted or (bool(names.programs) and _qualifies(following, is_listed=is_listed))


def _asks(terms: Sequence[Term]) -> bool:
    """Whether a clause begins as a question does, with a verb before what it speaks of: IS PHP COVERED."""
    if len(terms) < 2 or terms[0].words not in _ASKING:
        return False
    following = terms[1:] if terms[1].words not in {"THE", "THIS", "MY"} else terms[2:]
    return bool(following) and bool(following[0].kinds & (SERVICE_KINDS | {Kind.PLAN_SUBJECT, Kind.CARE}))


_ASKING = frozenset({"IS", "ARE", "DOES", "DO", "WILL", "CAN", "HAS", "HAVE"})


def _is_of_a_part(before: Sequence[Term], after: Sequence[Term]) -> bool:
    """PART OF PHP COVERED leaves open which part."""
    return any(
        one.words == "PART OF" and two.kinds & SERVICE_KINDS for part in (before, after) for one, two in pairwise(part)
    )


def _counts_elsewhere(word: str, following: Sequence[Term]) -> bool:
    """INCLUDED IN LIMIT and EXCLUDED FROM NETWORK say what something counts toward, and no verdict on it."""
    if not word.endswith(("INCLUDED", "EXCLUDED")) or not following:
        return False
    return not kinds_of(following).isdisjoint(_COUNTED_IN)


def _is_of_network(before: Sequence[Term], word: str, following: Sequence[Term]) -> bool:
    """Whether the network includes something or not: NOT INCLUDED IN NETWORK, PHP FACILITY INCLUDED IN NETWORK."""
    if not (word.endswith("INCLUDED") and following and Kind.IN_NETWORK in following[0].kinds):
        return False
    nouns = [term for term in before if not term.kinds <= BETWEEN]
    return bool(nouns) and bool(nouns[-1].kinds & {Kind.OWN_SETTING, Kind.NOT})


def _is_for_other_care(following: Sequence[Term]) -> bool:
    """COVERED THROUGH EAP and COVERED FOR AUTISM grant and refuse another service's part of the program."""
    if len(following) < 2 or not (following[0].kinds & _CONNECTING or following[0].words in {"THROUGH", "FROM"}):
        return False
    nearest = next((term for term in following[1:] if term.kinds - {Kind.PARTICLE}), following[1])
    others = SERVICE_KINDS if Kind.WITH in following[0].kinds else {Kind.SERVICE}
    return bool(nearest.kinds & others)


def _are_alternatives(between: Sequence[Term]) -> bool:
    """COVERED OR NOT COVERED says neither."""
    return len(between) == 1 and between[0].words == "OR"


def _contradict(one: _Verdict, two: _Verdict, between: Sequence[Term]) -> bool:
    """IOP COVERED NOT COVERED says both of one thing."""
    return one.positive is not two.positive and not two.takes_object and all(term.kinds <= BETWEEN for term in between)


def _may_be_of_either(one: _Verdict, between: Sequence[Term]) -> bool:
    """PLAN DOES NOT COVER DETOX AND PHP IS COVERED: services after one verdict and before another may be of either."""
    follows = one.takes_object or (bool(between) and Kind.FOR in between[0].kinds)
    joins = any(Kind.AND in term.kinds or term.words == "OR" or term.is_mark for term in between)
    return follows and joins and names_in(between).is_service


def _is_doubted(term: Term) -> bool:
    """MAY NOT BE COVERED leaves it open; MAY NOT COVER is a refusal by the table of verdicts."""
    return term.words.startswith("MAY ")


def _is_setting(before: Sequence[Term]) -> bool:
    """OUTPATIENT SERVICES ARE COVERED speaks of the line's own: no clause before it gives its subject ([T6])."""
    nearest = _since_mark(before)
    cut = next((at for at, term in enumerate(nearest) if term.kinds & _CONNECTING), len(nearest))
    return bool(kinds_of(nearest[:cut]) & {Kind.OWN_SETTING, Kind.OFFICE})


def _has_condition_alone(before: Sequence[Term], after: Sequence[Term]) -> bool:
    """NOT COVERED FOR SUBSTANCE ABUSE has no noun of its own: the service stands in the clause before ([T6])."""
    has_noun = any(not term.is_mark and not term.kinds <= _NO_NOUN for term in before)
    is_for = bool(after) and Kind.FOR in after[0].kinds
    return is_for and not has_noun and bool(kinds_of(after) & CONDITION_KINDS)


_NO_NOUN = frozenset({Kind.VERB, Kind.PARTICLE, Kind.AND, Kind.NOT})


def _is_of_cost(before: Sequence[Term], after: Sequence[Term]) -> bool:
    """Whether a verdict is about money alone, and says toward which sum it counts."""
    kinds = kinds_of(_since_mark(before))
    others = (SERVICE_KINDS | _OTHER_NOUNS) - COST_KINDS
    return bool(kinds & COST_KINDS) and not kinds & others and _is_sum(_until_mark(after))


def _is_sum(terms: Sequence[Term]) -> bool:
    return (
        len(terms) > 1
        and (Kind.PREPOSITION in terms[0].kinds or terms[0].words in {"FROM", "TO"})
        and all(
            term.kinds & (COST_KINDS | {Kind.PARTICLE, Kind.PREPOSITION, Kind.DATE_FROM, Kind.DATE_TO})
            for term in terms
        )
    )


def _is_past(terms: Sequence[Term], place: int) -> bool:
    """WAS COVERED and WAS NOT COVERED say nothing of today, HAS BEEN and TO BE COVERED no more."""
    while place >= 0 and (terms[place].kinds <= BETWEEN or not terms[place].kinds.isdisjoint(_VERDICT_STARTS)):
        is_to_be = terms[place].words == "BE" and place > 0 and terms[place - 1].words == "TO"
        if terms[place].words.split(" ")[0] in _PAST or terms[place].words in _PERFECT or is_to_be:
            return True
        place -= 1
    return False


_PAST = frozenset({"WAS", "WERE"})
_PERFECT = frozenset({"HAS BEEN", "HAVE BEEN"})
_VERDICT_STARTS = frozenset({Kind.NOT, Kind.GRANTS, Kind.REFUSES})


def _is_disclaimed(before: Sequence[Term]) -> bool:
    """NOT A GUARANTEE THAT IOP IS COVERED: what follows a disclaimer is what nobody guarantees."""
    return any(Kind.DISCLAIMER in term.kinds for term in _since_mark(before))


def _is_called(terms: Sequence[Term], place: int) -> bool:
    """Whether something is called an exclusion: IS AN EXCLUSION, EXCLUSIONS FOR PHP, but not PLAN HAS EXCLUSIONS."""
    if place + 1 < len(terms) and Kind.FOR in terms[place + 1].kinds:
        return True
    at = place - 1
    if at >= 0 and terms[at].kinds & SERVICE_KINDS and terms[place].words == "EXCLUSION":
        return True
    while at >= 0 and terms[at].kinds & {Kind.PARTICLE, Kind.NOT}:
        if terms[at].words.startswith(_BEING):
            return True
        at -= 1
    return at >= 0 and terms[at].words in _BEING


_BEING = ("IS", "ARE", "WAS", "WERE", "BE", "WILL BE")
_OTHER_AGENTS = COST_KINDS | {Kind.PROVIDER_SUBJECT, Kind.ABOUT_CONTACT, Kind.LIMIT, Kind.PENALTY, Kind.REFERENCE_NOUN}
_COUNTED_IN = COST_KINDS | {
    Kind.PENALTY,
    Kind.PROVIDER_SUBJECT,
    Kind.ABOUT_CONTACT,
    Kind.LIMIT,
    Kind.OTHER_SUBJECT,
    Kind.UP_TO,
}
_OTHER_NOUNS = COST_KINDS | {
    *(Kind.OTHER_SUBJECT, Kind.ABOUT_CONTACT, Kind.REFERENCE_NOUN, Kind.LIMIT, Kind.COST_VERB),
}
_QUALIFYING = COST_KINDS | {Kind.SERVICE, Kind.PART, Kind.PROVIDER_SUBJECT, Kind.UNIT, Kind.COST_VERB, Kind.PENALTY}


def _other_nouns(terms: Sequence[Term]) -> bool:
    return bool(kinds_of(terms) & _OTHER_NOUNS)


def _since_mark(terms: Sequence[Term]) -> Sequence[Term]:
    start = next((at for at in range(len(terms) - 1, -1, -1) if terms[at].is_mark), -1)
    return terms[start + 1 :]


def _until_mark(terms: Sequence[Term]) -> Sequence[Term]:
    return terms[: next((at for at, term in enumerate(terms) if term.is_mark), len(terms))]


def _qualifies(terms: Sequence[Term], *, is_listed: bool) -> bool:
    """Whether words after a refusal leave some of the program out of it: a service, a part, visits, an amount."""
    terms = [
        term
        for at, term in enumerate(terms)
        # AT NON-PARTICIPATING PROVIDERS is a network side.
        if Kind.PROVIDER_SUBJECT not in term.kinds or not (at and terms[at - 1].kinds & NETWORK_KINDS)
    ]
    qualifying = _QUALIFYING - {Kind.SERVICE, Kind.PART} if is_listed else _QUALIFYING
    return bool(kinds_of(terms) & qualifying) or any(
        term.sort is Sort.MONEY or term.words == "PERCENT" for term in terms
    )


def _follows_alone(after: Sequence[Term]) -> bool:
    """Whether a service stands right after a verdict of what stands before it: of which it speaks is not clear."""
    cut = next((at for at, term in enumerate(after) if term.is_mark or term.kinds & _CONNECTING), len(after))
    return names_in(after[:cut]).is_service


_CONNECTING = frozenset({Kind.FOR, Kind.PREPOSITION, Kind.WITH, Kind.UP_TO, Kind.DATE_FROM, Kind.DATE_TO})


def _subject(before: Sequence[Term], after: Sequence[Term], verdict: _Verdict) -> Names:
    if verdict.takes_object:
        return subject_of(after)
    found = subject_of(before)
    everything = names_in([*(before if found.is_service else _since_mark(before)), *after])
    if not found.is_service and not found.provider:
        cut = next((at for at, term in enumerate(after) if Kind.FOR in term.kinds), None)
        later = subject_of(after[cut + 1 :]) if cut is not None else Names()
        if later.is_service:
            found = later.joined(found._replace(plan=False))
        elif later.conditions or later.behavioral:
            found = found.joined(later)
        else:
            return found._replace(office=everything.office, telehealth=everything.telehealth, own=everything.own)
    return found._replace(
        conditions=everything.conditions,
        behavioral=everything.behavioral,
        office=everything.office,
        telehealth=everything.telehealth,
        own=everything.own,
    )
