"""The request of CORE SOAP 1.2: an envelope with a WS-Security user name, its fields in the order of the schema.

Source: ``PROTOCOLS.md`` 4.1.2 and 4.1.4.
"""

import xml.etree.ElementTree as ET

from payers.routes.shared.core_envelope import REQUEST_TYPE, RULE_VERSION, Outgoing

OPERATION = "RealTimeTransaction"
HEADERS = {
    "Content-Type": f"application/soap+xml; charset=utf-8; action={OPERATION}",
    "Action": OPERATION,
    "Accept": "application/soap+xml, multipart/related",
}

SOAP = "http://www.w3.org/2003/05/soap-envelope"
CORE = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SECURITY = f"{_WSS}-wssecurity-secext-1.0.xsd"
UTILITY = f"{_WSS}-wssecurity-utility-1.0.xsd"
PASSWORD_TEXT = f"{_WSS}-username-token-profile-1.0#PasswordText"

# A reader of XML takes any prefix; the usual ones are for people who read a log on the other side.
for _prefix, _namespace in (("soap", SOAP), ("core", CORE), ("wsse", SECURITY), ("wsu", UTILITY)):
    ET.register_namespace(_prefix, _namespace)


def write_envelope(outgoing: Outgoing, username: str, password: str) -> bytes:
    """Return the request: the children of the CORE element are unqualified and in the order of its schema."""
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
