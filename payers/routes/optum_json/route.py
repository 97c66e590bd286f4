"""Optum (once Change Healthcare) Medical Network Eligibility v3: an inquiry as JSON, a 271 as JSON, an OAuth token.

The control number comes back as ours, and ``outboundTraceId`` is our BHT03; the gateway chooses the trace.
Source: ``PROTOCOLS.md`` 4.3; ``RELIABILITY.md`` 1.4.
"""

import re

from contracts import AttemptNumbers, Benefits, Inquiry, Reply, ReplyMismatched, Route, RouteSettings
from payers.routes.optum_json import reply
from payers.routes.optum_json.request import write_body
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
from payers.routes.shared.tokens import Tokens

ATTEMPT_CAP = 115.0
"""Seconds: the gateway lets a payer take 110. Source: ``RELIABILITY.md`` 8.1."""

_OURS = re.compile(r"[A-Z2-7]{26}")
"""The form of our own numbers: a referenced trace of this form that is not ours belongs to another inquiry."""


class OptumJson(ProbedRoute):
    """The route. Its exchanges share a token and nothing else."""

    name = "optum_json"

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        super().__init__(settings, ATTEMPT_CAP)
        self._tokens = Tokens(settings)

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the inquiry and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        content = write_json(write_body(inquiry, numbers))
        received = await self._http.send("POST", seconds=seconds, headers=HEADERS, content=content, auth=self._tokens)
        return await read_response(received, lambda root: _read(root, received.body, numbers))


def _read(root: Node, raw: bytes, numbers: AttemptNumbers) -> Reply:
    """Return the reply, with the numbers that the correlation check compares.

    Raises ``ReplyMismatched`` for a trace of another inquiry.
    """
    people, found = read_first_form(root, (reply, gateway_errors))
    echo = found._replace(
        control_number=root.text("controlNumber") or None,
        transaction=root.at("meta").text("outboundTraceId") or None,
    )
    _refuse_another_trace(people, numbers)
    # The gateway chooses the trace. Only a reply without a number of ours and without a name needs ours.
    known = echo.control_number or echo.transaction or names_member(people)
    return Reply(people, echo, raw, MEDIA_TYPE, traced=not known)


def _refuse_another_trace(people: tuple[Benefits, ...], numbers: AttemptNumbers) -> None:
    """Raise when a referenced trace looks like one of ours, or stands under our name, and is not of this attempt."""
    ours = {numbers.trace, numbers.transaction, numbers.interchange, numbers.envelope_id}
    for trace in (trace for one in people for trace in one.traces if trace.kind == "2"):
        made_like_ours = _OURS.fullmatch(trace.number) or trace.originator == numbers.originator
        if made_like_ours and trace.number not in ours:
            raise ReplyMismatched("trace")


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return OptumJson(settings)
