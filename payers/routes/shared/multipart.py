"""A multipart reply, parsed within limits: the parser of the standard library has none."""

import re
from email import message_from_bytes, policy
from email.message import Message

from contracts import ReplyUnreadable
from payers.routes.shared.http import Received

_MAX_PARTS = 64
_MAX_NESTED = 4
_NESTING = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
"""Types of parts that hold parts; the parser descends into them without a limit."""

_MAX_LINE_ENDS = 100_000
"""Both signs of a line end counted: the parser handles each line by itself. A payload has 20,000 segments at most."""

_LONGEST_HEADER = 1_000
"""Characters; the parser's time grows with the square of them."""

_PARSED = ("content-disposition", "content-type", "content-id")


def parts_of(received: Received) -> list[Message]:
    """Return the parts of a multipart reply in order; none when it has no boundary. Raises ``ReplyUnreadable``."""
    content_type = received.headers.get("content-type", "")
    if len(content_type) > _LONGEST_HEADER:
        raise ReplyUnreadable("long_header")
    if len(_NESTING.findall(received.body)) > _MAX_NESTED:
        raise ReplyUnreadable("nested")
    if received.body.count(b"\n") + received.body.count(b"\r") > _MAX_LINE_ENDS:
        raise ReplyUnreadable("too_many_lines")
    head = b"Content-Type: " + content_type.encode("ascii", "replace") + b"\r\n\r\n"
    boundary = message_from_bytes(head, policy=policy.compat32).get_boundary("")
    if boundary and received.body.count(b"--" + boundary.encode("ascii", "replace")) > _MAX_PARTS + 1:
        raise ReplyUnreadable("too_many_parts")
    message = message_from_bytes(head + received.body, policy=policy.compat32)
    # The parser may fail on the character set of a part that is no multipart, when asked for its content.
    parts = [part for part in message.get_payload() if isinstance(part, Message)] if message.is_multipart() else []
    if any(len(str(part.get(name, ""))) > _LONGEST_HEADER for part in parts for name in _PARSED):
        raise ReplyUnreadable("long_header")
    return parts


def content_of(part: Message) -> bytes:
    """Return the bytes of a part; nothing when it holds parts itself."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
