"""What the doorstep promises: a flood is shed before anybody looks up a key, and strangers shed nobody whom we know."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.access import Role
from service.admission import Admission
from service.api.doorstep import STRANGERS, Doorstep
from tests.service.staging import until

from .conftest import ASKED, Door

PATH = "/v1/verifications"
STAFF = {"Authorization": "Bearer staff"}
BATCH = {"Authorization": "Bearer batch"}


class House:
    """An application that knows two keys and keeps everybody until it is opened; and the rooms behind it."""

    def __init__(self) -> None:
        self.admission = Admission(8)
        self.verifier = self
        self.inside = 0
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key in {"staff", "batch"}:
            request.state.role = Role(key)
        await request.body()
        self.inside += 1
        await self.open.wait()
        self.inside -= 1
        await Response(status_code=204)(scope, receive, send)


class Step(NamedTuple):
    house: House
    http: httpx.AsyncClient

    async def ask(self, headers: dict[str, str]) -> int:
        return (await self.http.post(PATH, headers=headers)).status_code

    async def fill(self, headers: dict[str, str], times: int) -> list[asyncio.Task[int]]:
        self.house.open.clear()
        there = self.house.inside
        tasks = [asyncio.create_task(self.ask(headers)) for _ in range(times)]
        await until(lambda: self.house.inside == there + times)
        return tasks


@pytest.fixture
async def step() -> AsyncIterator[Step]:
    house = House()
    rooms: Any = house
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=Doorstep(house, rooms)), base_url="http://service"
    ) as http:
        yield Step(house, http)


async def test_who_is_known_is_shed_by_his_role_before_his_key_is_looked_up(step: Step) -> None:
    await asyncio.gather(step.ask(STAFF), step.ask(BATCH))
    inside = await step.fill(STAFF, 4)

    batch = await step.ask(BATCH)
    inside += await step.fill(STAFF, 4)
    staff = await step.http.post(PATH, headers=STAFF)
    step.house.open.set()
    answered = await asyncio.gather(*inside)

    assert (batch, staff.status_code, staff.json()["code"], staff.headers["retry-after"]) == (
        503,
        503,
        "overloaded",
        "2",
    )
    assert set(answered) == {204}
    assert await step.ask(BATCH) == 204


async def test_strangers_are_let_through_a_few_at_a_time_and_shed_nobody_who_is_known(step: Step) -> None:
    await step.ask(STAFF)
    strangers = await step.fill({"Authorization": "Bearer nobody"}, STRANGERS)

    one_more = await step.ask({"Authorization": "Bearer nobody"})
    staff = await step.fill(STAFF, 8)
    step.house.open.set()
    answered = await asyncio.gather(*strangers, *staff)

    assert one_more == 503
    assert set(answered) == {204}


async def test_a_key_is_no_strangers_any_more_once_it_was_looked_up_however_long_its_question_waits(step: Step) -> None:
    step.house.admission = Admission(4 * STRANGERS)
    inside = await step.fill(STAFF, STRANGERS)

    inside += await step.fill(STAFF, STRANGERS)
    step.house.open.set()

    assert set(await asyncio.gather(*inside)) == {204}


async def test_looking_is_never_shed_here(step: Step) -> None:
    await step.ask(STAFF)
    inside = await step.fill(STAFF, 8)
    looking = asyncio.create_task(step.http.get(f"{PATH}/ver_1", headers=STAFF))
    step.house.open.set()

    assert (await looking).status_code == 204
    assert set(await asyncio.gather(*inside)) == {204}


async def test_a_known_key_opens_nothing_by_itself(door: Door) -> None:
    await door.http.post(PATH, json=ASKED, headers=door.staff)
    key_id = door.staff["Authorization"].removeprefix("Bearer ").split("_")[1]
    revoked = await door.store.revoke_key(key_id)

    response = await door.http.post(PATH, json=ASKED, headers=door.staff)

    assert (revoked, response.status_code) == (True, 401)
