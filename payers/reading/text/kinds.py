"""Kinds of words by what they do for a clause: what they name, decide, cost, or leave neutral. Source: 2.2."""

from collections.abc import Sequence

from payers.reading.text.lexicon import Term
from payers.reading.text.vocabulary import Kind

PROGRAM_KINDS = frozenset({Kind.IOP, Kind.PHP, Kind.IOP_ABBREVIATION, Kind.PHP_ABBREVIATION})
SERVICE_KINDS = PROGRAM_KINDS | {Kind.SERVICE, Kind.PART}
SETTING_KINDS = frozenset({Kind.OFFICE, Kind.TELEHEALTH, Kind.OWN_SETTING, Kind.IN_PERSON})
CONDITION_KINDS = frozenset({Kind.MENTAL, Kind.SUBSTANCE, Kind.BEHAVIORAL})
SIDE_KINDS = frozenset({Kind.IN_NETWORK, Kind.OUT_OF_NETWORK, Kind.BOTH_NETWORKS})
NETWORK_KINDS = SIDE_KINDS | {Kind.TIER}
NAME_KINDS = SERVICE_KINDS | SETTING_KINDS | CONDITION_KINDS | NETWORK_KINDS
COST_KINDS = frozenset({Kind.COPAY, Kind.COINSURANCE, Kind.DEDUCTIBLE, Kind.COST})
VERDICT_KINDS = frozenset(
    {Kind.GRANTS, Kind.GRANTS_OBJECT, Kind.REFUSES, Kind.REFUSES_OBJECT, Kind.EXHAUSTED, Kind.HEADING}
)
PREDICATE_KINDS = VERDICT_KINDS | {
    Kind.REQUIRES,
    Kind.FREES,
    Kind.UNCERTAIN,
    Kind.COST_VERB,
    Kind.VOIDS,
    Kind.MEMBER_PAYS,
    Kind.PLAN_PAYS,
    Kind.VERB,
    Kind.REFERENCE,
    Kind.RUN_BY,
    Kind.NO,
    Kind.STATUS,
    Kind.SPENT,
}
NEUTRAL_KINDS = frozenset(
    {
        Kind.CARE,
        Kind.BENEFIT,
        Kind.FIELD,
        Kind.OTHER_SUBJECT,
        Kind.PLAN_SUBJECT,
        Kind.PARTICLE,
        Kind.AND,
        Kind.FOR,
        Kind.PREPOSITION,
        Kind.WITH,
        Kind.AFTER_DEDUCTIBLE,
        Kind.INCLUDING,
    }
)


def kinds_of(terms: Sequence[Term]) -> frozenset[Kind]:
    """Return every kind that stands in ``terms``."""
    return frozenset().union(*[term.kinds for term in terms])
