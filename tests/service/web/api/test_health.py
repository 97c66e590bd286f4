"""What alive and ready promise: payers are never part of either."""

import asyncio

import httpx
import pytest

from contracts import PayerSilent
from service.gateway.isolation import MOST_LEAKED
from service.web.app import create_app
from tests.service.web.conftest import ASKED, Door


async def test_a_service_that_can_record_questions_is_ready(door: Door) -> None:
    response = await door.http.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_a_store_that_does_not_write_makes_it_unready_and_leaves_it_alive(door: Door) -> None:
    await door.store.stop()

    ready, alive = await door.http.get("/readyz"), await door.http.get("/healthz")

    assert (ready.status_code, ready.json()["code"], alive.status_code) == (503, "not_ready", 200)
    assert int(ready.headers["retry-after"]) >= 1


async def test_many_who_ask_at_once_try_the_store_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def trouble() -> None:
        tries.append(1)

    monkeypatch.setattr(door.services.store, "trouble", trouble)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(door.services)), base_url="http://service"
    ) as http:
        responses = await asyncio.gather(*(http.get("/readyz") for _ in range(100)))

    assert {response.status_code for response in responses} == {200}
    assert len(tries) == 1


async def test_a_payer_that_fails_leaves_it_ready(door: Door) -> None:
    door.acme.failure = PayerSilent("imaginary")
    await door.http.post("/v1/verifications", json=ASKED, headers=door.staff)

    assert (await door.http.get("/readyz")).status_code == 200


async def test_more_than_twenty_tasks_that_plugins_left_behind_make_it_unready_until_they_end(door: Door) -> None:
    enough = asyncio.Event()

    async def stay() -> None:
        await enough.wait()

    found: list[int] = []
    tasks = [asyncio.create_task(stay()) for _ in range(MOST_LEAKED + 1)]
    for task in tasks:
        door.guards.leaked.adopt(task)
        found.append((await door.http.get("/readyz")).status_code)
    enough.set()
    await asyncio.gather(*tasks)
    found.append((await door.http.get("/readyz")).status_code)

    assert found == [200] * MOST_LEAKED + [503, 200]
