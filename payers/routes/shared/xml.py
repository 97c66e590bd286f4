"""An XML reply, parsed within limits: no DTD, no entities, and caps on depth, elements and attributes.

Names are local names in lower case: payers choose prefixes and namespaces freely. Source: ``RELIABILITY.md`` P14, 6.9.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from contracts import ReplyUnreadable

MAX_DEPTH = 32
MAX_ELEMENTS = 2_000
MAX_ATTRIBUTES = 32

_MAX_MARKS = 2 * MAX_ELEMENTS + 1_000
"""Signs that begin a tag, counted before anything is parsed: those of all elements, comments and CDATA sections."""

_LONGEST_TAG = 16_384
"""Bytes. The parser would gather all attributes of a longer one before anybody may count them."""

_NO_TAGS = (b"!", b"?")

_TAG = re.compile(rb"""[^"'>]*+(?:"[^"]*+"[^"'>]*+|'[^']*+'[^"'>]*+)*+""")
"""A tag after its first sign; a quoted value may hold the sign that ends it."""

_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
"""Character sets that a header may name for a text that does not name its own."""


class _Bounded:
    """Builds the tree; raises ``ReplyUnreadable`` as soon as it is deeper, longer or wider than a reply can be."""

    def __init__(self) -> None:
        self._tree = ET.TreeBuilder()
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> ET.Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise ReplyUnreadable("xml:depth")
        if self._elements > MAX_ELEMENTS:
            raise ReplyUnreadable("xml:elements")
        if len(attributes) > MAX_ATTRIBUTES:
            raise ReplyUnreadable("xml:attributes")
        return self._tree.start(tag, attributes)

    def end(self, tag: str) -> ET.Element:
        self._depth -= 1
        return self._tree.end(tag)

    def data(self, text: str) -> None:
        self._tree.data(text)

    def close(self) -> ET.Element:
        return self._tree.close()


def parse(body: bytes, charset: str = "") -> ET.Element:
    """Return the root of ``body``; ``charset`` is the header's, used when the text names none of its own.

    Raises ``ReplyUnreadable``, whose detail says why and holds nothing of the text.
    """
    known = charset.strip().strip("\"'").lower()
    _refuse_wide(body)
    declared = body.lstrip().startswith(b"<?xml") or known not in _CHARSETS
    parser = DefusedXMLParser(target=_Bounded(), encoding=None if declared else known, forbid_dtd=True)
    try:
        parser.feed(body)
        root: ET.Element = parser.close()
    except DefusedXmlException:
        raise ReplyUnreadable("xml:dtd") from None
    except (ET.ParseError, ValueError, LookupError):
        # Without its cause, since a parser's message may quote what it read. An unknown character set is a LookupError.
        raise ReplyUnreadable("xml:malformed") from None
    return root


def _refuse_wide(body: bytes) -> None:
    """Raise for more tags than a reply has, and for one that is longer than any: both before they are parsed."""
    if body.count(b"<") > _MAX_MARKS:
        raise ReplyUnreadable("xml:elements")
    for rest in body.split(b"<")[1:]:
        if len(rest) > _LONGEST_TAG and rest[:1] not in _NO_TAGS:
            tag = _TAG.match(rest)
            if tag is not None and tag.end() > _LONGEST_TAG:
                raise ReplyUnreadable("xml:attributes")


def local(element: ET.Element) -> str:
    """Return the local name of an element, in lower case."""
    return element.tag.rpartition("}")[2].lower()


def find_named(within: ET.Element, name: str) -> Iterator[ET.Element]:
    """Return every element of that local name, the root included."""
    return (element for element in within.iter() if local(element) == name)


def text_of(element: ET.Element) -> str:
    """Return all text within an element."""
    return "".join(element.itertext())
