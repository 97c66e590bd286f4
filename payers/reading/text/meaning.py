"""A clause read into records: one for each predicate, or one for a bare label. Source: [T6] to [T10].

A clause is understood when each of its words belongs to the vocabulary and its polarity follows from the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from contracts import CostRule, Figure, Program, Side
from payers.reading.text.clauses import COST_KINDS, NAME_KINDS, PREDICATE_KINDS, Segment, kinds_of
from payers.reading.text.conditions import Conditions, conditions_of
from payers.reading.text.contacts import contact_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Attached, Clause, Names, Record, Topic
from payers.reading.text.subjects import names_in, subject_of, with_services, without_exceptions
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_SIDES = {
    Kind.IN_NETWORK: frozenset({Side.IN_NETWORK}),
    Kind.OUT_OF_NETWORK: frozenset({Side.OUT_OF_NETWORK}),
    Kind.BOTH_NETWORKS: frozenset(Side),
}
_FIGURES = {Kind.COPAY: Figure.COPAY, Kind.COINSURANCE: Figure.COINSURANCE, Kind.DEDUCTIBLE: Figure.DEDUCTIBLE}


class Context(NamedTuple):
    """What a clause may take from the one before it ([T6]).

    ``subject``: its subject; None before the first one, where the line's own is meant. ``authorization``: whether it
    speaks of authorization. ``figures``: the figures that it speaks of.
    """

    subject: Names | None = None
    authorization: bool = False
    figures: frozenset[Figure] = frozenset()


@dataclass
class _Draft:
    """A clause while it is read. ``used``: places of the terms that a reading has used up."""

    terms: list[Term]
    used: set[int] = field(default_factory=set)
    records: list[Record] = field(default_factory=list)
    is_clear: bool = True
    """Whether the polarity of everything follows from the tables."""
    requires_authorization: bool = False
    is_ordered: bool = False

    @property
    def kinds(self) -> frozenset[Kind]:
        return kinds_of(self.terms)

    def places(self, *kinds: Kind) -> list[int]:
        wanted = frozenset(kinds)
        return [place for place, term in enumerate(self.terms) if term.kinds & wanted]


def read_clause(segment: Segment, context: Context, *, behavioral: bool) -> tuple[Clause, Context]:
    """Return the meaning of one clause, and what the next one may take from it."""
    everything = with_services(segment.terms, behavioral=behavioral)
    kept, excepted = without_exceptions(everything)
    draft = _Draft(kept)
    heading = with_services(segment.heading.terms, behavioral=behavioral) if segment.heading else []
    contact = contact_of(draft.terms, heading)
    _attach_authorization(draft)
    _read_authorization(draft, context, is_later=segment.is_later)
    _read_costs(draft, context)
    _read_exhausted(draft)
    if contact is not None:
        draft.records.append(Record(Topic.CONTACT, names=names_in(draft.terms), contact=contact))
    elif not _reads_status(draft):
        _read_verdicts(draft)
    conditions = conditions_of(draft.terms, draft.used, only_binds=_only_binds(draft))
    _read_limits(draft, conditions)
    _read_label_or_item(draft, segment)
    _check_negations(draft)
    records, subject = _completed(draft, conditions, heading, context, excepted)
    unknown = tuple(term.words for term in everything if not term.is_known and not _is_name(term, contact))
    names = names_in(draft.terms)
    clause = Clause(
        words=" ".join(term.words for term in everything),
        records=tuple(records),
        unknown=unknown,
        is_understood=not unknown and draft.is_clear and bool(records or excepted),
        is_cautious=any(term.caution for term in everything),
        names=names._replace(programs=names.programs | _heading_programs(segment, heading)),
        excepted=excepted,
        messages=tuple(dict.fromkeys(term.message for term in segment.terms)),
        has_authorization=Kind.AUTHORIZATION in draft.kinds,
        has_tier=Kind.TIER in draft.kinds,
    )
    return clause, Context(subject, clause.has_authorization, _figures(draft) or context.figures)


def _heading_programs(segment: Segment, heading: Sequence[Term]) -> frozenset[Program]:
    if segment.heading is None or segment.is_item or names_in(segment.terms).is_service:
        return frozenset()
    return names_in(heading).programs


def _is_name(term: Term, contact: object) -> bool:
    """Whether an unknown word belongs to the name of a company that the clause refers to."""
    name = getattr(contact, "name", "")
    return bool(name) and term.words in name.split()


def _attach_authorization(draft: _Draft) -> None:
    """WITH, WITHOUT, UNLESS or SUBJECT TO authorization: the record requires it, and a refusal turns into a grant."""
    for place in draft.places(Kind.WITH, Kind.SUBJECT_TO):
        near = range(place + 1, min(place + 4, len(draft.terms)))
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


def _read_authorization(draft: _Draft, context: Context, *, is_later: bool) -> None:
    nouns = [place for place in draft.places(Kind.AUTHORIZATION) if place not in draft.used]
    verbs = [place for place in draft.places(Kind.REQUIRES, Kind.FREES) if place not in draft.used]
    if not nouns and not (verbs and context.authorization and not kinds_of(draft.terms) & COST_KINDS):
        return
    if not nouns and Kind.FREES not in kinds_of([draft.terms[at] for at in verbs]) and not verbs:
        return
    uncertain = draft.places(Kind.UNCERTAIN)
    no_noun = [at for at in nouns if _negated_by(draft, at, Kind.NO) is not None]
    not_verb = [at for at in verbs if _negated_by(draft, at, Kind.NOT) is not None]
    freeing = [at for at in verbs if Kind.FREES in draft.terms[at].kinds]
    positive: bool | None
    if uncertain:
        positive = None
    elif no_noun or not_verb or freeing:
        negations = len(no_noun[:1]) + len(not_verb[:1]) + len(freeing[:1])
        positive = False
        if negations > 1:
            draft.is_clear = False
    elif verbs:
        positive = True
    else:
        positive = None
        draft.is_clear = False
    draft.used |= set(nouns) | set(verbs) | set(uncertain)
    for at in no_noun:
        draft.used.add(_negated_by(draft, at, Kind.NO) or 0)
    for at in not_verb:
        draft.used.add(_negated_by(draft, at, Kind.NOT) or 0)
    draft.used |= {at for at in draft.places(Kind.PENALTY, Kind.REFUSES) if at > min([*nouns, *verbs])} & set(
        draft.places(Kind.PENALTY)
    )
    draft.records.append(Record(Topic.AUTHORIZATION, positive=positive, in_sequence=is_later))


_BETWEEN = frozenset({Kind.PARTICLE, Kind.VERB, Kind.AND, Kind.REQUIRES, Kind.AUTHORIZATION, Kind.CARE, Kind.BENEFIT})


def _negated_by(draft: _Draft, place: int, kind: Kind) -> int | None:
    """The place of a negation right before ``place``, articles and forms of BE aside; None when there is none."""
    at = place - 1
    while at >= 0:
        kinds = draft.terms[at].kinds
        if kind in kinds:
            return at
        if not kinds or not kinds <= _BETWEEN:
            return None
        at -= 1
    return None


_PAYS = frozenset({"PLAN PAYS", "PLAN PAYS AT", "PAYS AT"})
"""Words of the plan's share that have an object; COVERED AT and the like speak of what stands before them."""


def _read_costs(draft: _Draft, context: Context) -> None:
    kinds = draft.kinds
    plan_pays = [at for at in draft.places(Kind.PLAN_PAYS) if _has_percent(draft.terms, at)]
    for at in set(draft.places(Kind.PLAN_PAYS)) - set(plan_pays):
        # Without a percentage the words are a plain verdict: COVERED AT A FACILITY, PLAN PAYS FOR ....
        takes_object = draft.terms[at].words in _PAYS
        draft.terms[at] = draft.terms[at]._replace(
            kinds=frozenset({Kind.GRANTS_OBJECT if takes_object else Kind.GRANTS})
        )
    speaks_of_cost = kinds & (COST_KINDS | {Kind.COST_VERB, Kind.MEMBER_PAYS, Kind.VOIDS, Kind.GREATER, Kind.LESSER})
    if not speaks_of_cost and not plan_pays:
        return
    figures = _figures(draft) or (context.figures if kinds & {Kind.COST_VERB, Kind.VOIDS} else frozenset())
    voids: set[Figure] = set()
    for at in draft.places(*_FIGURES):
        negation = _negated_by(draft, at, Kind.NO)
        subject_to = at > 0 and Kind.SUBJECT_TO in draft.terms[at - 1].kinds and _negated_by(draft, at - 1, Kind.NOT)
        if negation is not None:
            draft.used.add(negation)
            voids |= {figure for kind, figure in _FIGURES.items() if kind in draft.terms[at].kinds}
        elif subject_to is not None and subject_to is not False:
            draft.used |= {at - 1, subject_to}
            voids |= {figure for kind, figure in _FIGURES.items() if kind in draft.terms[at].kinds}
    for at in draft.places(Kind.COST_VERB, Kind.FREES, Kind.VOIDS):
        negation = _negated_by(draft, at, Kind.NOT)
        frees = bool(draft.terms[at].kinds & {Kind.FREES, Kind.VOIDS}) and at not in draft.used
        if negation is not None or frees:
            voids |= figures
            draft.used |= {at} | ({negation} if negation is not None else set())
    rule = CostRule.GREATER_OF if Kind.GREATER in kinds else CostRule.LESSER_OF if Kind.LESSER in kinds else None
    draft.used |= set(plan_pays)
    draft.records.append(
        Record(
            Topic.COST,
            voids=frozenset(voids),
            plans_share=bool(plan_pays),
            rule=rule,
            in_sequence=Kind.SEQUENCE in kinds,
        )
    )
    for at in plan_pays:
        if draft.terms[at].words not in _PAYS:
            draft.terms[at] = draft.terms[at]._replace(kinds=draft.terms[at].kinds | {Kind.GRANTS})


def _figures(draft: _Draft) -> frozenset[Figure]:
    return frozenset(figure for kind, figure in _FIGURES.items() if kind in draft.kinds)


def _has_percent(terms: Sequence[Term], at: int) -> bool:
    return any(term.words in {"PERCENT", "100"} or term.sort is Sort.NUMBER for term in terms[at + 1 : at + 3])


def _read_exhausted(draft: _Draft) -> None:
    for at in draft.places(Kind.EXHAUSTED):
        negation = _negated_by(draft, at, Kind.NOT)
        if negation is not None:
            draft.is_clear = False
        draft.used.add(at)
        draft.records.append(Record(Topic.EXHAUSTED, positive=False, names=subject_of(draft.terms)))


def _reads_status(draft: _Draft) -> bool:
    """Whether the clause is a word of status about the plan or the member, or about somebody else's contract."""
    places = draft.places(Kind.STATUS)
    if not places:
        return False
    at = places[0]
    before = names_in(draft.terms[:at])
    around = names_in(draft.terms)
    of_verdict = bool(draft.terms[at].kinds & {Kind.REFUSES}) or draft.terms[at].words == "NOT ELIGIBLE"
    if of_verdict and around.is_service:
        return False
    negated = _negated_by(draft, at, Kind.NOT) is not None
    supposed = any(term.kinds & {Kind.UNMET, Kind.UNCERTAIN} for term in draft.terms[:at])
    others = before.provider or before.is_service or Kind.AUTHORIZATION in kinds_of(draft.terms[:at])
    topic = Topic.OTHER if others or negated or supposed else Topic.STATUS
    draft.used |= set(places) | set(draft.places(Kind.NOT, Kind.NO))
    draft.records.append(Record(topic, positive=False, names=before))
    return True


class _Verdict(NamedTuple):
    """A verdict word: where it and its negation stand, what it says, and whether it speaks of what follows it."""

    first: int
    last: int
    positive: bool
    takes_object: bool


def _verdicts(draft: _Draft) -> list[_Verdict]:
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
        negation = _negated_by(draft, at, Kind.NOT)
        if negation is None:
            negation = _negated_by(draft, at, Kind.NO) if negative else None
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
        if end is not None and between and all(term.kinds & (NAME_KINDS | _BETWEEN) for term in between):
            draft.used.add(at)
            found.append(_Verdict(at, at, positive=False, takes_object=True))
    return sorted(found)


_ORDERED = "ordered"
"""What a court has ordered is a part that is refused ([T13]), and a condition of what is granted ([T10])."""


def _read_verdicts(draft: _Draft) -> None:
    verdicts = _verdicts(draft)
    negative = sum(1 for one in verdicts if not one.positive)
    for number, verdict in enumerate(verdicts):
        start = verdicts[number - 1].last + 1 if number else 0
        end = verdicts[number + 1].first if number + 1 < len(verdicts) else len(draft.terms)
        before, after = draft.terms[start : verdict.first], draft.terms[verdict.last + 1 : end]
        names = _subject(before, after, verdict)
        if verdict.positive and any(term.value(Kind.PART) == _ORDERED for term in draft.terms):
            names = names.joined(Names(programs=names_in(draft.terms).programs))
            draft.is_ordered = True
        positive: bool | None = verdict.positive
        if draft.requires_authorization:
            positive = True
        elif (verdict.takes_object and names.is_empty and not names.own) or (
            not names.is_service and _follows_alone(after)
        ):
            draft.is_clear = False
        draft.records.append(Record(Topic.COVERAGE, positive=positive, names=names))
    if negative > 1 and len(verdicts) != negative:
        draft.is_clear = draft.is_clear and all(not record.names.is_empty for record in draft.records)


def _follows_alone(after: Sequence[Term]) -> bool:
    """Whether a service stands right after a verdict of what stands before it: of which it speaks is not clear."""
    cut = next((at for at, term in enumerate(after) if term.is_mark or term.kinds & _CONNECTING), len(after))
    return names_in(after[:cut]).is_service


_CONNECTING = frozenset({Kind.FOR, Kind.PREPOSITION, Kind.WITH, Kind.UP_TO, Kind.DATE_FROM, Kind.DATE_TO})


def _subject(before: Sequence[Term], after: Sequence[Term], verdict: _Verdict) -> Names:
    if verdict.takes_object:
        return subject_of(after)
    found = subject_of(before)
    everything = names_in([*before, *after])
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


def _only_binds(draft: _Draft) -> bool:
    return bool(draft.kinds & (set(_SIDES) | {Kind.RESERVATION, Kind.AFTER_DEDUCTIBLE})) or draft.requires_authorization


def _read_limits(draft: _Draft, conditions: Conditions) -> None:
    if conditions.quantity is None and Kind.NO_LIMIT not in draft.kinds:
        return
    quantity = conditions.quantity
    if quantity is not None and quantity.quantity == 0:
        draft.records.append(Record(Topic.EXHAUSTED, positive=False, names=subject_of(draft.terms), quantity=quantity))
    else:
        draft.records.append(Record(Topic.LIMIT, names=subject_of(draft.terms), quantity=quantity))


def _read_label_or_item(draft: _Draft, segment: Segment) -> None:
    heading = segment.heading
    if segment.is_item and heading is not None and not draft.records:
        names = subject_of(draft.terms)
        if heading.grants is not None:
            draft.records.append(Record(Topic.COVERAGE, positive=heading.grants, names=names))
        else:
            draft.records.append(Record(Topic.AUTHORIZATION, positive=heading.authorization, names=names))
        return
    if draft.records:
        return
    if Kind.PENALTY in draft.kinds and not kinds_of(draft.terms) & NAME_KINDS:
        draft.used |= set(draft.places(Kind.PENALTY, Kind.VERB))
    if any(draft.terms[at].kinds & _LEFT_OVER for at in range(len(draft.terms)) if at not in draft.used):
        draft.is_clear = False
    if kinds_of(draft.terms) & (NAME_KINDS | {Kind.ADULTS, Kind.CHILDREN, Kind.ADOLESCENTS, Kind.ONLY, Kind.UNMET}):
        draft.records.append(Record(Topic.LABEL, positive=True, names=subject_of(draft.terms)))
    elif any(term.kinds for term in draft.terms):
        draft.records.append(Record(Topic.OTHER, names=names_in(draft.terms)))


_LEFT_OVER = PREDICATE_KINDS - {Kind.NO}
"""A predicate that no reading has used up makes a clause without records not understood."""


def _check_negations(draft: _Draft) -> None:
    """Every NOT and NO must have been used by a reading; what is left over is not understood."""
    for at in draft.places(Kind.NOT, Kind.NO):
        if at in draft.used:
            continue
        following = kinds_of(draft.terms[at + 1 : at + 3])
        if draft.terms[at].kinds & {Kind.NO} and following & {Kind.UNMET, Kind.LIMIT}:
            continue
        draft.is_clear = False


def _completed(
    draft: _Draft, conditions: Conditions, heading: Sequence[Term], context: Context, excepted: frozenset[Program]
) -> tuple[list[Record], Names | None]:
    """The records with their subject, sides and conditions, and the subject that the next clause may take."""
    sides = _sides(draft.terms) or _sides(heading)
    heading_names = names_in(heading)
    attached = conditions.attached()
    if draft.is_ordered:
        attached = attached._replace(unmet=True)
    has_no_waiting = any(
        Kind.NO in draft.terms[at].kinds and kinds_of(draft.terms[at + 1 : at + 3]) & {Kind.UNMET}
        for at in range(len(draft.terms))
    )
    if has_no_waiting:
        attached = attached._replace(unmet=False)
    found: list[Record] = []
    if draft.requires_authorization:
        draft.records.append(Record(Topic.AUTHORIZATION, positive=True))
    subject: Names | None = None
    for record in draft.records:
        names = record.names
        if record.topic in {Topic.AUTHORIZATION, Topic.COST, Topic.LIMIT} and not names.is_service:
            names = _whole_subject(draft, names)
        names, is_own = _with_subject(names, record.topic, heading_names, context)
        topic = record.topic
        if topic is Topic.COVERAGE and names.provider and not names.is_service:
            topic = Topic.OTHER
        found.append(
            record._replace(
                topic=topic, names=names, is_own=is_own, excepted=excepted, sides=sides, attached=_of(attached, topic)
            )
        )
        if subject is None and not names.is_empty:
            subject = names
    if excepted and not found:
        found.append(Record(Topic.OTHER, names=names_in(draft.terms), excepted=excepted))
    return found, subject or context.subject or Names()


def _with_subject(names: Names, topic: Topic, heading: Names, context: Context) -> tuple[Names, bool]:
    """The subject of a record, taken from its heading or from the clause before where it has none ([T5], [T6]).

    The second is whether it is the line's own subject.
    """
    is_own = False
    if names.is_empty or (names.plan and not (names.is_service or names.conditions or names.behavioral)):
        if heading.is_service and topic is not Topic.LABEL:
            names = heading.joined(names)
        elif context.subject is not None and not names.plan and topic not in {Topic.LABEL, Topic.CONTACT}:
            names = context.subject.joined(names)
        else:
            is_own = True
    if heading.conditions and not names.conditions:
        names = names._replace(conditions=heading.conditions, behavioral=True)
    return names, is_own


def _of(attached: Attached, topic: Topic) -> Attached:
    """Conditions of visits bind a grant; words of cost and authorization have a reading of their own for them."""
    return attached._replace(first=False) if topic is Topic.CONTACT else attached


def _whole_subject(draft: _Draft, names: Names) -> Names:
    """The subject of a record of authorization, cost or limit: every name of its clause."""
    return names_in(draft.terms).joined(names)


def _sides(terms: Sequence[Term]) -> frozenset[Side]:
    found: frozenset[Side] = frozenset()
    for kind, sides in _SIDES.items():
        if any(kind in term.kinds for term in terms):
            found |= sides
    return found
