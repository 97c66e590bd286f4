"""The endpoints for batches: a roster is checked, started, looked at, changed, and its results are taken."""

import csv
import io
import json

import pytest
from python_calamine import CalamineWorkbook

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


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def test_results_come_in_the_form_that_accept_asks_for(api: ServedApi) -> None:
    batch = await checked(api, roster(1, 2))
    path = f"{PATH}/{batch['id']}/results"

    async def take(accept: str) -> tuple[int, str, bytes]:
        response = await api.http.get(path, headers={**api.batch, "Accept": accept})
        return response.status_code, response.headers["content-type"].partition(";")[0], response.content

    status, media_type, content = await take(XLSX)
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert (status, media_type) == (200, XLSX)
    assert [row[header.index("member_id")] for row in rows] == ["ZZ900000001", "ZZ900000002"]
    assert (await take("text/csv"))[:2] == (200, "text/csv")
    assert (await take("*/*"))[:2] == (200, "application/jsonl")
    assert (await take("image/png"))[0] == 406
    named = await api.http.get(f"{path}?format=xlsx", headers=api.batch)
    assert named.headers["content-disposition"] == f'attachment; filename="{batch["id"]}.xlsx"'


def odd_roster() -> bytes:
    return roster(1, 2).replace(b"member_id", b"Shoe size")


async def test_a_mapping_file_comes_beside_the_roster_in_a_form(api: ServedApi) -> None:
    files = {
        "roster": ("members.csv", odd_roster()),
        "mapping": ("mapping.toml", b'[columns]\n"Shoe size" = "member_id"'),
    }
    response = await api.http.post(PATH, files=files, headers=api.batch)
    assert (response.status_code, response.json()["preflight"]["ready"]) == (201, 2)

    field = await api.http.post(
        PATH, files={"roster": files["roster"]}, data={"mapping": files["mapping"][1].decode()}, headers=api.batch
    )
    assert field.json()["preflight"]["ready"] == 2
    alone = await api.http.post(PATH, files={"roster": files["roster"]}, headers=api.batch)
    assert alone.json()["preflight"]["ready"] == 0


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"mapping": b""}, {"field": "roster", "code": "missing"}),
        ({"roster": odd_roster(), "mapping": b"="}, {"field": "mapping", "code": "not_toml"}),
        (
            {"roster": odd_roster(), "mapping": b'[columns]\n"A" = "shoe"'},
            {"field": "mapping", "code": "unknown_column"},
        ),
        ({"roster": odd_roster(), "mapping": b"#" * 70_000}, {"field": "mapping", "code": "too_long"}),
        ({"roster": b"shoe size\n42\n"}, {"field": "roster", "code": "no_header"}),
    ],
)
async def test_a_form_that_can_not_be_used_is_refused_by_field_and_code(
    api: ServedApi, files: dict[str, bytes], error: dict[str, str]
) -> None:
    sent = {name: (f"{name}.txt", content) for name, content in files.items()}
    response = await api.http.post(PATH, files=sent, headers=api.batch)

    assert response.status_code == 422
    assert response.json()["errors"] == [error]
