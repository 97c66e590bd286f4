"""A multipart reply, read in one pass within limits: what is not plainly one thing is unreadable.

Source: RFC 2046 (parts), RFC 2045 (transfer encodings), RFC 2183 (names of parts).
"""

import base64
import binascii
import quopri
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from contracts import ReplyUnreadable
from payers.routes.shared.http import Received

_MAX_PARTS = 64

_LONGEST_HEADER = 1_000
"""Characters of a header of the reply, and bytes of all headers of one part."""

_REMEMBERED = 128
"""Headers whose reading is kept: a payer's parts have the same ones in every reply."""

_NESTING = ("multipart/", "message/")
"""Types of parts that hold parts themselves; no envelope has such."""

_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
_LINE_END = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_DELIMITER_END = re.compile(rb"(--)?[ \t]*(?:\r?\n|(\Z))")
"""What follows the boundary in a delimiter; a group matches in one after which no part begins."""

_FOLD = re.compile(rb"\r?\n[ \t]")
_HEADER_NAME = re.compile(r"[!#-'*+.^-~0-9A-Z-]+")
_PARAMETER = re.compile(r'\s*;\s*(?:([^\s=;"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?)?')
_ESCAPED = re.compile(r"\\(.)")


class Part(NamedTuple):
    """A part: its headers by name in lower case, and its content without transfer encoding.

    ``is_whole`` is false for a last one without a delimiter after it, of which more may have been sent.
    """

    headers: Mapping[str, str]
    content: bytes
    is_whole: bool = True

    def __repr__(self) -> str:
        """Show no content."""
        return f"Part(bytes={len(self.content)})"


@lru_cache(maxsize=_REMEMBERED)
def parameters_of(header: str) -> Mapping[str, str]:
    """Return the parameters of a header by name in lower case, without the quotes around their values.

    Raises ``ReplyUnreadable`` when it is no such header, is too long or has a parameter twice.
    """
    if len(header) > _LONGEST_HEADER:
        raise ReplyUnreadable("long_header")
    found: dict[str, str] = {}
    at = len(header.partition(";")[0])
    while match := _PARAMETER.match(header, at):
        at = match.end()
        name, quoted, plain = match.groups()
        if name is None:
            continue
        if name.lower() in found:
            raise ReplyUnreadable("repeated_parameter")
        found[name.lower()] = plain or "" if quoted is None else _ESCAPED.sub(r"\1", quoted)
    if header[at:].strip():
        raise ReplyUnreadable("bad_header")
    return MappingProxyType(found)


def parts_of(received: Received) -> list[Part]:
    """Return the parts of a multipart reply in order; none when it has no boundary. Raises ``ReplyUnreadable``."""
    boundary = parameters_of(received.headers.get("content-type", "")).get("boundary", "").rstrip()
    if not boundary:
        return []
    body, mark = received.body, b"--" + boundary.encode("latin-1", "replace")
    if body.count(mark) > _MAX_PARTS + 1:
        raise ReplyUnreadable("too_many_parts")
    parts: list[Part] = []
    begins: int | None = None
    at = body.find(mark)
    while at >= 0:
        after = at + len(mark)
        delimiter_end = _DELIMITER_END.match(body, after)
        # A line that only begins like a delimiter is none.
        if delimiter_end is not None and (at == 0 or body[at - 1] == _NEWLINE):
            if begins is not None:
                parts.append(_read_part(body, begins, at))
            if delimiter_end.lastindex:
                return parts
            begins = delimiter_end.end()
        at = body.find(mark, after)
    if begins is not None:
        # The reply was cut off, or its writer left out the last delimiter; only what the part holds can tell.
        parts.append(_read_part(body, begins, len(body))._replace(is_whole=False))
    return parts


_RETURN, _NEWLINE = b"\r\n"


def _read_part(body: bytes, begins: int, ends: int) -> Part:
    """Return the part between two delimiters; the line end before the second belongs to that one."""
    # The blank line after the headers; where there are none, it comes right after the line of the delimiter.
    blank = _BLANK_LINE.search(body, begins - 1, min(ends, begins + _LONGEST_HEADER))
    if blank is None:
        raise ReplyUnreadable("long_header" if ends - begins > _LONGEST_HEADER else "bad_header")
    if ends < len(body):
        ends -= 2 if body[ends - 2] == _RETURN else 1
    headers, encoding = _read_head(body[begins : blank.start()])
    content = body[blank.end() : ends]
    return Part(headers, content if encoding in _PLAIN else _decode(content, encoding))


@lru_cache(maxsize=_REMEMBERED)
def _read_head(head: bytes) -> tuple[Mapping[str, str], str]:
    """Return the headers of a part, and its transfer encoding."""
    found: dict[str, str] = {}
    for line in _LINE_END.split(_FOLD.sub(b" ", head)) if head else ():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name):
            raise ReplyUnreadable("bad_header")
        if name.lower() in found:
            raise ReplyUnreadable("repeated_header")
        found[name.lower()] = value.strip()
    if found.get("content-type", "").lower().startswith(_NESTING):
        raise ReplyUnreadable("nested")
    return MappingProxyType(found), found.get("content-transfer-encoding", "").lower()


def _decode(content: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    try:
        if encoding == "base64":
            return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        pass
    raise ReplyUnreadable("transfer_encoding")
