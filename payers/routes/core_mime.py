"""CAQH CORE connectivity vC2.2.0, HTTP MIME multipart: a raw 270 goes out, a raw 271, 999 or TA1 comes back.

Source: ``payer-protocols.md`` 4.1.
"""

import asyncio
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
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
    Subscriber,
)
from payers.routes.http import Fields, HttpRoom, Received, refuse_status
from payers.x12 import read_interchange, write_270

NAME = "core_mime"
ATTEMPT_CAP = 60.0
"""Seconds that a CORE connection is held open. Source: ``x12-reference.md`` section 10, transport timing."""

RULE_VERSION = "2.2.0"
REQUEST_TYPE = "X12_270_Request_005010X279A1"
MEDIA_TYPE = "application/edi-x12"

DEFAULT_SENDER = "BENEFITS"
"""ISA06 when the settings name none; a trading partner gives us another."""

_MAX_PARTS = 64
_MAX_NESTED = 4
_NESTING = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
"""Types of parts that hold parts; the parser goes down them without a bound of its own."""

_LONGEST_DISPOSITION = 1_000
"""Characters; the parser's time grows with the square of them."""

_LARGE = 256_000
"""Bytes of a reply that are read beside the event loop, so that nobody else waits. Source: ``reliability.md`` A6."""

_OF_THE_MEMBER = frozenset(Member.model_fields) | {f"subscriber.{name}" for name in Subscriber.model_fields}
_ISA = re.compile(rb"\A[\xef\xbb\xbf\s]*ISA[^A-Za-z0-9\s]")
_ENVELOPE_ERROR = "coreenvelopeerror"
_CODE = re.compile(
    r"(?:PayloadType|ProcessingMode|PayloadID|PayloadLength|TimeStamp|UserName|Password|SenderID|ReceiverID"
    r"|CORERuleVersion|CheckSum|Payload)(?:Illegal|Required|NotUnderstood)"
    r"|VersionMismatch|UnAuthorized|ChecksumMismatched|Sender|Receiver",
    re.IGNORECASE,
)
"""The codes that may be shown; anything else is a payer's own words. Source: ``payer-protocols.md`` 4.1.5."""


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
        if len(received.body) > _LARGE:
            reply = await asyncio.to_thread(_read, received, numbers)
        else:
            reply = _read(received, numbers)
        return reply._replace(sent_from=sender, sent_to=receiver)

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


def _read(received: Received, numbers: AttemptNumbers) -> Reply:
    envelope = opened(received)
    refuse_envelope(envelope, numbers)
    try:
        people, echo = read_interchange(envelope.payload)
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None
    return Reply(people, echo, envelope.payload, MEDIA_TYPE)


def unwritable(error: ValueError) -> PayerError:
    """An inquiry that cannot be written: nothing was sent, and a field of the member's is named for mending."""
    field = str(error).partition(":")[0]
    refused: PayerError
    if field in _OF_THE_MEMBER:
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
    head = b"Content-Type: " + received.headers["content-type"].encode("ascii", "replace") + b"\r\n\r\n"
    if len(_NESTING.findall(received.body)) > _MAX_NESTED:
        raise ReplyUnreadable("nested")
    message = message_from_bytes(head + received.body, policy=policy.compat32)
    # Asked for the content of a part that is no multipart, the parser may fail on its character set.
    parts = [part for part in message.get_payload() if isinstance(part, Message)] if message.is_multipart() else []
    if len(parts) > _MAX_PARTS:
        raise ReplyUnreadable("too_many_parts")
    found: dict[str, bytes] = {}
    for part in parts:
        name = _name(part)
        if name in found:
            raise ReplyUnreadable("repeated_part")
        content = part.get_payload(decode=True)
        if name:
            found[name] = content if isinstance(content, bytes) else b""
    if not found:
        raise ReplyUnreadable("no_parts")
    payload = found.pop("payload", b"")
    return Envelope({name: value.decode("latin-1").strip() for name, value in found.items()}, payload)


def _name(part: Message) -> str:
    """The field that a part carries, in lower case: servers spell PayloadID in several ways."""
    if len(str(part.get("content-disposition", ""))) > _LONGEST_DISPOSITION:
        raise ReplyUnreadable("long_header")
    return str(part.get_param("name", "", header="content-disposition")).strip().lower()


def refuse_envelope(envelope: Envelope, numbers: AttemptNumbers) -> None:
    """Raise what the fields of an envelope refuse. Source: ``payer-protocols.md`` 4.1.5."""
    code = envelope.fields.get("errorcode", "").lower() or "success"
    if code == "receiver":
        # A failure on their side: the inquiry arrived, and no answer came.
        raise PayerSilent("envelope:receiver")
    if code != "success" or envelope.fields.get("payloadtype", "").lower() == _ENVELOPE_ERROR:
        raise PayerRefused(f"envelope:{code if _CODE.fullmatch(code) else 'unknown'}")
    echoed = envelope.fields.get("payloadid", "")
    if echoed and echoed.lower() != numbers.envelope_id.lower():
        raise ReplyMismatched("payload_id")
    if not envelope.payload.strip():
        raise ReplyUnreadable("no_payload")


def open_route(settings: RoadSettings) -> Route:
    """The road with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreMime(settings)
