"""CAQH CORE connectivity vC2.2.0, HTTP MIME multipart: a raw 270 goes out, a raw 271, 999 or TA1 comes back.

Source: ``PROTOCOLS.md`` 4.1.3.
"""

from email.message import Message

from contracts import AttemptNumbers, Inquiry, Reply, ReplyUnreadable, Route, RouteSettings
from payers.routes.core_envelope import (
    ATTEMPT_CAP,
    REQUEST_TYPE,
    RULE_VERSION,
    SENT_OF_US,
    CoreEnvelope,
    Outgoing,
    imaginary_settings,
    need_credentials,
    read_reply,
    write_inquiry,
)
from payers.routes.http import Fields, HttpRoom, Received, refuse_status
from payers.routes.multipart import content_of, parts_of
from payers.routes.probing import ProbedRoute

NAME = "core_mime"


class CoreMime(ProbedRoute):
    """The route; one exchange at a time, and nothing is kept between two."""

    name = NAME
    provider_fields = SENT_OF_US

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        self._username, self._password = need_credentials(settings, NAME)
        self._settings = settings
        self.imaginary_settings = imaginary_settings(settings)
        self._room = HttpRoom.of(settings)
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the 270 and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        outgoing = write_inquiry(inquiry, numbers, self._settings)
        received = await self._room.send("POST", seconds=seconds, fields=self._fields(outgoing))
        refuse_status(received)
        return await read_reply(received, open_envelope, numbers, outgoing)

    def _fields(self, outgoing: Outgoing) -> Fields:
        values: tuple[tuple[str, str | bytes], ...] = (
            ("PayloadType", REQUEST_TYPE),
            ("ProcessingMode", "RealTime"),
            ("PayloadID", outgoing.envelope_id),
            ("TimeStamp", outgoing.timestamp),
            ("UserName", self._username),
            ("Password", self._password),
            ("SenderID", outgoing.sender),
            ("ReceiverID", outgoing.receiver),
            ("CORERuleVersion", RULE_VERSION),
            ("Payload", outgoing.payload),
        )
        return [(name, (None, value)) for name, value in values]


def open_envelope(received: Received) -> CoreEnvelope:
    """The envelope of a reply. Raises ``ReplyUnreadable``."""
    if not received.media_type.startswith("multipart/"):
        raise ReplyUnreadable("media_type")
    found: dict[str, bytes] = {}
    for part in parts_of(received):
        name = _name(part)
        if name in found:
            raise ReplyUnreadable("repeated_part")
        if name:
            found[name] = content_of(part)
    if not found:
        raise ReplyUnreadable("no_parts")
    payload = found.pop("payload", b"")
    return CoreEnvelope({name: value.decode("latin-1").strip() for name, value in found.items()}, payload)


def _name(part: Message) -> str:
    """The field that a part carries, in lower case: servers spell PayloadID in several ways."""
    return str(part.get_param("name", "", header="content-disposition")).strip().lower()


def open_route(settings: RouteSettings) -> Route:
    """The route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreMime(settings)
