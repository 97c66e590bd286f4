"""CAQH CORE connectivity vC2.2.0, HTTP MIME multipart: a raw 270 goes out, a raw 271, 999 or TA1 comes back.

Source: ``payer-protocols.md`` 4.1.
"""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple

from contracts import (
    AttemptNumbers,
    Inquiry,
    Member,
    MemberRejected,
    NoReplyAtAll,
    PayerError,
    PayerRefused,
    PayerSilent,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    RoadSettings,
    Route,
)
from payers.routes.http import Fields, HttpRoom, Received, refuse_status
from payers.x12 import read_interchange, write_270

NAME = "core_mime"
ATTEMPT_CAP = 60.0
"""Seconds that a CORE connection is held open. Source: ``x12-reference.md`` section 10, transport timing."""

RULE_VERSION = "2.2.0"
REQUEST_TYPE = "X12_270_Request_005010X279A1"
MEDIA_TYPE = "application/edi-x12"

_MAX_PARTS = 64
_ISA = re.compile(rb"\A[\xef\xbb\xbf\s]*ISA[^A-Za-z0-9\s]")
_CODE = re.compile(r"[A-Za-z]{1,40}")


class Envelope(NamedTuple):
    """What a CORE reply carries: its fields by name in lower case, and the payload."""

    fields: dict[str, str]
    payload: bytes


class CoreMime:
    """The road; one exchange at a time, and nothing is kept between two."""

    name = NAME

    def __init__(self, settings: RoadSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        if not settings.username or not settings.password:
            raise ValueError("USERNAME: core_mime needs a user name and a password")
        self._settings = settings
        self._room = HttpRoom(settings.url)
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the 270 and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        sender = self._settings.sender_id or DEFAULT_SENDER
        receiver = self._settings.receiver_id or inquiry.payer_id
        at = datetime.now(UTC)
        try:
            payload = write_270(
                inquiry, numbers, sender_id=sender, receiver_id=receiver, at=at, test=self._settings.test_indicator
            )
        except ValueError as error:
            raise unwritable(error) from None
        fields = self._fields(numbers, sender, receiver, at, payload)
        received = await self._room.send("POST", seconds=seconds, fields=fields)
        refuse_status(received)
        envelope = opened(received)
        refuse_envelope(envelope, numbers)
        try:
            people, echo = read_interchange(envelope.payload)
        except NoReplyAtAll as error:
            raise ReplyUnreadable(str(error)) from None
        return Reply(people, echo, envelope.payload, MEDIA_TYPE, sent_from=sender, sent_to=receiver)

    def _fields(self, numbers: AttemptNumbers, sender: str, receiver: str, at: datetime, payload: bytes) -> Fields:
        values: tuple[tuple[str, str | bytes], ...] = (
            ("PayloadType", REQUEST_TYPE),
            ("ProcessingMode", "RealTime"),
            ("PayloadID", numbers.envelope_id),
            ("TimeStamp", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("UserName", self._settings.username or ""),
            ("Password", self._settings.password or ""),
            ("SenderID", sender),
            ("ReceiverID", receiver),
            ("CORERuleVersion", RULE_VERSION),
            ("Payload", payload),
        )
        return [(name, (None, value)) for name, value in values]


DEFAULT_SENDER = "BENEFITS"
"""ISA06 when the settings name none; a trading partner gives us another."""


def unwritable(error: ValueError) -> PayerError:
    """An inquiry that cannot be written: nothing was sent, and a field of the member's is named for mending."""
    field = str(error).partition(":")[0].removeprefix("subscriber.")
    refused: PayerError
    if field in Member.model_fields:
        refused = MemberRejected(f"unwritable:{field}", fields=(field,))
    else:
        refused = PayerRefused(f"unwritable:{field}")
    refused.sent = False
    return refused


def opened(received: Received) -> Envelope:
    """The envelope of a reply; a bare interchange is one without fields. Raises ``ReplyUnreadable``."""
    if _ISA.match(received.body):
        return Envelope({}, received.body)
    if not received.media_type.startswith("multipart/"):
        raise ReplyUnreadable("media_type")
    head = b"Content-Type: " + received.headers["content-type"].encode("latin-1") + b"\r\n\r\n"
    message = message_from_bytes(head + received.body, _class=EmailMessage, policy=policy.HTTP)
    fields: dict[str, str] = {}
    payload = b""
    for number, part in enumerate(message.iter_parts() if message.is_multipart() else ()):
        if number >= _MAX_PARTS:
            raise ReplyUnreadable("too_many_parts")
        name = str(part.get_param("name", "", header="content-disposition")).lower()
        content = part.get_payload(decode=True)
        body = content if isinstance(content, bytes) else b""
        if name == "payload":
            payload = body
        elif name:
            fields[name] = body.decode("latin-1").strip()
    if not fields and not payload:
        raise ReplyUnreadable("no_parts")
    return Envelope(fields, payload)


def refuse_envelope(envelope: Envelope, numbers: AttemptNumbers) -> None:
    """Raise what the fields of an envelope refuse. Source: ``payer-protocols.md`` 4.1.5."""
    code = envelope.fields.get("errorcode", "Success")
    if code.lower() != "success":
        shown = code if _CODE.fullmatch(code) else "unknown"
        # "Receiver" is a failure on their side: the inquiry arrived, and no answer came.
        raise PayerSilent("envelope:Receiver") if code == "Receiver" else PayerRefused(f"envelope:{shown}")
    echoed = envelope.fields.get("payloadid", "")
    if echoed and echoed.lower() != numbers.envelope_id.lower():
        raise ReplyMismatched("payload_id")
    if not envelope.payload.strip():
        raise ReplyUnreadable("no_payload")


def open_route(settings: RoadSettings) -> Route:
    """The road with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreMime(settings)
