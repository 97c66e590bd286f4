"""A reply of CORE SOAP: plain, in MTOM (a multipart whose root refers to the payload), or in a wrapper.

Elements are found by their local names. A payload may also come in base64, or with its CDATA marks escaped.
Source: ``PROTOCOLS.md`` 4.1.2, 4.1.4 and 4.1.5.
"""

import base64
import binascii
import xml.etree.ElementTree as ET
from http import HTTPStatus
from urllib.parse import unquote

from contracts import PayerSilent, ReplyUnreadable
from payers.routes.shared.core_envelope import CoreEnvelope, is_interchange
from payers.routes.shared.http import Received
from payers.routes.shared.multipart import Part, parameters_of, parts_of
from payers.routes.shared.xml import find_named, local, parse, text_of

_XML_TYPES = frozenset({"application/soap+xml", "application/xml", "application/xop+xml", "text/xml"})
_MARKS = frozenset({"payload", "payloadtype", "payloadid", "errorcode"})
"""Fields of which at least one stands in every CORE reply, under whatever element."""
_FAULTS = frozenset("sender receiver client server mustunderstand versionmismatch dataencodingunknown".split())
_FAULT_STATUSES = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR})
_CDATA = ("<![CDATA[", "]]>")


def refuse_fault(received: Received) -> None:
    """Raise ``PayerSilent`` for a SOAP fault that comes with a status of its own."""
    if received.status in _FAULT_STATUSES and received.media_type in _XML_TYPES:
        try:
            root = _parse_root(received)
        except ReplyUnreadable:
            # It is no SOAP fault either, so the status alone decides.
            return
        _refuse_fault(root)


def open_envelope(received: Received) -> CoreEnvelope:
    """Return the envelope of a reply. Raises ``ReplyUnreadable``, or ``PayerSilent`` for a SOAP fault."""
    parts: list[Part] = []
    if received.media_type == "multipart/related":
        parts = parts_of(received)
        received = _find_root_part(received, parts)
    if received.media_type not in _XML_TYPES:
        raise ReplyUnreadable("media_type")
    root = _parse_root(received)
    _refuse_fault(root)
    holders = [element for element in root.iter() if any(local(child) in _MARKS for child in element)]
    if len(holders) != 1:
        raise ReplyUnreadable("several_envelopes" if holders else "no_envelope")
    names = [local(child) for child in holders[0]]
    if len(set(names)) != len(names):
        raise ReplyUnreadable("repeated_field")
    fields = dict(zip(names, holders[0], strict=True))
    payload = fields.pop("payload", None)
    texts = {name: text_of(element).strip() for name, element in fields.items()}
    return CoreEnvelope(texts, b"" if payload is None else _read_payload(payload, parts))


def _parse_root(received: Received) -> ET.Element:
    return parse(received.body, parameters_of(received.headers.get("content-type", "")).get("charset", ""))


def _find_root_part(received: Received, parts: list[Part]) -> Received:
    """Return the part that holds the envelope: the one that the header points to, else the first."""
    start = parameters_of(received.headers.get("content-type", "")).get("start", "").strip("<>")
    root = next((part for part in parts if start and _content_id(part) == start), parts[0] if parts else None)
    if root is None:
        raise ReplyUnreadable("no_parts")
    return Received(received.status, {"content-type": root.headers.get("content-type", "")}, root.content)


def _content_id(part: Part) -> str:
    return part.headers.get("content-id", "").strip("<>")


def _refuse_fault(root: ET.Element) -> None:
    fault = next(find_named(root, "fault"), None)
    if fault is None:
        return
    values = [text_of(element).strip() for name in ("value", "faultcode") for element in find_named(fault, name)]
    code = next((value.rpartition(":")[2].lower() for value in values), "")
    raise PayerSilent(f"soap_fault:{code if code in _FAULTS else 'unknown'}")


def _read_payload(element: ET.Element, parts: list[Part]) -> bytes:
    """Return the interchange: the text itself, the part that it refers to, or what it holds in base64."""
    include = next(find_named(element, "include"), None)
    if include is not None:
        wanted = unquote(include.get("href", "").removeprefix("cid:"))
        found = [part.content for part in parts if wanted and _content_id(part) == wanted]
        if len(found) != 1:
            raise ReplyUnreadable("no_attachment")
        return found[0]
    text = text_of(element).strip()
    if text.startswith(_CDATA[0]) and text.endswith(_CDATA[1]):
        text = text.removeprefix(_CDATA[0]).removesuffix(_CDATA[1])
    raw = text.encode("utf-8", "replace")
    if not is_interchange(raw):
        try:
            inner = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            return raw
        return inner if is_interchange(inner) else raw
    return raw
