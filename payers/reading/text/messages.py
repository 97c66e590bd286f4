"""Where the end of a message ends a clause, and where full stops and words do. Source: [T3], [T4]."""

from collections.abc import Iterator, Sequence

from payers.reading.text.headings import is_topic, is_verdict_heading
from payers.reading.text.kinds import (
    CONDITION_KINDS,
    COST_KINDS,
    NETWORK_KINDS,
    PREDICATE_KINDS,
    PROGRAM_KINDS,
    SERVICE_KINDS,
    SETTING_KINDS,
    VERDICT_KINDS,
    kinds_of,
)
from payers.reading.text.lexicon import Term
from payers.reading.text.predicates import LIST_MARKS, has_predicate, is_label, speaks, until_list
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

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
        "DENY DENIES PAY PAYS REQUIRE REQUIRES NEED NEEDS"
    ).split()
)
"""Articles, prepositions, conjunctions, negations, auxiliary verbs, and verdict verbs that take an object: a message
that ends in one of these is not complete ([T4])."""

SUBJECTLESS = frozenset(
    {Kind.VERB, Kind.NOT, Kind.GRANTS, Kind.REFUSES, Kind.REQUIRES, Kind.FREES, Kind.COST_VERB, Kind.RUN_BY}
)

_HARD = frozenset({Sort.STOP, Sort.SEMICOLON})

_ADJECTIVES = frozenset({Kind.OFFICE, Kind.TELEHEALTH})

_MIDDLES = VERDICT_KINDS - {Kind.HEADING} | {Kind.BENEFIT, Kind.NOT}

_ORDERED = "ordered"

_JOINING = frozenset({"AND", "OR", "NOR"})

_AUXILIARIES = frozenset("IS ARE WAS WERE BE WILL HAS HAVE DOES DO CAN MAY".split())


def stretches_of(terms: Sequence[Term]) -> Iterator[tuple[list[Term], bool]]:
    """What stands between full stops, semicolons and the words that end a clause."""
    stretch: list[Term] = []
    is_later = False
    for place, term in enumerate(terms):
        if Kind.BREAK in term.kinds and _leaves_out(terms, place):
            stretch.append(term._replace(kinds=_EXCEPT))
            continue
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


_EXCEPT = frozenset({Kind.EXCEPT})
_WHOLES = frozenset({"ALL", "ANY", "EVERY", "EVERYTHING", "ANYTHING", "EACH"})


def _leaves_out(terms: Sequence[Term], place: int) -> bool:
    """Whether BUT is EXCEPT ([T19]): a service alone follows it, or all of something stands right before it.

    ALL SERVICES BUT PHP ARE COVERED, and DETOX IS COVERED BUT PHP.
    """
    if terms[place].words != "BUT":
        return False
    ends = _HARD | {Sort.COLON}
    start = max(
        (at + 1 for at in range(place) if terms[at].sort in ends or terms[at].kinds & PREDICATE_KINDS), default=0
    )
    if any(word in _WHOLES for term in terms[start:place] for word in term.words.split()):
        return True
    end = next(
        (at for at in range(place + 1, len(terms)) if terms[at].sort in ends or Kind.BREAK in terms[at].kinds),
        len(terms),
    )
    following = terms[place + 1 : end]
    is_heading = end < len(terms) and terms[end].sort is Sort.COLON
    return not is_heading and is_label(following) and bool(kinds_of(following) & SERVICE_KINDS)


def groups_of(stretch: Sequence[Term]) -> Iterator[list[Term]]:
    """The stretch parted where the end of a message ends a clause ([T4])."""
    groups: list[list[Term]] = []
    for piece in _with_labels(_whole(_messages(stretch))):
        if groups and (_speaks_of(groups[-1], piece) or not _is_apart(groups[-1], piece)):
            groups[-1] = groups[-1] + piece
        else:
            groups.append(piece)
    yield from groups


def _whole(pieces: Sequence[list[Term]]) -> list[list[Term]]:
    """Messages with each one that is not complete joined to the next: no cut in its midst is judged by itself."""
    found: list[list[Term]] = []
    for piece in pieces:
        if found and not is_complete(found[-1]):
            found[-1] = found[-1] + piece
        else:
            found.append(piece)
    return found


def _with_labels(pieces: Sequence[list[Term]]) -> list[list[Term]]:
    """Messages with each predicate without a subject joined to all bare labels right before it."""
    found: list[list[Term]] = []
    for piece in pieces:
        joined = piece
        if found and is_label(found[-1]) and _speaks_of(found[-1], piece):
            while found and is_label(found[-1]):
                joined = found.pop() + joined
        found.append(joined)
    return found


def _speaks_of(before: Sequence[Term], piece: Sequence[Term]) -> bool:
    """Whether a message is a predicate that has its subject in what stands before it."""
    is_own = piece[0].words.startswith("NO ") and not is_label(before)
    return not is_own and is_complete(piece) and _is_predicate_alone(piece)


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
    return not has_predicate(before) or speaks(until_list(piece[place + 1 :]))


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
        bool(piece[0].kinds & SUBJECTLESS)
        and bool(kinds & (PREDICATE_KINDS - {Kind.VERB}))
        and not kinds & (SERVICE_KINDS | {Kind.HEADING})
        and not any(term.sort is Sort.COLON for term in piece)
    )


def is_complete(terms: Sequence[Term]) -> bool:
    """Return whether ``terms`` may end here: their last word or mark asks for nothing after it ([T4])."""
    last = terms[-1]
    return last.sort not in LIST_MARKS | {Sort.COLON} and last.words.rpartition(" ")[2] not in _OPEN_ENDS


def _begins_anew(piece: Sequence[Term]) -> bool:
    first = next((term for term in piece if not term.kinds or term.kinds - {Kind.PARTICLE}), piece[0])
    starts = bool(first.kinds & _STARTS) or first.words.split(" ")[0] in {"NO", "NON"}
    starts = starts or first.words.startswith("EXCLUD") or first.words.startswith("EXCLUS")
    if piece[0].words in _JOINING or piece[0].words.split(" ")[0] in _AUXILIARIES:
        return False
    is_heading = (
        Kind.HEADING in kinds_of(piece) or any(term.sort is Sort.COLON for term in piece) or _begins_with_heading(piece)
    )
    is_predicate = speaks(piece) or any(Kind.NOT in term.kinds for term in piece)
    return (starts or is_heading) and (is_heading or is_predicate or is_label(piece) or is_topic(piece))


def _begins_with_heading(piece: Sequence[Term]) -> bool:
    """Whether a message begins with words of verdict or of a topic before a hyphen ([T5])."""
    place = next((at for at, term in enumerate(piece) if term.sort is Sort.HYPHEN), 0)
    words = piece[:place]
    return is_topic(words) or is_verdict_heading(words)
