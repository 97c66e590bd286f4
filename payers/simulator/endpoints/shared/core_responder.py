"""What the CORE endpoints share: the checks of an envelope's fields, and the fields that go back.

Source: ``PROTOCOLS.md`` 4.1.2, 4.1.5 and 7.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from contracts import NoReplyAtAll
from payers.simulator.endpoints.shared.request_rules import is_uuid
from payers.simulator.faults import NO_FAULT, Fault, FaultKind, FaultSource
from payers.simulator.payer_system import InterchangeKind, PayerSystem
from payers.x12 import Inquiry270, read_270

USERNAME = PASSWORD = "simulator"  # noqa: S105 - the simulator's own, and no secret
SETTINGS = {"USERNAME": USERNAME, "PASSWORD": PASSWORD, "SENDER_ID": "IMAGINARY"}

REQUIRED = (
    *("PayloadType", "ProcessingMode", "PayloadID", "TimeStamp", "UserName", "Password"),
    *("SenderID", "ReceiverID", "CORERuleVersion", "Payload"),
)
_TYPES = {
    InterchangeKind.REPLY: "X12_271_Response_005010X279A1",
    InterchangeKind.REJECTION: "X12_999_Response_005010X231A1",
    InterchangeKind.INTERCHANGE: "X12_TA1_Response_00501X231A1",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class CoreResponse(NamedTuple):
    """What goes back: the fields of the envelope in the order of its schema, the payload, and the fault."""

    fields: tuple[tuple[str, str], ...]
    payload: bytes
    code: str
    fault: Fault = NO_FAULT


class CoreResponder:
    """Answers the fields of a request, whatever envelope they came in."""

    def __init__(self, faults: FaultSource, payers: PayerSystem, violations: list[str]) -> None:
        """Take the faults and the payers; what is wrong with a request is added to ``violations``."""
        self._faults = faults
        self._payers = payers
        self._violations = violations

    async def answer(self, fields: Mapping[str, bytes]) -> CoreResponse:
        """Return what goes back; the names of ``fields`` are in lower case."""
        violation = _find_violation(fields)
        if violation is not None:
            return self.refuse(fields, violation)
        try:
            inquiry = read_270(fields["payload"])
        except NoReplyAtAll:
            return self.refuse(fields, "PayloadIllegal")
        fault = self._faults.fault_for(inquiry.subscriber.member_id)
        await self._faults.wait(fault)
        return self._respond_with_fault(fields, inquiry, fault)._replace(fault=fault)

    def refuse(self, fields: Mapping[str, bytes], code: str) -> CoreResponse:
        """Note a violation, and return the CORE code that names it."""
        self._violations.append(code)
        return _respond(fields, code, "CoreEnvelopeError", b"")

    def _respond_with_fault(self, fields: Mapping[str, bytes], inquiry: Inquiry270, fault: Fault) -> CoreResponse:
        if fault.kind is FaultKind.ENVELOPE:
            return _respond(fields, "UnAuthorized", "CoreEnvelopeError", b"")
        try:
            written = self._payers.serve(inquiry, fault)
        except ValueError as error:
            self._violations.append(f"unwritable {error}")
            return _respond(fields, "Success", _TYPES[InterchangeKind.REJECTION], self._payers.rejection(inquiry))
        return _respond(fields, "Success", _TYPES[written.form], written.payload)


def _respond(fields: Mapping[str, bytes], code: str, payload_type: str, payload: bytes) -> CoreResponse:
    def field_text(name: str) -> str:
        return fields.get(name.lower(), b"").decode("latin-1").strip()

    back = (
        ("PayloadType", payload_type),
        ("ProcessingMode", "RealTime"),
        ("PayloadID", field_text("PayloadID")),
        ("TimeStamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("SenderID", field_text("ReceiverID")),
        ("ReceiverID", field_text("SenderID")),
        ("CORERuleVersion", "2.2.0"),
        ("ErrorCode", code),
        ("ErrorMessage", "None" if code == "Success" else f"{code} in the request"),
    )
    return CoreResponse(back, payload, code)


def _find_violation(fields: Mapping[str, bytes]) -> str | None:
    """Return the CORE error code of the first field that is missing or wrong; None when the envelope is right."""
    for name in REQUIRED:
        if not fields.get(name.lower(), b"").strip():
            return f"{name}Required"
    values = {name: fields[name.lower()].decode("latin-1").strip() for name in REQUIRED if name != "Payload"}
    if (values["UserName"], values["Password"]) != (USERNAME, PASSWORD):
        return "UnAuthorized"
    checks = (
        ("PayloadType", values["PayloadType"] == "X12_270_Request_005010X279A1"),
        ("ProcessingMode", values["ProcessingMode"] == "RealTime"),
        ("PayloadID", is_uuid(values["PayloadID"])),
        ("TimeStamp", _TIME.fullmatch(values["TimeStamp"]) is not None),
        ("SenderID", len(values["SenderID"]) <= 50),
        ("ReceiverID", len(values["ReceiverID"]) <= 50),
    )
    illegal = next((f"{name}Illegal" for name, fine in checks if not fine), None)
    return illegal or (None if values["CORERuleVersion"] == "2.2.0" else "VersionMismatch")
