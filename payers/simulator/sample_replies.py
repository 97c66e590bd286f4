"""One reply of the simulator, for a file: what a payer writes for a scenario, as a 271 or as a route returns it."""

from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from typing import Any

from contracts import (
    AttemptNumbers,
    Inquiry,
    Member,
    PayerError,
    Provider,
    Relationship,
    Reply,
    RouteSettings,
    Subscriber,
)
from payers.simulator.faults import FaultSource
from payers.simulator.payers import BY_ID
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.replies import reply_to
from payers.simulator.server import Simulator
from payers.simulator.setup import environment
from payers.x12 import read_270, write_270

GROUP = "benefit_verification.routes"
ASKED = ("30", "MH", "AI")
NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="SAMPLE000000101",
    originator="9000000000",
    transaction="SAMPLE000000101",
    envelope_id="00000000-0000-4000-8000-000000000101",
)
PROVIDER = Provider(npi="1999999984", name="IMAGINARY RECOVERY CENTER", tax_id="900000001")
HOLDER_BORN = date(1970, 1, 2)


class NotPrinted(Exception):
    """There is no such reply; the message says why."""


def person_of(payer: str, scenario: str) -> ImaginaryPerson:
    """Return the person who has ``scenario`` at ``payer``. Raises ``NotPrinted``."""
    known = [person for person in PEOPLE if person.payer == payer]
    found = next((person for person in known if person.scenario == scenario), None)
    if found is None:
        there_are = ", ".join(person.scenario for person in known)
        raise NotPrinted(f"no scenario {scenario} at {payer}; there are {there_are}")
    return found


def printed_271(person: ImaginaryPerson) -> bytes:
    """Return the 271 about ``person``, each segment on a line of its own; readers ignore the line ends."""
    payer = BY_ID[person.payer]
    now = datetime.now(UTC)
    sent = write_270(_inquiry(person), NUMBERS, sender_id="BENEFITS", receiver_id=payer.payer_id[:15], at=now)
    raw = reply_to(read_270(sent), payer, now)
    ending = payer.delimiters.segment.encode()
    return b"\n".join(part.strip() + ending for part in raw.split(ending) if part.strip()) + b"\n"


async def printed_over(route: str, person: ImaginaryPerson) -> bytes:
    """Return what ``route`` returns of the reply about ``person``: one exchange with a simulator on loopback.

    Raises ``NotPrinted`` when the route is not simulated, does not reach this payer, or brings no reply.
    """
    server = await (simulator := Simulator(FaultSource())).serve("127.0.0.1", 0)
    try:
        settings = _settings(route, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        opened: Any = next(point for point in entry_points(group=GROUP) if point.name == route).load()(settings)
        reply: Reply = await opened.exchange(_inquiry(person), NUMBERS, seconds=10.0)
    except PayerError as error:
        raise NotPrinted(f"{route} brings no reply about {person.scenario}: {type(error).__name__} {error}") from None
    finally:
        server.close()
        await simulator.hang_up()
    return reply.raw


def _settings(route: str, address: str) -> RouteSettings:
    prefix = f"BENEFITS_ROUTES__{route.upper()}__"
    given = {
        name.removeprefix(prefix).lower(): value
        for name, value in environment(address, route).items()
        if name.startswith(prefix)
    }
    if not given:
        raise NotPrinted(f"no route {route} is simulated; `benefits simulate --routes` lists them")
    return RouteSettings.model_validate(given)


def _inquiry(person: ImaginaryPerson) -> Inquiry:
    payer = BY_ID[person.payer]
    member = Member(
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=date.fromisoformat(person.birth_date),
        member_id=None if person.holder else person.member_id,
    )
    holder = person.holder and Subscriber(
        first_name=person.holder,
        last_name=person.last_name,
        birth_date=HOLDER_BORN,
        member_id=person.member_id,
        relationship=Relationship.CHILD,
    )
    return Inquiry(
        payer=payer.id,
        payer_id=payer.payer_id,
        payer_name=payer.name,
        member=member,
        subscriber=holder or None,
        provider=PROVIDER,
        service_date=datetime.now(UTC).date(),
        service_types=ASKED,
    )
