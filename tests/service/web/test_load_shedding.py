"""what load shedding promises: who is refused hears of it before all else, and no key takes the others' places."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.security.access import Caller, Credential, Role
from service.settings.model import Limits
from service.store import StoreUnavailable
from service.store.keys import mint
from service.verification.admission import Admission
from service.web.key_lookups import KeyLookups
from service.web.load_shedding import MOST_LOOKUPS, LoadShedding
from tests.service.staging import until

from .conftest import ASKED, ServedApi

PATH = "/v1/verifications"


def headers_of(plain: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {plain}"}


class Row(NamedTuple):
    id: str
    revoked_at: None


class HoldingApp:
    """An application that keeps everybody until it is opened, the keys of its callers, and the services behind it."""

    limits = Limits(requests=8, share=1.0, wrong_keys=5, rate=1_000)
    trusted_proxies: tuple[str, ...] = ()
    sign_in_url = None

    def __init__(self) -> None:
        self.admission = Admission(8)
        self.verifier = self
        self.store = self
        self.keys: dict[str, Caller] = {}
        self.inside = self.looked_up = 0
        self.refused: Counter[str] = Counter()
        self.failure: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.readable = asyncio.Event()
        self.readable.set()

    def make(self, role: Role) -> dict[str, str]:
        made = mint()
        self.keys[made.plain] = Caller(id=made.id, role=role)
        return headers_of(made.plain)

    async def find_caller(self, credential: Credential) -> Caller | None:
        self.looked_up += 1
        await self.readable.wait()
        if self.failure is not None:
            raise self.failure
        return self.keys.get(credential.plain)

    def count_refused_key(self, source: str) -> None:
        self.refused[source] += 1

    async def list_keys(self) -> list[Any]:
        return [Row(caller.id, None) for caller in self.keys.values()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        self.inside += 1
        await self.open.wait()
        self.inside -= 1
        await Response(status_code=204)(scope, receive, send)


class Step(NamedTuple):
    app: HoldingApp
    http: httpx.AsyncClient
    staff: dict[str, str]
    batch: dict[str, str]

    async def ask(self, headers: dict[str, str]) -> int:
        return (await self.http.post(PATH, headers=headers)).status_code

    async def fill(self, headers: dict[str, str], times: int) -> list[asyncio.Task[int]]:
        self.app.open.clear()
        there = self.app.inside
        tasks = [asyncio.create_task(self.ask(headers)) for _ in range(times)]
        await until(lambda: self.app.inside == there + times)
        return tasks


async def stepped(app: HoldingApp) -> AsyncIterator[Step]:
    services: Any = app
    transport = httpx.ASGITransport(app=LoadShedding(app, services, [re.compile("/v1/")], KeyLookups(services)))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        yield Step(app, http, app.make(Role.STAFF), app.make(Role.BATCH))


@pytest.fixture
async def step() -> AsyncIterator[Step]:
    async for made in stepped(HoldingApp()):
        yield made


async def test_who_is_known_is_shed_by_his_role_before_his_key_is_looked_up(step: Step) -> None:
    await asyncio.gather(step.ask(step.staff), step.ask(step.batch))
    inside = await step.fill(step.staff, 4)
    step.app.readable.clear()

    batch = await step.ask(step.batch)
    step.app.readable.set()
    inside += await step.fill(step.staff, 4)
    step.app.readable.clear()
    staff = await step.http.post(PATH, headers=step.staff)
    step.app.readable.set()
    step.app.open.set()
    answered = await asyncio.gather(*inside)

    assert (batch, staff.status_code, staff.json()["code"], staff.headers["retry-after"]) == (
        503,
        503,
        "overloaded",
        "2",
    )
    assert set(answered) == {204}
    assert await step.ask(step.batch) == 204


async def test_a_burst_with_one_key_that_nobody_knows_yet_is_looked_up_once_and_let_in(step: Step) -> None:
    step.app.limits = Limits(requests=512)
    step.app.admission = Admission(512)
    async for fresh in stepped(step.app):
        answered = await asyncio.gather(*(fresh.ask(fresh.staff) for _ in range(4 * MOST_LOOKUPS)))

        assert set(answered) == {204}
        assert fresh.app.looked_up == 1


async def test_many_keys_that_nobody_knows_are_looked_up_a_few_at_a_time_and_shed_nobody_who_is_known(
    step: Step,
) -> None:
    step.app.limits = Limits(wrong_keys=1_000)
    async for fresh in stepped(step.app):
        await fresh.ask(fresh.staff)
        fresh.app.readable.clear()
        strangers = [asyncio.create_task(fresh.ask(headers_of(mint().plain))) for _ in range(MOST_LOOKUPS + 10)]
        await until(lambda tasks=strangers: sum(task.done() for task in tasks) == 10)  # type: ignore[misc]
        staff = asyncio.create_task(fresh.ask(fresh.staff))
        fresh.app.readable.set()

        assert await staff == 204
        assert sorted(await asyncio.gather(*strangers)) == [401] * MOST_LOOKUPS + [503] * 10


async def test_looking_is_never_shed_here(step: Step) -> None:
    await step.ask(step.staff)
    inside = await step.fill(step.staff, 8)
    looking = asyncio.create_task(step.http.get(f"{PATH}/ver_1", headers=step.staff))
    step.app.open.set()

    assert (await looking).status_code == 204
    assert set(await asyncio.gather(*inside)) == {204}


async def test_one_key_has_its_share_of_the_places_and_leaves_the_rest_to_others(step: Step) -> None:
    step.app.limits = Limits(requests=8, share=0.5)
    async for fresh in stepped(step.app):
        greedy = await fresh.fill(fresh.staff, 4)

        one_more = await fresh.http.post(PATH, headers=fresh.staff)
        others = await fresh.fill(fresh.app.make(Role.STAFF), 4)
        fresh.app.open.set()

        assert (one_more.status_code, one_more.json()["code"]) == (429, "too_many_requests")
        assert int(one_more.headers["retry-after"]) >= 1
        assert set(await asyncio.gather(*greedy, *others)) == {204}


async def test_one_key_has_a_rate_and_another_one_keeps_its_own(step: Step) -> None:
    step.app.limits = Limits(rate=1.0)
    async for fresh in stepped(step.app):
        staff = [(await fresh.http.get("/v1/payers", headers=fresh.staff)).status_code for _ in range(8)]
        batch = (await fresh.http.get("/v1/payers", headers=fresh.batch)).status_code

        assert (staff, batch) == ([204] * 5 + [429] * 3, 204)


async def guess(step: Step, times: int, headers: dict[str, str] | None = None) -> list[int]:
    return [await step.ask(headers or headers_of(mint().plain)) for _ in range(times)]


async def test_who_only_guesses_is_told_to_come_later_and_no_guess_is_looked_up(step: Step) -> None:
    guessed = await guess(step, 10)
    looked_up = step.app.looked_up
    last = await step.http.post(PATH, headers=headers_of(mint().plain))
    nonsense = await guess(step, 1, headers_of("nonsense"))

    assert guessed == [401] * 5 + [429] * 5
    assert (looked_up, nonsense) == (5, [429])
    assert step.app.refused == {"127.0.0.1": 12}
    assert last.headers["content-type"] == "application/problem+json"
    assert 1 <= int(last.headers["retry-after"]) <= 12


async def test_nonsense_is_a_guess_and_no_key_at_all_is_none(step: Step) -> None:
    without = [(await step.http.post(PATH)).status_code for _ in range(20)]
    nonsense = await guess(step, 8, headers_of("nonsense"))

    assert (without, nonsense) == ([401] * 20, [401] * 5 + [429] * 3)


async def test_guesses_from_the_same_address_shut_out_no_right_key(step: Step) -> None:
    await step.ask(step.staff)
    await guess(step, 50)

    known, first_seen = await step.ask(step.staff), await step.ask(step.batch)

    assert (known, first_seen) == (204, 204)


async def test_guesses_at_the_secret_of_a_live_key_are_bounded_too(step: Step) -> None:
    staff_id = step.staff["Authorization"].split("_")[1]
    await step.ask(step.staff)

    guessed = await guess(step, 5)
    guessed += [await step.ask(headers_of(f"bv_{staff_id}_{mint().plain.split('_', 2)[2]}")) for _ in range(10)]

    assert guessed == [401] * 10 + [429] * 5
    assert await step.ask(step.staff) == 204


async def test_a_store_that_fails_makes_no_key_a_wrong_one(step: Step) -> None:
    step.app.failure = StoreUnavailable("imaginary")
    failed = await guess(step, 10, step.staff)
    step.app.failure = None

    assert failed == [503] * 10
    assert await guess(step, 5) == [401] * 5
    assert await step.ask(step.staff) == 204


async def test_two_keys_in_one_request_are_none(step: Step) -> None:
    twice = [("Authorization", step.staff["Authorization"]), ("Authorization", step.batch["Authorization"])]

    assert (await step.http.post(PATH, headers=twice)).status_code == 401


async def test_a_known_key_opens_nothing_by_itself(api: ServedApi) -> None:
    await api.http.post(PATH, json=ASKED, headers=api.staff)
    key_id = api.staff["Authorization"].removeprefix("Bearer ").split("_")[1]
    revoked = await api.store.revoke_key(key_id)

    response = await api.http.post(PATH, json=ASKED, headers=api.staff)

    assert (revoked, response.status_code) == (True, 401)
