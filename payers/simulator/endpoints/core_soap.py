"""The payers' end of CORE SOAP 1.2 (vC2.2.0): strict about envelope, security header and the order of fields.

A reply comes as plain SOAP; the fault ``MTOM`` and ``WRAPPED`` asks for the other forms that are seen in the wild.
Source: ``PROTOCOLS.md`` 4.1.2, 4.1.4, 4.1.5 and 7.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from email.message import Message

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from payers.simulator.endpoints.shared.core_responder import SETTINGS as CORE_SETTINGS, CoreResponder, CoreResponse
from payers.simulator.faults import FaultKind, FaultSource
from payers.simulator.http_messages import Request, Response
from payers.simulator.payer_system import PayerSystem

PATH = "/core/soap"
SETTINGS = {"URL": PATH, **CORE_SETTINGS}
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_CORE = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
_XOP = "http://www.w3.org/2004/08/xop/include"
_REQUEST = f"{{{_CORE}}}COREEnvelopeRealTimeRequest"
_RESPONSE = f"{{{_CORE}}}COREEnvelopeRealTimeResponse"
_ORDER = (
    *("PayloadType", "ProcessingMode", "PayloadID", "TimeStamp"),
    *("SenderID", "ReceiverID", "CORERuleVersion", "Payload"),
)
_TYPE = "application/soap+xml; charset=utf-8"
_BOUNDARY = "MTOM-b1a2c3d4e5f6"


class CoreSoapEndpoint:
    """One endpoint for all simulated payers; the inquiry names the payer."""

    paths: Sequence[str] = (PATH,)
    asked_at = PATH

    def __init__(self, faults: FaultSource, payers: PayerSystem) -> None:
        """Take the faults and the payers."""
        self.violations: list[str] = []
        self._responder = CoreResponder(faults, payers, self.violations)

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        if request.method != "POST":
            self.violations.append("method")
            return Response(status=405)
        violation = _wrong_head(request.content_type)
        if violation is not None:
            self.violations.append(violation)
            return Response(status=415)
        try:
            fields = _fields(fromstring(request.body, forbid_dtd=True))
        except (ET.ParseError, DefusedXmlException):
            return self._refuse_with_soap_fault("Sender", "xml")
        except _Malformed as error:
            return self._refuse_with_soap_fault(error.code, str(error))
        answered = await self._responder.answer(fields)
        if answered.code == "VersionMismatch":
            return _write_soap_fault(answered.code, 500)
        return _WRITTEN.get(answered.fault.kind, _plain)(answered)._replace(fault=answered.fault)

    def _refuse_with_soap_fault(self, code: str, violation: str) -> Response:
        self.violations.append(violation)
        return _write_soap_fault(code, 400 if code == "Sender" else 500)


class _Malformed(Exception):
    """A request that is no SOAP envelope of this operation; ``code`` is the fault's."""

    def __init__(self, violation: str, code: str = "Sender") -> None:
        super().__init__(violation)
        self.code = code


def _wrong_head(content_type: str) -> str | None:
    """Return what is wrong with the media type: SOAP 1.2 names itself and its action there."""
    head = Message()
    head["Content-Type"] = content_type
    if head.get_content_type() != "application/soap+xml":
        return "media_type"
    return None if head.get_param("action") == "RealTimeTransaction" else "action"


def _fields(root: ET.Element) -> dict[str, bytes]:
    """Return the fields of a request by name in lower case. Raises ``_Malformed``."""
    if root.tag != f"{{{_SOAP}}}Envelope":
        raise _Malformed("envelope", "VersionMismatch")
    if [child.tag for child in root] != [f"{{{_SOAP}}}Header", f"{{{_SOAP}}}Body"]:
        raise _Malformed("header_body")
    header, body = root
    if [child.tag for child in body] != [_REQUEST]:
        raise _Malformed("operation")
    names = [child.tag for child in body[0]]
    # A missing field is named by its own code; what is there must be unqualified, known, once and in order.
    if names != [name for name in _ORDER if name in names]:
        raise _Malformed("order")
    found = {child.tag.lower(): (child.text or "").encode() for child in body[0]}
    return found | _credentials(header)


def _credentials(header: ET.Element) -> dict[str, bytes]:
    token = header.find(f"{{{_WSSE}}}Security/{{{_WSSE}}}UsernameToken")
    if token is None:
        return {}
    username, password = token.find(f"{{{_WSSE}}}Username"), token.find(f"{{{_WSSE}}}Password")
    if username is None or password is None:
        return {}
    if password.get("Type", _TEXT) != _TEXT:
        raise _Malformed("password_type")
    return {"username": (username.text or "").encode(), "password": (password.text or "").encode()}


def _response(answered: CoreResponse, mode: str = "RealTime") -> ET.Element:
    """Return the CORE element without its payload; the payload stands before the codes, as the schema wants it."""
    response = ET.Element(_RESPONSE)
    for name, value in answered.fields:
        if name == "ErrorCode" and answered.payload:
            ET.SubElement(response, "Payload")
        ET.SubElement(response, name).text = mode if name == "ProcessingMode" else value
    return response


def _envelope(inner: ET.Element) -> bytes:
    envelope = ET.Element(f"{{{_SOAP}}}Envelope")
    ET.SubElement(envelope, f"{{{_SOAP}}}Body").append(inner)
    written: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return written


def _text(payload: bytes) -> str:
    """Return the interchange as characters; what is no UTF-8 goes out byte by byte, whatever XML makes of it."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def _plain(answered: CoreResponse) -> Response:
    response = _response(answered)
    payload = response.find("Payload")
    if payload is not None:
        payload.text = _text(answered.payload)
    return Response(headers=(("Content-Type", _TYPE),), body=_envelope(response))


def _wrap(answered: CoreResponse) -> Response:
    """Return the response in a wrapper, with a mode of the payer's own and escaped CDATA marks."""
    wrapper = ET.Element("RealTimeTransactionResponse")
    response = _response(answered, mode="RealTimeMode")
    wrapper.append(response)
    payload = response.find("Payload")
    if payload is not None:
        payload.text = f"<![CDATA[{_text(answered.payload)}]]>"
    return Response(headers=(("Content-Type", _TYPE),), body=_envelope(wrapper))


def _mtom(answered: CoreResponse) -> Response:
    """Return the payload as a part beside the envelope, which refers to it."""
    response = _response(answered)
    payload = response.find("Payload")
    if payload is not None:
        ET.SubElement(payload, f"{{{_XOP}}}Include", {"href": "cid:payload@simulator"})
    root = 'application/xop+xml; charset=utf-8; type="application/soap+xml"'
    parts = (("root@simulator", root, _envelope(response)), ("payload@simulator", "text/plain", answered.payload))
    body = b"".join(
        f"--{_BOUNDARY}\r\nContent-ID: <{name}>\r\nContent-Type: {kind}\r\n"
        "Content-Transfer-Encoding: binary\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, kind, content in parts
    )
    head = f'multipart/related; boundary={_BOUNDARY}; type="application/xop+xml"; start="<root@simulator>"'
    return Response(headers=(("Content-Type", head),), body=body + f"--{_BOUNDARY}--\r\n".encode())


_WRITTEN = {FaultKind.MTOM: _mtom, FaultKind.WRAPPED: _wrap}


def _write_soap_fault(code: str, status: int) -> Response:
    fault = ET.Element(f"{{{_SOAP}}}Fault")
    value = ET.SubElement(ET.SubElement(fault, f"{{{_SOAP}}}Code"), f"{{{_SOAP}}}Value")
    value.text = f"soap:{code}"
    reason = ET.SubElement(ET.SubElement(fault, f"{{{_SOAP}}}Reason"), f"{{{_SOAP}}}Text")
    reason.text = f"{code} in the request"
    return Response(status=status, headers=(("Content-Type", _TYPE),), body=_envelope(fault))
