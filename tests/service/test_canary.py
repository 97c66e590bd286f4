"""Nobody's details leave on a side way: every field holds a value that exists nowhere else, and none of them is found.

They are planted in bodies, headers, paths and queries, in what payers send, and in what careless plugins raise and log.
Then logs, error bodies and the bytes of the store's files are searched, in several disguises. With the barrier of the
logs switched off the same search finds some, which is what makes its nothing worth anything.
"""

import asyncio
import base64
import io
import json
import logging
import secrets
import string
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
import respx
import structlog

from contracts import Answer, Gateway, PayerSilent, Question, RouteSettings
from payers.aetna import adapter as aetna
from payers.routes import core_mime
from payers.simulator.endpoints.core_mime import CoreMimeEndpoint
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request
from payers.simulator.payer_system import PayerSystem
from service.gateway import Guards
from service.plugins.loading import Directory
from service.security.access import Role
from service.telemetry.logs import start_logging
from service.verification.admission import Admission
from service.verification.service import RunLimits, Verifier
from service.web.app import create_app
from service.web.services import Services
from tests.service.staging import PROVIDER, Planned, stored

PATH = "/v1/verifications"
PAYER = "http://127.0.0.1:9/core/mime"


def minted(prefix: str, alphabet: str = string.ascii_lowercase, length: int = 9) -> str:
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))


class Person(NamedTuple):
    """A person whose every detail is a canary."""

    first_name: str
    last_name: str
    birth_date: str
    member_id: str
    group_number: str
    reference: str

    def body(self) -> dict[str, Any]:
        member = {name: getattr(self, name) for name in Person._fields[:5]}
        return {"payer": "aetna", "member": member, "reference": self.reference}

    def disguises(self) -> Iterator[bytes]:
        """Every value as it may be written somewhere."""
        for value in (*self, self.birth_date.replace("-", "")):
            yield value.encode()
            yield value[::-1].encode()
            yield quote(value, safe="").encode()
            yield value.encode().hex().encode()
            yield base64.b64encode(value.encode()).rstrip(b"=")
            yield " ".join(value).encode()


def somebody() -> Person:
    year, day = 1930 + secrets.randbelow(60), 10 + secrets.randbelow(18)
    return Person(
        first_name=minted("Zq"),
        # The simulator knows nobody of this name but as one of a crowd, and writes it into the name of the plan.
        last_name=minted("Crowd"),
        birth_date=f"{year}-0{1 + secrets.randbelow(9)}-{day}",
        member_id=minted("ZQ", string.digits),
        group_number=minted("GQ", string.digits),
        reference=minted("ref-"),
    )


def found(text: bytes, people: list[Person]) -> list[bytes]:
    """The disguises that ``text`` holds, whatever their case."""
    plain = text.lower()
    return [one for person in people for one in person.disguises() if one.lower() in plain]


class Careless:
    """A payer's plugin that logs what it is asked, and loses a task that fails with it."""

    card = aetna.card

    def __init__(self) -> None:
        self.failure: Callable[[Question], Exception] | None = None

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        member = question.member
        log = structlog.get_logger()
        log.info("acme.asked", member=member.model_dump(), name=member.last_name, detail=f"for {member.last_name}!")
        log.info(f"asking for {member.last_name}")  # noqa: G004 - as a careless plugin would
        logging.getLogger("acme").warning("asking for %s", member.last_name)
        lost = asyncio.create_task(self._fail(question))
        await asyncio.wait({lost})
        del lost
        if self.failure is not None:
            raise self.failure(question)
        return await aetna.verify(question, gateway)

    async def _fail(self, question: Question) -> None:
        raise KeyError(question.member.member_id)


class Scene(NamedTuple):
    http: httpx.AsyncClient
    careless: Careless
    logs: io.StringIO
    folder: Path
    staff: dict[str, str]


@contextmanager
def logging_to(stream: io.StringIO, *, barrier: bool) -> Iterator[None]:
    """The logs of the process; without the barrier they are written as most programs write theirs."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    start_logging(stream=stream)
    if not barrier:
        structlog.configure(processors=[structlog.processors.JSONRenderer()])
        root.handlers[:] = [logging.StreamHandler(stream)]
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()


@pytest.fixture(params=[True, False], ids=["with the barrier", "without it"])
async def scene(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    careless, logs = Careless(), io.StringIO()
    with logging_to(logs, barrier=request.param):
        async with stored(tmp_path) as store:
            directory = Directory([careless])
            route = core_mime.open_route(RouteSettings(url=PAYER, username="simulator", password="simulator"))
            guards = Guards(routes={"core_mime": route}, cards=directory.cards, store=store)
            verifier = Verifier(
                directory=directory,
                guards=guards,
                store=store,
                scheduler=Planned(),  # type: ignore[arg-type]  # what the verifier uses of it
                terms=RunLimits(life=dict.fromkeys(Role, 900.0)),
                admission=Admission(64),
            )
            waits = dict.fromkeys(Role, 5.0)
            services = Services(verifier, directory, guards, store, PROVIDER, waits)
            transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=False)
            staff = {"Authorization": f"Bearer {await store.create_key(Role.STAFF)}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
                yield Scene(http, careless, logs, tmp_path, staff)
            await verifier.jobs.end(5.0)


Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


def honest() -> Handler:
    end = CoreMimeEndpoint(FaultSource(), PayerSystem())

    async def handle(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        response = await end.answer(Request(request.method, request.url.path, headers, request.content))
        return httpx.Response(response.status, headers=response.headers, content=response.body)

    return handle


def saying(status: int, media_type: str, person: Person) -> Handler:
    """A payer that says all it was told, as something that is no reply."""

    async def handle(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": media_type, "X-Member": person.member_id, "Location": f"/{person.member_id}"}
        return httpx.Response(status, headers=headers, content=b"<html>" + request.content)

    return handle


def cutting_off() -> Handler:
    whole = honest()

    async def handle(request: httpx.Request) -> httpx.Response:
        response = await whole(request)
        return httpx.Response(200, headers=response.headers, content=response.content[: -len(response.content) // 3])

    return handle


def failing(person: Person) -> Handler:
    async def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no way to {person.last_name}", request=request)

    return handle


def of_the_route(person: Person) -> list[Handler]:
    return [
        honest(),
        saying(200, "text/html", person),
        saying(200, "application/edi-x12", person),
        saying(500, "text/plain", person),
        saying(302, "text/plain", person),
        saying(429, "text/plain", person),
        cutting_off(),
        failing(person),
    ]


async def everything_happens(scene: Scene) -> tuple[list[Person], list[httpx.Response]]:
    """Ask about many people, in every wrong way that we know of; returns them, and what was refused."""
    people: list[Person] = []
    responses: list[httpx.Response] = []

    def new() -> Person:
        people.append(somebody())
        return people[-1]

    async def ask(content: object, **headers: str) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        given = {**scene.staff, "Content-Type": "application/json", **headers}
        responses.append(await scene.http.post(PATH, content=raw, headers=given))

    for number in range(8):
        person = new()
        with respx.mock(assert_all_called=False) as mock:
            mock.route(host="127.0.0.1").mock(side_effect=of_the_route(person)[number])
            mock.route(host="service").pass_through()
            await ask(person.body())
    for failure in (KeyError, PayerSilent):
        scene.careless.failure = lambda question, failure=failure: failure(f"no {question.member.last_name}")
        await ask(new().body())
    scene.careless.failure = None
    person = new()
    member = person.body()["member"]
    wrong: list[object] = [
        {**person.body(), person.last_name: person.first_name},
        {**person.body(), "member": {**member, "birth_date": f"{person.birth_date}T"}},
        {**person.body(), "member": {**member, "member_id": f"{person.member_id}*~"}},
        {**person.body(), "member": {person.last_name: person.member_id}},
        {**person.body(), "payer": person.last_name},
        {**person.body(), "service_date": person.last_name},
        {**person.body(), "delivery": person.last_name},
        [person.last_name],
        json.dumps(person.body()).encode()[:-1],
        json.dumps(person.body()).encode() + b"x" * 17_000,
    ]
    for content in wrong:
        await ask(content)
    await ask(person.body(), **{"Content-Type": f"text/{person.last_name}"})
    await ask(person.body(), Authorization=f"Bearer {person.last_name}")
    await ask(person.body(), **{"Idempotency-Key": person.last_name + "\t"})
    await ask(person.body(), Prefer=f"wait={person.last_name}", Authorization=person.member_id)
    paths = (f"{PATH}/ver_{person.last_name}", f"/{person.last_name}", f"/v1/payers/{person.member_id}")
    responses += [await scene.http.get(path, params={"q": person.first_name}, headers=scene.staff) for path in paths]
    return people, [response for response in responses if response.status_code >= 400]


def in_files(folder: Path, people: list[Person]) -> list[bytes]:
    return [one for file in folder.rglob("*") if file.is_file() for one in found(file.read_bytes(), people)]


async def test_of_all_that_was_told_nothing_is_found_where_it_does_not_belong(
    scene: Scene, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    people, refused = await everything_happens(scene)

    out, err = capfd.readouterr()
    in_logs = found((scene.logs.getvalue() + out + err).encode(), people)
    in_bodies = [one for response in refused for one in found(response.content, people)]
    assert len(people) == 11
    assert len(refused) == 17
    assert in_bodies == []
    assert await asyncio.to_thread(in_files, scene.folder, people) == []
    if "with the barrier" in request.node.name:
        assert in_logs == []
        assert scene.logs.getvalue().count("gateway.exchanged") >= 8
    else:
        assert len(in_logs) > 10


def test_the_search_finds_every_disguise() -> None:
    person = somebody()

    for disguise in person.disguises():
        assert found(b"..." + disguise.upper() + b"...", [person])
