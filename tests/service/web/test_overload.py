"""What overload promises: batches are refused first, short waits before long ones, nobody before the queue is long."""

from contextlib import suppress

import pytest

from service.security.access import Caller, Credential, Role, credential_of
from service.store.keys import mint
from service.verification.admission import Admission
from service.web.key_lookups import KeyLookups, KeyRecord
from service.web.overload import Overload


class OneKey:
    """A keyring with one key."""

    def __init__(self, role: Role) -> None:
        self.minted = mint()
        self.caller = Caller(id=self.minted.id, role=role)

    async def find_caller(self, credential: Credential) -> Caller | None:
        return self.caller if credential.plain == self.minted.plain else None

    async def list_keys(self) -> list[KeyRecord]:
        return []


class Queue:
    """A queue of as many as the test says, each of whom waits a tenth of a second."""

    length = 0

    def __len__(self) -> int:
        return self.length

    def delay(self, coming: int = 0) -> float:
        return self.length / 10


Headers = list[tuple[bytes, bytes]]


async def overload_of(role: Role, places: int = 100, *, known: bool = True) -> tuple[Overload, Headers]:
    """Overload that knows one key of ``role``, and the headers that bring it."""
    ring = OneKey(role)
    lookups = KeyLookups(ring)
    authorization = f"Bearer {ring.minted.plain}"
    credential = credential_of(authorization)
    assert credential is not None
    if known:
        await lookups.find(credential)
    overload = Overload(Admission(places), lookups, {Role.STAFF: 20.0, Role.PUBLIC: 8.0, Role.BATCH: 0.0})
    overload.questions = Queue()  # type: ignore[assignment]
    return overload, [(b"authorization", authorization.encode()), (b"content-length", b"2")]


def longest_queue(overload: Overload, headers: list[tuple[bytes, bytes]]) -> int:
    """How many may wait before a question is refused."""
    for length in range(1_000):
        overload.questions.length = length  # type: ignore[attr-defined]
        if overload.is_possible() and overload.refuses_question(headers):
            return length
    return 1_000


@pytest.mark.parametrize(
    ("role", "known", "longest"),
    [(Role.STAFF, True, 41), (Role.PUBLIC, True, 17), (Role.BATCH, True, 21), (Role.BATCH, False, 41)],
)
async def test_batches_are_refused_first_and_staff_last(role: Role, longest: int, *, known: bool) -> None:
    overload, headers = await overload_of(role, known=known)

    assert longest_queue(overload, headers) == longest


@pytest.mark.parametrize(("wait", "longest"), [(1, 3), (4, 11), (8, 21), (60, 41), (0, 41)])
async def test_a_question_stands_for_a_quarter_of_its_wait_at_most(wait: int, longest: int) -> None:
    overload, headers = await overload_of(Role.STAFF)

    assert longest_queue(overload, [*headers, (b"prefer", f"wait={wait}".encode())]) == longest


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("wait", [None, 0, 1, 4, 60])
async def test_whoever_is_refused_had_the_head_looked_at(role: Role, wait: int | None) -> None:
    overload, headers = await overload_of(role, places=60)
    headers += [] if wait is None else [(b"prefer", f"wait={wait}".encode())]
    unseen = []
    for length in range(100):
        overload.questions.length = length  # type: ignore[attr-defined]
        if overload.refuses_question(headers) and not overload.is_possible():
            unseen.append(length)

    assert unseen == []


async def test_a_queue_that_refuses_nobody_costs_no_look() -> None:
    overload, _ = await overload_of(Role.BATCH)
    overload.questions.length = 1  # type: ignore[attr-defined]

    assert not overload.is_possible()


@pytest.mark.parametrize(("places", "longest"), [(100, 41), (10, 10)])
async def test_when_staff_that_wait_longest_are_refused_everybody_is(places: int, longest: int) -> None:
    overload, headers = await overload_of(Role.STAFF, places)

    assert longest_queue(overload, headers) == longest
    assert overload.refuses_every_question()
    overload.questions.length -= 1  # type: ignore[attr-defined]
    assert not overload.refuses_every_question()


@pytest.mark.parametrize(("role", "longest"), [(Role.STAFF, 10), (Role.BATCH, 5)])
async def test_who_waits_for_the_start_takes_a_place(role: Role, longest: int) -> None:
    overload, headers = await overload_of(role, places=10)

    assert longest_queue(overload, headers) == longest


async def test_a_look_stands_behind_looks_alone() -> None:
    overload, headers = await overload_of(Role.STAFF)
    looks = Queue()
    overload.questions.length = 1_000  # type: ignore[attr-defined]
    overload.others = looks  # type: ignore[assignment]
    found = []
    for looks.length in (0, 40, 41):
        found.append((overload.refuses_question(headers), overload.refuses_others()))

    assert found == [(True, False), (True, False), (True, True)]


async def test_while_draining_nobody_is_called_one_too_many() -> None:
    overload, headers = await overload_of(Role.STAFF, places=4)
    overload.questions.length = 5  # type: ignore[attr-defined]
    before = overload.refuses_question(headers)
    with suppress(Exception):
        overload._admission.drain(0)

    assert (before, overload.refuses_question(headers)) == (True, False)


def test_a_service_where_nobody_waits_by_default_can_be_overloaded_too() -> None:
    overload = Overload(Admission(100), KeyLookups(OneKey(Role.STAFF)), dict.fromkeys(Role, 0.0))

    assert not overload.is_possible()
