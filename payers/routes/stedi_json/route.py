"""Stedi's eligibility check (2026-06-01): an inquiry as JSON, benefits by plan as JSON, the raw 271 beside them.

No number of ours goes out or comes back: a reply is known by the connection that it came on and by the member that it
names, and the correlation check refuses one that names nobody. Source: ``PROTOCOLS.md`` 4.4.
"""

from contracts import AttemptNumbers, Inquiry, Reply, Route, RouteSettings
from payers.routes.shared.json_replies import gateway_errors
from payers.routes.shared.json_replies.exchange import (
    HEADERS,
    MEDIA_TYPE,
    names_member,
    read_first_form,
    read_response,
    write_json,
)
from payers.routes.shared.json_replies.tree import Node
from payers.routes.shared.probing import ProbedRoute
from payers.routes.stedi_json import reply
from payers.routes.stedi_json.request import write_body

ATTEMPT_CAP = 75.0
"""Seconds: Stedi waits up to 60 for a payer, and we wait a little longer. Source: ``PROTOCOLS.md`` 4.4.4."""


class StediJson(ProbedRoute):
    """The route. Nothing is kept from one exchange to the next."""

    name = "stedi_json"

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        key = settings.api_key or ""
        if not key.strip() or not key.isascii() or not key.isprintable():
            raise ValueError("API_KEY: stedi_json needs a key")
        self._headers = HEADERS | {"Authorization": key.strip()}
        super().__init__(settings, ATTEMPT_CAP)

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the inquiry and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        del numbers  # The format has no field for any of them.
        content = write_json(write_body(inquiry))
        received = await self._http.send("POST", seconds=seconds, headers=self._headers, content=content)
        return await read_response(received, lambda root: _read(root, received.body))


def _read(root: Node, raw: bytes) -> Reply:
    """Return the reply. A raw 271 inside it is taken when it is whole, and must be about the same member."""
    people, echo = read_first_form(root, (reply, gateway_errors))
    return Reply(people, echo, raw, MEDIA_TYPE, traced=not names_member(people))


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return StediJson(settings)
