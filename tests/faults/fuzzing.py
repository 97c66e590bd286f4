"""Right replies of every route, spoilt at random: by bytes, and by the grammar that separators make.

Requests go from the real route to the simulator's end in this process, over httpx's own edge; only the reply is spoilt.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from importlib.metadata import entry_points
from itertools import count
from random import Random
from time import thread_time
from typing import Any, NamedTuple

import httpx
import respx

from contracts import AttemptNumbers, Benefits, Inquiry, Member, PayerError, Provider, Reply, Route, RouteSettings
from payers.aetna import CARD
from payers.conformance.http_edge import EdgeMocker
from payers.simulator.endpoints import ENDPOINTS
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request
from payers.simulator.payer_system import PayerSystem
from payers.simulator.people import PEOPLE, ImaginaryPerson
from service.gateway.correlation import SentInquiry, judge
from tests.faults.people import numbers
from tests.faults.routes import settings_of

HOST = "https://127.0.0.1:9443"
NASTY = (
    *("", " ", "0", "-1", "1e309", "NaN", "Infinity", "9" * 400, "٣٤", "null", "{}", "[]", "true", "\x00", "\x1a", "￿"),
    *("A" * 5000, "ISA", "IEA*1*000000001~", "<!DOCTYPE x>", "<![CDATA[", "]]>", "&amp;", "&#0;", "--CORE", "20260230"),
    *("~", "*", "|", "^", ":", '"', "\\", "\\ud800", "é", "\u2028", "%00", "EB*6**30~", "AAA*N**72*C~", "SE*1*0001~"),
)
_TOKENS = re.compile(rb"([*~:|^!>\"<,{}\[\]=;\r\n])")
_ABOUT = "Example Recovery Center"


class Tried(NamedTuple):
    """One spoilt reply: how it ended (the error's name, or ``accepted``), the time of the processor, the body."""

    ended: str
    seconds: float
    body: bytes
    reply: Reply | None = None


def spoilt(body: bytes, dice: Random) -> bytes:
    """``body`` with one to four wounds."""
    for _ in range(dice.randint(1, 4)):
        body = dice.choice(_WOUNDS)(body, dice)
    return body


def _span(body: bytes, dice: Random, longest: int = 200) -> slice:
    at = dice.randrange(len(body) + 1)
    return slice(at, at + dice.randint(1, longest))


def _flip(body: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]


def _cut(body: bytes, dice: Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _drop(body: bytes, dice: Random) -> bytes:
    span = _span(body, dice)
    return body[: span.start] + body[span.stop :]


def _double(body: bytes, dice: Random) -> bytes:
    span = _span(body, dice, 2000)
    return body[: span.start] + body[span] * dice.randint(2, 5) + body[span.stop :]


def _insert(body: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + dice.choice(NASTY).encode("utf-8", "surrogatepass") + body[at:]


def _token(body: bytes, dice: Random) -> bytes:
    """Another value, another's value or none, between two separators."""
    tokens = _TOKENS.split(body)
    at = dice.randrange(len(tokens))
    tokens[at] = dice.choice((dice.choice(NASTY).encode("utf-8", "surrogatepass"), dice.choice(tokens), b""))
    return b"".join(tokens)


def _swap(body: bytes, dice: Random) -> bytes:
    tokens = _TOKENS.split(body)
    first, second = dice.randrange(len(tokens)), dice.randrange(len(tokens))
    tokens[first], tokens[second] = tokens[second], tokens[first]
    return b"".join(tokens)


_WOUNDS = (_flip, _cut, _drop, _double, _insert, _token, _token, _token, _swap)


def broken(raw: bytes) -> str | None:
    """What is wrong with an interchange, told apart from our own reader: by its signs and counts alone."""
    text = raw.decode("latin-1")
    text = text[max(0, text.find("ISA")) :]
    # An ISA of another length is odd and no break: its last sign is the one that stands before the GS.
    element = text[3:4]
    following = re.search(r"(.)[\r\n]*GS" + re.escape(element), text, re.DOTALL)
    if not text.startswith("ISA") or not element or following is None:
        return "no ISA"
    end = following.group(1)
    rows = [row.strip("\r\n\t \x00\x1a").split(element) for row in text.split(end)]
    rows = [row for row in rows if row != [""]]
    tags = [row[0] for row in rows]
    if tags.count("IEA") != 1 or tags.count("SE") != 1 or tags.count("GE") != 1:
        return "trailers"
    opened, closed = tags.index("ST") if "ST" in tags else 0, tags.index("SE")
    if rows[closed][1:2] != [str(closed - opened + 1)]:
        return "SE01"
    return None if rows[tags.index("IEA")][2:3] == rows[0][13:14] else "IEA02"


class Edge:
    """All ends of the simulator behind httpx's edge; the replies to inquiries are spoilt with ``dice``."""

    def __init__(self, dice: Random) -> None:
        payers, faults = PayerSystem(), FaultSource()
        self._ends = [route.endpoint(faults, payers) for route in ENDPOINTS.values()]
        self.dice: Random | None = dice
        self.body = b""

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """What the end says, spoilt; a token is never."""
        path = request.url.path
        end = next(end for end in self._ends if any(f"{path}/".startswith(f"{it}/") for it in end.paths))
        headers = {name.lower(): value for name, value in request.headers.items()}
        came = await end.answer(Request(request.method, path, headers, request.content))
        body = came.body
        if self.dice is not None and not path.endswith("token"):
            body = spoilt(body, self.dice)
        self.body = body
        return httpx.Response(came.status, headers=came.headers, content=body)


@asynccontextmanager
async def edge(seed: int) -> AsyncIterator[Edge]:
    """The edge, for as long as the block runs."""
    ours = Edge(Random(seed))
    with respx.mock(using=EdgeMocker.name, assert_all_called=False) as mock:
        mock.route().mock(side_effect=ours.answer)
        yield ours


def route_name(name: str) -> Route:
    """A route of that name to the edge."""
    given = settings_of([name], cap="5")
    prefix = f"BENEFITS_ROUTES__{name.upper()}__"
    values = {
        key.removeprefix(prefix).lower(): value.replace("{simulator}", HOST)
        for key, value in given.items()
        if key.startswith(prefix)
    }
    (point,) = entry_points(group="benefit_verification.routes", name=name)
    opened: Route = point.load()(RouteSettings(**values))
    return opened


def inquiries() -> Iterator[tuple[Inquiry, AttemptNumbers]]:
    """One about each of Aetna's people who are no dependents, over and over, under fresh numbers."""
    people = [person for person in PEOPLE if person.payer == "aetna" and not person.holder]
    for number in count(1):
        yield _inquiry(people[number % len(people)]), numbers(number)


def _inquiry(person: ImaginaryPerson) -> Inquiry:
    given: Any = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date", "member_id")}
    return Inquiry(
        payer="aetna",
        payer_id="60054",
        payer_name="AETNA",
        member=Member(**given),
        provider=Provider(npi="1999999984", name=_ABOUT, tax_id="123456789"),
        service_date=date(2026, 11, 24),
        service_types=("MH",),
    )


async def tried(route: Route, at: Edge, asked: Inquiry, own: AttemptNumbers) -> Tried:
    """One exchange whose reply is spoilt, judged by the gate."""
    began = thread_time()
    reply: Reply | None = None
    try:
        reply = await route.exchange(asked, own, seconds=5)
        benefits: Benefits = judge(reply, SentInquiry(asked, own, CARD, (CARD,)))
        ended = "accepted" if benefits is not None else "nothing"
    except PayerError as error:
        ended = type(error).__name__
    except Exception as error:  # noqa: BLE001 - that nothing else is raised is what is tried
        ended = f"uncaught {type(error).__name__}"
    return Tried(ended, thread_time() - began, at.body, reply if ended == "accepted" else None)
