"""Stedi's eligibility check (2026-06-01): an inquiry as JSON, benefits by plan as JSON, the raw 271 beside them.

No number of ours goes out or comes back: a reply is known by the connection that it came on and by the member that it
names, and one that names nobody is refused by the gate. Source: ``PROTOCOLS.md`` 4.4.
"""

from collections.abc import Mapping

from contracts import AttemptNumbers, Inquiry, Relationship, Reply, Route, RouteSettings
from payers.routes.http import HttpRoom
from payers.routes.json_replies import HEADERS, MEDIA_TYPE, body_of, names_somebody, open_reply, reply_of
from payers.routes.probing import ProbedRoute
from payers.routes.replies import gateway, stedi
from payers.routes.replies.tree import Node
from payers.routes.spelled import Spelled, holder_of, patient_of, provider_name

NAME = "stedi_json"
ATTEMPT_CAP = 75.0
"""Seconds: a payer is waited for up to 60, and we for longer. Source: ``PROTOCOLS.md`` 4.4.4."""

_RELATIONSHIPS = {Relationship.SPOUSE: "SPOUSE", Relationship.CHILD: "CHILD", Relationship.OTHER: "OTHER_ADULT"}


class StediJson(ProbedRoute):
    """The route; one exchange at a time, and nothing is kept between two."""

    name = NAME
    provider_fields = frozenset({"npi", "name"})
    imaginary_settings = frozenset[str]()

    def __init__(self, settings: RouteSettings) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        key = settings.api_key or ""
        if not key.strip() or not key.isascii() or not key.isprintable():
            raise ValueError("API_KEY: stedi_json needs a key")
        self._headers = HEADERS | {"Authorization": key.strip()}
        self._room = HttpRoom.of(settings)
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the inquiry and read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        del numbers  # The format has no field for any of them.
        content = body_of(_write_body(inquiry))
        received = await self._room.send("POST", seconds=seconds, headers=self._headers, content=content)
        return await reply_of(received, lambda root: _read(root, received.body))


def _write_body(inquiry: Inquiry) -> Mapping[str, object]:
    """The body of the request; fields that hold nothing are left out of it later."""
    holder, patient = inquiry.subscriber, patient_of(inquiry)
    born = inquiry.member.birth_date
    own = _person(patient) | {"dateOfBirth": born.isoformat() if born else ""}
    dependent: Mapping[str, object] = {}
    if holder is not None:
        held = holder.birth_date.isoformat() if holder.birth_date else ""
        dependent = own | {"relationship": _RELATIONSHIPS[holder.relationship]}
        own = _person(holder_of(inquiry, holder)) | {"dateOfBirth": held}
    return {
        "payerId": inquiry.payer_id,
        "provider": {"name": {"organization": provider_name(inquiry)}, "npi": inquiry.provider.npi},
        "subscriber": own,
        "dependent": dependent,
        "encounter": {
            "services": [{"value": code, "system": "STC"} for code in inquiry.service_types],
            "dates": {"service": {"start": inquiry.service_date.isoformat()}},
        },
    }


def _person(person: Spelled) -> dict[str, object]:
    return {
        "memberId": person.member_id,
        "name": {"person": {"firstName": person.first_name, "lastName": person.last_name}},
    }


def _read(root: Node, raw: bytes) -> Reply:
    """The reply; the raw 271 inside it must be whole, and about the same member."""
    people, echo = open_reply(root, (stedi, gateway))
    return Reply(people, echo, raw, MEDIA_TYPE, traced=not names_somebody(people))


def open_route(settings: RouteSettings) -> Route:
    """The route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return StediJson(settings)
