"""Optum (once Change Healthcare) Medical Network Eligibility v3: an inquiry as JSON, a 271 as JSON, an OAuth token.

The control number comes back as ours, and ``outboundTraceId`` is our BHT03; the trace is the gateway's to choose.
Source: ``PROTOCOLS.md`` 4.3; ``RELIABILITY.md`` 1.4.
"""

import re
from collections.abc import Mapping

from contracts import AttemptNumbers, Benefits, Inquiry, Relationship, Reply, ReplyMismatched, Route, RouteSettings
from payers.routes.http import HttpRoom
from payers.routes.json_replies import HEADERS, MEDIA_TYPE, body_of, names_somebody, open_reply, reply_of
from payers.routes.probing import ProbedRoute
from payers.routes.replies import gateway, optum_v3
from payers.routes.replies.tree import Node
from payers.routes.spelled import Spelled, holder_of, patient_of, provider_name
from payers.routes.tokens import Tokens

NAME = "optum_json"
ATTEMPT_CAP = 115.0
"""Seconds: the gateway lets a payer take 110. Source: ``RELIABILITY.md`` 8.1."""

_RELATIONSHIPS = {Relationship.SPOUSE: "01", Relationship.CHILD: "19", Relationship.OTHER: "34"}
_OURS = re.compile(r"[A-Z2-7]{26}")
"""What the numbers of our own look like: a referenced one that is another is that of another inquiry."""


class OptumJson(ProbedRoute):
    """The route; one exchange at a time, and nothing is kept between two but the token."""

    name = NAME
    provider_fields = frozenset({"npi", "name"})
    imaginary_settings = frozenset[str]()

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        self._room = HttpRoom.of(settings)
        self._tokens = Tokens(settings)
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the inquiry and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        content = body_of(_write_body(inquiry, numbers))
        received = await self._room.send("POST", seconds=seconds, headers=HEADERS, content=content, auth=self._tokens)
        return await reply_of(received, lambda root: _read(root, received.body, numbers))


def _write_body(inquiry: Inquiry, numbers: AttemptNumbers) -> Mapping[str, object]:
    """The body of the request; fields that hold nothing are left out of it later."""
    holder, patient = inquiry.subscriber, patient_of(inquiry)
    born = inquiry.member.birth_date
    own: dict[str, object] = _person(patient) | {"dateOfBirth": f"{born:%Y%m%d}" if born else ""}
    dependents: list[Mapping[str, object]] = []
    if holder is not None:
        held = f"{holder.birth_date:%Y%m%d}" if holder.birth_date else ""
        dependents = [{"individualRelationshipCode": _RELATIONSHIPS[holder.relationship]} | _drop_empty(own)]
        own = _person(holder_of(inquiry, holder)) | {"dateOfBirth": held}
    return {
        "controlNumber": numbers.interchange,
        "submitterTransactionIdentifier": numbers.transaction,
        "tradingPartnerServiceId": inquiry.payer_id,
        "provider": {
            "organizationName": provider_name(inquiry).upper(),
            "npi": inquiry.provider.npi,
            "providerType": "provider",
        },
        "subscriber": own,
        "dependents": dependents,
        "encounter": {
            "dateOfService": f"{inquiry.service_date:%Y%m%d}",
            "serviceTypeCodes": list(inquiry.service_types),
        },
    }


def _person(person: Spelled) -> dict[str, object]:
    return {
        "memberId": person.member_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "groupNumber": person.group_number,
    }


def _drop_empty(person: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in person.items() if value}


def _read(root: Node, raw: bytes, numbers: AttemptNumbers) -> Reply:
    """The reply, with the numbers that the gate compares. Raises ``ReplyMismatched`` for a trace of another inquiry."""
    people, found = open_reply(root, (optum_v3, gateway))
    echo = found._replace(
        control_number=root.text("controlNumber") or None,
        transaction=root.at("meta").text("outboundTraceId") or None,
    )
    _refuse_another(people, numbers)
    # The trace is the gateway's to choose. A reply with no number of ours and nobody's name is ours only by a trace.
    known = echo.control_number or echo.transaction or names_somebody(people)
    return Reply(people, echo, raw, MEDIA_TYPE, traced=not known)


def _refuse_another(people: tuple[Benefits, ...], numbers: AttemptNumbers) -> None:
    """Raise when a referenced trace is one of our own making, or under our own name, and is not of this attempt."""
    ours = {numbers.trace, numbers.transaction, numbers.interchange, numbers.envelope_id}
    for trace in (trace for one in people for trace in one.traces if trace.kind == "2"):
        made_like_ours = _OURS.fullmatch(trace.number) or trace.originator == numbers.originator
        if made_like_ours and trace.number not in ours:
            raise ReplyMismatched("trace")


def open_route(settings: RouteSettings) -> Route:
    """The route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return OptumJson(settings)
