"""XML that a reader must refuse (bombs, outside entities, depth, width), and a SOAP fault in place of a reply.

Source: ``RELIABILITY.md`` P14.
"""

from collections.abc import Callable

from payers.simulator.faults import Fault, FaultKind
from payers.simulator.http_messages import Response

_OPEN = b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
_SHUT = b"</soap:Body></soap:Envelope>"


def _xml(body: bytes, status: int = 200) -> Response:
    return Response(status, (("Content-Type", "application/soap+xml; charset=utf-8"),), body)


def _bomb(_: Fault) -> Response:
    """Return "a billion laughs": each entity is ten times the one before."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE x [<!ENTITY l0 "ISA">{entities}]>'.encode()
    return _xml(head + _OPEN + b"<Payload>&l9;</Payload>" + _SHUT)


def _entity(_: Fault) -> Response:
    """Return an entity that stands in a file of the reader's machine."""
    head = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    return _xml(head + _OPEN + b"<Payload>&secret;</Payload>" + _SHUT)


def _depth(_: Fault) -> Response:
    return _xml(_OPEN + b"<a>" * 200_000 + b"</a>" * 200_000 + _SHUT)


def _attributes(_: Fault) -> Response:
    many = "".join(f' a{n}=""' for n in range(100_000))
    return _xml(_OPEN + f"<Payload{many}/>".encode() + _SHUT)


def _soap_fault(_: Fault) -> Response:
    """Return a SOAP fault of the payer's side, with status 500, as SOAP binds it to HTTP."""
    value = b"<soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code></soap:Fault>"
    return _xml(_OPEN + value + _SHUT, status=500)


HOSTILE_XML: dict[FaultKind, Callable[[Fault], Response]] = {
    FaultKind.XMLBOMB: _bomb,
    FaultKind.ENTITY: _entity,
    FaultKind.DEPTH: _depth,
    FaultKind.ATTRIBUTES: _attributes,
    FaultKind.FAULT: _soap_fault,
}
"""What comes in place of a reply."""
