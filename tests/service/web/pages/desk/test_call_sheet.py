"""The call sheet as a page: answered in place, saved by every button, and nothing is lost between two clerks."""

import re

import pytest

from service.guidance.vob_points import AnswerKind
from service.security.access import StaffRole
from service.store import call_notes
from service.web.pages.desk.call_form import value_of
from tests.service.web.conftest import TODAY, ServedApi

from .sessions import ask, sign_in

COVERED = "p36.iop.mental_health.in_network"
COPAY = "p38.iop.mental_health.in_network"


def typed(page: str, **fields: str) -> dict[str, str]:
    """The form of ``page`` filled in."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return {"version": found[1], "representative": "Pat", **fields}


async def test_an_answer_is_saved_and_stands_beside_the_question(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    path = f"/desk/verifications/{await ask(api)}/call"
    page = (await api.http.get(path, headers=clerk)).text
    form = typed(page, reference_number="I-77", **{f"value.{COVERED}": "yes", f"remark.{COVERED}": "after visit 15"})

    saved = await api.http.post(path, data=form, headers=clerk)
    after = (await api.http.get(path, headers=clerk)).text

    assert saved.status_code == 303
    assert re.fullmatch(rf"{path}\?saved=1#q-[a-z0-9_-]+", saved.headers["location"])
    assert "after visit 15" in after
    assert 'value="I-77"' in after, "who answers is typed once"
    sheet = (await api.http.get(f"/v1/verifications/{path.split('/')[3]}/call-sheet", headers=api.staff)).json()
    assert sheet["notes"][0]["answers"] == [{"entry": COVERED, "value": "yes", "remark": "after visit 15"}]


async def test_whatever_was_typed_is_saved_by_any_button(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    path = f"/desk/verifications/{await ask(api)}/call"
    page = (await api.http.get(path, headers=clerk)).text
    fields = {f"value.{COVERED}": "yes", f"value.{COPAY}": "$1,030.50", "unknown.p45": "yes", "remark": "call back"}

    await api.http.post(path, data=typed(page, **fields), headers=clerk)

    sheet = (await api.http.get(f"/v1/verifications/{path.split('/')[3]}/call-sheet", headers=api.staff)).json()
    [note] = sheet["notes"]
    assert {one["entry"]: one["value"] for one in note["answers"]} == {
        COVERED: "yes",
        COPAY: "1030.50",
        "p45": "not_known",
    }
    assert note["remark"] == "call back"


async def test_the_second_of_two_clerks_sees_the_newer_sheet_and_keeps_what_was_typed(api: ServedApi) -> None:
    first, second = await sign_in(api, StaffRole.BILLING), await sign_in(api, StaffRole.BILLING)
    path = f"/desk/verifications/{await ask(api)}/call"
    page = (await api.http.get(path, headers=second)).text
    await api.http.post(path, data=typed(page, **{f"value.{COVERED}": "no"}), headers=first)

    mine = typed(page, representative="Sam", **{f"value.{COVERED}": "yes", f"value.{COPAY}": "30"})
    refused = await api.http.post(path, data=mine, headers=second)

    assert refused.status_code == 412
    assert "Somebody saved answers while you were typing" in refused.text
    assert 'name="version" value="1"' in refused.text
    assert 'value="30"' in refused.text
    assert 'value="Sam"' in refused.text
    again = await api.http.post(path, data={**mine, "version": "1"}, headers=second)
    assert again.status_code == 303
    after = (await api.http.get(path, headers=second)).text
    assert "Phone and reply differ" in after, "both answers stand side by side"


async def test_what_cannot_be_read_is_said_beside_its_field_and_nothing_is_saved(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    path = f"/desk/verifications/{await ask(api)}/call"
    page = (await api.http.get(path, headers=clerk)).text
    fields = {f"value.{COPAY}": "thirty", f"value.{COVERED}": "yes", "representative": ""}

    refused = await api.http.post(path, data=typed(page, **fields), headers=clerk)

    assert refused.status_code == 422
    assert f'href="#value.{COPAY}"' in refused.text
    assert 'href="#representative"' in refused.text
    assert 'value="thirty"' in refused.text
    assert 'name="version" value="0"' in refused.text


async def test_more_than_a_note_holds_is_refused_with_what_to_do(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    path = f"/desk/verifications/{await ask(api)}/call"
    page = (await api.http.get(path, headers=clerk)).text
    long = {f"remark.{COPAY}": "x" * 2_001, f"value.{COPAY}": "30"}
    many = dict.fromkeys(re.findall(r'name="(remark\.[^"]+)"', page), "y" * 2000)

    too_long = await api.http.post(path, data=typed(page, **long), headers=clerk)
    too_much = await api.http.post(
        path, data=typed(page, **{**many, **dict.fromkeys(values_of(page), "yes")}), headers=clerk
    )

    assert too_long.status_code == too_much.status_code == 422
    assert "Shorten this" in too_long.text
    assert 'value="30"' in too_long.text


def values_of(page: str) -> list[str]:
    """The names of every field that says that they do not know."""
    return re.findall(r'name="(unknown\.[^"]+)"', page)


async def test_the_record_shows_what_was_said_by_phone_to_who_may_see_calls(api: ServedApi) -> None:
    clerk, intake = await sign_in(api, StaffRole.BILLING), await sign_in(api, StaffRole.INTAKE)
    record = f"/desk/verifications/{await ask(api)}"
    page = (await api.http.get(f"{record}/call", headers=clerk)).text
    await api.http.post(f"{record}/call", data=typed(page, **{f"value.{COPAY}": "30"}), headers=clerk)

    assert "$30.00" in (await api.http.get(record, headers=clerk)).text
    assert "Said by phone" not in (await api.http.get(record, headers=intake)).text


@pytest.mark.parametrize("roles", [(StaffRole.INTAKE,), ()])
async def test_who_may_not_call_sees_no_call_sheet(api: ServedApi, roles: tuple[StaffRole, ...]) -> None:
    clerk = await sign_in(api, *roles)
    path = f"/desk/verifications/{await ask(api)}/call"

    assert (await api.http.get(path, headers=clerk)).status_code == 403
    assert (await api.http.post(path, data={}, headers=clerk)).status_code == 403
    assert (await api.http.get(path, headers=api.staff)).status_code == 403, "a key is nobody"


async def test_another_site_saves_no_answer(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    path = f"/desk/verifications/{await ask(api)}/call"
    form = {"version": "0", "representative": "Eve", "remark": "all good"}

    refused = await api.http.post(path, data=form, headers={**clerk, "Sec-Fetch-Site": "cross-site"})

    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (AnswerKind.MONEY, "$1,500.00", "1500.00"),
        (AnswerKind.SHARE, "20%", "0.2"),
        (AnswerKind.SHARE, "20", "0.2"),
        (AnswerKind.SHARE, "1 %", "0.01"),
        (AnswerKind.SHARE, "0", "0"),
        (AnswerKind.NUMBER, "1,000", "1000"),
        (AnswerKind.DAY, "12/31/2026", "2026-12-31"),
        (AnswerKind.DAY, "Jan 1, 2027", "2027-01-01"),
        (AnswerKind.TEXT, " a hospital ", "a hospital"),
    ],
)
def test_an_answer_is_read_as_people_write_it(kind: AnswerKind, text: str, value: str) -> None:
    assert value_of(kind, text, TODAY) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (AnswerKind.MONEY, "thirty"),
        (AnswerKind.MONEY, "-5"),
        (AnswerKind.MONEY, "Infinity"),
        (AnswerKind.SHARE, "1"),
        (AnswerKind.SHARE, "0.2"),
        (AnswerKind.SHARE, "120%"),
        (AnswerKind.DAY, "soon"),
        (AnswerKind.TEXT, "  "),
    ],
)
def test_what_may_mean_two_things_is_asked_about(kind: AnswerKind, text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write"):
        value_of(kind, text, TODAY)


async def test_every_point_may_be_saved_alone_and_asked_twice_of_payer_and_administrator(api: ServedApi) -> None:
    path = f"/v1/verifications/{await ask(api)}/call-sheet"
    sheet = (await api.http.get(path, headers=api.staff)).json()

    assert 2 * 2 * len(sheet["record"]) <= call_notes.MOST_NOTES
