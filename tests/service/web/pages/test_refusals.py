"""A refused browser reads what to do next; a refused program gets the problem document, byte for byte."""

import pytest

from service.security.access import SESSION_COOKIE, StaffRole
from service.store import SessionLimits
from tests.service.web.conftest import ServedApi

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
OURS = {"Sec-Fetch-Site": "same-origin"}


async def session_of(api: ServedApi, *roles: StaffRole) -> dict[str, str]:
    link = await api.store.make_link(await api.store.invite("Ada", frozenset(roles)), 60)
    return {"Cookie": f"{SESSION_COOKIE}={await api.store.sign_in_by_link(link, SessionLimits())}"}


async def test_a_browser_reads_a_page_that_says_what_to_do(api: ServedApi) -> None:
    nobody = await session_of(api)
    missing = await api.http.get("/desk/verifications/ver_" + "A" * 26, headers=BROWSER)
    forbidden = await api.http.get("/desk", headers={**BROWSER, **nobody})
    posted = await api.http.post("/desk/new", headers={**BROWSER, **OURS})
    unknown = await api.http.get("/verify/nothing-of-this-name/at-all", headers=BROWSER)

    assert missing.headers["location"].startswith("/auth/sign-in?to=%2Fdesk%2Fverifications%2Fver_")
    assert [one.status_code for one in (forbidden, posted, unknown)] == [403, 401, 404]
    for one in (forbidden, posted, unknown):
        assert one.headers["content-type"].startswith("text/html")
        assert "script-src 'self'" in one.headers["content-security-policy"]
    assert "Your role does not open this page" in forbidden.text
    assert "/auth/sign-in?to=%2Fdesk" in posted.text
    assert "988" in unknown.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/verify",
        "/verify/sent/" + "A" * 26,
        "/desk",
        "/desk/new",
        "/desk/batches",
        "/auth/sign-in",
        "/assets/none.css",
    ],
)
async def test_a_page_is_answered_to_head_as_to_get(api: ServedApi, path: str) -> None:
    session = await session_of(api, StaffRole.SUPERVISOR)
    for headers in (BROWSER, {**BROWSER, **session}):
        got, looked_at = [await api.http.request(method, path, headers=headers) for method in ("GET", "HEAD")]

        assert looked_at.status_code == got.status_code != 405
        assert looked_at.headers == got.headers


async def test_a_visitor_reads_it_in_their_language(api: ServedApi) -> None:
    path = "/verify/nothing-of-this-name/at-all"
    spanish = await api.http.get(path, headers={**BROWSER, "Accept-Language": "es-US,es;q=0.9"})

    assert 'lang="es"' in spanish.text
    assert "Empezar de nuevo" in spanish.text


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/desk/new/split", 405, "This page is not here"),
        ("GET", "/desk/verifications/any/work", 405, "This page is not here"),
        ("DELETE", "/verify", 405, "This page is not here"),
        ("POST", "/desk/new", 415, "Something in this form cannot be read"),
        ("POST", "/verify", 415, "Something in this form cannot be read"),
    ],
)
async def test_what_a_person_did_is_not_called_a_fault_of_ours(
    api: ServedApi, method: str, path: str, status: int, words: str
) -> None:
    headers = {**BROWSER, **OURS, **await session_of(api, StaffRole.INTAKE)}
    refused = await api.http.request(method, path, headers=headers)

    assert refused.status_code == status
    assert words in refused.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html", ""])
async def test_a_program_gets_the_problem_document(api: ServedApi, accept: str) -> None:
    for path in ("/desk", "/desk/verifications/ver_x", "/verify/nothing-of-this-name/at-all"):
        response = await api.http.get(path, headers={"Accept": accept})
        assert response.headers["content-type"] == "application/problem+json"


async def test_the_interface_for_programs_writes_no_page(api: ServedApi) -> None:
    response = await api.http.get("/v1/payers", headers={**BROWSER, "Authorization": "Bearer nothing"})

    assert (response.status_code, response.headers["content-type"]) == (401, "application/problem+json")


async def test_the_first_page_leads_staff_to_the_desk_and_visitors_to_the_form(api: ServedApi) -> None:
    staff = await api.http.get("/", headers={**BROWSER, **await session_of(api, StaffRole.INTAKE)})
    visitor = await api.http.get("/", headers=BROWSER)

    assert (await api.http.get("/")).status_code == 404
    assert (staff.headers["location"], visitor.headers["location"]) == ("/desk", "/verify")
