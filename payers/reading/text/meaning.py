"""A clause read into records: one for each predicate, or one for a bare label. Source: [T6] to [T10].

A clause is understood when each of its words belongs to the vocabulary and its polarity follows from the tables.
"""

from collections.abc import Iterator, Sequence

from contracts import Program, Side
from payers.reading.text.authorization_words import attach_authorization, read_authorization
from payers.reading.text.bare_numbers import has_number_for_a_noun
from payers.reading.text.clauses import Segment
from payers.reading.text.company_names import names_understood
from payers.reading.text.conditions import Conditions, conditions_of
from payers.reading.text.contacts import contact_of
from payers.reading.text.cost_words import read_costs
from payers.reading.text.draft import Context, Draft, figures_in
from payers.reading.text.kinds import COST_KINDS, NAME_KINDS, PREDICATE_KINDS, SIDE_KINDS, VERDICT_KINDS, kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Attached, Clause, Names, Record, Topic
from payers.reading.text.status_words import reads_status, reads_status_before_contact
from payers.reading.text.subjects import names_about, names_in, with_procedures, with_services, without_exceptions
from payers.reading.text.tokens import Sort
from payers.reading.text.verdict_words import read_exhausted, read_verdicts
from payers.reading.text.vocabulary import Kind

_SIDES = {
    Kind.IN_NETWORK: frozenset({Side.IN_NETWORK}),
    Kind.OUT_OF_NETWORK: frozenset({Side.OUT_OF_NETWORK}),
    Kind.BOTH_NETWORKS: frozenset(Side),
}


_OF_WHAT_IS_LEFT = frozenset({Kind.EXHAUSTED, Kind.SPENT, Kind.REMAINING})
"""Words of what is used up or left: beside a word that nobody understands they may say that nothing is."""


def read_clause(segment: Segment, context: Context, *, behavioral: bool) -> tuple[Clause, Context]:
    """Return the meaning of one clause, and what the next one may take from it."""
    everything = with_procedures(with_services(segment.terms, behavioral=behavioral))
    exceptions = without_exceptions(everything)
    excepted = exceptions.programs
    # COVERED EXCEPT WHEN COURT ORDERED: nobody knows whether that is met.
    draft = Draft(exceptions.kept, is_clear=not exceptions.is_condition)
    heading = with_services(segment.heading.terms, behavioral=behavioral) if segment.heading else []
    contact = contact_of(draft.terms, heading)
    draft.is_contact = contact is not None
    attach_authorization(draft)
    read_authorization(draft, context, is_later=segment.is_later)
    read_costs(draft, context)
    read_exhausted(draft)
    if contact is not None:
        grants = True if Kind.GRANTS in draft.kinds else None
        draft.records.append(Record(Topic.CONTACT, grants, names=draft.names, contact=contact))
        if not reads_status_before_contact(draft) and _refuses_before_contact(draft):
            draft.is_clear = False
    elif not reads_status(draft):
        read_verdicts(draft)
    conditions = conditions_of(draft.terms, draft.used, only_binds=_only_binds(draft))
    _read_limits(draft, conditions)
    _read_zero_limit(draft)
    if conditions.unmet and {record.topic for record in draft.records} == {Topic.COST} and not draft.kinds & COST_KINDS:
        # WAITING PERIOD APPLIES is a condition, and no cost.
        draft.records = [Record(Topic.OTHER, names=draft.subject)]
    _read_label_or_item(draft, segment)
    if segment.is_later and any(one.topic is Topic.COVERAGE and not one.positive for one in draft.records):
        # UP TO 20 DAYS, THEN NOT COVERED refuses what comes later.
        conditions.first = True
    _check_negations(draft)
    _check_doubts(draft, segment, conditions)
    draft.is_clear = draft.is_clear and not has_number_for_a_noun(draft, conditions.used)
    records, subject = _complete(draft, conditions, heading, context, excepted)
    strange = [term.words for term in everything if not term.is_known]
    names_of_others = names_understood(draft.terms, contact) if strange else frozenset()
    unknown = tuple(words for words in strange if words not in names_of_others)
    called = frozenset(contact.names.split()) if contact is not None else frozenset()
    is_clear = draft.is_clear and bool(records or excepted)
    names = draft.names
    clause = Clause(
        words=" ".join(term.words for term in everything),
        records=tuple(records),
        unknown=unknown,
        is_understood=not unknown and is_clear,
        is_cautious=segment.is_doubtful
        or any(term.caution or term.kinds & _OF_WHAT_IS_LEFT for term in (*everything, *heading)),
        names=names._replace(
            programs=names.programs | _heading_programs(segment, heading) | _carried_programs(records)
        ),
        excepted=excepted,
        messages=tuple(dict.fromkeys(term.message for term in segment.terms)),
        has_authorization=Kind.AUTHORIZATION in draft.kinds,
        has_tier=Kind.TIER in draft.kinds,
        is_understood_beside_names=called.issuperset(unknown) and is_clear,
    )
    is_clear = clause.is_understood or not names.is_service
    return clause, Context(subject, clause.has_authorization, figures_in(draft) or context.figures, is_clear)


def _refuses_before_contact(draft: Draft) -> bool:
    """PHP IS EXCLUDED CALL 800-555-0100: of what the refusal speaks is not said by whom to call."""
    at = min(draft.places(Kind.REFERENCE, Kind.RUN_BY), default=0)
    return bool(kinds_of(draft.terms[:at]) & {Kind.REFUSES, Kind.REFUSES_OBJECT, Kind.EXHAUSTED, Kind.NOT})


def _heading_programs(segment: Segment, heading: Sequence[Term]) -> frozenset[Program]:
    if segment.heading is None or segment.is_item or names_in(segment.terms).is_service:
        return frozenset()
    return names_in(heading).programs


def _carried_programs(records: Sequence[Record]) -> frozenset[Program]:
    """The programs that a verdict about a condition alone takes from the clause before."""
    return frozenset(program for one in records if one.is_of_condition for program in one.names.programs)


def _only_binds(draft: Draft) -> bool:
    return not _BOUND.isdisjoint(draft.kinds) or draft.requires_authorization


_BOUND = frozenset(_SIDES) | {Kind.RESERVATION, Kind.AFTER_DEDUCTIBLE}
"""Kinds that ONLY may bind."""


def _read_limits(draft: Draft, conditions: Conditions) -> None:
    if conditions.quantity is None and Kind.NO_LIMIT not in draft.kinds:
        return
    quantity = conditions.quantity
    if quantity is not None and quantity.quantity == 0:
        draft.records.append(Record(Topic.EXHAUSTED, positive=False, names=draft.subject, quantity=quantity))
    else:
        draft.records.append(Record(Topic.LIMIT, names=draft.subject, quantity=quantity))


def _read_zero_limit(draft: Draft) -> None:
    """LIMIT 0 and REMAINING: 0 without a unit: nothing is left ([T14]). What is used up to now is not understood."""
    if draft.places(Kind.SPENT):
        draft.is_clear = False
    if any(record.topic is Topic.EXHAUSTED for record in draft.records):
        return
    left = draft.places(Kind.REMAINING)
    if any(_is_zero(draft.terms, at) for place in left for at in _beside(draft.terms, place)):
        draft.records.append(Record(Topic.EXHAUSTED, positive=False, names=draft.subject))
        return
    for at in draft.places(Kind.LIMIT, Kind.UP_TO):
        following = draft.terms[at + 1 : at + 3]
        zero = bool(following) and following[0].words.strip("$ ") in {"0", "0.00"}
        if zero and not (kinds_of(following) | draft.kinds & COST_KINDS) & (COST_KINDS | {Kind.UNIT}):
            draft.records.append(Record(Topic.EXHAUSTED, positive=False, names=draft.subject))
            return


def _is_zero(terms: Sequence[Term], place: int) -> bool:
    return 0 <= place < len(terms) and terms[place].words == "0"


def _beside(terms: Sequence[Term], place: int) -> Iterator[int]:
    """The places right before and after a word of what is left, marks, units and particles aside."""
    for step in (-1, 1):
        at = place + step
        while 0 <= at < len(terms) and (terms[at].is_mark or terms[at].kinds & _ASIDE):
            at += step
        yield at
        # 0 OF 30 DAYS REMAINING: what is left stands first.
        if step < 0 and at > 1 and terms[at].sort is Sort.NUMBER and terms[at - 1].words == "OF":
            yield at - 2


_ASIDE = frozenset({Kind.UNIT, Kind.PARTICLE, Kind.VERB, Kind.PERIOD})


def _read_label_or_item(draft: Draft, segment: Segment) -> None:
    heading = segment.heading
    if segment.is_item and heading is not None and not draft.records:
        names = draft.subject
        # EXCLUSIONS: IOP IF NOT MEDICALLY NECESSARY leaves some of it out.
        draft.is_clear = draft.is_clear and Kind.PENALTY not in draft.kinds
        if heading.grants is not None:
            draft.records.append(Record(Topic.COVERAGE, positive=heading.grants, names=names))
        else:
            draft.records.append(Record(Topic.AUTHORIZATION, positive=heading.authorization, names=names))
        return
    if draft.records:
        return
    if Kind.PENALTY in draft.kinds:
        # A penalty adds nothing ([T10]); beside a name it says something of it that no table holds.
        draft.is_clear = draft.is_clear and NAME_KINDS.isdisjoint(draft.kinds)
        draft.used |= set(draft.places(Kind.PENALTY, Kind.VERB))
    left_over = any(at not in draft.used for at in draft.places(*_LEFT_OVER))
    is_about_provider = left_over and _is_about_provider(draft)
    if left_over and not is_about_provider:
        draft.is_clear = False
    reserved = any("EXCLUSION" in draft.terms[at].words for at in draft.places(Kind.RESERVATION))
    # PARTIAL HOSPITALIZATION CLAIMS are claims.
    is_of_claims = Kind.ABOUT_CONTACT in draft.kinds
    if Kind.DISCLAIMER in draft.kinds or is_about_provider or reserved or is_of_claims:
        draft.records.append(Record(Topic.OTHER, names=draft.names))
    elif not _LABELS.isdisjoint(draft.kinds):
        draft.records.append(Record(Topic.LABEL, positive=True, names=draft.subject))
    elif draft.kinds:
        draft.records.append(Record(Topic.OTHER, names=draft.names))


_LABELS = NAME_KINDS | {Kind.ADULTS, Kind.CHILDREN, Kind.ADOLESCENTS, Kind.ONLY, Kind.UNMET}
_LEFT_OVER = PREDICATE_KINDS - {Kind.NO}
"""A predicate that no reading has used up makes a clause without records not understood."""


def _is_about_provider(draft: Draft) -> bool:
    """Whether the clause speaks of the provider, its contract or the network alone ([T8])."""
    names = draft.names
    return names.provider and not (names.is_service or names.conditions or names.behavioral)


def _check_negations(draft: Draft) -> None:
    """Every NOT and NO must have been used by a reading; what is left over is not understood."""
    if _is_about_provider(draft):
        return
    for at in draft.places(Kind.NOT, Kind.NO):
        if at in draft.used:
            continue
        following = kinds_of(draft.terms[at + 1 : at + 3])
        if draft.terms[at].kinds & {Kind.NO} and following & {Kind.UNMET, Kind.LIMIT}:
            continue
        draft.is_clear = False


_REPEATING = frozenset({"ALSO", "SAME"})
_DIVIDING = SIDE_KINDS | {
    *(Kind.ADULTS, Kind.CHILDREN, Kind.ADOLESCENTS, Kind.AGE, Kind.AGE_UNDER, Kind.AGE_OVER),
    *(Kind.AND_OVER, Kind.AND_UNDER, Kind.DATE_FROM, Kind.DATE_TO),
}
"""Kinds that bind a whole clause, so that two verdicts in it would have them both."""


def _check_doubts(draft: Draft, segment: Segment, conditions: Conditions) -> None:
    """Labels that may repeat or be what was refused before, and what is used up on a condition, are not understood."""
    topics = {record.topic for record in draft.records}
    verdicts = {record.positive for record in draft.records if record.topic is Topic.COVERAGE}
    if len(verdicts) > 1 and not _DIVIDING.isdisjoint(draft.kinds):
        # Which verdict is of which network side or age is not said.
        draft.is_clear = False
    if topics == {Topic.LABEL} and Kind.LIMIT in draft.kinds:
        # LIMITATIONS: PHP says that something is limited, and not what.
        draft.is_clear = False
    if topics == {Topic.LABEL} and any(term.words.split(" ")[0] in _REPEATING for term in draft.terms):
        draft.is_clear = False
    hangs = segment.is_item or topics <= {Topic.LABEL, Topic.COVERAGE}
    if segment.is_doubtful and hangs and draft.names.programs:
        draft.is_clear = False
    if not _JOINED.isdisjoint(draft.kinds) and any(
        _joins_a_program(draft.terms, at) for at in range(1, len(draft.terms) - 1)
    ):
        draft.is_clear = False
    open_ended = conditions.unmet or conditions.first or any(term.words == "ONCE" for term in draft.terms)
    if Topic.EXHAUSTED in topics and open_ended:
        draft.is_clear = False


_JOINED = frozenset({Kind.IOP, Kind.PHP})


def _joins_a_program(terms: Sequence[Term], place: int) -> bool:
    """Whether a program hangs on a verdict before it by AND or OR alone: NOT COVERED OR PHP."""
    is_joint = terms[place].kinds == {Kind.AND} or terms[place].words in {"OR", "NOR"}
    after = terms[place + 1 :]
    return (
        is_joint
        and bool(terms[place - 1].kinds & VERDICT_KINDS)
        and bool(after[0].kinds & {Kind.IOP, Kind.PHP})
        and not kinds_of(after) & PREDICATE_KINDS
    )


def _complete(
    draft: Draft, conditions: Conditions, heading: Sequence[Term], context: Context, excepted: frozenset[Program]
) -> tuple[list[Record], Names | None]:
    """The records with their subject, sides and conditions, and the subject that the next clause may take."""
    sides = _sides(draft.terms) or _sides(heading)
    heading_names = names_in(heading)
    attached = conditions.attached()
    if draft.is_ordered:
        attached = attached._replace(unmet=True)
    has_no_waiting = any(
        term.words in _NEEDED_FIRST for at in draft.places(Kind.NO) for term in draft.terms[at + 1 : at + 4]
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
        had_subject = names.is_service
        names, is_own = _with_subject(record._replace(names=names), heading_names, context)
        if not context.is_clear and not had_subject and names.is_service and record.topic in _RISKY:
            # A verdict about something that was not understood is not understood either.
            draft.is_clear = False
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
        found.append(Record(Topic.OTHER, names=draft.names, excepted=excepted))
    return found, subject or context.subject or Names()


_NEEDED_FIRST = frozenset({"REFERRAL", "WAITING PERIOD"})
_RISKY = frozenset({Topic.COVERAGE, Topic.EXHAUSTED})


def _with_subject(record: Record, heading: Names, context: Context) -> tuple[Names, bool]:
    """The subject of a record, taken from its heading or from the clause before where it has none ([T5], [T6]).

    The second is whether it is the line's own subject.
    """
    is_own = False
    names, topic = record.names, record.topic
    if record.is_own:
        context = context._replace(subject=None)
    if record.is_of_condition:
        return _with_service(names, heading, context), is_own
    if names.is_empty or (names.plan and not (names.is_service or names.conditions or names.behavioral)):
        if heading.is_service and topic is not Topic.LABEL:
            names = heading.joined(names)
        elif context.subject is not None and not names.plan and topic not in {Topic.LABEL, Topic.CONTACT}:
            of_before = context.subject
            if names.office or names.telehealth or names.own:
                of_before = of_before._replace(office=False, telehealth=False, own=False)
            names = of_before.joined(names)
        else:
            is_own = not names.is_elsewhere
    if heading.conditions and not names.conditions:
        names = names._replace(conditions=heading.conditions, behavioral=True)
    return names, is_own


def _with_service(names: Names, heading: Names, context: Context) -> Names:
    """The subject of a verdict that names a condition alone: a service of its heading or of the clause before."""
    before = heading if heading.is_service else context.subject or Names()
    if not before.is_service or names.plan or names.provider:
        return names
    setting = names if names.office or names.telehealth or names.own else before
    return before._replace(
        conditions=names.conditions or before.conditions,
        behavioral=True,
        office=setting.office,
        telehealth=setting.telehealth,
        own=setting.own,
        plan=False,
        provider=False,
    )


def _of(attached: Attached, topic: Topic) -> Attached:
    """Conditions of visits bind a grant; words of cost and authorization have a reading of their own for them."""
    return attached._replace(first=False) if topic is Topic.CONTACT else attached


def _whole_subject(draft: Draft, names: Names) -> Names:
    """The subject of a record of authorization, cost or limit: every name of its clause."""
    return names_about(draft.terms).joined(names)


def _sides(terms: Sequence[Term]) -> frozenset[Side]:
    kinds = kinds_of(terms)
    if kinds.isdisjoint(_SIDES):
        return frozenset()
    return frozenset().union(*(sides for kind, sides in _SIDES.items() if kind in kinds))
