"""The history of a member: in order, the tries of one question together, and nobody else in it."""

from copy import deepcopy
from typing import Any

import pytest

from tests.service.kept import change, rows_of
from tests.service.web.conftest import ASKED, ServedApi

PATH = "/v1/verifications"


async def asked(api: ServedApi, *, batch: bool = False, **changes: Any) -> str:
    """The id of a verification that was asked for with ``changes``."""
    body = deepcopy(ASKED)
    for place, value in changes.items():
        owner = body["member"] if place in body["member"] else body
        owner[place] = value
    headers = {**(api.batch if batch else api.staff), "Prefer": "wait=5"}
    response = await api.http.post(PATH, json=body, headers=headers)
    assert response.status_code == 200, response.text
    found: str = response.json()["verification_id"]
    return found


async def history(api: ServedApi, verification_id: str, *, batch: bool = False, **query: Any) -> Any:
    headers = api.batch if batch else api.staff
    response = await api.http.get(f"{PATH}/{verification_id}/history", params=query, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def ids(found: Any) -> list[list[str]]:
    return [[one["verification_id"] for one in search["tries"]] for search in found["searches"]]


async def test_a_member_has_a_history_in_order(api: ServedApi) -> None:
    first = await asked(api, reference="R-1")
    await asked(api, last_name="Another")
    later = await asked(api, service_date="2026-12-01")

    found = await history(api, later)

    assert ids(found) == [[first], [later]]
    assert found["after"] is None
    [one] = found["searches"][0]["tries"]
    assert (one["reference"], one["payer"], one["state"], one["retries"]) == ("R-1", "acme", "final", None)
    assert (one["coverage_status"], len(one["programs"])) == ("active", 4)


async def test_tries_of_one_question_stand_together(api: ServedApi) -> None:
    mistyped = await asked(api, birth_date="1991-04-12")
    between = await asked(api)
    mended = await asked(api, retries=mistyped, service_date="2026-12-01")
    again = await asked(api, retries=mended, service_date="2026-12-02")

    found = await history(api, again)

    assert ids(found) == [[mistyped, mended, again], [between]]
    assert [one["retries"] for one in found["searches"][0]["tries"]] == [None, mistyped, mended]
    assert ids(await history(api, mistyped)) == ids(found)


async def test_who_was_meant_by_a_mistyped_detail_is_nobody_of_this_history(api: ServedApi) -> None:
    somebody_else = await asked(api, birth_date="1991-04-12")
    mistyped = await asked(api, birth_date="1991-04-12", service_date="2026-12-01")
    mended = await asked(api, retries=mistyped)

    assert ids(await history(api, mended)) == [[mistyped, mended]]
    assert ids(await history(api, somebody_else)) == [[somebody_else], [mistyped, mended]]


@pytest.mark.parametrize(
    "changes",
    [
        {"retries": "ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        {"first_name": "Bob", "last_name": "Another", "birth_date": "1950-01-01"},
    ],
    ids=["nobody's", "another person's"],
)
async def test_a_try_mends_no_other_persons_verification(api: ServedApi, changes: dict[str, Any]) -> None:
    first = await asked(api)
    body = deepcopy(ASKED)
    body["retries"] = changes.pop("retries", first)
    body["member"] |= changes

    response = await api.http.post(PATH, json=body, headers=api.staff)

    assert (response.status_code, response.json()["code"]) == (422, "retries_refused")
    assert ids(await history(api, first)) == [[first]]
    assert len(await rows_of(api.store, "verifications")) == 1


async def test_a_batch_sees_its_own_alone(api: ServedApi) -> None:
    theirs = await asked(api)
    own = await asked(api, batch=True)

    assert ids(await history(api, own, batch=True)) == [[own]]
    assert ids(await history(api, own)) == [[theirs], [own]]
    refused = await api.http.get(f"{PATH}/{theirs}/history", headers=api.batch)
    mending = await api.http.post(PATH, json={**ASKED, "retries": theirs}, headers=api.batch)
    assert refused.status_code == 404
    assert mending.json()["code"] == "retries_refused"


@pytest.mark.parametrize("nobodys", ["ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "W900000101", "x"])
async def test_there_is_no_history_under_anything_but_an_id(api: ServedApi, nobodys: str) -> None:
    response = await api.http.get(f"{PATH}/{nobodys}/history", headers=api.staff)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_a_history_comes_in_pages(api: ServedApi) -> None:
    asked_for = [await asked(api, service_date=f"2026-12-0{day}") for day in range(1, 6)]

    pages, after = [], None
    while True:
        page = await history(api, asked_for[0], limit=2, **({"after": after} if after else {}))
        pages.append(ids(page))
        after = page["after"]
        if after is None:
            break

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [one for page in pages for [one] in page] == asked_for
    assert (await api.http.get(f"{PATH}/{asked_for[0]}/history?limit=51", headers=api.staff)).status_code == 422


async def test_each_verification_that_is_shown_stands_in_the_audit(api: ServedApi) -> None:
    asked_for = [await asked(api, service_date=f"2026-12-0{day}") for day in (1, 2, 3)]

    await history(api, asked_for[0], limit=2)

    lines = [row for row in await rows_of(api.store, "audit") if row["action"] == "verification.shown"]
    assert sorted(row["verification_id"] for row in lines) == sorted(asked_for[:2])


async def test_a_link_that_somebody_else_wrote_is_refused(api: ServedApi) -> None:
    first = await asked(api)
    later = await asked(api, service_date="2026-12-01", retries=first)
    stranger = await asked(api, last_name="Another")
    await change(api.store, "UPDATE retries SET earlier_id = :other", other=stranger)

    response = await api.http.get(f"{PATH}/{later}/history", headers=api.staff)

    assert response.status_code == 503


async def test_the_same_request_with_another_retries_is_another_request(api: ServedApi) -> None:
    first = await asked(api)
    headers = {**api.staff, "Idempotency-Key": "k"}
    await api.http.post(PATH, json={**ASKED, "retries": first}, headers=headers)

    same = await api.http.post(PATH, json={**ASKED, "retries": first}, headers=headers)
    other = await api.http.post(PATH, json=ASKED, headers=headers)

    assert same.status_code == 200
    assert other.json()["code"] == "idempotency_conflict"
    assert len(await rows_of(api.store, "retries")) == 1
