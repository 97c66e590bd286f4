"""A clause while it is read: its terms, what a reading has used up, the records so far. Source: [T6], [T9]."""

from collections.abc import KeysView, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from contracts import Figure
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Names, Record
from payers.reading.text.subjects import names_in, subject_of
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
    is_contact: bool = False
    """Whether it refers to somebody, so that authorization may be what they are called for."""

    index: dict[Kind, list[int]] = field(init=False)
    """Where each kind stands, in the order of the words; found once for all readings of the clause."""
    _names: Names | None = None
    _subject: Names | None = None

    def __post_init__(self) -> None:
        self._find_kinds()

    def _find_kinds(self) -> None:
        self.index = {}
        for place, term in enumerate(self.terms):
            for kind in term.kinds:
                self.index.setdefault(kind, []).append(place)

    @property
    def kinds(self) -> KeysView[Kind]:
        """Return every kind that stands in the clause."""
        return self.index.keys()

    @property
    def names(self) -> Names:
        """Return everything that the clause names."""
        if self._names is None:
            self._names = names_in(self.terms)
        return self._names

    @property
    def subject(self) -> Names:
        """Return what the clause is about, as far as it has no verdict."""
        if self._subject is None:
            self._subject = subject_of(self.terms)
        return self._subject

    def places(self, *kinds: Kind) -> Sequence[int]:
        """Return where terms of one of ``kinds`` stand."""
        index = self.index
        found = [index[kind] for kind in kinds if kind in index]
        if not found:
            return ()
        return found[0] if len(found) == 1 else sorted({place for places in found for place in places})

    def change_kinds(self, place: int, kinds: frozenset[Kind]) -> None:
        """Let the term at ``place`` have other kinds."""
        self.terms[place] = self.terms[place]._replace(kinds=kinds)
        self._names = self._subject = None
        self._find_kinds()


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
