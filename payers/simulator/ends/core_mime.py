"""The payers' end of CORE MIME (vC2.2.0): strict about the envelope, and writing what real ones write.

Source: ``payer-protocols.md`` 4.1.3 to 4.1.5 and 7.
"""

import re
from collections import deque
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple
from uuid import UUID

from contracts import NoReplyAtAll, Person
from payers.simulator.payers import SimulatedPayer, payer_called
from payers.simulator.replying import reply_to, stranger_to
from payers.simulator.weather import FAIR, Kind, Sky, Weather, plain_member_id
from payers.x12 import Envelope, Inquiry270, read_270, write_999, write_ta1

PATH = "/core/mime"
USERNAME = PASSWORD = "simulator"  # noqa: S105 - the simulator's own, and no secret

REQUIRED = (
    *("PayloadType", "ProcessingMode", "PayloadID", "TimeStamp", "UserName", "Password"),
    *("SenderID", "ReceiverID", "CORERuleVersion", "Payload"),
)
_TYPE_271 = "X12_271_Response_005010X279A1"
_TYPE_999 = "X12_999_Response_005010X231A1"
_TYPE_TA1 = "X12_TA1_Response_00501X231A1"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_BOUNDARY = "CORE-b1a2c3d4e5f6"


class Response(NamedTuple):
    """What goes back: status, headers, body; ``weather`` is what the network does to it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    weather: Weather = FAIR


class CoreMimeEnd:
    """One end for all simulated payers; the payer is the one that the inquiry names.

    ``violations`` are the codes of what was wrong with requests, in the order in which they came.
    """

    def __init__(self, sky: Sky) -> None:
        """Stand under ``sky``."""
        self._sky = sky
        self._earlier: deque[tuple[Person, bytes]] = deque(maxlen=64)
        self.violations: list[str] = []

    async def answer(self, content_type: str, body: bytes) -> Response:
        """The response to one request's body."""
        if not content_type.lower().startswith("multipart/form-data"):
            self.violations.append("media_type")
            return Response(status=400)
        fields = _fields(content_type, body)
        fault = _fault(fields)
        if fault is not None:
            return self._refused(fields, fault)
        try:
            inquiry = read_270(fields["payload"])
        except NoReplyAtAll:
            return self._refused(fields, "PayloadIllegal")
        weather = self._sky.over(inquiry.subscriber.member_id)
        await self._sky.pass_time(weather)
        return self._weathered(fields, inquiry, weather)._replace(weather=weather)

    def _refused(self, fields: dict[str, bytes], code: str) -> Response:
        self.violations.append(code)
        return self._enveloped(fields, code, "CoreEnvelopeError", b"")

    def _weathered(self, fields: dict[str, bytes], inquiry: Inquiry270, weather: Weather) -> Response:
        envelope = Envelope(inquiry.receiver, inquiry.sender, inquiry.interchange, inquiry.group, datetime.now(UTC))
        if weather.kind is Kind.ENVELOPE:
            return self._enveloped(fields, "UnAuthorized", "CoreEnvelopeError", b"")
        if weather.kind is Kind.INTERCHANGE:
            ta1 = write_ta1(envelope, accepted=False, interchange=inquiry.interchange, note="006")
            return self._enveloped(fields, "Success", _TYPE_TA1, ta1)
        payer = payer_called(inquiry.payer_id)
        said = None if payer is None or weather.kind is Kind.REJECTED else self._said(inquiry, payer, weather)
        if said is None:
            rejection = write_999(envelope, accepted=False, group=inquiry.group)
            return self._enveloped(fields, "Success", _TYPE_999, rejection)
        return self._enveloped(fields, "Success", _TYPE_271, said)

    def _said(self, inquiry: Inquiry270, payer: SimulatedPayer, weather: Weather) -> bytes | None:
        """The 271, as the weather leaves it; None when the payer cannot write back what the inquiry holds."""
        at = datetime.now(UTC)
        try:
            payload = reply_to(inquiry, payer, at, weather.rejection)
        except ValueError as error:
            self.violations.append(f"unwritable {error}")
            return None
        if weather.kind is Kind.SWAP:
            return self._mixed_up(inquiry, payer, at)
        self._earlier.append((_unplaced(inquiry), payload))
        if weather.kind is Kind.COUNT:
            payload = re.sub(rb"(?<=\bSE.)\d+", b"99", payload)
        if weather.kind is Kind.TRUNCATED:
            payload = payload[: len(payload) * 2 // 3]
        return payload

    def _mixed_up(self, inquiry: Inquiry270, payer: SimulatedPayer, at: datetime) -> bytes:
        """The reply to the last inquiry about somebody else; one about a stranger when there was none."""
        asked = _unplaced(inquiry)
        others = (payload for patient, payload in reversed(self._earlier) if patient != asked)
        return next(others, None) or reply_to(stranger_to(inquiry, payer), payer, at)

    def _enveloped(self, fields: dict[str, bytes], code: str, payload_type: str, payload: bytes) -> Response:
        def given(name: str) -> str:
            return fields.get(name.lower(), b"").decode("latin-1")

        parts = (
            ("PayloadType", payload_type),
            ("ProcessingMode", "RealTime"),
            ("PayloadID", given("PayloadID")),
            ("TimeStamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("SenderID", given("ReceiverID")),
            ("ReceiverID", given("SenderID")),
            ("CORERuleVersion", "2.2.0"),
            ("ErrorCode", code),
            ("ErrorMessage", "None" if code == "Success" else f"{code} in the request"),
        )
        body = b"".join(_part(name, value.encode("latin-1", "replace")) for name, value in parts)
        if payload:
            body += _part("Payload", payload)
        body += f"--{_BOUNDARY}--\r\n".encode()
        return Response(headers=(("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}"),), body=body)


def _part(name: str, value: bytes) -> bytes:
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"


def _unplaced(inquiry: Inquiry270) -> Person:
    """Whom an inquiry is about, wherever in it they stand: one person's inquiries compare equal."""
    patient = inquiry.dependent or inquiry.subscriber
    return patient._replace(at=0, text="", member_id=plain_member_id(inquiry.subscriber.member_id))


def _fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a request by name in lower case: some senders spell the names their own way."""
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    message = message_from_bytes(head + body, _class=EmailMessage, policy=policy.HTTP)
    found: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", "", header="content-disposition")).lower()
        content = part.get_payload(decode=True)
        found[name] = content if isinstance(content, bytes) else b""
    return found


def _fault(fields: dict[str, bytes]) -> str | None:
    """The CORE error code of the first field that is missing or wrong; None when the envelope is right."""
    for name in REQUIRED:
        if not fields.get(name.lower(), b"").strip():
            return f"{name}Required"
    values = {name: fields[name.lower()].decode("latin-1").strip() for name in REQUIRED if name != "Payload"}
    if (values["UserName"], values["Password"]) != (USERNAME, PASSWORD):
        return "UnAuthorized"
    checks = (
        ("PayloadType", values["PayloadType"] == "X12_270_Request_005010X279A1"),
        ("ProcessingMode", values["ProcessingMode"] == "RealTime"),
        ("PayloadID", _is_uuid(values["PayloadID"])),
        ("TimeStamp", _TIME.fullmatch(values["TimeStamp"]) is not None),
        ("SenderID", len(values["SenderID"]) <= 50),
        ("ReceiverID", len(values["ReceiverID"]) <= 50),
    )
    illegal = next((f"{name}Illegal" for name, fine in checks if not fine), None)
    return illegal or (None if values["CORERuleVersion"] == "2.2.0" else "VersionMismatch")


def _is_uuid(text: str) -> bool:
    try:
        return len(text) == 36 and str(UUID(text)) == text.lower()
    except ValueError:
        return False
