"""The inquiry of the route suite and its numbers, and where they are in what is sent and what comes back."""

import re
from datetime import date
from urllib.parse import unquote_plus

import httpx

from contracts import AttemptNumbers, Inquiry, Member, Provider, Reply

NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="BV20261124000101",
    originator="9123456789",
    transaction="BV20261124000101",
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)
INQUIRY = Inquiry(
    payer="example",
    payer_id="60054",
    payer_name="EXAMPLE PAYER",
    member=Member(first_name="Imaginetta", last_name="Fictional", birth_date=date(1990, 4, 12), member_id="ZZ9999999"),
    provider=Provider(npi="1999999984", name="Example Recovery Center", tax_id="999999999"),
    service_date=date(2026, 11, 24),
    service_types=("30",),
)
BIRTH_DATES = ("19900412", "1990-04-12", "04/12/1990", "04-12-1990")
"""The forms in which routes write a birth date."""


def sent_text(request: httpx.Request) -> str:
    """Return what a request says, its headers and its body, in lower case and without the escapes of a form."""
    headers = " ".join(request.headers.values())
    return unquote_plus(f"{headers} {request.content.decode('utf-8', 'replace')}").lower()


def body_of(response: httpx.Response) -> str:
    """Return the body of a response, a sign for each byte."""
    return response.content.decode("latin-1")


def with_body(response: httpx.Response, body: str) -> httpx.Response:
    """Return the same response with another body."""
    kind = response.headers.get("content-type", "")
    return httpx.Response(response.status_code, content=body.encode("latin-1"), headers={"content-type": kind})


def numbers_in(text: str) -> list[str]:
    """Return those of our numbers that stand in ``text``; the group's is too short to be recognised."""
    wanted = dict.fromkeys(value for name, value in NUMBERS if name != "group")
    return [value for value in wanted if value.lower() in text.lower()]


def places_of(number: str, body: str) -> list[int]:
    """Return where ``number`` stands in ``body``."""
    return [match.start() for match in re.finditer(re.escape(number), body)]


def another_number(number: str) -> str:
    """Return a number of the same form that is not ours."""
    return number[:-3] + ("999" if number[-3:] != "999" else "888")


def kind_of(number: str) -> str:
    """Return the name of ``number``; the first, where several are equal."""
    return next(name for name, value in NUMBERS if value == number)


def numbers_of(reply: Reply) -> object:
    """Return the numbers of a reply, as the correlation check compares them."""
    return reply.echo, [(person.trace, person.traces) for person in reply.people]


def people_of(reply: Reply) -> str:
    """Return whom a reply is about: names and ids in lower case."""
    people = [one for benefits in reply.people for one in (benefits.subscriber, benefits.patient) if one is not None]
    return " ".join(f"{person.last_name} {person.first_name} {person.member_id}" for person in people).lower()
