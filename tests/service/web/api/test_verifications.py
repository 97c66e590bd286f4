import asyncio
import json
from copy import deepcopy
from typing import Any

import pytest
import structlog

from contracts import MemberRejected, PayerSilent
from tests.service.kept import change, rows_of
from tests.service.staging import until
from tests.service.web.conftest import ASKED, TODAY, ServedApi

PATH = "/v1/verifications"
CANARY = "Zqcanary"


def asked(**changes: Any) -> dict[str, Any]:
    body = deepcopy(ASKED)
    for place, value in changes.items():
        owner = body["member"] if place in {"first_name", "last_name", "birth_date", "member_id"} else body
        owner[place] = value
    return body


def twice(name: str, value: object) -> str:
    """A body that says ``name`` twice, at first as ``value``."""
    whole = json.dumps(ASKED)
    return whole.replace(f'"{name}":', f'"{name}": {json.dumps(value)}, "{name}":', 1)


async def test_a_question_gets_its_final_answer(api: ServedApi) -> None:
    response = await api.http.post(PATH, json=asked(reference="R-1"), headers=api.staff)

    answer = response.json()
    assert response.status_code == 200
    assert (answer["state"], answer["reference"], answer["service_date"]) == ("final", "R-1", TODAY.isoformat())
    assert response.headers["location"] == f"{PATH}/{answer['verification_id']}"
    assert answer["evidence"][0]["text"] == "EB*1**30"


async def test_a_payer_goes_by_its_alias(api: ServedApi) -> None:
    response = await api.http.post(PATH, json=asked(payer="Acme Mutual"), headers=api.staff)

    assert response.json()["payer"] == "acme"


async def test_a_wait_that_ends_first_gets_the_pending_answer_and_a_place_to_look(api: ServedApi) -> None:
    api.acme.go.clear()

    response = await api.http.post(PATH, json=ASKED, headers={**api.staff, "Prefer": "wait=0"})

    assert response.status_code == 202
    assert response.json()["state"] == "pending"
    assert response.json()["next_step"]["code"] == "wait"
    assert int(response.headers["retry-after"]) >= 1
    assert {row["in_network"]["verdict"] for row in response.json()["programs"]} == {"could_not_check"}


async def test_a_late_answer_completes_the_same_record(api: ServedApi) -> None:
    api.acme.go.clear()
    pending = await api.http.post(PATH, json=ASKED, headers={**api.staff, "Prefer": "wait=0"})
    api.acme.go.set()

    later = await api.http.get(pending.headers["location"], headers={**api.staff, "Prefer": "wait=5"})

    assert later.status_code == 200
    assert later.json()["verification_id"] == pending.json()["verification_id"]
    assert len(api.acme.asked) == 1


async def test_a_silent_payer_is_pending_never_a_refusal(api: ServedApi) -> None:
    api.acme.failure = PayerSilent("imaginary")

    response = await api.http.post(PATH, json=ASKED, headers=api.staff)

    assert response.status_code == 202
    assert response.json()["problems"][0]["code"] == "payer_silent"
    assert int(response.headers["retry-after"]) > 30


async def test_a_member_whom_the_payer_rejects_is_a_final_answer(api: ServedApi) -> None:
    api.acme.failure = MemberRejected("72", fields=("member_id",))

    response = await api.http.post(PATH, json=ASKED, headers=api.staff)

    assert response.status_code == 200
    assert response.json()["problems"][0]["fields"] == ["member_id"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ("{", [("body", "malformed_json")]),
        ("[]", [("body", "wrong_type")]),
        (json.dumps(asked(payer="nobody")), [("payer", "unknown")]),
        (json.dumps(asked(nickname=CANARY)), [("body", "unknown_field")]),
        (json.dumps({**ASKED, "member": {**ASKED["member"], CANARY.lower(): 1}}), [("member", "unknown_field")]),
        (json.dumps({**ASKED, "subscriber": {CANARY.lower(): 1}}), [("subscriber", "unknown_field")]),
        (twice("payer", CANARY), [("payer", "repeated")]),
        (twice("member", {}), [("member", "repeated")]),
        (twice("member_id", CANARY), [("member_id", "repeated")]),
        (twice("birth_date", "1990-04-12"), [("birth_date", "repeated")]),
        ("[" * 10_000, [("body", "malformed_json")]),
        ('{"payer":' * 1_500, [("body", "malformed_json")]),
        (json.dumps(asked(**{f"{CANARY} 1": 1})), [("body", "unknown_field")]),
        (json.dumps(asked(member_id=False)), [("member_id", "wrong_type")]),
        (json.dumps(asked(member_id=12)), [("member_id", "wrong_type")]),
        (json.dumps(asked(member_id=f"{CANARY}*~")), [("member_id", "bad_value")]),
        (json.dumps(asked(last_name="   ")), [("last_name", "blank")]),
        (json.dumps(asked(last_name=CANARY * 20)), [("last_name", "too_long")]),
        (json.dumps(asked(first_name=f"{CANARY}\u0000")), [("first_name", "bad_value")]),
        (json.dumps(asked(birth_date=f"{CANARY}")), [("birth_date", "not_a_date")]),
        (json.dumps(asked(birth_date=19900412)), [("birth_date", "wrong_type")]),
        (json.dumps(asked(birth_date="2026-12-01")), [("birth_date", "in_the_future")]),
        (json.dumps({**ASKED, "service_date": "0001-01-01"}), [("service_date", "far_from_today")]),
        (json.dumps({**ASKED, "service_date": "9999-12-31"}), [("service_date", "far_from_today")]),
        (json.dumps(asked(delivery="post")), [("delivery", "not_one_of")]),
        (json.dumps(asked(conditions=["fever", "mental_health"])), [("conditions.0", "not_one_of")]),
        (json.dumps(asked(conditions=[])), [("conditions", "too_short")]),
        (json.dumps(asked(subscriber={"last_name": 5})), [("subscriber.last_name", "wrong_type")]),
        (json.dumps({"member": {}}), [("payer", "missing")]),
    ],
)
async def test_a_wrong_body_is_told_by_field_and_code_and_never_echoed(
    api: ServedApi, body: str, errors: list[tuple[str, str]]
) -> None:
    headers = {**api.staff, "Content-Type": "application/json"}

    response = await api.http.post(PATH, content=body, headers=headers)

    document = response.json()
    assert (response.status_code, document["code"]) == (422, "invalid_request")
    assert response.headers["content-type"] == "application/problem+json"
    assert [(error["field"], error["code"]) for error in document["errors"]] == errors
    assert CANARY.lower() not in response.text.lower()
    assert api.acme.asked == []


async def test_what_the_payer_needs_and_nobody_gave_is_named(api: ServedApi) -> None:
    body = asked()
    del body["member"]["member_id"], body["member"]["birth_date"]

    response = await api.http.post(PATH, json=body, headers=api.staff)

    assert (response.status_code, response.json()["code"]) == (422, "question_incomplete")
    assert {error["field"] for error in response.json()["errors"]} == {"member_id", "birth_date"}
    assert api.acme.asked == []


async def test_a_body_over_16_kb_is_refused(api: ServedApi) -> None:
    response = await api.http.post(PATH, json=asked(reference="x" * 17_000), headers=api.staff)

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/json; charset=latin-1", ""])
async def test_another_media_type_is_refused(api: ServedApi, media_type: str) -> None:
    headers = {**api.staff, "Content-Type": media_type}

    response = await api.http.post(PATH, content=json.dumps(ASKED), headers=headers)

    assert response.status_code == 415


@pytest.mark.parametrize("authorization", [None, "Bearer bv_none_none", "Basic eA==", "Bearer"])
async def test_nobody_gets_in_without_a_live_key(api: ServedApi, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    responses = [
        await api.http.post(PATH, json=ASKED, headers=headers),
        await api.http.get(f"{PATH}/ver_none", headers=headers),
        await api.http.get("/v1/payers", headers=headers),
    ]

    assert {response.status_code for response in responses} == {401}
    assert {response.headers["www-authenticate"] for response in responses} == {"Bearer"}


async def test_somebody_elses_verification_is_not_found(api: ServedApi) -> None:
    theirs = await api.http.post(PATH, json=ASKED, headers=api.staff)

    response = await api.http.get(theirs.headers["location"], headers=api.batch)
    unknown = await api.http.get(f"{PATH}/ver_unknown", headers=api.staff)
    strange = await api.http.get(f"{PATH}/%00", headers=api.staff)

    assert (response.status_code, unknown.status_code, strange.status_code) == (404, 404, 404)
    assert response.json() == unknown.json() == strange.json()


async def test_a_batch_key_sees_no_words_of_the_payer(api: ServedApi) -> None:
    response = await api.http.post(PATH, json=ASKED, headers={**api.batch, "Prefer": "wait=5"})

    assert response.status_code == 200
    assert [line["text"] for line in response.json()["evidence"]] == [None]


async def test_the_same_idempotency_key_gets_the_same_verification_and_another_body_a_refusal(api: ServedApi) -> None:
    headers = {**api.staff, "Idempotency-Key": "once"}
    first = await api.http.post(PATH, json=ASKED, headers=headers)

    again = await api.http.post(PATH, json=ASKED, headers=headers)
    other = await api.http.post(PATH, json=asked(member_id="ZZ99999"), headers=headers)

    assert again.json()["verification_id"] == first.json()["verification_id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    assert len(api.acme.asked) == 1


async def test_a_draining_service_refuses_and_says_when_to_come_again(api: ServedApi) -> None:
    api.verifier.admission.drain(1.0)

    response = await api.http.post(PATH, json=ASKED, headers=api.staff)
    ready = await api.http.get("/readyz")
    alive = await api.http.get("/healthz")

    assert (response.status_code, response.json()["code"]) == (503, "draining")
    assert int(response.headers["retry-after"]) >= 1
    assert (ready.status_code, alive.status_code) == (503, 200)


async def test_what_is_no_route_is_a_problem_too(api: ServedApi) -> None:
    missing = await api.http.get("/v1/nothing")
    wrong = await api.http.put(PATH, headers=api.staff)

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


async def test_a_caller_too_many_is_refused_at_once_with_a_time_to_come_again(
    api: ServedApi,
) -> None:
    api.acme.go.clear()
    inside = [
        asyncio.create_task(api.http.post(PATH, json=asked(member_id=f"ZZ{number}"), headers=api.staff))
        for number in range(8)
    ]
    await until(lambda: len(api.verifier.admission) == 8)

    batch = await api.http.post(PATH, json=ASKED, headers=api.batch)
    staff = await api.http.post(PATH, json=ASKED, headers=api.staff)
    api.acme.go.set()
    await asyncio.gather(*inside)
    later = await api.http.post(PATH, json=ASKED, headers={**api.batch, "Prefer": "wait=5"})

    assert [(one.status_code, one.json()["code"]) for one in (batch, staff)] == [(503, "overloaded")] * 2
    assert min(int(one.headers["retry-after"]) for one in (batch, staff)) >= 1
    assert later.status_code == 200
    assert len(api.acme.asked) == 9


async def test_a_batch_is_shed_while_staff_are_still_let_in(api: ServedApi) -> None:
    api.acme.go.clear()
    wait = {"Prefer": "wait=5"}
    inside = [
        asyncio.create_task(api.http.post(PATH, json=asked(member_id=f"ZZ{number}"), headers={**api.batch, **wait}))
        for number in range(4)
    ]
    await until(lambda: len(api.verifier.admission) == 4)

    batch = await api.http.post(PATH, json=ASKED, headers={**api.batch, **wait})
    staff = await api.http.post(PATH, json=ASKED, headers={**api.staff, "Prefer": "wait=0"})
    api.acme.go.set()
    await asyncio.gather(*inside)

    assert (batch.status_code, staff.status_code) == (503, 202)


async def test_a_store_that_fails_refuses_and_says_when_to_come_again(api: ServedApi) -> None:
    await api.store.stop()

    response = await api.http.post(PATH, json=ASKED, headers=api.staff)

    assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
    assert int(response.headers["retry-after"]) >= 1
    assert api.acme.asked == []


async def test_a_refused_key_is_counted_with_its_source(api: ServedApi) -> None:
    for header in ({}, {"Authorization": "Bearer bv_0123456789ab_wrong"}):
        assert (await api.http.get("/v1/payers", headers=header)).status_code == 401
    await api.store.note_callers(ending=True)

    lines = await rows_of(api.store, "audit WHERE action = 'key.refused'")
    assert [(line["source"], line["times"]) for line in lines] == [("127.0.0.1", 2)]


async def test_a_look_is_audited_before_it_is_answered_and_without_its_line_nothing_is_shown(api: ServedApi) -> None:
    asked = await api.http.post("/v1/verifications", json=ASKED, headers=api.batch)
    path = asked.headers["location"]
    seen = await api.http.get(path, headers=api.staff)
    lines = await rows_of(api.store, "audit WHERE action = 'verification.shown'")
    await change(api.store, "ALTER TABLE audit RENAME TO elsewhere")
    unseen = await api.http.get(path, headers=api.staff)

    assert seen.status_code in {200, 202}
    assert [(line["actor"], line["verification_id"]) for line in lines] == [
        (api.staff["Authorization"].split("_")[1], path.rsplit("/", 1)[1])
    ]
    assert unseen.status_code == 503
    assert "Imaginary" not in unseen.text
    assert unseen.json()["code"] == "store_unavailable"


async def test_a_look_at_what_is_anothers_is_counted(api: ServedApi) -> None:
    asked = await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)
    refused = await api.http.get(asked.headers["location"], headers=api.batch)
    await api.store.note_callers(ending=True)

    lines = await rows_of(api.store, "audit WHERE action = 'verification.refused'")
    assert refused.status_code == 404
    assert [(line["role"], line["times"]) for line in lines] == [("batch", 1)]
    assert len(await rows_of(api.store, "audit WHERE action LIKE '%shown'")) == 0


async def test_the_line_of_a_request_names_the_verification(api: ServedApi) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logged:
        asked = await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)
        await api.http.get(asked.headers["location"], headers=api.staff)

    ids = [line["verification_id"] for line in logged if line["event"] == "request.answered"]
    assert ids == [asked.headers["location"].rsplit("/", 1)[1]] * 2
