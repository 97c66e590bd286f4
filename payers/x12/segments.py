"""Bytes to segments: also what the guide does not allow, within limits.

A byte order mark, a trailing Ctrl-Z, CRLF, wrapped lines, indentation and newline or control-character terminators are
read. Numbering counts segments over the whole text, from the first ISA, which is 1.
"""

from collections.abc import Iterator
from typing import NamedTuple

from payers.x12.separators import Separators, separators_at, separators_of, separators_without_isa

MAX_BYTES = 2_000_000
MAX_SEGMENTS = 20_000
MAX_SEGMENT = 8_000
"""The limits of one text and of one segment; what is beyond them is cut off, with a finding.

The longest segment that the guide allows has some 600 signs, an EB with 99 service types.
"""

_BLANKS = " \t\r\n"
_EDGE = "\x00\x1a \t\r\n\ufeff"


class Interchange(NamedTuple):
    """One ISA and what follows it: ``segments`` as sent, without terminators, the ISA first.

    ``first`` is the number of the ISA in the whole text. ``torn`` is true when the last segment had no terminator and
    was dropped.
    """

    separators: Separators
    segments: list[str]
    first: int
    torn: bool


def decode(raw: bytes) -> str:
    """Return the text of ``raw``: UTF-8 if it is, UTF-16 if a mark says so, else Latin-1, which takes any byte."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def interchanges(raw: bytes, *, bare: bool = False) -> Iterator[Interchange]:
    """Yield every interchange of ``raw``, in order; none when there is no ISA.

    With ``bare``, a text that has none and begins with a GS or an ST is one interchange without an envelope.
    """
    text = decode(raw[:MAX_BYTES]).lstrip(_EDGE).rstrip("\x00\x1a")
    cut = len(raw) > MAX_BYTES
    number = 1
    found = separators_of(text)
    if found is None and bare:
        found = separators_without_isa(text)
    while found is not None:
        following = _next_isa(text, found)
        body = text[found.starts : following.starts if following else None]
        segments, torn = _split(body, found)
        if len(body) > MAX_SEGMENT and max(map(len, segments), default=0) > MAX_SEGMENT:
            endless = next(at for at, segment in enumerate(segments) if len(segment) > MAX_SEGMENT)
            segments, torn, following = segments[:endless], True, None
        if number + len(segments) - 1 > MAX_SEGMENTS:
            segments, torn, following = segments[: MAX_SEGMENTS - number + 1], True, None
        elif following is None and cut:
            torn = True
        yield Interchange(found, segments, number, torn)
        number += len(segments)
        found = following


def _next_isa(text: str, now: Separators) -> Separators | None:
    """Return the next interchange: an ISA that begins a segment, since free text may hold those three letters."""
    at = text.find("ISA", now.starts + 100)
    while at != -1:
        if _begins_a_segment(text, at, now.segment):
            following = separators_at(text, at)
            if following is not None:
                return following
        at = text.find("ISA", at + 3)
    return None


def _begins_a_segment(text: str, at: int, sign: str) -> bool:
    """Whether there is nothing but blanks between ``at`` and the terminator before it."""
    last = at - 1
    if sign in _BLANKS:
        return text[last] in _BLANKS
    while text[last] in _BLANKS:
        last -= 1
    return text[last] == sign


def _split(body: str, separators: Separators) -> tuple[list[str], bool]:
    sign = separators.segment
    if sign in _BLANKS:
        return _settle(body.replace("\r\n", "\n").replace("\r", "\n"), separators._replace(segment="\n"))
    if "\n" in body or "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n").replace(f"{sign}\n", sign).replace(f"\n{sign}", sign)
        if "\n" in body:
            body = _unwrap(body, sign)
    return _settle(body, separators)


def _unwrap(body: str, sign: str) -> str:
    """Return ``body`` without the line ends inside segments.

    A file wrapped at a fixed width is joined as it is. Elsewhere a line end inside a message was a space between words,
    and inside any other segment it was nothing.
    """
    *full, rest = body.split("\n")
    if len(full) > 1 and len({len(line) for line in full}) == 1 and len(rest) <= len(full[0]):
        return body.replace("\n", "")
    return sign.join(
        (" " if part.lstrip(_BLANKS).startswith("MSG") else "").join(line.strip(_BLANKS) for line in part.split("\n"))
        if "\n" in part
        else part
        for part in body.split(sign)
    )


def _settle(body: str, separators: Separators) -> tuple[list[str], bool]:
    """Strip blanks around and between; a last part without a terminator is dropped unless it ends the interchange.

    Source: ``ANSWER.md`` 7.
    """
    sign = separators.segment
    indented = f"{sign} " in body or ("\t" in body and f"{sign}\t" in body)
    parts = body.split(sign)
    last = parts.pop().strip(_EDGE)
    segments = [part for part in parts if part]
    if indented:
        segments = [part.strip(_BLANKS) for part in segments if part.strip(_EDGE)]
    if not last:
        return segments, False
    elements = last.split(separators.element)
    if elements[0] == "IEA" and len(elements) > 2 and elements[2].strip() == separators.header[12]:
        return [*segments, last], False
    ended = bool(segments) and segments[-1].startswith("IEA" + separators.element)
    # Text after a whole interchange, such as the boundary of a MIME part, was not cut off from it.
    return segments, not ended
