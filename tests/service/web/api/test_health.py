"""What alive and ready promise: payers are never part of either."""

import asyncio

import httpx
import pytest

from contracts import PayerSilent
from service.gateway.isolation import MOST_LEAKED
from service.web.app import create_app
from tests.service.web.conftest import ASKED, ServedApi


async def test_a_service_that_can_record_questions_is_ready(api: ServedApi) -> None:
    response = await api.http.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_a_store_that_does_not_write_makes_it_unready_and_leaves_it_alive(api: ServedApi) -> None:
    await api.store.stop()

    ready, alive = await api.http.get("/readyz"), await api.http.get("/healthz")

    assert (ready.status_code, ready.json()["code"], alive.status_code) == (503, "not_ready", 200)
    assert int(ready.headers["retry-after"]) >= 1


async def test_many_who_ask_at_once_try_the_store_once(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def trouble() -> None:
        tries.append(1)

    monkeypatch.setattr(api.services.store, "trouble", trouble)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(api.services)), base_url="http://service"
    ) as http:
        responses = await asyncio.gather(*(http.get("/readyz") for _ in range(100)))

    assert {response.status_code for response in responses} == {200}
    assert len(tries) == 1


async def test_a_payer_that_fails_leaves_it_ready(api: ServedApi) -> None:
    api.acme.failure = PayerSilent("imaginary")
    await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)

    assert (await api.http.get("/readyz")).status_code == 200


async def test_more_than_twenty_tasks_that_plugins_left_behind_make_it_unready_until_they_end(api: ServedApi) -> None:
    enough = asyncio.Event()

    async def stay() -> None:
        await enough.wait()

    found: list[int] = []
    tasks = [asyncio.create_task(stay()) for _ in range(MOST_LEAKED + 1)]
    for task in tasks:
        api.guards.leaked.adopt(task)
        found.append((await api.http.get("/readyz")).status_code)
    enough.set()
    await asyncio.gather(*tasks)
    found.append((await api.http.get("/readyz")).status_code)

    assert found == [200] * MOST_LEAKED + [503, 200]
