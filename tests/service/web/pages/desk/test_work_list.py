"""The work list: views with counts, filters as links, a row that is taken, and a file that obeys the filters."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from service.security.access import StaffRole
from service.store.visitor_values import NotAsked, Submission
from service.web.pages.visitor.draft import VisitorDraft
from tests.service.kept import change
from tests.service.web.conftest import ASKED, ServedApi
from tests.service.web.pages.desk.sessions import ask, sign_in
from tests.service.web.pages.desk.test_new_verification import TYPED


def count_of(page: str, view: str) -> int:
    found = re.search(rf'href="/desk\?view={view}[^"]*"[^>]*>[^<]*<strong>(\d+)</strong>', page)
    assert found is not None, view
    return int(found[1])


async def test_a_question_stands_in_its_views_and_is_taken_and_closed(api: ServedApi) -> None:
    clerk, asked = await sign_in(api, StaffRole.BILLING), await ask(api)
    before = (await api.http.get("/desk?view=all", headers=clerk)).text
    sent = {"action": "claim", "back": "/desk?view=all"}
    taken = await api.http.post(f"/desk/verifications/{asked}/work", data=sent, headers=clerk)
    mine = (await api.http.get("/desk?view=mine", headers=clerk)).text
    await api.http.post(f"/desk/verifications/{asked}/work", data={**sent, "action": "close"}, headers=clerk)
    after = (await api.http.get("/desk?view=mine", headers=clerk)).text

    assert "Ada Imaginary" in before
    assert (count_of(before, "all"), count_of(before, "mine")) == (1, 0)
    assert (taken.status_code, taken.headers["location"]) == (303, "/desk?view=all")
    assert count_of(mine, "mine") == 1
    assert "Nothing is yours" in after


async def test_what_somebody_asked_and_nobody_took_says_why_it_is_theirs(api: ServedApi) -> None:
    clerk, other = [await sign_in(api, StaffRole.BILLING) for _ in range(2)]
    await api.http.post("/desk/new", data=TYPED, headers=clerk)
    mine, all_of_other = [
        (await api.http.get(f"/desk?view={view}", headers=who)).text for view, who in (("mine", clerk), ("all", other))
    ]

    assert "Nobody; you asked" in mine
    assert "Nobody" in all_of_other
    assert "you asked" not in all_of_other


@pytest.mark.parametrize("view", ["all", "visitors", "call"])
async def test_a_page_behind_the_last_row_does_not_say_that_nothing_is_left(api: ServedApi, view: str) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    await ask(api)
    behind = await api.http.get(f"/desk?view={view}&payer=acme&page=2", headers=clerk)

    assert (behind.status_code, behind.headers["location"]) == (303, f"/desk?view={view}&payer=acme")


async def test_an_address_holds_codes_and_a_title_no_name(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    await ask(api)
    page = (await api.http.get("/desk?view=all&payer=acme&owner=nobody", headers=clerk)).text

    assert "<title>Work: All</title>" in page
    links = " ".join(re.findall(r'(?:href|action)="([^"]*)"', page))
    assert "Ada" not in links
    assert "Imaginary" not in links
    assert (await api.http.get("/desk?view=nothing", headers=clerk)).status_code == 422


async def test_the_file_obeys_the_filters(api: ServedApi) -> None:
    clerk, asked = await sign_in(api, StaffRole.BILLING), await ask(api)
    every = await api.http.get("/desk/work.csv?view=all&payer=acme", headers=clerk)
    none = await api.http.get("/desk/work.csv?view=all&owner=me", headers=clerk)
    [row] = list(csv.DictReader(io.StringIO(every.text.removeprefix("\ufeff"))))

    assert every.headers["content-disposition"] == 'attachment; filename="work-all.csv"'
    assert (row["verification_id"], row["last_name"], row["coverage"]) == (asked, "Imaginary", "active")
    assert len(none.text.splitlines()) == 1


async def test_a_cell_of_the_file_is_no_formula(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    member = {**ASKED["member"], "first_name": "=1+1"}  # type: ignore[dict-item]
    await api.http.post("/v1/verifications", json={**ASKED, "member": member}, headers=api.staff)
    file = await api.http.get("/desk/work.csv?view=all", headers=clerk)

    assert ",'=1+1," in file.text


@pytest.mark.parametrize(
    "sent",
    [{"action": "shout"}, {"back": "/desk"}, {"action": "claim", "back": "https://elsewhere.test/desk"}],
    ids=str,
)
async def test_a_wrong_form_changes_nothing_and_leads_nowhere_else(api: ServedApi, sent: dict[str, str]) -> None:
    clerk, asked = await sign_in(api, StaffRole.BILLING), await ask(api)
    answered = await api.http.post(f"/desk/verifications/{asked}/work", data=sent, headers=clerk)

    assert answered.status_code == 422 or answered.headers["location"] == "/desk"


async def test_a_long_list_is_paged(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    for number in range(27):
        member = {**ASKED["member"], "member_id": f"ZZ{number:05}"}  # type: ignore[dict-item]
        await api.http.post("/v1/verifications", json={**ASKED, "member": member}, headers=api.staff)
    first = (await api.http.get("/desk?view=all", headers=clerk)).text
    second = (await api.http.get("/desk?view=all&page=2", headers=clerk)).text

    assert first.count('<th scope="row">') == 25
    assert second.count('<th scope="row">') == 2
    assert 'rel="next" href="/desk?view=all&amp;page=2"' in first
    assert 'rel="prev"' in second


@pytest.mark.parametrize("path", ["/desk", "/desk/new", "/desk/work.csv"])
async def test_a_role_opens_what_it_may(api: ServedApi, path: str) -> None:
    found = {
        role: (await api.http.get(path, headers=await sign_in(api, role))).status_code
        for role in (StaffRole.INTAKE, StaffRole.BILLING, StaffRole.PRIVACY_OFFICER, StaffRole.BREAK_GLASS)
    }
    may_not = {StaffRole.BREAK_GLASS} | ({StaffRole.PRIVACY_OFFICER} if path == "/desk/new" else set())

    assert found == {role: 403 if role in may_not else 200 for role in found}
    assert (await api.http.get(path, headers=api.staff)).status_code == 403


async def test_a_visitor_stands_with_contact_promise_and_age_until_called(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    draft = VisitorDraft(first_name="Vee", last_name="Visitor", payer="acme", phone="3055550123", may_text=True)
    content = draft.model_dump_json().encode()
    for number, hours in enumerate((2, -1)):
        promised = datetime.now(UTC) + timedelta(hours=hours)
        await api.store.submit_request(
            Submission(f"REFERENCE-{number}", content, promised, not_asked=NotAsked.CAP_OF_DAY)
        )
    page = (await api.http.get("/desk?view=visitors", headers=clerk)).text
    [first, second] = re.findall(r'action="(/desk/visitors/[^"]+)" class="row"', page)
    sent = {"action": "claim", "back": "/desk?view=visitors"}
    taken = await api.http.post(first, data=sent, headers=clerk)
    after = (await api.http.get("/desk?view=visitors", headers=clerk)).text
    await api.http.post(second, data={**sent, "action": "close"}, headers=clerk)
    closed = (await api.http.get("/desk?view=visitors", headers=clerk)).text

    assert count_of(page, "visitors") == 2
    assert page.index("late</span>") < page.index(second)
    assert page.count("late</span>") == 1
    assert '<a href="tel:+13055550123">(305) 555-0123</a>; leave no message; may be texted' in page
    assert "as often as they may be today" in page
    assert taken.status_code == 303
    assert "Release" in after
    assert count_of(closed, "visitors") == 1
    assert (await api.http.post("/desk/visitors/nothing", data=sent, headers=clerk)).status_code == 404


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE verifications SET created_at = created_at + 1 WHERE id = :id",
        "UPDATE jobs SET sealed_answer = x'00' WHERE id = (SELECT job_id FROM verifications WHERE id = :id)",
        "UPDATE work_marks SET assignee = 'somebody' WHERE verification_id = :id",
    ],
    ids=["link", "answer", "mark"],
)
async def test_a_record_that_was_changed_takes_no_other_work_away(api: ServedApi, edit: str) -> None:
    clerk, edited = await sign_in(api, StaffRole.BILLING), await ask(api)
    member = {**ASKED["member"], "member_id": "ZZ00002"}  # type: ignore[dict-item]
    other = await api.http.post("/v1/verifications", json={**ASKED, "member": member}, headers=api.staff)
    await api.http.post(f"/desk/verifications/{edited}/work", data={"action": "claim"}, headers=clerk)
    await change(api.store, edit, id=edited)
    page = await api.http.get("/desk?view=all", headers=clerk)

    assert page.status_code == 200
    assert other.json()["verification_id"] in page.text
    assert "1 record of this list was changed from outside" in page.text
    assert (await api.http.get("/desk/work.csv?view=all", headers=clerk)).status_code == 503


async def test_a_visitor_whose_record_was_changed_takes_no_other_visitor_away(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    for name in ("Vee", "Wye"):
        content = VisitorDraft(first_name=name, last_name="Visitor", phone="3055550123").model_dump_json().encode()
        promised = datetime.now(UTC) + timedelta(hours=1)
        await api.store.submit_request(Submission(name, content, promised, not_asked=NotAsked.NOT_WANTED))
    before = (await api.http.get("/desk?view=visitors", headers=clerk)).text
    first = "(SELECT id FROM visitor_requests ORDER BY id LIMIT 1)"
    await change(api.store, f"UPDATE visitor_requests SET promised_by = 1 WHERE id = {first}")  # noqa: S608
    page = await api.http.get("/desk?view=visitors", headers=clerk)

    assert "changed from outside" not in before
    assert page.status_code == 200
    assert ("Vee" in page.text) != ("Wye" in page.text)
    assert "1 record of this list was changed from outside" in page.text
