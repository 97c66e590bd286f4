"""EB segments: their elements as the fields of a ``Benefit``, found once for all segments with the same text.

Payers write the same few lines again and again, and what a text comes to depends on it and on the signs alone. An EB
holds nothing of a person. Source: ``REFERENCE.md`` 4.
"""

import re
from functools import lru_cache
from typing import Any

from contracts import FindingCode
from contracts.benefits import NOTHING_BELOW
from payers.x12.known_lines import KnownLines
from payers.x12.separators import UNDECLARED, Separators, splits_service_types

_CODE = re.compile(r"[A-Z0-9]{1,2}")
_SEVERAL_CODES = re.compile(r"[A-Z0-9]{1,2}([^A-Za-z0-9 ])[A-Z0-9]{1,2}(?:\1[A-Z0-9]{1,2})*")
_PROCEDURE = re.compile(r"(?:AD|CJ|HC|ID|IV|N4|ZZ)([^A-Za-z0-9 ]).+")
_BEFORE_PROCEDURE, _ELEMENTS = 13, 14
"""Elements of an EB before its procedure (EB13), and before its pointers to diagnoses (EB14), with the tag."""

_ABSENT = [""] * (_BEFORE_PROCEDURE - 1)
_NO_PROCEDURE: tuple[str, str, tuple[str, ...], str] = ("", "", (), "")

_MOST_TEXTS = 2048
_LONGEST_TEXT = 80
_MOST_SIGNS = 4
"""What is remembered: texts of so many signs, for so many sets of separators; some megabytes in all."""

Elements = tuple[Any, ...]
"""The fields of a ``Benefit`` after its place: the text and elements of an EB, with nothing below it."""

Oddity = tuple[FindingCode, str]
"""What is odd about an EB: the code and the detail of a finding."""


class BenefitSegments:
    """Reads the EB segments that are written with one set of separators.

    ``known``: what the texts that were read last come to; none of them is odd. ``lines``: whole lines that were sent
    more than once.
    """

    def __init__(self, separators: Separators) -> None:
        """Take the signs that the segments are written with."""
        self.known: dict[str, Elements] = {}
        self.lines = KnownLines(separators.element)
        self._component = separators.component
        self._repetition = separators.repetition if splits_service_types(separators.repetition, separators) else ""

    def read(self, text: str, e: list[str]) -> tuple[Elements, list[Oddity]]:
        """Return what the elements ``e`` of an EB come to, and what is odd; from now on its ``text`` is known."""
        odd: list[Oddity] = []
        diagnoses: tuple[str, ...] = ()
        if len(e) > _ELEMENTS:
            if len(e) > _ELEMENTS + 1:
                # What stands past EB14 does not exist in 005010.
                odd.append((FindingCode.MALFORMED_VALUE, "EB past EB14"))
            diagnoses = _split(e[_ELEMENTS], self._component)
        information, level, types, *rest = (e[1:_BEFORE_PROCEDURE] + _ABSENT)[: len(_ABSENT)]
        sent = (text, information, level, self._service_types(types, odd), *rest)
        procedure = self._procedure(e[_BEFORE_PROCEDURE], odd) if len(e) >= _ELEMENTS else _NO_PROCEDURE
        elements = (*sent, *procedure, diagnoses, *NOTHING_BELOW)
        if not odd and len(text) <= _LONGEST_TEXT:
            if len(self.known) >= _MOST_TEXTS:
                self.known.clear()
            self.known[text] = elements
        return elements, odd

    def _service_types(self, types: str, odd: list[Oddity]) -> tuple[str, ...]:
        """Return EB03 split at its repetitions, by the declared sign, else by the one that it is written with."""
        if len(types) <= 2:
            return (types,) if types else ()
        if self._repetition and self._repetition in types:
            parts = [part.strip() for part in types.split(self._repetition)]
            if all(_CODE.fullmatch(part) for part in parts if part):
                return tuple([part for part in parts if part])
        match = _SEVERAL_CODES.fullmatch(types)
        if match is not None and match.group(1) in UNDECLARED:
            odd.append((FindingCode.UNDECLARED_SEPARATOR, "EB03"))
            return tuple(types.split(match.group(1)))
        return _split(types, self._repetition)

    def _procedure(self, composite: str, odd: list[Oddity]) -> tuple[str, str, tuple[str, ...], str]:
        if not composite:
            return _NO_PROCEDURE
        sign = self._component
        if sign not in composite:
            match = _PROCEDURE.fullmatch(composite)
            if match is None:
                return "", composite, (), ""
            sign = match.group(1)
            odd.append((FindingCode.UNDECLARED_SEPARATOR, "EB13"))
        qualifier, code, *rest = [part.strip().upper() for part in composite.split(sign)]
        # EB13-3 to -6 are modifiers, -7 a description, -8 the last code of a range.
        return qualifier, code, tuple(part for part in rest[:4] if part), rest[5] if len(rest) > 5 else ""


def _split(text: str, sign: str) -> tuple[str, ...]:
    """Return the parts of ``text`` between ``sign`` that are not blank; all of it where there is no sign."""
    parts = text.split(sign) if sign else [text]
    return tuple([part.strip() for part in parts if part.strip()])


def segments_of(separators: Separators) -> BenefitSegments:
    """Return the reader of EB segments with these signs, which is one for all replies that are written so."""
    return _segments_with(*separators[:4])


@lru_cache(maxsize=_MOST_SIGNS)
def _segments_with(element: str, repetition: str, component: str, segment: str) -> BenefitSegments:
    return BenefitSegments(Separators(element, repetition, component, segment, (), 0))


def forget() -> None:
    """Forget every text, as if the process had just begun."""
    _segments_with.cache_clear()
