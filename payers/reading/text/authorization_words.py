"""Words of prior authorization in a clause: attached to a verdict, or with a verb of their own. Source: [T10], W5."""

from collections.abc import Sequence
from itertools import pairwise

from payers.reading.text.draft import Context, Draft, negated_by
from payers.reading.text.kinds import COST_KINDS, kinds_of
from payers.reading.text.records import Record, Topic
from payers.reading.text.vocabulary import Kind


def attach_authorization(draft: Draft) -> None:
    """WITH, WITHOUT, UNLESS or SUBJECT TO authorization: the record requires it, and a refusal turns into a grant."""
    for place in draft.places(Kind.WITH, Kind.SUBJECT_TO):
        near = range(place + 1, min(place + 4, len(draft.terms)))
        if draft.terms[place].words == "WITHOUT" and place > 1 and Kind.WITH in draft.terms[place - 2].kinds:
            # WITH OR WITHOUT authorization: neither requires it nor turns a refusal.
            draft.is_clear = False
        at = next((one for one in near if Kind.AUTHORIZATION in draft.terms[one].kinds), None)
        if at is None and draft.terms[place].words == "WITHOUT":
            draft.is_clear = draft.is_clear and any(draft.terms[one].kinds & COST_KINDS for one in near)
        if at is None:
            if Kind.SUBJECT_TO in draft.terms[place].kinds:
                costs = next((one for one in near if draft.terms[one].kinds & COST_KINDS), None)
                if costs is not None:
                    draft.used.add(place)
                elif not draft.terms[place].kinds & {Kind.RESERVATION}:
                    draft.is_clear = False
            continue
        negated = place > 0 and Kind.NOT in draft.terms[place - 1].kinds
        if negated and Kind.SUBJECT_TO in draft.terms[place].kinds:
            draft.used |= {place - 1, place, at}
            draft.records.append(Record(Topic.AUTHORIZATION, positive=False))
            continue
        draft.used |= set(range(place, at + 1))
        draft.requires_authorization = True


def read_authorization(draft: Draft, context: Context, *, is_later: bool) -> None:
    """Enter whether the clause requires authorization, frees from it, or leaves it open ([F2] to [F4])."""
    nouns = [place for place in draft.places(Kind.AUTHORIZATION) if place not in draft.used]
    verbs = [place for place in draft.places(Kind.REQUIRES, Kind.FREES) if place not in draft.used]
    if not nouns and not (verbs and context.authorization and not kinds_of(draft.terms) & COST_KINDS):
        return
    if not nouns and Kind.FREES not in kinds_of([draft.terms[at] for at in verbs]) and not verbs:
        return
    uncertain = draft.places(Kind.UNCERTAIN)
    no_noun = [at for at in nouns if _negated_noun(draft, at) is not None]
    not_verb = [at for at in verbs if negated_by(draft, at, Kind.NOT) is not None]
    freeing = [at for at in verbs if Kind.FREES in draft.terms[at].kinds]
    positive: bool | None
    if uncertain or any(draft.terms[negated_by(draft, at, Kind.NOT) or 0].words.startswith("MAY ") for at in not_verb):
        positive = None
    elif no_noun or not_verb or freeing:
        negations = len(no_noun[:1]) + len(not_verb[:1]) + len(freeing[:1])
        positive = False
        if negations > 1 or _requires_as_well(draft, nouns, verbs) or _frees_nothing(draft, no_noun, not_verb):
            draft.is_clear = False
    elif verbs:
        positive = True
    else:
        # FOR PREAUTHORIZATION CALL ... leaves open whether it is required; without a verb nothing else is said.
        positive = None
        draft.is_clear = draft.is_clear and draft.is_contact
    draft.used |= set(nouns) | set(verbs) | set(uncertain)
    for at in no_noun:
        draft.used.add(_negated_noun(draft, at) or 0)
    for at in not_verb:
        draft.used.add(negated_by(draft, at, Kind.NOT) or 0)
    draft.used |= {at for at in draft.places(Kind.PENALTY, Kind.REFUSES) if at > min([*nouns, *verbs])} & set(
        draft.places(Kind.PENALTY)
    )
    draft.records.append(Record(Topic.AUTHORIZATION, positive=positive, in_sequence=is_later))


def _requires_as_well(draft: Draft, nouns: Sequence[int], verbs: Sequence[int]) -> bool:
    """Whether beside what frees something is required: AUTH REQUIRED FOR PHP NOT REQUIRED FOR IOP.

    A verb without a negation of its own speaks of the noun right before it, and repeats a verb that OR joins to it.
    """
    is_free = True
    for at in verbs:
        noun = max((place for place in nouns if place < at), default=None)
        is_of_no = noun is not None and _negated_noun(draft, noun) is not None
        is_negated = is_of_no or negated_by(draft, at, Kind.NOT) is not None or Kind.FREES in draft.terms[at].kinds
        is_joined = at > 1 and draft.terms[at - 1].words in {"OR", "NOR", "AND"} and at - 2 in verbs
        is_free = is_negated or (is_joined and is_free)
        is_of_money = Kind.FREES in draft.terms[at].kinds and bool(draft.terms[at - 1].kinds & COST_KINDS)
        if not is_free or is_of_money:
            return True
    return False


def _negated_noun(draft: Draft, at: int) -> int | None:
    """The place of NO before a noun of authorization, over a referral in one list with it; None when there is none."""
    negation = negated_by(draft, at, Kind.NO)
    if (
        negation is None
        and at > 1
        and draft.terms[at - 1].words in _JOINING
        and draft.terms[at - 2].words == "REFERRAL"
    ):
        return negated_by(draft, at - 2, Kind.NO)
    return negation


_JOINING = frozenset({"OR", "AND"})


def _frees_nothing(draft: Draft, no_noun: Sequence[int], not_verb: Sequence[int]) -> bool:
    """Whether the negation is of something else than the requirement, or holds for somebody else.

    NO AUTHORIZATION NUMBER, NO PRECERT PENALTY and AUTHORIZATION NOT OBTAINED free nothing, and what is NOT REQUIRED
    FOR PROVIDERS may be required of others.
    """
    if any(draft.terms[at].words == "OBTAINED" for at in not_verb):
        return True
    terms = draft.terms
    after = [term for at in no_noun for term in terms[at + 1 :]]
    for_whom = any(
        Kind.FOR in one.kinds and two.kinds & {Kind.PROVIDER_SUBJECT, Kind.OTHER_SUBJECT}
        for one, two in pairwise(terms)
    )
    return for_whom or not kinds_of(after).isdisjoint(_OF_SOMETHING_ELSE)


_OF_SOMETHING_ELSE = frozenset(
    {Kind.PENALTY, Kind.OTHER_SUBJECT, Kind.REFERENCE_NOUN, Kind.ABOUT_CONTACT, Kind.GRANTS, Kind.COST_VERB}
)
