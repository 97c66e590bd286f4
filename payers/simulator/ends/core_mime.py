"""The payers' end of CORE MIME (vC2.2.0): strict about the envelope, and writing what real ones write.

Source: ``payer-protocols.md`` 4.1.3 to 4.1.5 and 7.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

from contracts import NoReplyAtAll
from payers.simulator.desk import Desk, Form
from payers.simulator.speech import Request, Response
from payers.simulator.weather import Kind, Sky, Weather
from payers.x12 import Inquiry270, read_270

PATH = "/core/mime"
USERNAME = PASSWORD = "simulator"  # noqa: S105 - the simulator's own, and no secret

REQUIRED = (
    *("PayloadType", "ProcessingMode", "PayloadID", "TimeStamp", "UserName", "Password"),
    *("SenderID", "ReceiverID", "CORERuleVersion", "Payload"),
)
_TYPES = {
    Form.REPLY: "X12_271_Response_005010X279A1",
    Form.REJECTION: "X12_999_Response_005010X231A1",
    Form.INTERCHANGE: "X12_TA1_Response_00501X231A1",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_BOUNDARY = "CORE-b1a2c3d4e5f6"


class CoreMimeEnd:
    """One end for all simulated payers; the payer is the one that the inquiry names."""

    paths: Sequence[str] = (PATH,)
    asked_at = PATH

    def __init__(self, sky: Sky, desk: Desk) -> None:
        """Stand under ``sky``, before ``desk``."""
        self._sky = sky
        self._desk = desk
        self.violations: list[str] = []

    async def answer(self, request: Request) -> Response:
        """The response to one request."""
        if request.method != "POST":
            self.violations.append("method")
            return Response(status=405)
        if not request.content_type.lower().startswith("multipart/form-data"):
            self.violations.append("media_type")
            return Response(status=400)
        fields = _fields(request.content_type, request.body)
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
        if weather.kind is Kind.ENVELOPE:
            return self._enveloped(fields, "UnAuthorized", "CoreEnvelopeError", b"")
        try:
            written = self._desk.serve(inquiry, weather)
        except ValueError as error:
            self.violations.append(f"unwritable {error}")
            return self._enveloped(fields, "Success", _TYPES[Form.REJECTION], self._desk.rejection(inquiry))
        return self._enveloped(fields, "Success", _TYPES[written.form], written.payload)

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
