"""The simulator as a process, and requests written byte by byte, so that what comes back can be seen byte by byte."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from email import message_from_bytes
from itertools import count
from typing import NamedTuple

import pytest

from contracts import AttemptNumbers, Inquiry, Member, Provider, Relationship, Subscriber
from payers.simulator.payers import BY_ID
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.x12 import write_270

NUMBERS = count(1)
BOUNDARY = "test-boundary"


def numbers() -> AttemptNumbers:
    """Fresh numbers."""
    number = next(NUMBERS)
    return AttemptNumbers(
        interchange=f"{number:09d}",
        group=str(number),
        trace=f"BV{number:010d}",
        originator="9123456789",
        transaction=f"BT{number:010d}",
        envelope_id=f"f81d4fae-7dec-41d0-a765-{number:012d}",
    )


class Asked(NamedTuple):
    """A 270 and what it holds."""

    person: ImaginaryPerson
    numbers: AttemptNumbers
    raw: bytes


class Came(NamedTuple):
    """What came back: the bytes, how the connection ended (closed, reset, open), and after how many seconds."""

    raw: bytes
    ended: str
    seconds: float

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def fields(self) -> dict[str, bytes]:
        """The parts of an envelope by name."""
        content_type = next(line for line in self.head.split(b"\r\n") if line.lower().startswith(b"content-type"))
        message = message_from_bytes(content_type + b"\r\n\r\n" + self.body)
        found = {}
        for part in message.get_payload():
            content = part.get_payload(decode=True)
            found[part.get_param("name", header="content-disposition")] = content
        return found


def person_of(scenario: str, payer: str = "aetna") -> ImaginaryPerson:
    return next(person for person in PEOPLE if (person.payer, person.scenario) == (payer, scenario))


def asked_about(
    person: ImaginaryPerson, *service_types: str, key: str = "", provider: str = "Example Center", **member: object
) -> Asked:
    """The 270 about ``person``; ``key`` stands before the member id, ``member`` replaces details."""
    given = {"first_name": person.first_name, "last_name": person.last_name, "birth_date": person.birth_date}
    holder = None
    if person.holder is not None:
        holder = Subscriber(
            first_name=person.holder,
            last_name=person.last_name,
            birth_date=date(1970, 1, 2),
            member_id=key + person.member_id,
            relationship=Relationship.CHILD,
        )
    payer = BY_ID[person.payer]
    inquiry = Inquiry(
        payer=person.payer,
        payer_id=payer.payer_id,
        payer_name=payer.name,
        member=Member(**{**given, "member_id": None if holder else key + person.member_id, **member}),
        subscriber=holder,
        provider=Provider(npi="1999999984", name=provider),
        service_date=date(2026, 11, 24),
        service_types=service_types or ("MH",),
    )
    sent = numbers()
    at = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
    return Asked(person, sent, write_270(inquiry, sent, sender_id="BENEFITS", receiver_id=payer.payer_id, at=at))


def envelope_of(asked: Asked) -> dict[str, bytes]:
    """The fields of a right envelope around ``asked``."""
    return {
        "PayloadType": b"X12_270_Request_005010X279A1",
        "ProcessingMode": b"RealTime",
        "PayloadID": asked.numbers.envelope_id.encode(),
        "TimeStamp": b"2026-11-24T14:05:00Z",
        "UserName": b"simulator",
        "Password": b"simulator",
        "SenderID": b"BENEFITS",
        "ReceiverID": b"SIMULATOR",
        "CORERuleVersion": b"2.2.0",
        "Payload": asked.raw,
    }


class Running(NamedTuple):
    """A simulator that runs."""

    process: subprocess.Popen[str]
    port: int

    def request(self, method: str, path: str, body: bytes = b"", media_type: str = "", seconds: float = 10) -> Came:
        """One request, and everything that comes back within ``seconds``."""
        head = f"{method} {path} HTTP/1.1\r\nHost: simulator\r\nContent-Type: {media_type}\r\n"
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as wire:
            wire.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            raw, ended = b"", "open"
            while (left := began + seconds - time.monotonic()) > 0 and len(raw) < 1_000_000:
                wire.settimeout(left)
                try:
                    more = wire.recv(65536)
                except TimeoutError:
                    break
                except ConnectionResetError:
                    ended = "reset"
                    break
                if not more:
                    ended = "closed"
                    break
                raw += more
        return Came(raw, ended, time.monotonic() - began)

    def post(self, fields: Mapping[str, bytes], seconds: float = 10) -> Came:
        """An envelope of ``fields``, and what comes back."""
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
            for name, value in fields.items()
        ]
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        return self.request("POST", "/core/mime", body, f"multipart/form-data; boundary={BOUNDARY}", seconds)

    def ask(self, asked: Asked, seconds: float = 10) -> Came:
        """``asked`` in a right envelope, and what comes back."""
        return self.post(envelope_of(asked), seconds)


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts simulators with options of a test's own; ended by their ids."""
    started: list[subprocess.Popen[str]] = []

    def starting(*options: str) -> Running:
        command = [sys.executable, "-m", "payers.commands.simulate", "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("simulator ready on http://127.0.0.1:")
        return Running(process, int(line.rsplit(":", 1)[1]))

    yield starting
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    """One simulator for the module."""
    command = [sys.executable, "-m", "payers.commands.simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Running(process, int(process.stdout.readline().rsplit(":", 1)[1]))
        process.terminate()


@pytest.fixture
def about() -> Callable[..., Asked]:
    """Makes the 270 about a member of a scenario: ``about(scenario, payer, *service_types, key=…)``."""

    def make(scenario: str, payer: str = "aetna", *service_types: str, **more: object) -> Asked:
        return asked_about(person_of(scenario, payer), *service_types, **more)

    return make


@pytest.fixture
def envelope() -> Callable[[Asked], dict[str, bytes]]:
    """Makes the fields of a right envelope."""
    return envelope_of
