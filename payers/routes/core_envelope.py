"""What the CORE routes share (vC2.2.0): a raw 270 goes into an envelope, a raw 271, 999 or TA1 is taken out of one.

Source: ``PROTOCOLS.md`` 4.1.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
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
    RouteSettings,
    Subscriber,
)
from payers.routes.http import Received, checked_url
from payers.routes.lookup import is_loopback
from payers.routes.offload import offload
from payers.x12 import read_interchange, write_270

ATTEMPT_CAP = 60.0
"""Seconds that a CORE connection is held open. Source: ``REFERENCE.md`` 10, transport timing."""

DEFAULT_SENDER = "BENEFITS"
"""ISA06 when the settings name none; a trading partner gives us another."""

MEDIA_TYPE = "application/edi-x12"
REQUEST_TYPE = "X12_270_Request_005010X279A1"
RULE_VERSION = "2.2.0"

_OF_THE_MEMBER = frozenset(Member.model_fields) | {f"subscriber.{name}" for name in Subscriber.model_fields}
_ISA = re.compile(rb"\A[\xef\xbb\xbf\s]*ISA[^A-Za-z0-9\s]")
_ENVELOPE_ERROR = "coreenvelopeerror"
_CODE = re.compile(
    r"(?:PayloadType|ProcessingMode|PayloadID|PayloadLength|TimeStamp|UserName|Password|SenderID|ReceiverID"
    r"|CORERuleVersion|CheckSum|Payload)(?:Illegal|Required|NotUnderstood)"
    r"|VersionMismatch|UnAuthorized|ChecksumMismatched|Sender|Receiver",
    re.IGNORECASE,
)
"""The codes that may be shown; anything else is a payer's own words. Source: ``PROTOCOLS.md`` 4.1.5."""


class CoreEnvelope(NamedTuple):
    """What a CORE reply carries: its fields by name in lower case, and the payload."""

    fields: dict[str, str]
    payload: bytes

    def __repr__(self) -> str:
        """Show no content."""
        return f"Envelope(fields={len(self.fields)}, bytes={len(self.payload)})"


class Outgoing(NamedTuple):
    """A 270 on its way: from whom, to whom, when, under which envelope's id."""

    sender: str
    receiver: str
    at: datetime
    envelope_id: str
    payload: bytes

    def __repr__(self) -> str:
        """Show no content."""
        return f"Outgoing(bytes={len(self.payload)})"

    @property
    def timestamp(self) -> str:
        """The instant as CORE writes it."""
        return self.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def need_credentials(settings: RouteSettings, route: str) -> tuple[str, str]:
    """The user name and the password. Raises ``ValueError``, naming the setting, when one is missing."""
    if not settings.username or not settings.password:
        raise ValueError(f"USERNAME: {route} needs a user name and a password")
    return settings.username, settings.password


SENT_OF_US = frozenset({"npi", "name", "tax_id"})
"""What a 270 tells of the provider: NM1*1P, and TRN03, which is made of the tax id."""


def imaginary_settings(settings: RouteSettings) -> frozenset[str]:
    """Return the settings in whose place an imaginary value would go out.

    Raises ``ValueError``, naming the setting, when it would leave this machine.
    """
    if settings.sender_id:
        return frozenset()
    if not is_loopback(checked_url(settings.url).host) or settings.proxy:
        raise ValueError("SENDER_ID: missing; without one only a loopback address is asked")
    return frozenset({"SENDER_ID"})


def write_inquiry(inquiry: Inquiry, numbers: AttemptNumbers, settings: RouteSettings) -> Outgoing:
    """The inquiry as a 270. Raises what ``unwritable`` makes of a field that cannot be written; nothing was sent."""
    sender = settings.sender_id or DEFAULT_SENDER
    receiver = settings.receiver_id or inquiry.payer_id
    at = datetime.now(UTC)
    try:
        payload = write_270(
            inquiry, numbers, sender_id=sender, receiver_id=receiver, at=at, test=settings.test_indicator
        )
    except ValueError as error:
        raise unwritable(error) from None
    return Outgoing(sender, receiver, at, numbers.envelope_id, payload)


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


async def read_reply(
    received: Received, opened: Callable[[Received], CoreEnvelope], numbers: AttemptNumbers, outgoing: Outgoing
) -> Reply:
    """What came back; ``open_envelope`` takes the envelope off, and a bare interchange has none.

    Raises ``ReplyUnreadable``, or what the envelope refuses.
    """
    reply = await offload(lambda: _read(received, opened, numbers), len(received.body))
    return reply._replace(sent_from=outgoing.sender, sent_to=outgoing.receiver)


def _read(received: Received, opened: Callable[[Received], CoreEnvelope], numbers: AttemptNumbers) -> Reply:
    envelope = CoreEnvelope({}, received.body) if is_interchange(received.body) else opened(received)
    refuse_envelope(envelope, numbers)
    try:
        people, echo = read_interchange(envelope.payload)
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None
    return Reply(people, echo, envelope.payload, MEDIA_TYPE)


def is_interchange(body: bytes) -> bool:
    """Whether ``body`` begins as an interchange."""
    return _ISA.match(body) is not None


def refuse_envelope(envelope: CoreEnvelope, numbers: AttemptNumbers) -> None:
    """Raise what the fields of an envelope refuse. Source: ``PROTOCOLS.md`` 4.1.5."""
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
