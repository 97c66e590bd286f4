"""What the CORE routes share (vC2.2.0): an envelope with a raw 270 goes out, one with a raw 271, 999 or TA1 comes back.

Source: ``PROTOCOLS.md`` 4.1.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from contracts import (
    AttemptNumbers,
    Inquiry,
    NoReplyAtAll,
    PayerRefused,
    PayerSilent,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    RouteSettings,
)
from payers.routes.shared.http import Received, parse_safe_url
from payers.routes.shared.lookup import is_loopback
from payers.routes.shared.member_fields import unwritable
from payers.routes.shared.offload import offload
from payers.routes.shared.probing import ProbedRoute
from payers.x12 import read_interchange, write_270

ATTEMPT_CAP = 60.0
"""Seconds that a CORE connection is held open. Source: ``REFERENCE.md`` 10, transport timing."""

DEFAULT_SENDER = "BENEFITS"
"""ISA06 when the settings name none; a trading partner gives us another."""

MEDIA_TYPE = "application/edi-x12"
REQUEST_TYPE = "X12_270_Request_005010X279A1"
RULE_VERSION = "2.2.0"

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
    """A 270 to send: from whom, to whom, when, and under which id of the envelope."""

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


PROVIDER_FIELDS = frozenset({"npi", "name", "tax_id"})
"""What a 270 says of the provider: NM1*1P, and TRN03, which is made of the tax id."""


class CoreRoute(ProbedRoute):
    """What both CORE routes are opened with. Nothing is kept from one exchange to the next."""

    name: str
    provider_fields = PROVIDER_FIELDS

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        if not settings.username or not settings.password:
            raise ValueError(f"USERNAME: {self.name} needs a user name and a password")
        self._username, self._password = settings.username, settings.password
        self._settings = settings
        self.imaginary_settings = _imaginary_settings(settings)
        super().__init__(settings, ATTEMPT_CAP)


def _imaginary_settings(settings: RouteSettings) -> frozenset[str]:
    """Return the settings in whose place an imaginary value would go out.

    Raises ``ValueError``, naming the setting, when it would leave this machine.
    """
    if settings.sender_id:
        return frozenset()
    if not is_loopback(parse_safe_url(settings.url).host) or settings.proxy:
        raise ValueError("SENDER_ID: missing; without one only a loopback address is asked")
    return frozenset({"SENDER_ID"})


def write_inquiry(inquiry: Inquiry, numbers: AttemptNumbers, settings: RouteSettings) -> Outgoing:
    """Return the inquiry as a 270. Raises the error of ``unwritable`` for a field that cannot be written."""
    sender = settings.sender_id or DEFAULT_SENDER
    receiver = settings.receiver_id or inquiry.payer_id
    at = datetime.now(UTC)
    try:
        payload = write_270(
            inquiry, numbers, sender_id=sender, receiver_id=receiver, at=at, test=settings.test_indicator
        )
    except ValueError as error:
        raise unwritable(str(error).partition(":")[0]) from None
    return Outgoing(sender, receiver, at, numbers.envelope_id, payload)


async def read_reply(
    received: Received, open_envelope: Callable[[Received], CoreEnvelope], numbers: AttemptNumbers, outgoing: Outgoing
) -> Reply:
    """Return the reply; ``open_envelope`` reads the envelope around it, and a bare interchange has none.

    Raises ``ReplyUnreadable``, or the error that the envelope's code stands for.
    """
    return await offload(lambda: _read(received, open_envelope, numbers, outgoing), len(received.body))


def _read(
    received: Received, open_envelope: Callable[[Received], CoreEnvelope], numbers: AttemptNumbers, outgoing: Outgoing
) -> Reply:
    envelope = CoreEnvelope({}, received.body) if is_interchange(received.body) else open_envelope(received)
    refuse_envelope(envelope, numbers)
    try:
        people, echo = read_interchange(envelope.payload)
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None
    return Reply(people, echo, envelope.payload, MEDIA_TYPE, sent_from=outgoing.sender, sent_to=outgoing.receiver)


def is_interchange(body: bytes) -> bool:
    """Whether ``body`` begins as an interchange."""
    return _ISA.match(body) is not None


def refuse_envelope(envelope: CoreEnvelope, numbers: AttemptNumbers) -> None:
    """Raise the error that the fields of an envelope stand for. Source: ``PROTOCOLS.md`` 4.1.5."""
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
