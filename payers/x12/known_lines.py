"""Benefit lines that were sent before at the same place: they come to the same ``Benefit``, and are not read again.

Members of one plan are sent the same lines at the same places, one after the other in stretches, between which each has
figures of their own. A line is kept when all of it comes again, so that what is a member's own drives nothing out, and
only where nothing but words, places, dates and limits stands below it: a reference or an entity may name somebody.
Whoever reads on knows a kept line by its identity.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts import Benefit, Benefits
from contracts.kept import Kept

MOST_SEGMENTS = 400
"""Segments of an interchange of which lines are kept; usual ones have half as many, and a long one would drive all
others out."""

_MOST_STRETCHES = 1024
_MOST_LINES = 16
"""Lines of a stretch; what goes on longer is several."""

_MOST_SEEN = 8192
_LONGEST = 400
"""Signs of a line with all below it."""

_BELOW = ("MSG", "III", "DTP", "HSD")
_AFTER = ("EB", "HL", "SE")
"""What ends a line that is kept: after anything else, such as an LS, more might belong to it."""


class Stretch(NamedTuple):
    """Lines that were sent one after the other, and what each came to.

    ``segments`` are those of all of them; each line ``starts`` at its number among these.
    """

    segments: list[str]
    starts: tuple[int, ...]
    benefits: tuple[Benefit, ...]


class KnownLines:
    """Lines that were sent before with one set of separators: each stretch by the place and text of its first EB."""

    def __init__(self, element: str) -> None:
        """Take the sign between elements."""
        self._stretches = Kept(_MOST_STRETCHES)
        # Of what came once only marks are kept.
        self._seen: set[int] = set()
        self._after = tuple([tag + element for tag in _AFTER])
        self._below = tuple([tag + element for tag in _BELOW])

    def find(self, at: int, segments: Sequence[str], place: int) -> Stretch | None:
        """Return the known lines that stand at ``place`` among ``segments``, which is ``at`` in the whole text."""
        known: Stretch | None = self._stretches.get((at, segments[place]))
        if known is None:
            return None
        end = place + len(known.segments)
        if segments[place:end] == known.segments and self._ends_before(end, segments):
            return known
        return self._part(known, at, segments, place)

    def learn(self, missed: Iterable[int], segments: Sequence[str], first: int, people: Iterable[Benefits]) -> None:
        """Keep those lines at the places ``missed`` that were sent before.

        ``segments`` are those of the interchange, which begins at ``first``, and ``people`` what was read of them.
        """
        if len(self._seen) > _MOST_SEEN:
            self._seen.clear()
        runs = list[list[tuple[int, int]]]()
        for at in missed:
            end = first + self._end_of(at - first, segments)
            whole = segments[at - first : end - first]
            mark = hash((at, *whole))
            if mark not in self._seen:
                self._seen.add(mark)
            elif not whole or sum(map(len, whole)) > _LONGEST:
                continue
            elif runs and runs[-1][-1][1] == at and len(runs[-1]) < _MOST_LINES:
                runs[-1].append((at, end))
            elif (at, segments[at - first]) not in self._stretches:
                # A line before which others were known is known by the first line after it.
                runs.append([(at, end)])
        if not runs:
            return
        read = {line.at: line for person in people for line in person.lines}
        for run in runs:
            begins, ends = run[0][0], run[-1][1]
            sent = list(segments[begins - first : ends - first])
            starts = tuple([at - begins for at, _ in run])
            self._stretches.keep((begins, sent[0]), Stretch(sent, starts, tuple([read[at] for at, _ in run])))

    def _end_of(self, place: int, segments: Sequence[str]) -> int:
        """Return where the line at ``place`` ends; ``place`` itself where it is none to be kept."""
        end = place + 1
        while end < len(segments) and segments[end].startswith(self._below):
            end += 1
        return end if self._ends_before(end, segments) else place

    def _ends_before(self, end: int, segments: Sequence[str]) -> bool:
        """Whether nothing more can belong to a line that goes as far as ``end``."""
        return end < len(segments) and segments[end].startswith(self._after)

    def _part(self, known: Stretch, at: int, segments: Sequence[str], place: int) -> Stretch | None:
        """Part a stretch of which only the first lines stand at ``place``, and return these; None where none does."""
        ends = (*known.starts[1:], len(known.segments))
        same = 0
        while same < len(ends) and segments[place : place + ends[same]] == known.segments[: ends[same]]:
            same += 1
        if same and not self._ends_before(place + ends[same - 1], segments):
            same -= 1
        if not same:
            return None
        cut = ends[same - 1]
        rest = Stretch(
            known.segments[cut:], tuple([start - cut for start in known.starts[same:]]), known.benefits[same:]
        )
        if rest.segments and (at + cut, rest.segments[0]) not in self._stretches:
            self._stretches.keep((at + cut, rest.segments[0]), rest)
        found = Stretch(known.segments[:cut], known.starts[:same], known.benefits[:same])
        self._stretches[at, segments[place]] = found
        return found
