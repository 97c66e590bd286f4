"""A new verification: what is pasted is confirmed, a question is asked once, and one of lately is shown first."""

import re
from datetime import date

import pytest

from service.security.access import StaffRole
from tests.service.web.conftest import ServedApi
from tests.service.web.pages.desk.sessions import sign_in

TYPED = {
    "payer": "acme",
    "first_name": "Ada",
    "last_name": "Imaginary",
    "birth_date": "04/12/1990",
    "member_id": "ZZ12345",
}
PASTED = "Patient: Imaginary, Ada\nDOB: 1990-04-12\nMember ID: ZZ12345\nInsurance: Acme Health\nlikes tea, daily"


def ticket_in(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


async def test_what_is_pasted_is_shown_and_not_sent(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    shown = await api.http.post("/desk/new/split", data={"paste": PASTED}, headers=clerk)

    assert shown.status_code == 200
    assert {name: value_of(shown.text, name) for name in TYPED} == {**TYPED, "payer": "Acme Health"}
    assert "likes tea" in shown.text
    assert api.acme.asked == []


async def test_a_form_that_is_sent_twice_asks_once(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    ticket = ticket_in((await api.http.get("/desk/new", headers=clerk)).text)
    sent = [await api.http.post("/desk/new", data={**TYPED, "ticket": ticket}, headers=clerk) for _ in range(3)]

    assert {one.status_code for one in sent} == {303}
    assert len({one.headers["location"] for one in sent}) == 1
    assert sent[0].headers["location"].startswith("/desk/verifications/ver_")
    assert len(api.acme.asked) == 1


async def test_a_question_of_lately_is_shown_and_asked_again_when_meant(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    first = await api.http.post("/desk/new", data=TYPED, headers=clerk)
    lately = await api.http.post("/desk/new", data=TYPED, headers=clerk)
    again = await api.http.post("/desk/new", data={**TYPED, "again": "yes"}, headers=clerk)

    assert lately.status_code == 409
    assert first.headers["location"] in lately.text
    assert "Asked just now" in lately.text
    assert (again.status_code, again.headers["location"] != first.headers["location"]) == (303, True)


async def test_what_is_wrong_is_named_and_everything_typed_stays(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    sent = {**TYPED, "birth_date": "31/31/1990", "payer": "nobody of this name"}
    page = await api.http.post("/desk/new", data=sent, headers=clerk)

    assert page.status_code == 422
    assert 'href="#birth_date"' in page.text
    assert 'href="#payer"' in page.text
    assert {name: value_of(page.text, name) for name in TYPED} == sent
    assert api.acme.asked == []


async def test_a_missing_field_of_the_payer_is_named(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    page = await api.http.post("/desk/new", data={**TYPED, "member_id": ""}, headers=clerk)

    assert page.status_code == 422
    assert 'href="#member_id"' in page.text


async def test_a_doubtful_date_is_asked_about_once(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    sent = {**TYPED, "birth_date": "04/12/90"}
    doubted = await api.http.post("/desk/new", data=sent, headers=clerk)
    meant = await api.http.post("/desk/new", data={**sent, "seen": value_of(doubted.text, "seen")}, headers=clerk)

    assert doubted.status_code == 422
    assert "Apr 12, 1990" in doubted.text
    assert (meant.status_code, len(api.acme.asked)) == (303, 1)


async def test_a_verification_is_asked_again_with_its_fields(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    first = (await api.http.post("/desk/new", data=TYPED, headers=clerk)).headers["location"].rpartition("/")[2]
    page = (await api.http.get(f"/desk/new?again={first}", headers=clerk)).text

    assert {name: value_of(page, name) for name in TYPED} == TYPED
    assert "Ask again" in page


async def test_nothing_of_the_member_is_in_an_address_or_title(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    page = (await api.http.post("/desk/new/split", data={"paste": PASTED}, headers=clerk)).text
    addresses = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', page))

    assert "<title>New verification</title>" in page
    assert not re.search("Ada|Imaginary|ZZ12345|1990", addresses)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("service_date", "next Tuesday"),
        ("service_date", "02/30/2027"),
        ("service_date", "0026-12-15"),
        ("service_date", "9999-12-31"),
        ("reference", "R" * 201),
        ("reference", "7\x00\x1b[31m"),
    ],
    ids=ascii,
)
async def test_what_cannot_be_read_is_named_and_never_replaced(api: ServedApi, field: str, typed: str) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    shown = await api.http.post("/desk/new", data={**TYPED, field: typed}, headers=clerk)

    assert shown.status_code == 422
    assert f'href="#{field}"' in shown.text
    assert api.acme.asked == []


@pytest.mark.parametrize("typed", ["2027-02-03", "2/3/2027", " 02-03-2027 "])
async def test_a_service_date_is_read_however_it_is_written(api: ServedApi, typed: str) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    await api.http.post("/desk/new", data={**TYPED, "service_date": typed}, headers=clerk)

    assert [one.service_date for one in api.acme.asked] == [date(2027, 2, 3)]
