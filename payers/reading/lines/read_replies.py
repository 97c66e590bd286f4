"""The lines of the replies to one question, each reply read once: an answer is concluded anew as more replies come."""

from typing import NamedTuple

from contracts import Benefits
from payers.reading.evidence import Book
from payers.reading.extent import Extent, extent_of, within_bounds
from payers.reading.lines.facts import Reader
from payers.reading.lines.line import Line, authorized_of, lines_of
from payers.reading.lines.statements import Patient


class ReadReply(NamedTuple):
    """A reply whose lines are read. ``whole``: the reply as it came; ``book``: what is odd about it."""

    whole: Benefits
    lines: tuple[Line, ...]
    authorized: tuple[Line, ...]
    book: Book


class ReadReplies:
    """The replies to one question that were read already. They are those of one payer, about one member."""

    def __init__(self) -> None:
        """Begin without a reply."""
        self._extents: dict[int, tuple[Benefits, Extent]] = {}
        self._bounded: dict[int, tuple[Benefits, Benefits]] = {}
        self._read: dict[tuple[int, int, Patient], ReadReply] = {}

    def extent_of(self, whole: Benefits) -> Extent:
        """Return how much a reply holds."""
        # By the identity of the reply, which is kept here: a value of a thousand lines is slow to compare.
        if id(whole) not in self._extents:
            self._extents[id(whole)] = (whole, extent_of(whole))
        return self._extents[id(whole)][1]

    def within_bounds(self, whole: Benefits) -> Benefits:
        """Return a reply without the lines that are too long to be read."""
        if id(whole) not in self._bounded:
            self._bounded[id(whole)] = (whole, within_bounds(whole, self.extent_of(whole)))
        return self._bounded[id(whole)][1]

    def read(self, number: int, benefits: Benefits, reader: Reader, *, is_usable: bool) -> ReadReply:
        """Return reply ``number`` with its lines; it is read when it is new, or the patient's age was not known.

        ``is_usable``: whether its lines may be read at all.
        """
        key = (number, id(benefits), reader.patient)
        if key not in self._read:
            self._read[key] = _read(number, benefits, reader, is_usable=is_usable)
        return self._read[key]


def _read(number: int, benefits: Benefits, reader: Reader, *, is_usable: bool) -> ReadReply:
    for noticed in benefits.noticed:
        reader.book.find(noticed.code, noticed.at, noticed.detail)
    if not is_usable:
        return ReadReply(benefits, (), (), reader.book)
    lines = tuple(lines_of(number, benefits, reader))
    return ReadReply(benefits, lines, tuple(authorized_of(number, benefits, reader)), reader.book)
