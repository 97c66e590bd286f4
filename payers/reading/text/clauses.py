"""Where a clause ends: stops, marks between predicates, ends of messages, headings. Source: [T3] to [T5]."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from payers.reading.text.kinds import (
    CONDITION_KINDS,
    COST_KINDS,
    NAME_KINDS,
    NETWORK_KINDS,
    NEUTRAL_KINDS,
    PREDICATE_KINDS,
    PROGRAM_KINDS,
    SERVICE_KINDS,
    SETTING_KINDS,
    VERDICT_KINDS,
    kinds_of,
)
from payers.reading.text.lexicon import Term
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

MOST_CLAUSES = 100
"""Clauses of one line that are read; what lies beyond is not understood."""

_STARTS = (
    SERVICE_KINDS
    | SETTING_KINDS
    | CONDITION_KINDS
    | COST_KINDS
    | {Kind.CARE, Kind.AUTHORIZATION, Kind.LIMIT, Kind.UP_TO, Kind.NO, Kind.HEADING}
)
"""Kinds with which a message begins anew ([T4]); an exclusion word does so too."""

_OPEN_ENDS = frozenset(
    (
        "A AN THE IN ON BY AT OF FOR WITH WITHOUT WITHIN UNDER OVER FROM TO THROUGH THRU UNTIL AFTER BEFORE DURING PER "
        "AS LIKE REGARDING ABOUT SINCE THAN EXCEPT INCLUDING EXCLUDING AND OR NOR IF WHEN WHERE UNLESS NOT NON NO BE "
        "IS ARE WAS WERE BEEN DO DOES DID HAS HAVE HAD WILL MAY CAN COVER COVERS EXCLUDE EXCLUDES INCLUDE INCLUDES "
        "DENY DENIES PAY PAYS"
    ).split()
)
"""Articles, prepositions, conjunctions, negations, auxiliary verbs, and verdict verbs that take an object: a message
that ends in one of these is not complete ([T4])."""

_SUBJECTLESS = frozenset(
    {Kind.VERB, Kind.NOT, Kind.GRANTS, Kind.REFUSES, Kind.REQUIRES, Kind.FREES, Kind.COST_VERB, Kind.RUN_BY}
)
_HARD = frozenset({Sort.STOP, Sort.SEMICOLON})
_LISTS = frozenset({Sort.COMMA, Sort.HYPHEN})


class Heading(NamedTuple):
    """Words that hold for every item after them.

    ``grants``: the verdict of each item; None when the heading gives none. ``authorization``: whether each item
    requires it. ``terms``: the words of the heading; names among them are the subject, the condition or the side of
    what follows. ``is_doubtful``: words before it limit or turn it, as NONE OF and ONLY do.
    """

    grants: bool | None
    authorization: bool | None
    terms: tuple[Term, ...]
    is_doubtful: bool = False


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


def has_predicate(terms: Sequence[Term]) -> bool:
    """Whether ``terms`` hold a verdict or a verb of their own."""
    return any(term.kinds & PREDICATE_KINDS for term in terms)


def is_label(terms: Sequence[Term]) -> bool:
    """Whether ``terms`` are names with neutral words alone."""
    words = [term for term in terms if not term.is_mark]
    return (
        bool(words)
        and not has_predicate(words)
        and any(term.kinds & NAME_KINDS for term in words)
        and all(term.kinds & (NAME_KINDS | NEUTRAL_KINDS) for term in words)
    )


def segments_of(terms: Sequence[Term]) -> tuple[list[Segment], bool]:
    """Return the clauses of a text, and whether there were more than are read."""
    found: list[Segment] = []
    heading: Heading | None = None
    is_doubtful = False
    for stretch, is_later in _stretches(terms):
        for group in _groups(stretch):
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
    return _is_verdict_heading(words) and not _polarity(words) and not is_label(before)


def _stretches(terms: Sequence[Term]) -> Iterator[tuple[list[Term], bool]]:
    """What stands between full stops, semicolons and the words that end a clause."""
    stretch: list[Term] = []
    is_later = False
    for place, term in enumerate(terms):
        is_break = Kind.BREAK in term.kinds and not _is_condition(terms, place)
        if term.sort in _HARD or is_break:
            if stretch:
                yield stretch, is_later
            stretch, is_later = [], is_break and term.words == "THEN"
        else:
            stretch.append(term._replace(kinds=frozenset({Kind.UNMET})) if Kind.BREAK in term.kinds else term)
    if stretch:
        yield stretch, is_later


def _is_condition(terms: Sequence[Term], place: int) -> bool:
    """Whether WHILE says when something holds: no predicate follows it (COVERED WHILE INPATIENT)."""
    if terms[place].words not in {"WHILE", "WHEREAS"}:
        return False
    end = next(
        (at for at in range(place + 1, len(terms)) if terms[at].sort in _HARD or Kind.BREAK in terms[at].kinds),
        len(terms),
    )
    return not has_predicate(terms[place + 1 : end])


def _groups(stretch: Sequence[Term]) -> Iterator[list[Term]]:
    """The stretch parted where the end of a message ends a clause ([T4])."""
    groups: list[list[Term]] = []
    for piece in _messages(stretch):
        is_own = piece[0].words.startswith("NO ") and bool(groups) and not is_label(groups[-1])
        if groups and not is_own and _is_complete(piece) and _is_predicate_alone(piece):
            joined = groups.pop()
            while groups and is_label(groups[-1]) and is_label(joined):
                joined = groups.pop() + joined
            groups.append(joined + piece)
        elif groups and not (_is_complete(groups[-1]) and _is_apart(groups[-1], piece)):
            groups[-1] = groups[-1] + piece
        else:
            groups.append(piece)
    yield from groups


def _is_apart(before: Sequence[Term], piece: Sequence[Term]) -> bool:
    """Whether a message begins anew after what stands ``before`` it, which is complete."""
    joints = [at for at, term in enumerate(before) if term.is_mark or term.kinds == {Kind.AND}]
    last = before[joints[-1] + 1 :] if joints else before
    if has_predicate(last):
        return _begins_anew(piece) or _follows(piece)
    # SUBSTANCE ABUSE / SERVICES ARE COVERED and PHP BENEFIT / EXHAUSTED - OFFICE are cut in their midst.
    first = piece[0]
    if first.kinds == {Kind.CARE} or _is_middle(before, piece):
        return False
    if len(last) == 1 and (last[0].kinds & _ADJECTIVES or last[0].value(Kind.PART) == _ORDERED):
        # VIRTUAL or COURT ORDERED before a program says of which sort it is.
        return not first.kinds & PROGRAM_KINDS and _begins_anew(piece)
    return _begins_anew(piece) or (has_predicate(before) and _follows(piece))


def _is_middle(before: Sequence[Term], piece: Sequence[Term]) -> bool:
    """Whether a message that begins with a verdict is what is said of ``before``, and no heading of what follows."""
    first = piece[0]
    if not first.kinds & _MIDDLES or first.words.startswith("NO ") or any(one.sort is Sort.COLON for one in piece):
        return False
    place = next((at for at, term in enumerate(piece) if term.sort is Sort.HYPHEN), len(piece))
    return not has_predicate(before) or _speaks(_until_list(piece[place + 1 :]))


_ADJECTIVES = frozenset({Kind.OFFICE, Kind.TELEHEALTH})
_MIDDLES = VERDICT_KINDS - {Kind.HEADING} | {Kind.BENEFIT, Kind.NOT}
_ORDERED = "ordered"


def _follows(piece: Sequence[Term]) -> bool:
    """Whether a message after a predicate says something of its own: of a network side, the plan, whom to call."""
    if piece[0].kinds & (NETWORK_KINDS | {Kind.PLAN_SUBJECT}):
        return bool(kinds_of(piece) & VERDICT_KINDS)
    return Kind.REFERENCE in piece[0].kinds and Kind.FOR in kinds_of(piece)


def _messages(stretch: Sequence[Term]) -> list[list[Term]]:
    pieces: list[list[Term]] = [[]]
    for term in stretch:
        if term.after_end and pieces[-1]:
            pieces.append([])
        pieces[-1].append(term)
    return pieces


def _is_predicate_alone(piece: Sequence[Term]) -> bool:
    """Whether a message is a predicate without a subject of its own."""
    kinds = kinds_of(piece)
    return (
        bool(piece[0].kinds & _SUBJECTLESS)
        and bool(kinds & (PREDICATE_KINDS - {Kind.VERB}))
        and not kinds & (SERVICE_KINDS | {Kind.HEADING})
        and not any(term.sort is Sort.COLON for term in piece)
    )


def _is_complete(terms: Sequence[Term]) -> bool:
    last = terms[-1]
    return last.sort not in _LISTS | {Sort.COLON} and last.words.rpartition(" ")[2] not in _OPEN_ENDS


_JOINING = frozenset({"AND", "OR", "NOR"})
_AUXILIARIES = frozenset("IS ARE WAS WERE BE WILL HAS HAVE DOES DO CAN MAY".split())


def _begins_anew(piece: Sequence[Term]) -> bool:
    first = next((term for term in piece if not term.kinds or term.kinds - {Kind.PARTICLE}), piece[0])
    starts = bool(first.kinds & _STARTS) or first.words.split(" ")[0] in {"NO", "NON"}
    starts = starts or first.words.startswith("EXCLUD") or first.words.startswith("EXCLUS")
    if piece[0].words in _JOINING or piece[0].words.split(" ")[0] in _AUXILIARIES:
        return False
    is_heading = (
        Kind.HEADING in kinds_of(piece) or any(term.sort is Sort.COLON for term in piece) or _begins_with_heading(piece)
    )
    is_predicate = _speaks(piece) or any(Kind.NOT in term.kinds for term in piece)
    return (starts or is_heading) and (is_heading or is_predicate or is_label(piece) or _is_topic(piece))


def _begins_with_heading(piece: Sequence[Term]) -> bool:
    """Whether a message begins with words of verdict or of a topic before a hyphen ([T5])."""
    place = next((at for at, term in enumerate(piece) if term.sort is Sort.HYPHEN), 0)
    words = piece[:place]
    return _is_topic(words) or _is_verdict_heading(words)


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
            found = (_exclusions(words) if is_colon else None) or _heading(words, rest, colon=is_colon)
            follows = heading is not carried and begin == start and not is_colon
            if follows and _names_a_subject(heading) and _is_verdict_heading(words):
                # IOP - COVERED - PRECERT REQUIRED: the verdict is the subject's, and heads nothing.
                continue
            if found is not None:
                here = None if heading is carried else heading
                found, begin = _with_list(found, group[:place], start, begin, here)
                yield from _clauses(group[start:begin], heading)
                heading, start = found, place + 1
            elif _is_topic(words):
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


def _names_a_subject(heading: Heading | None) -> bool:
    return heading is not None and heading.grants is None and heading.authorization is None


def _with_list(
    found: Heading, before: Sequence[Term], start: int, begin: int, heading: Heading | None
) -> tuple[Heading, int]:
    """A heading that is a name with the list that ends in it, and where it begins: IOP, DETOX: NOT COVERED."""
    terms = before[start:begin]
    is_list = bool(terms) and all(term.sort is Sort.COMMA or term.kinds & _SUBJECT_HEADING for term in terms)
    if is_list and _names_a_subject(found) and (heading is None or _names_a_subject(heading)):
        return found._replace(terms=tuple(before[start:])), start
    return found, begin


def _after_last_mark(group: Sequence[Term], start: int, place: int) -> int:
    marks = [at for at in range(start, place) if group[at].is_mark]
    return marks[-1] + 1 if marks else start


_VERDICT_HEADING = VERDICT_KINDS | NEUTRAL_KINDS | CONDITION_KINDS | NETWORK_KINDS | {Kind.NOT, Kind.NO, Kind.VERB}
_AUTHORIZATION_HEADING = _VERDICT_HEADING | {Kind.AUTHORIZATION, Kind.REQUIRES, Kind.FREES}
_SUBJECT_HEADING = NAME_KINDS | NEUTRAL_KINDS


def _is_verdict_heading(words: Sequence[Term]) -> bool:
    """Whether ``words`` are a verdict without a subject; ONLY may bind it to a network side."""
    kinds = kinds_of(words)
    allowed = _VERDICT_HEADING | ({Kind.ONLY} if kinds & NETWORK_KINDS else set())
    if any(term.words.startswith("EXCLUSION") for term in words):
        allowed |= {Kind.COST_VERB}
    return bool(kinds & VERDICT_KINDS) and all(term.kinds & allowed for term in words)


def _is_topic(words: Sequence[Term]) -> bool:
    """Whether ``words`` are a topic of their own: cost, limits, authorization ([T5])."""
    topics = COST_KINDS | {Kind.LIMIT, Kind.AUTHORIZATION}
    return bool(kinds_of(words) & topics) and all(term.kinds & (topics | NEUTRAL_KINDS) for term in words)


_EXCLUSIONS_APPLY = re.compile(r"^(?!.*LIMIT).*EXCLUSIONS( MAY)? APPLY$")
"""Words that are a reservation where they end a clause, and a heading before a colon."""


def _exclusions(words: Sequence[Term]) -> Heading | None:
    """EXCLUSIONS APPLY before a colon: what follows is excluded."""
    applies = any(Kind.RESERVATION in term.kinds and _EXCLUSIONS_APPLY.search(term.words) for term in words)
    return Heading(grants=False, authorization=None, terms=tuple(words)) if applies else None


def _heading(words: Sequence[Term], rest: Sequence[Term], *, colon: bool) -> Heading | None:
    """What ``words`` before a colon or a hyphen are a heading of; None when they are none ([T5])."""
    if not words:
        return None
    kinds = kinds_of(words)
    if _is_verdict_heading(words):
        # OUT OF NETWORK IS NOT COVERED - PHP IS COVERED are two clauses ([T3]).
        is_sentence = any(term.words.split(" ")[0] in {"IS", "ARE", "WILL"} for term in words)
        is_clause = not colon and is_sentence and _speaks(_until_list(rest))
        return None if is_clause else Heading(_polarity(words), None, tuple(words))
    if Kind.AUTHORIZATION in kinds and all(term.kinds & _AUTHORIZATION_HEADING for term in words):
        if kinds & {Kind.REQUIRES, Kind.FREES, Kind.NO} and (colon or not has_predicate(rest)):
            return Heading(None, not kinds & {Kind.FREES, Kind.NO, Kind.NOT}, tuple(words))
        return None
    is_followed = has_predicate(_until_list(rest)) or (colon and has_predicate(rest))
    if is_followed and kinds & NAME_KINDS and all(term.kinds & _SUBJECT_HEADING for term in words):
        return Heading(None, None, tuple(words))
    return None


def _until_list(terms: Sequence[Term]) -> Sequence[Term]:
    return terms[: next((at for at, term in enumerate(terms) if term.sort is Sort.COMMA), len(terms))]


_NEGATIVE = frozenset({Kind.NOT, Kind.NO, Kind.REFUSES, Kind.REFUSES_OBJECT, Kind.EXHAUSTED})


def _polarity(words: Sequence[Term]) -> bool:
    negative = sum(1 for term in words if term.kinds & _NEGATIVE and not term.is_mark)
    return negative % 2 == 0


def _clauses(terms: Sequence[Term], heading: Heading | None, *, is_carried: bool = False) -> Iterator[Segment]:
    """The clauses of words that stand under one heading, or under none.

    ``is_carried``: the heading stands before a full stop or in another message. Items beside a predicate may then be
    what that speaks of: COVERED: DETOX. IOP, PHP NOT COVERED.
    """
    if not [term for term in terms if not term.is_mark]:
        return
    if heading is not None and (heading.grants is not None or heading.authorization is not None):
        items = _items(terms)
        hangs = is_carried and any(has_predicate(item) and not _agrees(item, heading) for item in items)
        for item in items:
            if [term for term in item if not term.is_mark and term.kinds != {Kind.PARTICLE}]:
                yield Segment(
                    tuple(item),
                    heading,
                    is_item=not has_predicate(item),
                    is_doubtful=heading.is_doubtful or (hangs and not has_predicate(item)),
                )
        return
    for piece in _part(terms, _LISTS):
        for part in _part(piece, None):
            for clause in _before_no_benefits(part):
                yield Segment(tuple(clause), heading)


def _agrees(item: Sequence[Term], heading: Heading) -> bool:
    """Whether an item says itself what its heading says."""
    kinds = kinds_of(item)
    is_plain = not kinds & (_BINDING | NETWORK_KINDS | CONDITION_KINDS | SETTING_KINDS) and all(
        term.kinds for term in item
    )
    return is_plain and bool(kinds & VERDICT_KINDS) and _polarity(item) is heading.grants


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


_BINDING = frozenset(
    {
        Kind.UNMET,
        Kind.ONLY,
        Kind.AGE,
        Kind.AGE_UNDER,
        Kind.AGE_OVER,
        Kind.AND_OVER,
        Kind.AND_UNDER,
        Kind.ADULTS,
        Kind.CHILDREN,
    }
) | {Kind.ADOLESCENTS, Kind.SEQUENCE, Kind.DATE_FROM, Kind.DATE_TO}


def _items(terms: Sequence[Term]) -> list[list[Term]]:
    """The items of a list under a heading; AND and OR part them, but where a condition after them binds them all."""
    items: list[list[Term]] = [[]]
    ends = {id(term) for last, term in pairwise(terms) if term.after_end and _ends_item(last, term)}
    for stretch in _split(terms, lambda term: term.sort in _LISTS | {Sort.COLON} or id(term) in ends):
        together = bool(kinds_of(stretch) & _BINDING)
        parts = [stretch] if together else _split(stretch, lambda term: term.kinds == {Kind.AND} or term.words == "OR")
        items += parts
    return [item for item in items if item]


def _ends_item(last: Term, term: Term) -> bool:
    """Whether the end of a message between two terms ends an item: what stands before it is complete ([T4], [T5])."""
    begins = not term.is_known or bool(term.kinds & (SERVICE_KINDS | SETTING_KINDS | CONDITION_KINDS | {Kind.NO}))
    return _is_complete([last]) and begins


def _split(terms: Sequence[Term], parts_at: Callable[[Term], bool]) -> list[list[Term]]:
    """``terms`` parted at each one that parts; a mark or a conjunction is dropped, any other term begins a part."""
    found: list[list[Term]] = [[]]
    for term in terms:
        if parts_at(term):
            found.append([])
            if term.is_mark or term.kinds == {Kind.AND} or term.words == "OR":
                continue
        found[-1].append(term)
    return [part for part in found if part]


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
        if _speaks(_last_piece(found[-1], marks)) and _speaks(piece):
            found.append(piece)
        else:
            found[-1] = [*found[-1], joint, *piece]
    return [piece for piece in found if [term for term in piece if not term.is_mark]]


def _speaks(terms: Sequence[Term]) -> bool:
    """Whether a piece says something by itself: by a predicate, or as a limit of a service (IOP UP TO 20 VISITS)."""
    kinds = kinds_of(terms)
    if has_predicate(terms) or (kinds & {Kind.DISCLAIMER, Kind.RESERVATION} and not kinds & SERVICE_KINDS):
        return True
    counts = any(one.sort is Sort.NUMBER and Kind.UNIT in two.kinds for one, two in pairwise(terms))
    return bool(kinds & SERVICE_KINDS) and (counts or bool(kinds & {Kind.UP_TO, Kind.NO_LIMIT}))


def _last_piece(terms: Sequence[Term], marks: frozenset[Sort] | None) -> Sequence[Term]:
    at = [
        place
        for place, term in enumerate(terms)
        if ((term.sort in marks) if marks is not None else (term.kinds == {Kind.AND}))
    ]
    return terms[at[-1] + 1 :] if at else terms
