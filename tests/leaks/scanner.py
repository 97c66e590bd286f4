"""Looks for values in bytes, in every disguise at once, compressed ones too."""

import re
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from tests.leaks.disguises import disguises

LEAST = 7
"""Bytes of the shortest form that is looked for: a shorter one stands somewhere by chance."""

MOST_UNPACKED = 1 << 22
"""Bytes that are unpacked of one compressed piece."""

_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")
_GZIP_IN_BASE64 = re.compile(rb"H4sI[A-Za-z0-9+/_-]{16,}={0,2}")


_ID = re.compile(rb"(?<=_)[A-Z2-7]{26}|(?<![A-Z2-7])[A-Z2-7]{26}(?![A-Z2-7])")
"""An id or a number of ours, which is random (``service/store/identifiers.py``)."""

LONGEST_BY_CHANCE = 10
"""Bytes of the longest form that stands in a random id by chance, among all the ids of a run."""


class Hit(NamedTuple):
    """Where a value was found: the place, the field whose value it is, and in which form."""

    place: str
    field: str
    form: str


class Scanner:
    """Finds the values of ``fields``, by name, in whatever is scanned."""

    def __init__(self, fields: Mapping[str, str | date]) -> None:
        """Disguise every value. Raises ``ValueError`` for one that is too short to be told from chance."""
        short = [field for field, value in fields.items() if len(str(value)) < LEAST]
        if short:
            raise ValueError(f"too short to look for: {short}")
        self._forms = [
            (field, form, raw)
            for field, value in fields.items()
            for form, raw in disguises(value).items()
            if len(raw) >= LEAST
        ]
        self._automaton = BytesAhoCorasick([raw for _, _, raw in self._forms])

    @property
    def forms(self) -> list[tuple[str, str, bytes]]:
        """Each field with each form and its bytes, as they are looked for."""
        return self._forms

    def scan(self, place: str, data: bytes | str) -> set[Hit]:
        """Return what stands in ``data``, and in what is compressed there."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        return {Hit(place, *found) for piece in (raw, *unpacked(raw)) for found in self._find(piece)}

    def scan_all(self, places: Iterable[tuple[str, bytes | str]]) -> set[Hit]:
        """Return what stands in any of the places."""
        return {hit for place, data in places for hit in self.scan(place, data)}

    def _find(self, data: bytes) -> Iterator[tuple[str, str]]:
        lower = data.lower()
        for index, start, end in self._automaton.find_matches_as_indexes(lower, overlapping=True):
            field, form, raw = self._forms[index]
            if len(raw) <= LONGEST_BY_CHANCE and _stands_in_an_id(data, start, end):
                continue
            if len(raw) > 9 or not raw.isdigit() or not _stands_in_a_number(lower, start, end):
                yield field, form


def _stands_in_an_id(data: bytes, start: int, end: int) -> bool:
    """Whether an id begins before and ends behind; beside one, as in the next column of a row, is another matter."""
    around = _ID.finditer(data, max(0, start - 60), end + 60)
    return any(found.start() <= start and end <= found.end() for found in around)


def _stands_in_a_number(data: bytes, start: int, end: int) -> bool:
    """Whether digits stand beside: eight digits of a longer number are no date."""
    return data[start - 1 : start].isdigit() or data[end : end + 1].isdigit()


def unpacked(data: bytes, depth: int = 2) -> Iterator[bytes]:
    """Yield what is compressed within ``data`` (gzip, zlib, zip), wherever it begins; also gzip in base64."""
    if not depth:
        return
    pieces = [_unpack(data, found.start()) for found in _STREAM.finditer(data)]
    for found in _GZIP_IN_BASE64.finditer(data):
        text = found[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        pieces.append(_unpack(b64decode(text + b"=" * (-len(text) % 4)), 0))
    for piece in filter(None, pieces):
        yield piece
        yield from unpacked(piece, depth - 1)


def _unpack(data: bytes, start: int) -> bytes:
    """What begins to be compressed at ``start``, as far as it can be read; nothing when it is not."""
    bits = 47
    if data[start : start + 2] == b"PK":
        # A local header of a zip file has 30 bytes, then a name and an extra field of the lengths at its end.
        name, extra = data[start + 26 : start + 28], data[start + 28 : start + 30]
        start += 30 + int.from_bytes(name, "little") + int.from_bytes(extra, "little")
        bits = -15
    stream = zlib.decompressobj(bits)
    out = bytearray()
    try:
        for at in range(start, len(data), 65_536):
            out += stream.decompress(data[at : at + 65_536], MOST_UNPACKED - len(out))
            if stream.eof or len(out) >= MOST_UNPACKED:
                break
    except zlib.error:
        pass
    return bytes(out)
