"""The endpoints for batches: a roster is checked, started, looked at, changed, and its results are taken."""

import csv
import io
import json

from service.batches.dispatch import Dispatcher
from tests.service.batches.staging import HEADER, member
from tests.service.web.conftest import ServedApi

PATH = "/v1/batches"
CSV = {"Content-Type": "text/csv"}


def roster(*numbers: int) -> bytes:
    return "\n".join(",".join(cells) for cells in (HEADER, *(member(number) for number in numbers))).encode()


async def checked(api: ServedApi, body: bytes, key: dict[str, str] | None = None) -> dict[str, object]:
    response = await api.http.post(PATH, content=body, headers={**(key or api.batch), **CSV})
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]


async def test_a_roster_is_checked_started_and_answered(api: ServedApi) -> None:
    api.acme.go.set()
    batch = await checked(api, roster(1, 2, 2))
    assert (batch["state"], batch["duplicates"]) == ("ready", 1)
    assert "Testcase" not in json.dumps(batch)
    started = await api.http.post(f"{PATH}/{batch['id']}/start", headers=api.batch)
    assert (started.status_code, started.json()["state"]) == (200, "running")

    dispatcher = Dispatcher(directory=api.services.directory, guards=api.guards, store=api.store, verifier=api.verifier)
    await dispatcher._look()
    for lane in dispatcher._lanes.values():
        await lane
    await api.verifier.jobs.end(5.0)
    await dispatcher._look()

    seen = await api.http.get(f"{PATH}/{batch['id']}", headers=api.batch)
    assert (seen.json()["state"], seen.json()["open"]) == ("finished", 0)
    items = await api.http.get(f"{PATH}/{batch['id']}/items?state=duplicate", headers=api.batch)
    assert [item["duplicate_of"] for item in items.json()["items"]] == [3]
    results = await api.http.get(f"{PATH}/{batch['id']}/results?format=csv", headers=api.batch)
    rows = list(csv.DictReader(io.StringIO(results.text)))
    assert [row["member_id"] for row in rows] == ["ZZ900000001", "ZZ900000002", "ZZ900000002"]
    listed = await api.http.get(PATH, headers=api.batch)
    assert [one["id"] for one in listed.json()["batches"]] == [batch["id"]]


async def test_a_batch_of_another_caller_is_not_found(api: ServedApi) -> None:
    batch = await checked(api, roster(1), api.staff)

    for method, path in (("GET", ""), ("GET", "/items"), ("GET", "/results"), ("POST", "/start")):
        response = await api.http.request(method, f"{PATH}/{batch['id']}{path}", headers=api.batch)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
    assert (await api.http.get(PATH, headers=api.batch)).json() == {"batches": []}


async def test_what_can_not_be_done_to_a_batch_is_refused(api: ServedApi) -> None:
    batch = await checked(api, roster(1))

    refused = await api.http.post(f"{PATH}/{batch['id']}/resume", headers=api.batch)

    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert (await api.http.get(f"{PATH}/bat_nobody", headers=api.batch)).status_code == 404


async def test_a_file_that_is_no_roster_is_refused_by_a_code(api: ServedApi) -> None:
    response = await api.http.post(PATH, content=b"shoe size\n42\n", headers={**api.batch, **CSV})

    assert response.status_code == 422
    assert response.json()["errors"] == [{"field": "roster", "code": "no_header"}]
