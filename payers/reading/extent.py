"""How much of a reply is read: the bounds of one benefit line and of all the words of a reply.

A payer's text is read word by word, several times over, so its length is what an answer costs. The guide allows a line
ten messages of 264 signs, ten places and 99 service types; the longest lines known have four messages and 300 signs.
A line beyond these bounds is left out whole: what was not read to its end neither grants nor refuses ([L1]).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts import Benefit, Benefits, FindingCode, Noticed
from contracts.benefits import FIRST_BELOW, NOTHING_BELOW, Place
from payers.reading.lines import codes
from payers.reading.memory import MOST_LINES, remember_apart

LONGEST_LINE = 8_000
"""Signs of one line with all that stands below it."""

LONGEST_WORDS = 100_000
"""Signs of all words of a reply; the longest replies known have less than two thousand."""

MOST_TYPES = 200
MOST_BELOW = 100
"""Service types of one line, and messages, places, dates and the like below it."""


class Extent(NamedTuple):
    """How much a reply, or one line of it, holds.

    ``parts`` are lines and what stands below them, by number; ``words`` messages and names, which are read sign by
    sign; ``signs`` all that is shown. Of the line that has most of each: ``types`` are its service types, ``below`` is
    what stands below it, by number, and ``longest`` are its signs, with those below.
    """

    parts: int = 0
    words: int = 0
    signs: int = 0
    types: int = 0
    below: int = 0
    longest: int = 0

    @property
    def is_within_bounds(self) -> bool:
        """Whether nothing of it is left out."""
        is_short = self.types <= MOST_TYPES and self.below <= MOST_BELOW and self.longest <= LONGEST_LINE
        return is_short and self.words <= LONGEST_WORDS


def extent_of(benefits: Benefits) -> Extent:
    """How much a reply holds."""
    lines = (*benefits.lines, *benefits.authorizations)
    found = _extent_of_short(lines) if len(lines) <= MOST_LINES else _extent_of_lines(lines)
    above = sum([len(one.text) for one in benefits.rejections])
    beside = len(benefits.rejections) + len(benefits.noticed) + len(benefits.traces)
    return found._replace(parts=found.parts + beside, signs=found.signs + above)


def _extent_of_short(lines: Sequence[Benefit]) -> Extent:
    """Return the extent of ``lines``, of which some may stand in other replies as well."""
    identities = list(map(id, lines))
    known = list(map(_KNOWN.get, identities))
    own = _extent_of_lines([line for line, one in zip(lines, known, strict=True) if one is None])
    of_plan = tuple([number for number, one in zip(identities, known, strict=True) if one is not None])
    return _together((own, _extent_of_known(of_plan, [one for one in known if one is not None]))) if of_plan else own


def _extent_of_lines(lines: Sequence[Benefit]) -> Extent:
    own = [len(line.text) for line in lines]
    parts, signs = len(lines), sum(own)
    types, longest = max([len(line.service_types) for line in lines], default=0), max(own, default=0)
    words = below = 0
    for line in [line for line in lines if line.plan or line[FIRST_BELOW:] != NOTHING_BELOW]:
        here, words_here, signs_here = _extent_below(line)
        label = len(line.plan)
        parts += here
        words += label + words_here
        signs += label + signs_here
        below = max(below, here)
        longest = max(longest, len(line.text) + label + signs_here)
    return Extent(parts, words, signs, types, below, longest)


_Known = tuple[Benefit, Extent]

_KNOWN = remember_apart(8192)
"""Extents of lines that many replies share, by their identity, with the line itself."""

_OF_PLANS = remember_apart(128)
"""Extents of all such lines of a reply together, by their identities, with what ``_KNOWN`` has of them."""


def keep_extent(line: Benefit) -> None:
    """Keep how much a line holds that will stand in more replies than one, as the same object."""
    _KNOWN.keep(id(line), (line, _extent_of_line(line)))


def _extent_of_known(identities: tuple[int, ...], lines: Sequence[_Known]) -> Extent:
    """Return the extent of known lines together. The lines are held with it: nothing else has their identities."""
    found: tuple[Sequence[_Known], Extent] | None = _OF_PLANS.get(identities)
    if found is None:
        found = (lines, _together([extent for _, extent in lines]))
        _OF_PLANS.keep(identities, found)
    return found[1]


def _together(extents: Iterable[Extent]) -> Extent:
    parts, words, signs, types, below, longest = zip(*extents, strict=True)
    return Extent(sum(parts), sum(words), sum(signs), max(types), max(below), max(longest))


def _extent_of_line(line: Benefit) -> Extent:
    parts, words, signs = _extent_below(line)
    label = len(line.plan)
    whole = label + len(line.text) + signs
    return Extent(1 + parts, label + words, whole, len(line.service_types), parts, whole)


def _extent_below(line: Benefit) -> tuple[int, int, int]:
    """Return parts, words and signs of what stands below a line."""
    # Most lines have nothing below them, or one thing; this is done for each of a thousand lines on the event loop.
    parts = words = 0
    for said in line.messages:
        parts += 1
        words += len(said.text)
    signs = words
    for place in line.places:
        parts += 1
        signs += len(place.text)
    for delivery in line.deliveries:
        parts += 1
        signs += len(delivery.text)
    for rejection in line.rejections:
        parts += 1
        signs += len(rejection.text)
    for entity in line.entities:
        parts += 1
        words += len(entity.name)
        signs += len(entity.name) + len(entity.text)
    for reference in line.references:
        parts += 1
        signs += len(reference.value) + len(reference.sent)
    for dated in line.dates:
        parts += 1
        signs += len(dated.value) + len(dated.sent)
    return parts, words, signs


def within_bounds(benefits: Benefits, extent: Extent) -> Benefits:
    """``benefits`` without the lines that are too long to be read; then it is truncated, with a finding.

    Of a line of status the code is kept, so that there is a plan, whose status is unclear. Lines are left out as well
    from the one on with which all words have become too many. What is whole is returned as it is. ``extent`` is that of
    ``benefits``.
    """
    if extent.is_within_bounds:
        return benefits
    left_out = _beyond((*benefits.lines, *benefits.authorizations))
    kept = (_status_alone(line) if id(line) in left_out else line for line in benefits.lines)
    return benefits._replace(
        lines=tuple(line for line in kept if line is not None),
        authorizations=tuple(line for line in benefits.authorizations if id(line) not in left_out),
        noticed=(*benefits.noticed, Noticed(FindingCode.TRUNCATED, next(iter(left_out.values())), "line")),
        truncated=True,
    )


def _beyond(lines: Iterable[Benefit]) -> dict[int, Place]:
    """Where the lines stand that are left out, by their identity."""
    found: dict[int, Place] = {}
    left = LONGEST_WORDS
    for line in lines:
        one = _extent_of_line(line)
        is_short = one._replace(words=0).is_within_bounds
        left -= one.words if is_short else 0
        if not is_short or left < 0:
            found[id(line)] = line.at
    return found


def _status_alone(line: Benefit) -> Benefit | None:
    """What a line says of the plan's status; None where it says nothing of it."""
    if line.information not in codes.ACTIVE | codes.INACTIVE:
        return None
    return Benefit(line.at, line.text[:LONGEST_LINE], line.information, service_types=line.service_types[:MOST_TYPES])
