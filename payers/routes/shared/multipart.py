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
_HEAD_END = re.compile(rb"\r?\n\r?\n")
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

    def parameter(self, header: str, name: str) -> str:
        """Return a parameter of a header; nothing when it has none. Raises ``ReplyUnreadable``."""
        return parameters_of(self.headers.get(header, "")).get(name, "")


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
        line_end = _LINE_END.search(body, after)
        rest = body[after : line_end.start() if line_end else len(body)].rstrip(b" \t")
        # A line that only begins like a delimiter is none.
        if rest in {b"", b"--"} and (at == 0 or body[at - 1] == _NEWLINE):
            if begins is not None:
                parts.append(_read_part(body, begins, at))
            if rest or line_end is None:
                return parts
            begins = line_end.end()
        at = body.find(mark, after)
    if begins is not None:
        # The reply was cut off, or its writer left out the last delimiter; only what the part holds can tell.
        parts.append(_read_part(body, begins, len(body))._replace(is_whole=False))
    return parts


_NEWLINE = 0x0A


def _read_part(body: bytes, begins: int, ends: int) -> Part:
    """Return the part between two delimiters; the line end before the second belongs to that one."""
    end_of_head = _LINE_END.match(body, begins, ends) or _HEAD_END.search(
        body, begins, min(ends, begins + _LONGEST_HEADER)
    )
    if end_of_head is None:
        raise ReplyUnreadable("long_header" if ends - begins > _LONGEST_HEADER else "bad_header")
    if ends < len(body):
        ends -= 2 if body[ends - 2 : ends] == b"\r\n" else 1
    headers = _read_headers(body[begins : end_of_head.start()])
    if headers.get("content-type", "").lower().startswith(_NESTING):
        raise ReplyUnreadable("nested")
    encoding = headers.get("content-transfer-encoding", "").strip().lower()
    return Part(headers, _decode(body[end_of_head.end() : ends], encoding))


@lru_cache(maxsize=_REMEMBERED)
def _read_headers(head: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in _LINE_END.split(_FOLD.sub(b" ", head)) if head else ():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name):
            raise ReplyUnreadable("bad_header")
        if name.lower() in found:
            raise ReplyUnreadable("repeated_header")
        found[name.lower()] = value.strip()
    return MappingProxyType(found)


def _decode(content: bytes, encoding: str) -> bytes:
    if encoding in _PLAIN:
        return content
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    try:
        if encoding == "base64":
            return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        pass
    raise ReplyUnreadable("transfer_encoding")
