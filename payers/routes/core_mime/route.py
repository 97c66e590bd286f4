"""CAQH CORE connectivity vC2.2.0, HTTP MIME multipart: a raw 270 goes out, a raw 271, 999 or TA1 comes back.

Source: ``PROTOCOLS.md`` 4.1.3.
"""

from contracts import AttemptNumbers, Inquiry, Reply, Route, RouteSettings
from payers.routes.core_mime.reply import open_envelope
from payers.routes.shared.core_envelope import (
    ATTEMPT_CAP,
    PROVIDER_FIELDS,
    REQUEST_TYPE,
    RULE_VERSION,
    Outgoing,
    imaginary_settings,
    need_credentials,
    read_reply,
    write_inquiry,
)
from payers.routes.shared.http import Fields, HttpClient, refuse_status
from payers.routes.shared.probing import ProbedRoute

NAME = "core_mime"


class CoreMime(ProbedRoute):
    """The route. Nothing is kept from one exchange to the next."""

    name = NAME
    provider_fields = PROVIDER_FIELDS

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        self._username, self._password = need_credentials(settings, NAME)
        self._settings = settings
        self.imaginary_settings = imaginary_settings(settings)
        self._http = HttpClient.from_settings(settings)
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

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
