"""A clause while it is read: its terms, what a reading has used up, the records so far. Source: [T6], [T9]."""

from dataclasses import dataclass, field
from typing import NamedTuple

from contracts import Figure
from payers.reading.text.kinds import kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Names, Record
from payers.reading.text.vocabulary import Kind

FIGURES = {Kind.COPAY: Figure.COPAY, Kind.COINSURANCE: Figure.COINSURANCE, Kind.DEDUCTIBLE: Figure.DEDUCTIBLE}


class Context(NamedTuple):
    """What a clause may take from the one before it ([T6]).

    ``subject``: its subject; None before the first one, where the line's own is meant. ``authorization``: whether it
    speaks of authorization. ``figures``: the figures that it speaks of. ``is_clear``: it is understood, or names no
    service.
    """

    subject: Names | None = None
    authorization: bool = False
    figures: frozenset[Figure] = frozenset()
    is_clear: bool = True


@dataclass
class Draft:
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
        """Return every kind that stands in the clause."""
        return kinds_of(self.terms)

    def places(self, *kinds: Kind) -> list[int]:
        """Return where terms of one of ``kinds`` stand."""
        wanted = frozenset(kinds)
        return [place for place, term in enumerate(self.terms) if term.kinds & wanted]


BETWEEN = frozenset({Kind.PARTICLE, Kind.VERB, Kind.AND, Kind.REQUIRES, Kind.AUTHORIZATION, Kind.CARE, Kind.BENEFIT})


def negated_by(draft: Draft, place: int, kind: Kind) -> int | None:
    """The place of a negation right before ``place``, articles and forms of BE aside; None when there is none."""
    at = place - 1
    while at >= 0:
        kinds = draft.terms[at].kinds
        if kind in kinds:
            return at
        if not kinds or not kinds <= BETWEEN:
            return None
        at -= 1
    return None


def figures_in(draft: Draft) -> frozenset[Figure]:
    """Return the figures that the clause names."""
    return frozenset(figure for kind, figure in FIGURES.items() if kind in draft.kinds)
