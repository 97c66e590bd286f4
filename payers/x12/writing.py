"""Typed elements to bytes: no value may hold a separator or be longer than its field.

Source: ``REFERENCE.md`` 1 and 2 (envelope, widths); the lengths are those of 005010X279A1's field table.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

VERSION = "005010X279A1"

LENGTHS: dict[tuple[str, int], tuple[int, int]] = {
    ("BHT", 3): (1, 50),
    ("NM1", 3): (1, 60),
    ("NM1", 4): (1, 35),
    ("NM1", 5): (1, 25),
    ("NM1", 9): (2, 80),
    ("TRN", 2): (1, 50),
    ("TRN", 3): (10, 10),
    ("REF", 2): (1, 50),
    ("REF", 3): (1, 80),
    ("DMG", 2): (1, 35),
    ("DTP", 3): (1, 35),
    ("EQ", 1): (1, 2),
    ("MSG", 1): (1, 264),
    ("PER", 2): (1, 60),
    ("EB", 5): (1, 50),
}
"""Shortest and longest value of an element (of each repetition), by segment and position."""

_BOUNDS: dict[str, list[tuple[int, int, int]]] = {
    tag: [(at, *bounds) for (other, at), bounds in LENGTHS.items() if other == tag]
    for tag in {tag for tag, _ in LENGTHS}
}


class Components(tuple[str, ...]):
    """The parts of a composite element, such as ``("HC", "S9480")``."""

    __slots__ = ()


class Repetitions(tuple[str, ...]):
    """The occurrences of a repeated element, such as ``("30", "MH")``."""

    __slots__ = ()


Element = str | Components | Repetitions
Segment = tuple[Element, ...]


class Delimiters(NamedTuple):
    """The signs to write with; ``line_end`` follows each terminator and belongs to none."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    line_end: str = ""

    @property
    def signs(self) -> frozenset[str]:
        """What no value may hold."""
        return _signs_of(self)


@lru_cache(maxsize=16)
def _signs_of(delimiters: Delimiters) -> frozenset[str]:
    return frozenset(delimiters.element + delimiters.component + delimiters.repetition + delimiters.segment)


class InterchangeEnvelope(NamedTuple):
    """Who writes to whom under which numbers: ISA06, ISA08, ISA13 (nine digits), GS06, ST02, the instant, ISA15."""

    sender: str
    receiver: str
    interchange: str
    group: str
    at: datetime
    transaction_set: str = "0001"
    test: bool = False
    delimiters: Delimiters = Delimiters()


def check_value(value: str, field: str, delimiters: Delimiters, bounds: tuple[int, int] | None = None) -> str:
    """Return ``value`` when it can be written as it is.

    Raises ``ValueError``, naming ``field`` and never the value, for a separator, a sign that is not printable ASCII,
    and a length outside ``bounds``.
    """
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"{field}: characters")
    if not delimiters.signs.isdisjoint(value):
        raise ValueError(f"{field}: separator")
    if bounds is not None and value and not bounds[0] <= len(value) <= bounds[1]:
        raise ValueError(f"{field}: length")
    return value


def write_segment(segment: Segment, delimiters: Delimiters) -> str:
    """Return one segment without its terminator; empty elements at its end are left out. Raises ``ValueError``."""
    tag, sign = segment[0], delimiters.element
    if not isinstance(tag, str):
        raise TypeError("segment: tag")
    texts = [element if isinstance(element, str) else _join(element, delimiters) for element in segment]
    text = sign.join(texts)
    # The segment as a whole shows what is usual: that no value has a sign that must not be there.
    if (
        not text.isascii()
        or not text.isprintable()
        or text.count(sign) != len(segment) - 1
        or delimiters.component in text
        or delimiters.repetition in text
        or delimiters.segment in text
    ):
        _check_elements(segment, delimiters)
    for at, least, most in _BOUNDS.get(tag, ()):
        if at < len(texts) and texts[at] and not least <= len(texts[at]) <= most:
            _check_elements(segment, delimiters)
    return text.rstrip(sign)


def _join(element: Components | Repetitions, delimiters: Delimiters) -> str:
    return (delimiters.component if isinstance(element, Components) else delimiters.repetition).join(element)


def _check_elements(segment: Segment, delimiters: Delimiters) -> None:
    """Raise ``ValueError`` for the first element that cannot be written; composites are checked part by part."""
    tag, *elements = segment
    for position, element in enumerate(elements, start=1):
        bounds = LENGTHS.get((str(tag), position))
        for value in (element,) if isinstance(element, str) else element:
            check_value(value, f"{tag}{position:02d}", delimiters, bounds)


def write_interchange(
    envelope: InterchangeEnvelope, kind: str, functional: str, body: Iterable[Segment], version: str = VERSION
) -> bytes:
    """Return one interchange of one group of one transaction: ISA, GS, ST, ``body``, SE, GE, IEA.

    ``kind`` is ST01 and ``functional`` GS01. Raises ``ValueError`` naming the element that cannot be written.
    """
    written = [write_segment(segment, envelope.delimiters) for segment in body]
    return enclose_transaction(envelope, kind, functional, written, version)


def enclose_transaction(
    envelope: InterchangeEnvelope, kind: str, functional: str, written: Sequence[str], version: str = VERSION
) -> bytes:
    """Return ``written``, the segments of one transaction, between ISA, GS, ST and SE, GE, IEA.

    Each is text from ``write_segment``, or holds only values that were checked as it checks them.
    """
    signs = envelope.delimiters
    group = check_value(envelope.group, "GS06", signs)
    number = check_value(envelope.transaction_set, "ST02", signs)
    day, hour = day_and_hour(envelope.at)
    ends = (("SE", str(len(written) + 2), number), ("GE", "1", group), ("IEA", "1", envelope.interchange))
    return _join_segments(
        envelope,
        [
            signs.element.join(("GS", functional, envelope.sender, envelope.receiver, day, hour, group, "X", version)),
            signs.element.join(("ST", kind, number, version)),
            *written,
            *map(signs.element.join, ends),
        ],
    )


def enclose_segments(envelope: InterchangeEnvelope, segments: Sequence[Segment]) -> bytes:
    """Return the ISA of ``envelope`` and ``segments`` after it, as bytes."""
    return _join_segments(envelope, [write_segment(segment, envelope.delimiters) for segment in segments])


def _join_segments(envelope: InterchangeEnvelope, written: Sequence[str]) -> bytes:
    end = envelope.delimiters.segment + envelope.delimiters.line_end
    return end.join([_isa(envelope), *written, ""]).encode("ascii")


@lru_cache(maxsize=16)
def day_and_hour(at: datetime) -> tuple[str, str]:
    """Return an instant as most segments write it, such as ``("20261124", "1405")``."""
    text = at.strftime("%Y%m%d%H%M")
    return text[:-4], text[-4:]


def _isa(envelope: InterchangeEnvelope) -> str:
    signs = envelope.delimiters
    for field, value in (("ISA06", envelope.sender), ("ISA08", envelope.receiver)):
        check_value(value, field, signs, (1, 15))
    if not (envelope.interchange.isdecimal() and len(envelope.interchange) == 9):
        raise ValueError("ISA13: length")
    day, hour = day_and_hour(envelope.at)
    elements = (
        *("ISA", "00", " " * 10, "00", " " * 10, "ZZ", envelope.sender.ljust(15), "ZZ", envelope.receiver.ljust(15)),
        *(day[2:], hour, signs.repetition, "00501"),
        *(envelope.interchange, "0", "T" if envelope.test else "P", signs.component),
    )
    return signs.element.join(elements)


def write_271(body: Iterable[Segment], envelope: InterchangeEnvelope, *, transaction: str) -> bytes:
    """Return a 271 with ``body`` from its first HL on; ``transaction`` is BHT03. Raises as ``write_segment`` does."""
    day, hour = day_and_hour(envelope.at)
    return write_interchange(envelope, "271", "HB", [("BHT", "0022", "11", transaction, day, hour), *body])
