"""The usual request and the usual reply of HTTP/1.1, written and read at once; h11 decides about every other one.

h11 goes through the states of both sides at each event, which costs more than all else of a short exchange. A
message is plain when there is one way alone to understand it: printable ASCII, a body of a stated length, no field of
framing twice. ``tests/payers/routes/shared/test_plain_http.py`` holds that h11 understands it alike.
"""

import re
from typing import NamedTuple

import httpx

_FIELD_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_NAME = re.compile(_FIELD_NAME.encode())
_VALUE = re.compile(rb"[!-~]([ -~]*[!-~])?")
_TARGET = re.compile(rb"[!-~]+")
_REPLY = re.compile(rf"HTTP/1\.1 ([2-5][0-9][0-9]) [ -~]*\r\n((?:{_FIELD_NAME}:[ -~]*\r\n)*)\r\n".encode())
_LENGTH = re.compile(rb"[0-9]{1,9}")
_FRAMING = frozenset({b"transfer-encoding", b"upgrade", b"expect"})
_WITHOUT_BODY = frozenset({204, 304})


def write_request(request: httpx.Request, content: bytes) -> bytes | None:
    """Return the bytes of a plain request; None when it is not plain, or can't be written at all."""
    raw = request.headers.raw
    fields = {name.lower(): value for name, value in raw}
    target = request.url.raw_path
    if (
        request.method not in {"GET", "POST"}
        or len(fields) != len(raw)
        or not _FRAMING.isdisjoint(fields)
        or b"host" not in fields
        or fields.get(b"content-length", b"0") != b"%d" % len(content)
        or not _TARGET.fullmatch(target)
        or not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in fields.items())
    ):
        return None
    lines = b"".join([b"%s: %s\r\n" % field for field in raw])
    return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (request.method.encode(), target, lines, content)


class PlainHead(NamedTuple):
    """The head of a plain reply: its status and fields, the length of its body, and how many bytes it has itself."""

    status: int
    fields: list[tuple[bytes, bytes]]
    length: int
    size: int

    def __repr__(self) -> str:
        """Show no content."""
        return f"PlainHead(status={self.status}, length={self.length})"


def read_head(came: bytes) -> PlainHead | None:
    """Return the head with which ``came`` begins; None when it is not plain, or not whole."""
    found = _REPLY.match(came)
    if found is None:
        return None
    fields: list[tuple[bytes, bytes]] = []
    lengths: list[bytes] = []
    for line in found[2].splitlines():
        name, _, value = line.partition(b":")
        fields.append((name, value.strip(b" ")))
        lowered = name.lower()
        if lowered == b"content-length":
            lengths.append(fields[-1][1])
        elif lowered in _FRAMING:
            return None
    status = int(found[1])
    if status in _WITHOUT_BODY or len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
        return None
    return PlainHead(status, fields, int(lengths[0]), found.end())
