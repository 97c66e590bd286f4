"""Where a clause ends: messages, marks between predicates, headings. Source: [T3] to [T5]."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payers.reading.text.headings import (
    Heading,
    exclusions_heading,
    heading_of,
    is_positive,
    is_topic,
    is_verdict_heading,
    names_a_subject,
    with_list,
)
from payers.reading.text.kinds import SIDE_KINDS, VERDICT_KINDS, kinds_of
from payers.reading.text.lexicon import Term
from payers.reading.text.lists import agrees, items_of
from payers.reading.text.messages import groups_of, stretches_of
from payers.reading.text.predicates import LIST_MARKS, has_predicate, is_label, speaks
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

MOST_CLAUSES = 100
"""Clauses of one line that are read; what lies beyond is not understood."""


class Segment(NamedTuple):
    """One clause, not yet read: its words and inner marks, and the heading it stands under.

    ``is_item``: it is an item of a list under a heading that gives a verdict. ``is_later``: THEN stands before it.
    ``is_doubtful``: a refusal of nothing, or a verdict that interrupts a heading, stands before it, so that a bare
    label may be what is refused.
    """

    terms: tuple[Term, ...]
    heading: Heading | None = None
    is_item: bool = False
    is_later: bool = False
    is_doubtful: bool = False


def segments_of(terms: Sequence[Term]) -> tuple[list[Segment], bool]:
    """Return the clauses of a text, and whether there were more than are read."""
    found: list[Segment] = []
    heading: Heading | None = None
    is_doubtful = False
    for stretch, is_later in stretches_of(terms):
        for group in groups_of(stretch):
            for segment in _under_headings(group, heading):
                is_doubtful = is_doubtful and segment.heading is heading
                heading = segment.heading
                if not segment.terms:
                    continue
                before = found[-1].terms if found else ()
                hangs = is_doubtful and not has_predicate(segment.terms)
                found.append(segment._replace(is_later=is_later, is_doubtful=segment.is_doubtful or hangs))
                is_doubtful = is_doubtful or _opens_doubt(segment, before)
            if len(found) > MOST_CLAUSES:
                return found[:MOST_CLAUSES], True
    return found, False


def _opens_doubt(segment: Segment, before: Sequence[Term]) -> bool:
    """Whether a label after ``segment`` may be what is refused, so that it grants nothing ([L1], [T5]).

    NOT COVERED with nothing before it may belong to what follows; a verdict of its own may end the heading that it
    stands under, or not.
    """
    if segment.heading is not None and segment.heading.grants is not None:
        return not segment.is_item and bool(kinds_of(segment.terms) & VERDICT_KINDS)
    words = [term for term in segment.terms if not term.is_mark]
    return is_verdict_heading(words) and not is_positive(words) and not is_label(before)


def _under_headings(group: Sequence[Term], heading: Heading | None) -> Iterator[Segment]:
    """The clauses of a group; the last one carries the heading that holds after it."""
    start = 0
    carried = heading
    for place, term in enumerate(group):
        if place < start:
            continue
        if Kind.HEADING in term.kinds:
            before = group[_after_last_mark(group, start, place) : place]
            yield from _clauses(group[start:place], heading)
            is_doubtful = any(one.caution or not one.is_known for one in before)
            heading = Heading(term.value(Kind.HEADING) == "grants", None, (term,), is_doubtful)
            start = place + 1
        elif term.sort in {Sort.COLON, Sort.HYPHEN}:
            begin = _after_last_mark(group, start, place)
            words, rest = group[begin:place], group[place + 1 :]
            is_colon = term.sort is Sort.COLON
            found = (exclusions_heading(words) if is_colon else None) or heading_of(words, rest, colon=is_colon)
            follows = heading is not carried and begin == start and not is_colon
            if follows and names_a_subject(heading) and is_verdict_heading(words):
                # IOP - COVERED - PRECERT REQUIRED: the verdict is the subject's, and heads nothing.
                continue
            if found is not None:
                here = None if heading is carried else heading
                found, begin = with_list(found, group[:place], start, begin, here)
                yield from _clauses(group[start:begin], heading)
                heading, start = found, place + 1
            elif is_topic(words):
                yield from _clauses(group[start:begin], heading)
                heading, start = None, begin
            elif _ends_in_doubt(words, heading, colon=is_colon):
                # COVERED: IOP NOT COVERED: PHP. Whether the second verdict ends an item or heads the next is not said.
                for clause in _clauses(group[start:place], heading):
                    yield clause._replace(is_doubtful=True)
                heading, start = (
                    heading or Heading(grants=True, authorization=None, terms=(), is_doubtful=True),
                    place + 1,
                )
    yield from _clauses(group[start:], heading, is_carried=heading is carried)
    yield Segment((), heading)


def _ends_in_doubt(words: Sequence[Term], heading: Heading | None, *, colon: bool) -> bool:
    """Whether words before a mark end in a verdict that may head what follows, though they are no heading."""
    if not words or not words[-1].kinds & VERDICT_KINDS:
        return False
    if heading is not None:
        return heading.grants is not None
    return colon and sum(bool(term.kinds & VERDICT_KINDS) for term in words) > 1


def _after_last_mark(group: Sequence[Term], start: int, place: int) -> int:
    marks = [at for at in range(start, place) if group[at].is_mark]
    return marks[-1] + 1 if marks else start


def _clauses(terms: Sequence[Term], heading: Heading | None, *, is_carried: bool = False) -> Iterator[Segment]:
    """The clauses of words that stand under one heading, or under none.

    ``is_carried``: the heading stands before a full stop or in another message. Items beside a predicate may then be
    what that speaks of: COVERED: DETOX. IOP, PHP NOT COVERED.
    """
    if not [term for term in terms if not term.is_mark]:
        return
    if heading is not None and (heading.grants is not None or heading.authorization is not None):
        items = items_of(terms)
        hangs = is_carried and any(has_predicate(item) and not agrees(item, heading) for item in items)
        for item in items:
            if [term for term in item if not term.is_mark and term.kinds != {Kind.PARTICLE}]:
                yield Segment(
                    tuple(item),
                    heading,
                    is_item=not has_predicate(item),
                    is_doubtful=heading.is_doubtful or (hangs and not has_predicate(item)),
                )
        return
    for piece in _part(terms, LIST_MARKS):
        for part in _part(piece, None):
            for half in _before_no_benefits(part):
                for clause in _by_sides(half):
                    yield Segment(tuple(clause), heading)


def _before_no_benefits(terms: Sequence[Term]) -> list[Sequence[Term]]:
    """``terms`` parted before NO BENEFITS FOR, which speaks of what follows it, where a predicate stands before."""
    at = next(
        (
            place
            for place in range(1, len(terms) - 1)
            if terms[place].words.startswith("NO ")
            and terms[place].kinds & VERDICT_KINDS
            and Kind.FOR in terms[place + 1].kinds
            and has_predicate(terms[:place])
        ),
        0,
    )
    return [terms[:at], terms[at:]] if at else [terms]


def _by_sides(terms: Sequence[Term]) -> list[Sequence[Term]]:
    """``terms`` parted between two verdicts of which each has a network side of its own, without a mark between them.

    COVERED IN NETWORK NOT COVERED OUT OF NETWORK, and IN NETWORK COVERED OUT OF NETWORK NOT COVERED.
    """
    verdicts = [place for place, term in enumerate(terms) if term.kinds & _SPEAKING_BACK]
    if len(verdicts) != 2 or kinds_of(terms).isdisjoint(SIDE_KINDS):
        return [terms]
    one, two = verdicts
    sides = [place for place in range(one + 1, two) if terms[place].kinds & SIDE_KINDS]
    if not sides or not all(term.kinds & _BESIDE_SIDE for term in terms[one + 1 : two]):
        return [terms]
    is_before, is_after = (not kinds_of(part).isdisjoint(SIDE_KINDS) for part in (terms[:one], terms[two + 1 :]))
    if is_before is is_after:
        return [terms]
    cut = one + 1
    if is_after:
        cut = next((place for place in range(sides[-1] + 1, two) if not terms[place].kinds & _OF_SIDE), two)
    return [terms[:cut], terms[cut:]]


_SPEAKING_BACK = frozenset({Kind.GRANTS, Kind.REFUSES, Kind.PLAN_PAYS, Kind.REQUIRES, Kind.FREES})
_OF_SIDE = frozenset({Kind.PROVIDER_SUBJECT, Kind.BENEFIT, Kind.CARE})
_BESIDE_SIDE = SIDE_KINDS | _OF_SIDE | {Kind.PREPOSITION, Kind.PARTICLE, Kind.VERB, Kind.NOT}


def _part(terms: Sequence[Term], marks: frozenset[Sort] | None) -> list[list[Term]]:
    """``terms`` parted at those marks (None: at AND) on both sides of which a predicate stands ([T3])."""
    pieces: list[list[Term]] = [[]]
    joints: list[Term] = []
    for term in terms:
        if (term.sort in marks) if marks is not None else (term.kinds == {Kind.AND}):
            pieces.append([])
            joints.append(term)
        else:
            pieces[-1].append(term)
    found = [pieces[0]]
    for joint, piece in zip(joints, pieces[1:], strict=True):
        if (
            speaks(_last_piece(found[-1], marks))
            and speaks(piece)
            and not (marks is None and _only_negates(found[-1], piece))
        ):
            found.append(piece)
        else:
            found[-1] = [*found[-1], joint, *piece]
    return [piece for piece in found if [term for term in piece if not term.is_mark]]


def _only_negates(before: Sequence[Term], piece: Sequence[Term]) -> bool:
    """COVERED/NOT COVERED is a choice that nobody made."""
    is_bare = all(term.kinds & _BARE_VERDICT for term in piece)
    return is_bare and bool(before[-1].kinds & VERDICT_KINDS) and is_positive(piece) is not is_positive(before)


_BARE_VERDICT = frozenset({Kind.GRANTS, Kind.REFUSES, Kind.NOT, Kind.VERB})


def _last_piece(terms: Sequence[Term], marks: frozenset[Sort] | None) -> Sequence[Term]:
    at = [
        place
        for place, term in enumerate(terms)
        if ((term.sort in marks) if marks is not None else (term.kinds == {Kind.AND}))
    ]
    return terms[at[-1] + 1 :] if at else terms
