"""F11: of all that a service is told by callers and payers, nothing is found where it does not belong.

Every field holds a value that exists nowhere else, in questions and in replies. They go through everything that can
happen to a question, beside plugins and libraries without manners. Then the log, the refusals, the addresses, spans,
the bytes of the database with its logs, temporary files and what the system shows of the process are searched, in
every disguise. With the guards switched off the same search finds something in each of these places.
"""

import asyncio
import json
import re
import signal
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from payers.simulator.people import PEOPLE
from tests.faults.deployment import WIDE_OPEN, Deployment, bare, key_of, running, settings_for
from tests.faults.driver import Said, request
from tests.faults.people import about
from tests.journeys.conftest import Stage
from tests.leaks.people import UniquePerson, mint, unique_person
from tests.leaks.places import Places, in_folder, in_process, in_rows
from tests.leaks.relay import Relay
from tests.leaks.scanner import Hit, Scanner

CHANGES = "tests.leaks.careless:"
GUARDED = [WIDE_OPEN, f"{CHANGES}hardened", f"{CHANGES}careless"]
MUTANTS = ("redaction_off", "sealing_off", "errors_with_input", "ids_in_urls", "temporary_files", "spans_on")
SEALING = f"k1:{b64encode(bytes(range(32))).decode()}"

FAULTS = ("STATUS503", "RESET", "HTML", "TRUNCATED", "CROSS", "AAA72", "GARBAGE", "REDIRECT", "FAULT")
IN_REPLIES = {"plan": "CHOICE POINT OF SERVICE", "group name": "IMAGINARY EMPLOYER", "group number": "0908765"}
"""Words of the simulator's replies that a test replaces by unique ones of the same length."""


class Scene(NamedTuple):
    """A service with a relay before its payer, the folders that it may write to, and what its callers were answered."""

    deployment: Deployment
    relay: Relay
    told: dict[str, Any]
    answers: list[Said]

    def people(self, count: int = 1, **named: str) -> list[UniquePerson]:
        """New people, whose values are looked for from now on."""
        people = [unique_person(**named) for _ in range(count)]
        for person in people:
            number = len(self.told)
            self.told.update({f"{name} {number}": value for name, value in person.fields().items()})
        return people

    def mint(self, name: str) -> str:
        """A new value for some other field."""
        return self.told.setdefault(name, mint("zq"))

    async def call(self, method: str, path: str, body: object = b"", **headers: str) -> Said:
        """Send a request as staff, unless ``headers`` say otherwise."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.deployment.staff}", "Content-Type": "application/json", **headers}
        answer = await request(self.deployment.service, method, path, given, raw)
        self.answers.append(answer)
        return answer


@contextmanager
def staged(home: Path, changes: list[str], database: str | None) -> Iterator[Scene]:
    words = {name: mint(length=len(word)).upper() for name, word in IN_REPLIES.items()}
    (home / "tmp").mkdir()
    with running(["simulate", "--port", "0"], bare(), home) as (simulator, simulating):
        relay = Relay(
            int(simulator.rsplit(":", 1)[1]), {IN_REPLIES[name].encode(): new.encode() for name, new in words.items()}
        )
        settings = {
            **bare(),
            **settings_for(f"http://127.0.0.1:{relay.port}", home),
            "TMPDIR": str(home / "tmp"),
            "HOME": str(home / "tmp"),
            "BENEFITS_KEYS__SEALING": SEALING,
            **({"BENEFITS_DATABASE_URL": database} if database else {}),
        }
        keys = [key_of(role, settings, home) for role in ("staff", "batch")]
        with running(["serve", "--port", "0"], settings, home, changes) as (service, serving):
            yield Scene(Deployment(simulator, service, *keys, simulating, serving, home), relay, dict(words), [])
        relay.close()


PATH = "/v1/verifications"


async def everything_happens(scene: Scene) -> None:
    """Ask in every way that we know of; all that is sent holds values that are looked for."""
    plain, child, *unlucky = scene.people(2 + len(FAULTS))
    echoes = [scene.people(last_name=f"Crowdecho{kind}")[0] for kind in "abc"]
    accented = scene.people(first_name="Zöéñ")[0]
    key = scene.mint("idempotency key")
    # The reply about this member of the simulator's is the one whose words are replaced.
    known = about(next(one for one in PEOPLE if (one.payer, one.last_name) == ("aetna", "WORDWELL")))
    final = await scene.call("POST", PATH, plain.body(), Prefer="wait=10", **{"Idempotency-Key": key})
    await scene.call("POST", PATH, plain.body(), Authorization=f"Bearer {scene.deployment.batch}", Prefer="wait=10")
    await scene.call("POST", PATH, child.body(dependent=True), Prefer="wait=10")
    await scene.call("POST", PATH, accented.body(), Prefer="wait=10")
    told = await scene.call("POST", PATH, known, Prefer="wait=10")
    assert {told.json["coverage"][name].lower() for name in ("plan_name", "group_name", "group_number")} == {
        scene.told[name].lower() for name in IN_REPLIES
    }
    for person, fault in zip(unlucky, FAULTS, strict=True):
        await scene.call("POST", PATH, person.body(fault), Prefer="wait=4")
    for person in [*echoes, *scene.people(2, last_name="Crowdraise")]:
        await scene.call("POST", PATH, person.body(), Prefer="wait=4")
    await fill_in_the_form(scene)
    await use(scene, final.json["verification_id"])
    await be_refused(scene, key)


FORM = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}


async def fill_in_the_form(scene: Scene) -> None:
    """Send the form as a visitor does, with a slip on the way, and read what came of it."""
    person = scene.people()[0]
    phone = scene.told.setdefault("phone", f"2122{mint(length=6, alphabet='0123456789')}")
    email = f"{scene.mint('email')}@example.test"
    year, month, day = person.birth_date.isoformat().split("-")
    born = {"birth_date_year": year, "birth_date_month": month, "birth_date_day": day}
    names = {"first_name": person.first_name, "last_name": person.last_name, "member_id": person.member_id}
    begun = await scene.call("POST", "/verify", urlencode({"payer": "aetna"}).encode(), **FORM)
    card = begun.headers["location"]
    await scene.call("POST", card, urlencode({**names, **born, "birth_date_day": person.last_name}).encode(), **FORM)
    contact = card
    for _ in range(2):
        sent = await scene.call("POST", card, urlencode({**names, **born, "is_subscriber": "yes"}).encode(), **FORM)
        contact = sent.headers["location"]
    shown = await scene.call("GET", contact, **FORM)
    token = re.search(rb'name="token" value="([0-9a-f]+)"', shown.body)
    assert token is not None, contact
    form = {"phone": phone, "email": email, "may_ask_insurer": "yes", "token": token[1].decode()}
    for _ in range(2):
        sent = await scene.call("POST", contact, urlencode(form).encode(), **FORM)
        if "/sent/" in sent.headers["location"]:
            break
    assert (await scene.call("GET", sent.headers["location"], **FORM)).status == 200
    for path in (card, f"/verify/{person.last_name}", f"/verify/{person.last_name}/{person.member_id}"):
        await scene.call("POST", path, urlencode({**form, "token": person.last_name, phone: email}).encode(), **FORM)
    await scene.call("POST", contact, urlencode({**form, "token": person.last_name}).encode(), **FORM)
    await scene.call("POST", contact, urlencode(form).encode(), **{**FORM, "Content-Type": f"text/{phone}"})
    for path in (f"/verify/sent/{person.last_name}", f"/verify/{person.member_id}?q={phone}"):
        await scene.call("GET", path, **FORM)


async def use(scene: Scene, verification_id: str) -> None:
    """Look at an answer in every way, and note a call about it."""
    word, path = scene.mint("location"), f"{PATH}/{verification_id}"
    await scene.call("GET", f"{path}/watch-list?location={word}")
    await scene.call("POST", f"{path}/cost", {"location": word})
    await scene.call("GET", f"{path}/authorization")
    sheet = await scene.call("GET", f"{path}/call-sheet")
    names = ("representative", "reference_number", "department", "phone", "remark")
    note = {"called_at": "2026-12-01T15:04:00Z", **{name: scene.mint(f"call: {name}") for name in names}}
    noted = await scene.call("POST", f"{path}/call-notes", note, **{"If-Match": sheet.headers["etag"]})
    assert noted.status == 201
    # What a caller may see is no leak: what was answered so far is his own.
    scene.answers[:] = [answer for answer in scene.answers if answer.status >= 400]


async def be_refused(scene: Scene, key: str) -> None:
    """Make every mistake that a caller can make, with a member's details where they do not belong."""
    person = scene.people()[0]
    body = person.body()
    member, first, last, member_id = body["member"], person.first_name, person.last_name, person.member_id
    wrong: list[object] = [
        {**body, last: first},
        {**body, "member": {**member, "birth_date": f"{member['birth_date']}T"}},
        {**body, "member": {**member, "member_id": f"{member_id}*~"}},
        {**body, "member": {**member, "first_name": f"{first}\u0000"}},
        {**body, "member": {**member, last: member_id}},
        {**body, "subscriber": {"relationship": last}},
        *({**body, field: last} for field in ("payer", "service_date", "delivery", "conditions", "member")),
        {**body, "member": {"last_name": last}},
        [last],
        json.dumps(body).encode()[:-1],
        json.dumps(body).encode() + b" " * 17_000 + last.encode(),
    ]
    for content in wrong:
        await scene.call("POST", PATH, content)
    await scene.call("POST", PATH, body, **{"Idempotency-Key": key})
    for name in ("Content-Type", "Authorization", "Content-Encoding", "Host", "X-Member"):
        await scene.call("POST", PATH, {**body, "payer": last}, **{name: f"text/{last} {member_id}"})
    await scene.call("POST", PATH, body, **{"Idempotency-Key": f"{last}\t"})
    for path in (
        f"{PATH}/ver_{last}",
        f"/{last}",
        f"{PATH}?q={first}&id={member_id}",
        f"/v1/payers/{member_id}",
        "/metrics",
    ):
        await scene.call("GET", path)
        await scene.call("PUT", path)
    await scene.call("GET", f"/{last}", Authorization="Bearer none")
    raw = f"GET /{last} HTTP/9.9\r\nHost: {first}\r\n{member_id}\r\n\r\n".encode()
    scene.answers.append(await _send_raw(scene.deployment.service, raw))


async def _send_raw(service: str, raw: bytes) -> Said:
    host, _, port = service.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    found = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return Said(400, {}, found, 0.0)


def in_answers(answers: list[Said]) -> Places:
    for number, answer in enumerate(answers):
        yield f"refusal {number}", answer.body
        yield f"refusal {number}, head", json.dumps(answer.headers)


def everywhere(scene: Scene, home: Path) -> Places:
    yield from in_folder(home)
    yield from in_answers(scene.answers)
    yield from (("address", head) for head in scene.relay.heads)


class Search(NamedTuple):
    """What was found, of which values, in which places; their bytes by kind, and what shows that something happened."""

    found: set[Hit]
    values: dict[str, Any]
    places: set[str]
    sizes: Counter[str]
    events: Counter[str]
    reworded: int


def searched(home: Path, changes: list[str], server: Any = None) -> Search:
    """Let everything happen, kill the service, and search."""
    database = None if server is None else server.url()
    with staged(home, changes, database) as scene:
        asyncio.run(everything_happens(scene))
        places = list(in_process(scene.deployment.serving.pid))
        # No orderly end, which would leave less behind.
        scene.deployment.serving.send_signal(signal.SIGSEGV)
        scene.deployment.serving.wait(10)
    places += everywhere(scene, home)
    if server is not None:
        places += [*in_rows(database), *in_folder(server.home)]
    sizes: Counter[str] = Counter()
    for place, data in places:
        sizes[place.split(" ")[0]] += len(data)
    return Search(
        found=Scanner(scene.told).scan_all(places),
        values=scene.told,
        places={place for place, _ in places},
        sizes=sizes,
        events=Counter(re.findall(r'"event":"([a-z_.]+)"', scene.deployment.log())),
        reworded=scene.relay.replaced,
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_is_found_where_it_does_not_belong(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("own_postgres") if engine == "postgresql" else None

    search = searched(tmp_path, GUARDED, server)

    assert search.found == set()
    # What the search looked at, so that its nothing is worth something.
    assert search.events["gateway.exchanged"] >= 15
    assert {"library.logged", "library.warned", "library.printed", "thread.failed"} <= search.events.keys()
    assert len(search.values) > 120
    assert search.reworded >= 3
    assert search.sizes["refusal"] > 10_000
    assert search.sizes["address"] > 15 * 200
    kept = {"table public.jobs", "table dbos.workflow_status"} if server else {"file benefits.sqlite-wal"}
    assert kept | {"file serve.log", "name of tmp", "arguments"} <= search.places


@pytest.mark.leaks
@pytest.mark.timeout(240)
def test_with_the_guards_off_something_is_found_everywhere(tmp_path: Path) -> None:
    search = searched(tmp_path, [*GUARDED, *(CHANGES + name for name in MUTANTS)])

    found = Counter(re.sub(r"[ /]tmp\w+$| \d+.*", "", hit.place) for hit in search.found)
    assert found.keys() >= {
        *("file serve.log", "file benefits.sqlite-wal", "file spans.txt", "file tmp", "refusal", "address")
    }, found


def test_no_process_of_a_running_service_may_leave_a_core(stage: Stage) -> None:
    ours = [stage.process.pid]
    for pid in ours:
        children = [task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
        ours += map(int, " ".join(children).split())

    limits = [Path(f"/proc/{pid}/limits").read_text().splitlines() for pid in ours]

    cores = [line.split()[4:6] for lines in limits for line in lines if line.startswith("Max core file size")]
    # The service, and the process beside it that ends it when it is stuck.
    assert len(cores) >= 2
    assert cores == [["0", "0"]] * len(cores)
