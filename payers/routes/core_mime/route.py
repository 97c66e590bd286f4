"""CAQH CORE connectivity vC2.2.0, HTTP MIME multipart: a raw 270 goes out, a raw 271, 999 or TA1 comes back.

Source: ``PROTOCOLS.md`` 4.1.3.
"""

from contracts import AttemptNumbers, Inquiry, Reply, Route, RouteSettings
from payers.routes.core_mime.reply import open_envelope
from payers.routes.core_mime.request import write_form
from payers.routes.shared.core_envelope import CoreRoute, read_reply, write_inquiry
from payers.routes.shared.http import refuse_status


class CoreMime(CoreRoute):
    """The route of one payer or gateway."""

    name = "core_mime"

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the 270 and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        outgoing = write_inquiry(inquiry, numbers, self._settings)
        form = write_form(outgoing, self._username, self._password)
        headers = {"Content-Type": form.content_type}
        received = await self._http.send("POST", seconds=seconds, headers=headers, content=form.content)
        refuse_status(received)
        return await read_reply(received, open_envelope, numbers, outgoing)


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreMime(settings)
