"""CAQH CORE connectivity vC2.2.0, SOAP 1.2 with a WS-Security user name: a raw 270 goes out, a raw 271 comes back.

Source: ``PROTOCOLS.md`` 4.1.2, 4.1.4, 4.1.5.
"""

from contracts import AttemptNumbers, Inquiry, Reply, Route, RouteSettings
from payers.routes.core_soap.reply import open_envelope, refuse_fault
from payers.routes.core_soap.request import HEADERS, write_envelope
from payers.routes.shared.core_envelope import CoreRoute, read_reply, write_inquiry
from payers.routes.shared.http import refuse_status
from payers.routes.shared.offload import offload


class CoreSoap(CoreRoute):
    """The route of one payer or gateway."""

    name = "core_soap"

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        super().__init__(settings)
        if not (self._username + self._password).isprintable():
            raise ValueError("PASSWORD: signs that XML cannot hold")

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the 270 and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        outgoing = write_inquiry(inquiry, numbers, self._settings)
        content = write_envelope(outgoing, self._username, self._password)
        received = await self._http.send("POST", seconds=seconds, content=content, headers=HEADERS)
        await offload(lambda: refuse_fault(received), len(received.body))
        refuse_status(received)
        return await read_reply(received, open_envelope, numbers, outgoing)


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return CoreSoap(settings)
