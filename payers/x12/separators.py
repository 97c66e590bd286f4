"""Which signs an interchange is written with: read from its ISA by counting elements, never by offset alone.

Source: ``REFERENCE.md`` 1: the signs found in the wild, and the advice to count.
"""

import re
from itertools import islice
from typing import NamedTuple

UNDECLARED = "^>|:!"
"""Repetition signs that are tried, in this order, when the declared one does not split an EB03."""

_START = re.compile(r"ISA([^A-Za-z0-9 \r\n])")
_BARE = re.compile(r"(?:GS|ST)([^A-Za-z0-9 \r\n]).{0,200}?([^A-Za-z0-9 \t])[ \t\r\n]{0,80}(?:BHT|AK1)\1", re.DOTALL)
_AFTER_ISA16 = re.compile(r"(.)(.*?)(?:ISA|IEA|GS|TA1)?", re.DOTALL)
_BLANKS = " \t\r\n"


class Separators(NamedTuple):
    """The four signs of one interchange; ``header`` holds ISA01 to ISA16, and ``starts`` where the ISA begins."""

    element: str
    repetition: str
    component: str
    segment: str
    header: tuple[str, ...]
    starts: int


_MOST_STARTS = 100
"""So many times the letters ISA may stand in what comes before an interchange; a text full of them is none."""


def separators_of(text: str) -> Separators | None:
    """Return the signs of the first interchange; None when there is none."""
    for start in islice(_START.finditer(text), _MOST_STARTS):
        found = _read_isa(text, start.start(), start.group(1))
        if found is not None:
            return found
    return None


def separators_at(text: str, at: int) -> Separators | None:
    """Return the signs of the interchange that begins at ``at``; None when none does."""
    start = _START.match(text, at)
    return _read_isa(text, at, start.group(1)) if start else None


def separators_without_isa(text: str) -> Separators | None:
    """Return the signs of a transaction without its envelope, as its first segments show them; None when it is none.

    The repetition and component signs are the usual ones; others are found as undeclared.
    """
    found = _BARE.match(text)
    if found is None or found.group(1) == found.group(2):
        return None
    return Separators(found.group(1), "^", ":", found.group(2), ("",) * 16, 0)


def _read_isa(text: str, starts: int, element: str) -> Separators | None:
    # An ISA is 106 characters long; twice that allows for blanks and line ends in it.
    parts = text[starts : starts + 240].split(element)
    if len(parts) < 17:
        return None
    tail = parts[16].lstrip(_BLANKS) if len(parts[16]) > 1 else parts[16]
    match = _AFTER_ISA16.fullmatch(tail)
    if match is None:
        return None
    component, between = match.groups()
    signs = between.strip(_BLANKS)
    if signs:
        segment = signs[0]
    elif "\n" in between or "\r" in between:
        segment = "\n" if "\n" in between else "\r"
    else:
        # ISA16 is missing, and the sign in its place is the terminator.
        component, segment = ":", component
    if segment.isalnum() or segment == element:
        return None
    header = [part.strip(_BLANKS) for part in parts[1:16]]
    return Separators(element, header[10], component, segment, (*header, component), starts)


def splits_service_types(sign: str, separators: Separators) -> bool:
    """Whether ``sign`` can be a repetition sign at all beside the other three, and is no letter (4010 wrote ``U``)."""
    return bool(sign) and not sign.isalnum() and sign not in {separators.element, separators.segment}
