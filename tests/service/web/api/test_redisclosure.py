"""Where 42 CFR Part 2 applies, whatever is exported says so in each of its records, and reads as before."""

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from service.batches.dispatch import Dispatcher
from service.guidance.report.integrity import PageMatch, read_file
from service.security.consent import REDISCLOSURE_NOTICE
from service.web.app import create_app
from tests.service.web.conftest import ASKED, ServedApi

from .test_batches import PATH as BATCHES, checked, roster
from .test_reports import FORMS, PATH as VERIFICATIONS

LABELS = ["R", "42CFRPart2", "NORDSCLCD"]


@asynccontextmanager
async def client(api: ServedApi, *, part_two: bool) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(api.services._replace(part_two=part_two))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as http:
        yield http


async def finished_batch(api: ServedApi) -> object:
    batch = await checked(api, roster(1, 2))
    await api.http.post(f"{BATCHES}/{batch['id']}/start", headers=api.batch)
    dispatcher = Dispatcher(directory=api.services.directory, guards=api.guards, store=api.store, verifier=api.verifier)
    await dispatcher._look()
    for lane in dispatcher._lanes.values():
        await lane
    await api.verifier.jobs.end(5.0)
    await dispatcher._look()
    return batch["id"]


async def take_results(api: ServedApi, http: httpx.AsyncClient, batch_id: object) -> list[list[dict[str, str | None]]]:
    """The results of a batch as CSV and as JSON lines."""
    path = f"{BATCHES}/{batch_id}/results?format="
    as_csv, as_json = [(await http.get(path + form, headers=api.batch)).text for form in ("csv", "jsonl")]
    return [list(csv.DictReader(io.StringIO(as_csv))), [json.loads(line) for line in as_json.splitlines()]]


async def test_each_row_of_a_batch_carries_the_notice_in_its_last_column(api: ServedApi) -> None:
    batch_id = await finished_batch(api)
    async with client(api, part_two=True) as http:
        noticed = await take_results(api, http, batch_id)
    async with client(api, part_two=False) as http:
        plain = await take_results(api, http, batch_id)

    for rows, bare in zip(noticed, plain, strict=True):
        assert len(rows) == 2
        assert {row["redisclosure_notice"] for row in rows} == {REDISCLOSURE_NOTICE}
        assert {list(row)[-1] for row in rows} == {"redisclosure_notice"}
        assert [
            row | {"redisclosure_notice": one["redisclosure_notice"]} for row, one in zip(rows, bare, strict=True)
        ] == bare
        assert {row["redisclosure_notice"] for row in bare} <= {"", None}


@pytest.mark.parametrize("media_type", FORMS)
async def test_a_report_says_it_and_its_record_still_holds(api: ServedApi, media_type: str) -> None:
    asked = await api.http.post(VERIFICATIONS, json=ASKED, headers=api.staff)
    place = f"{VERIFICATIONS}/{asked.json()['verification_id']}/report"
    async with client(api, part_two=True) as http:
        noticed = await http.get(place, headers={**api.staff, "Accept": media_type})
    async with client(api, part_two=False) as http:
        plain = await http.get(place, headers={**api.staff, "Accept": media_type})

    if media_type == "application/fhir+json":
        bundle, bare = noticed.json(), plain.json()
        resources = [bundle, *(entry["resource"] for entry in bundle["entry"])]
        assert len(resources) > 6
        assert all([label["code"] for label in one["meta"]["security"]] == LABELS for one in resources)
        assert REDISCLOSURE_NOTICE in noticed.text
        assert not any("meta" in entry["resource"] for entry in bare["entry"])
        return
    for shown, notice in ((noticed, REDISCLOSURE_NOTICE), (plain, None)):
        found = read_file(shown.content)
        assert found is not None
        check, sealed = found
        assert (check.record_holds, check.page) == (True, PageMatch.SAME)
        assert sealed is not None
        assert sealed.report.redisclosure_notice == notice
        assert (b"redisclosure_notice" in sealed.record) is (notice is not None)
        if media_type == "text/html":
            assert (REDISCLOSURE_NOTICE in shown.text) is (notice is not None)
