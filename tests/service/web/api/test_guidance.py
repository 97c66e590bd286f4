"""Guidance over HTTP: what follows from a stored answer, for who may look at it."""

from decimal import Decimal
from typing import Any

import pytest

from contracts import Program
from service.settings.contract_roster import ContractRate, PayerContract, PayerRule, Roster
from tests.service.web.conftest import ASKED, ServedApi

PATH = "/v1/verifications"
CANARY = "Zqcanary"


async def ask(api: ServedApi, who: str = "staff") -> str:
    response = await api.http.post(PATH, json=ASKED, headers=getattr(api, who))
    return f"{PATH}/{response.json()['verification_id']}"


async def test_an_estimate_follows_from_an_earlier_verification(api: ServedApi) -> None:
    place = await ask(api)

    response = await api.http.post(f"{place}/cost", json={}, headers=api.staff)

    cost = response.json()
    assert response.status_code == 200
    assert (cost["days"], cost["starts_on"]) == (44, "2026-11-23")
    assert cost["patient_pays"] == {"at_least": "0.00", "at_most": None}
    assert {one["factor"] for one in cost["reasons"]} >= {"covered", "rate"}
    assert cost["network"][0]["standing"] == "not_known"
    assert len(api.acme.asked) == 1, "no payer is asked again"


async def test_a_plan_is_taken_as_it_is_sent(api: ServedApi) -> None:
    place = await ask(api)
    phase = {"program": "iop", "days_per_week": 3, "weeks": 2, "allowed_per_day": "310.50", "delivery": "virtual"}
    body = {"starts_on": "2026-12-07", "phases": [phase], "condition": "substance_use", "side": "in_network"}

    cost = (await api.http.post(f"{place}/cost", json=body, headers=api.staff)).json()

    assert (cost["days"], cost["last_day"]) == (6, "2026-12-18")
    assert cost["phases"][0]["condition"] == "substance_use"
    assert cost["patient_pays"] == {"at_least": "0.00", "at_most": "1863.00"}


async def test_the_rates_of_our_contracts_are_used(api: ServedApi) -> None:
    place = await ask(api)
    rates = tuple(ContractRate(program=one, per_day=Decimal(100)) for one in Program)
    roster = Roster((PayerContract(payer="acme", source="contract 1", rates=rates),))
    api.http._transport.app.state.services = api.services._replace(roster=roster)  # type: ignore[attr-defined]

    cost = (await api.http.post(f"{place}/cost", json={}, headers=api.staff)).json()

    assert cost["patient_pays"]["at_most"] == "4400.00"
    assert cost["network"][0] | {"text": ""} == {
        "condition": "mental_health",
        "payer": "acme",
        "standing": "in",
        "source": "contract 1",
        "text": "",
    }


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({CANARY: 1}, "body"),
    "a day too far away": ({"starts_on": "9999-12-31"}, "starts_on"),
    "too many days": ({"phases": [{"program": "php", "days_per_week": 7, "weeks": 52}]}, "phases"),
    "no phase": ({"phases": []}, "phases"),
    "no program of ours": ({"phases": [{"program": CANARY, "days_per_week": 3, "weeks": 2}]}, "phases.0.program"),
    "a price below nothing": (
        {"phases": [{"program": "php", "days_per_week": 5, "weeks": 1, "allowed_per_day": "-1.00"}]},
        "phases.0.allowed_per_day",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_plan_is_refused_by_the_name_of_its_field(api: ServedApi, name: str) -> None:
    body, field = WRONG[name]
    place = await ask(api)

    response = await api.http.post(f"{place}/cost", json=body, headers=api.staff)

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field
    assert CANARY not in response.text


async def test_a_rule_of_the_settings_speaks_of_authorization(api: ServedApi) -> None:
    place = await ask(api)
    rule = PayerRule(
        payer="acme",
        id="iop_list",
        program=Program.IOP,
        needed="yes",
        valid_from="2026-01-01",
        source="a list",
        checked_on="2026-11-01",
    )
    api.http._transport.app.state.services = api.services._replace(roster=Roster(rules=(rule,)))  # type: ignore[attr-defined]

    found = (await api.http.get(f"{place}/authorization", headers=api.staff)).json()

    iop, php = found["decisions"][0], found["decisions"][2]
    assert (iop["needed"], iop["decided_by"], iop["rule"]) == ("yes", "rule", "iop_list")
    assert (php["needed"], php["decided_by"]) == ("unknown", "nobody")


async def test_a_watch_list_says_where_we_stand(api: ServedApi) -> None:
    place = await ask(api)

    watched = (await api.http.get(f"{place}/watch-list", params={"location": "Tampa"}, headers=api.staff)).json()

    assert watched["items"] == []
    assert [one["standing"] for one in watched["network"]] == ["not_known", "not_known"]


async def test_parity_signals_are_for_staff_alone(api: ServedApi) -> None:
    place = await ask(api)

    found = await api.http.get(f"{place}/parity", headers=api.staff)

    assert (found.status_code, found.json()["signals"], found.json()["compared"]) == (200, [], 0)
    assert "not a finding of law" in found.json()["caution"]
    assert (await api.http.get(f"{place}/parity", headers=api.batch)).status_code == 403


async def test_a_call_sheet_has_a_version_and_its_questions(api: ServedApi) -> None:
    place = await ask(api)

    response = await api.http.get(f"{place}/call-sheet", headers=api.staff)

    sheet = response.json()
    assert response.status_code == 200
    assert (response.headers["etag"], sheet["version"]) == ('"0"', 0)
    assert sheet["identifiers"]["member_id"] == "ZZ12345"
    assert sheet["calls"][0]["phones"][0]["phone"] == "8005550100"
    assert len(sheet["calls"][0]["questions"]) > 20


NOTE = {
    "called_at": "2026-11-23T16:00:00Z",
    "representative": "Pat",
    "reference_number": "I-1",
    "answers": [{"entry": "p25", "value": "no", "remark": "none on file"}],
}


def noted(api: ServedApi, version: int) -> dict[str, str]:
    return {**api.staff, "If-Match": f'"{version}"'}


async def test_what_was_said_in_a_call_completes_the_record(api: ServedApi) -> None:
    place = await ask(api)

    response = await api.http.post(f"{place}/call-notes", json=NOTE, headers=noted(api, 0))

    assert response.status_code == 201
    assert response.headers["etag"] == '"1"'
    again = (await api.http.get(f"{place}/call-sheet", headers=api.staff)).json()
    assert again == response.json()
    assert again["notes"][0]["representative"] == "Pat"
    assert "p25" not in {question["entry"] for call in again["calls"] for question in call["questions"]}


async def test_of_two_clerks_the_second_is_told_and_loses_nothing(api: ServedApi) -> None:
    place = await ask(api)

    first = await api.http.post(f"{place}/call-notes", json=NOTE, headers=noted(api, 0))
    second = await api.http.post(f"{place}/call-notes", json=NOTE, headers=noted(api, 0))
    third = await api.http.post(f"{place}/call-notes", json=NOTE, headers=noted(api, 1))

    assert [one.status_code for one in (first, second, third)] == [201, 412, 201]
    assert second.json()["code"] == "call_notes_changed"
    assert [one["number"] for one in third.json()["notes"]] == [1, 2]


async def test_a_note_says_which_version_was_seen(api: ServedApi) -> None:
    place = await ask(api)

    without = await api.http.post(f"{place}/call-notes", json=NOTE, headers=api.staff)
    wrong = await api.http.post(f"{place}/call-notes", json=NOTE, headers={**api.staff, "If-Match": "*"})

    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "If-Match")


@pytest.mark.parametrize(("field", "value"), [("entry", CANARY), ("value", CANARY)])
async def test_an_answer_that_fits_no_question_is_refused(api: ServedApi, field: str, value: str) -> None:
    place = await ask(api)
    body = {**NOTE, "answers": [{"entry": "p25", "value": "no"} | {field: value}]}

    response = await api.http.post(f"{place}/call-notes", json=body, headers=noted(api, 0))

    assert response.status_code == 422
    assert response.json()["errors"] == [{"field": f"answers.0.{field}", "code": "bad_value"}]
    assert (await api.http.get(f"{place}/call-sheet", headers=api.staff)).json()["version"] == 0


async def test_calls_are_staffs_alone(api: ServedApi) -> None:
    place = await ask(api, "batch")

    sheet = await api.http.get(f"{place}/call-sheet", headers=api.batch)
    note = await api.http.post(f"{place}/call-notes", json=NOTE, headers={**api.batch, "If-Match": '"0"'})

    assert (sheet.status_code, note.status_code) == (403, 403)


@pytest.mark.parametrize("path", ["cost"])
async def test_guidance_is_for_who_may_see_the_answer(api: ServedApi, path: str) -> None:
    place = await ask(api)

    assert (await api.http.post(f"{place}/{path}", json={}, headers=api.batch)).status_code == 404
    assert (await api.http.post(f"{place}/{path}", json={})).status_code == 401
    assert (await api.http.post(f"{PATH}/{CANARY}/{path}", json={}, headers=api.staff)).status_code == 404
