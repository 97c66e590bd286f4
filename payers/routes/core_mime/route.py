"""CAQH CORE connectivity vC2.2.0, HTTP MIME multipart: a raw 270 goes out, a raw 271, 999 or TA1 comes back.

Source: ``PROTOCOLS.md`` 4.1.3.
"""

from contracts import AttemptNumbers, Inquiry, Reply, Route, RouteSettings
from payers.routes.core_mime.reply import open_envelope
from payers.routes.shared.core_envelope import (
    REQUEST_TYPE,
    RULE_VERSION,
    CoreRoute,
    Outgoing,
    read_reply,
    write_inquiry,
)
from payers.routes.shared.http import Fields, refuse_status


class CoreMime(CoreRoute):
    """The route of one payer or gateway."""

    name = "core_mime"

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the 270 and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        outgoing = write_inquiry(inquiry, numbers, self._settings)
        received = await self._http.send("POST", seconds=seconds, fields=self._fields(outgoing))
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


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreMime(settings)
