"""Words of what the patient or the plan pays, and words that void a figure. Source: [F6], [F7], W6."""

from collections.abc import Sequence

from contracts import CostRule, Figure
from payers.reading.text.draft import FIGURES, Context, Draft, figures_in, negated_by
from payers.reading.text.kinds import COST_KINDS, kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Record, Topic
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_PAYS = ("PLAN PAYS", "PAYS ")
"""Words of the plan's share that have an object; COVERED AT and the like speak of what stands before them."""


def read_costs(draft: Draft, context: Context) -> None:
    """Enter what the clause says of copay, share and deductible, and which of them it voids."""
    kinds = draft.kinds
    plan_pays = [at for at in draft.places(Kind.PLAN_PAYS) if _has_percent(draft.terms, at)]
    for at in set(draft.places(Kind.PLAN_PAYS)) - set(plan_pays):
        # Without a percentage the words are a plain verdict: COVERED AT A FACILITY, PLAN PAYS FOR ....
        takes_object = draft.terms[at].words.startswith(_PAYS)
        draft.change_kinds(at, frozenset({Kind.GRANTS_OBJECT if takes_object else Kind.GRANTS}))
    speaks_of_cost = kinds & (COST_KINDS | {Kind.COST_VERB, Kind.MEMBER_PAYS, Kind.VOIDS, Kind.GREATER, Kind.LESSER})
    if not speaks_of_cost and not plan_pays:
        return
    figures = figures_in(draft) or (context.figures if kinds & {Kind.COST_VERB, Kind.VOIDS} else frozenset())
    voids = _find_voided(draft, figures)
    rule = CostRule.GREATER_OF if Kind.GREATER in kinds else CostRule.LESSER_OF if Kind.LESSER in kinds else None
    draft.used |= set(plan_pays)
    whole = any(
        term.words in {"ALL", "100"} for at in draft.places(Kind.MEMBER_PAYS) for term in draft.terms[at + 1 : at + 2]
    )
    pays_nothing = any("0" in _words(draft.terms[at : at + 3]) for at in plan_pays)
    if whole or pays_nothing or any(negated_by(draft, at, Kind.NOT) is not None for at in plan_pays):
        # A plan that pays nothing grants nothing, and what is NOT COVERED AT 100% may be covered at less.
        draft.is_clear = False
    if _is_of_nothing(draft, figures, plan_pays):
        draft.is_clear = False
    draft.records.append(
        Record(
            Topic.COST,
            voids=voids,
            plans_share=bool(plan_pays),
            rule=rule,
            in_sequence=Kind.SEQUENCE in kinds,
        )
    )
    for at in plan_pays:
        if not draft.terms[at].words.startswith(_PAYS):
            draft.change_kinds(at, draft.terms[at].kinds | {Kind.GRANTS})


_VERBS = frozenset({Kind.COST_VERB, Kind.VOIDS})
_AMOUNTS = frozenset({Sort.NUMBER, Sort.MONEY})


def _is_of_nothing(draft: Draft, figures: frozenset[Figure], plan_pays: Sequence[int]) -> bool:
    """Whether words of cost have no cost: DOES NOT APPLY TO PHP, MEMBER PAYS FOR PHP, a maximum that is none or 0.

    NO DEDUCTIBLE INFORMATION is a word about information.

    WAITING PERIOD APPLIES is a condition, and read as one.
    """
    kinds = draft.kinds
    has_noun = bool(kinds & COST_KINDS or figures or plan_pays)
    amounts = [term.words.strip("$ ") for term in draft.terms if term.sort in _AMOUNTS]
    if not kinds.isdisjoint(_VERBS) and not has_noun and kinds.isdisjoint(_APPLYING):
        return True
    if Kind.MEMBER_PAYS in kinds and not (has_noun or amounts):
        return True
    if any(kinds_of(draft.terms[at + 1 : at + 2]) & _OF_FIGURES for at in draft.places(*FIGURES)):
        return True
    is_maximum = any(draft.terms[at].words == "MAXIMUM" for at in draft.places(Kind.COST))
    return is_maximum and not figures and not any(amount.strip("0.") for amount in amounts)


_OF_FIGURES = frozenset({Kind.OTHER_SUBJECT, Kind.REFERENCE_NOUN, Kind.ABOUT_CONTACT})
_APPLYING = frozenset({Kind.UNMET, Kind.AUTHORIZATION, Kind.RESERVATION, Kind.LIMIT, Kind.PENALTY, Kind.NO_LIMIT})


def _find_voided(draft: Draft, figures: frozenset[Figure]) -> frozenset[Figure]:
    """Return the figures that the words void: by NO, by NOT SUBJECT TO, by a verb that is negated or that frees."""
    voids: set[Figure] = set()
    for at in draft.places(*FIGURES):
        negation = negated_by(draft, at, Kind.NO)
        subject_to = at > 0 and Kind.SUBJECT_TO in draft.terms[at - 1].kinds and negated_by(draft, at - 1, Kind.NOT)
        if negation is not None:
            draft.used.add(negation)
            voids |= {figure for kind, figure in FIGURES.items() if kind in draft.terms[at].kinds}
        elif subject_to is not None and subject_to is not False:
            draft.used |= {at - 1, subject_to}
            voids |= {figure for kind, figure in FIGURES.items() if kind in draft.terms[at].kinds}
    for at in draft.places(Kind.COST):
        negation = negated_by(draft, at, Kind.NO) if draft.terms[at].words.startswith("COST") else None
        if negation is not None:
            draft.used.add(negation)
            voids |= set(FIGURES.values())
    for at in draft.places(Kind.COST_VERB, Kind.FREES, Kind.VOIDS):
        negation = negated_by(draft, at, Kind.NOT)
        frees = bool(draft.terms[at].kinds & {Kind.FREES, Kind.VOIDS}) and at not in draft.used
        if negation is not None or frees:
            # A copay that does not apply to the deductible is paid all the same.
            if not (kinds_of(draft.terms[at + 1 :]) & COST_KINDS):
                voids |= figures
            draft.used |= {at} | ({negation} if negation is not None else set())
    return frozenset(voids)


def _words(terms: Sequence[Term]) -> list[str]:
    return [word for term in terms for word in term.words.split()]


def _has_percent(terms: Sequence[Term], at: int) -> bool:
    return bool(terms[at].value(Kind.PLAN_PAYS)) or any(
        term.words in {"PERCENT", "100"} or term.sort is Sort.NUMBER for term in terms[at + 1 : at + 3]
    )
