"""CAQH CORE connectivity vC2.2.0, SOAP 1.2 with a WS-Security user name: a raw 270 goes out, a raw 271 comes back.

Replies are read by local name, in plain SOAP, in MTOM (a multipart whose root refers to the payload), in wrappers, and
with a payload in base64 or with its CDATA marks escaped. Source: ``PROTOCOLS.md`` 4.1.2, 4.1.4, 4.1.5.
"""

import base64
import binascii
import xml.etree.ElementTree as ET
from email.message import Message
from http import HTTPStatus
from urllib.parse import unquote

from contracts import AttemptNumbers, Inquiry, PayerSilent, Reply, ReplyUnreadable, Route, RouteSettings
from payers.routes.core_envelope import (
    ATTEMPT_CAP,
    REQUEST_TYPE,
    RULE_VERSION,
    SENT_OF_US,
    CoreEnvelope,
    Outgoing,
    imaginary_settings,
    is_interchange,
    need_credentials,
    read_reply,
    write_inquiry,
)
from payers.routes.http import HttpRoom, Received, refuse_status
from payers.routes.multipart import content_of, parts_of
from payers.routes.offload import offload
from payers.routes.probing import ProbedRoute
from payers.routes.xml import find_named, local, parse, text_of

NAME = "core_soap"
OPERATION = "RealTimeTransaction"

SOAP = "http://www.w3.org/2003/05/soap-envelope"
CORE = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SECURITY = f"{_WSS}-wssecurity-secext-1.0.xsd"
UTILITY = f"{_WSS}-wssecurity-utility-1.0.xsd"
PASSWORD_TEXT = f"{_WSS}-username-token-profile-1.0#PasswordText"

# Any prefix will do for a reader of XML; the usual ones are for people who read a log on the other side.
for _prefix, _namespace in (("soap", SOAP), ("core", CORE), ("wsse", SECURITY), ("wsu", UTILITY)):
    ET.register_namespace(_prefix, _namespace)

_HEADERS = {
    "Content-Type": f"application/soap+xml; charset=utf-8; action={OPERATION}",
    "Action": OPERATION,
    "Accept": "application/soap+xml, multipart/related",
}
_XML_TYPES = frozenset({"application/soap+xml", "application/xml", "application/xop+xml", "text/xml"})
_MARKS = frozenset({"payload", "payloadtype", "payloadid", "errorcode"})
"""Fields of which at least one stands in every CORE reply, whatever the elements around it are called."""

_FAULTS = frozenset("sender receiver client server mustunderstand versionmismatch dataencodingunknown".split())
_FAULT_STATUSES = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR})
_CDATA = ("<![CDATA[", "]]>")


class CoreSoap(ProbedRoute):
    """The route; one exchange at a time, and nothing is kept between two."""

    name = NAME
    provider_fields = SENT_OF_US

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        self._username, self._password = need_credentials(settings, NAME)
        if not (self._username + self._password).isprintable():
            raise ValueError("PASSWORD: signs that XML cannot hold")
        self._settings = settings
        self.imaginary_settings = imaginary_settings(settings)
        self._room = HttpRoom.of(settings)
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the 270 and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        outgoing = write_inquiry(inquiry, numbers, self._settings)
        content = write_envelope(outgoing, self._username, self._password)
        received = await self._room.send("POST", seconds=seconds, content=content, headers=_HEADERS)
        await offload(lambda: refuse_fault(received), len(received.body))
        refuse_status(received)
        return await read_reply(received, open_envelope, numbers, outgoing)


def write_envelope(outgoing: Outgoing, username: str, password: str) -> bytes:
    """The request: the children of the CORE element are unqualified and in the order of its schema."""
    envelope = ET.Element(f"{{{SOAP}}}Envelope")
    header = ET.SubElement(envelope, f"{{{SOAP}}}Header")
    security = ET.SubElement(header, f"{{{SECURITY}}}Security", {f"{{{SOAP}}}mustUnderstand": "true"})
    token = ET.SubElement(security, f"{{{SECURITY}}}UsernameToken", {f"{{{UTILITY}}}Id": "UsernameToken-1"})
    ET.SubElement(token, f"{{{SECURITY}}}Username").text = username
    ET.SubElement(token, f"{{{SECURITY}}}Password", {"Type": PASSWORD_TEXT}).text = password
    body = ET.SubElement(envelope, f"{{{SOAP}}}Body")
    request = ET.SubElement(body, f"{{{CORE}}}COREEnvelopeRealTimeRequest")
    for name, value in (
        ("PayloadType", REQUEST_TYPE),
        ("ProcessingMode", "RealTime"),
        ("PayloadID", outgoing.envelope_id),
        ("TimeStamp", outgoing.timestamp),
        ("SenderID", outgoing.sender),
        ("ReceiverID", outgoing.receiver),
        ("CORERuleVersion", RULE_VERSION),
        ("Payload", outgoing.payload.decode("ascii")),
    ):
        ET.SubElement(request, name).text = value
    request_bytes: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return request_bytes


def refuse_fault(received: Received) -> None:
    """Raise ``PayerSilent`` for a SOAP fault that comes with a status of its own."""
    if received.status in _FAULT_STATUSES and received.media_type in _XML_TYPES:
        try:
            root = _root(received)
        except ReplyUnreadable:
            # The status alone decides what is no fault either.
            return
        _refuse_fault(root)


def open_envelope(received: Received) -> CoreEnvelope:
    """The envelope of a reply. Raises ``ReplyUnreadable``, or ``PayerSilent`` for a SOAP fault."""
    parts: list[Message] = []
    if received.media_type == "multipart/related":
        parts = parts_of(received)
        received = _root_part(received, parts)
    if received.media_type not in _XML_TYPES:
        raise ReplyUnreadable("media_type")
    root = _root(received)
    _refuse_fault(root)
    holders = [element for element in root.iter() if any(local(child) in _MARKS for child in element)]
    if len(holders) != 1:
        raise ReplyUnreadable("several_envelopes" if holders else "no_envelope")
    names = [local(child) for child in holders[0]]
    if len(set(names)) != len(names):
        raise ReplyUnreadable("repeated_field")
    fields = dict(zip(names, holders[0], strict=True))
    payload = fields.pop("payload", None)
    said = {name: text_of(element).strip() for name, element in fields.items()}
    return CoreEnvelope(said, b"" if payload is None else _payload(payload, parts))


def _root(received: Received) -> ET.Element:
    charset = Message()
    charset["Content-Type"] = received.headers.get("content-type", "")[:1_000]
    return parse(received.body, str(charset.get_param("charset", "")))


def _root_part(received: Received, parts: list[Message]) -> Received:
    """The part that holds the envelope: the one that the header points to, else the first."""
    head = Message()
    head["Content-Type"] = received.headers.get("content-type", "")
    start = str(head.get_param("start", "")).strip("<>")
    root = next((part for part in parts if start and _id(part) == start), parts[0] if parts else None)
    if root is None:
        raise ReplyUnreadable("no_parts")
    return Received(received.status, {"content-type": str(root.get("content-type", ""))}, content_of(root))


def _id(part: Message) -> str:
    return str(part.get("content-id", "")).strip().strip("<>")


def _refuse_fault(root: ET.Element) -> None:
    fault = next(find_named(root, "fault"), None)
    if fault is None:
        return
    values = [text_of(element).strip() for name in ("value", "faultcode") for element in find_named(fault, name)]
    code = next((value.rpartition(":")[2].lower() for value in values), "")
    raise PayerSilent(f"soap_fault:{code if code in _FAULTS else 'unknown'}")


def _payload(element: ET.Element, parts: list[Message]) -> bytes:
    """The interchange: the text, what it refers to, or what it holds in base64."""
    include = next(find_named(element, "include"), None)
    if include is not None:
        wanted = unquote(include.get("href", "").removeprefix("cid:"))
        found = [content_of(part) for part in parts if wanted and _id(part) == wanted]
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


def open_route(settings: RouteSettings) -> Route:
    """The route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreSoap(settings)
