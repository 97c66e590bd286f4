"""Signing in by a link over HTTP: the cookie, what another site may not do with it, and what each role may then do."""

from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers

from service.security.access import SESSION_COOKIE, Role, StaffRole
from service.web import same_site
from service.web.api.sign_in import LINK_PATH, SIGN_OUT_PATH, SIGNED_IN_PATH, TRIES_AT_ONCE
from service.web.app import create_app
from service.web.problems import RequestRefused
from tests.service.web.conftest import ASKED, ServedApi

OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "http://service"}
COST = {"program": "iop", "condition": "mental_health", "phases": [{"program": "iop", "days": 3}]}


async def link_for(api: ServedApi, *roles: StaffRole) -> str:
    return await api.store.make_link(await api.store.invite("Ada", frozenset(roles)), 600)


async def use(api: ServedApi, code: str, **headers: str) -> httpx.Response:
    return await api.http.post(LINK_PATH, data={"code": code}, headers={**OURS, **headers})


def cookie_of(response: httpx.Response) -> dict[str, str]:
    """The session that a browser would send back."""
    [given] = [value for value in response.headers.get_list("set-cookie") if value.startswith(SESSION_COOKIE)]
    return {"Cookie": given.partition(";")[0]}


async def signed_in(api: ServedApi, *roles: StaffRole) -> dict[str, str]:
    return cookie_of(await use(api, await link_for(api, *roles)))


async def test_a_link_signs_in_once_by_a_cookie_that_no_script_and_no_other_host_reads(api: ServedApi) -> None:
    code = await link_for(api, StaffRole.BILLING)
    page = await api.http.get(LINK_PATH)
    first = await use(api, code)
    again = await use(api, code)
    [cookie] = first.headers.get_list("set-cookie")

    assert (page.status_code, code in page.text) == (200, False)
    assert (first.status_code, first.headers["location"]) == (303, SIGNED_IN_PATH)
    assert cookie.startswith(f"{SESSION_COOKIE}=bvs_")
    assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")
    assert (again.status_code, again.json()["code"], "set-cookie" in again.headers) == (401, "unauthorized", False)


async def test_a_session_asks_and_looks_and_is_nobody_after_signing_out(api: ServedApi) -> None:
    session = await signed_in(api, StaffRole.BILLING)
    asked = await api.http.post("/v1/verifications", json=ASKED, headers={**OURS, **session})
    me = await api.http.get("/v1/me", headers=session)
    shown = await api.http.get(SIGNED_IN_PATH, headers=session)
    out = await api.http.post(SIGN_OUT_PATH, headers={**OURS, **session})
    after = await api.http.get("/v1/me", headers=session)

    assert asked.status_code == 200
    assert (me.json()["roles"], "cost" in me.json()["rights"]) == (["billing"], True)
    assert "billing" in shown.text
    assert (await api.http.get(out.headers["location"], headers=session)).status_code == 200
    assert (out.status_code, out.headers["set-cookie"].startswith(f"{SESSION_COOKIE}=; Max-Age=0")) == (303, True)
    assert after.status_code == 401
    assert (await api.http.get(SIGNED_IN_PATH, headers=session)).status_code == 303


async def test_signing_in_again_gives_another_session_and_ends_the_first(api: ServedApi) -> None:
    first = await signed_in(api, StaffRole.BILLING)
    second = cookie_of(await use(api, await link_for(api, StaffRole.BILLING), **first))

    assert first != second
    assert (await api.http.get("/v1/me", headers=first)).status_code == 401
    assert (await api.http.get("/v1/me", headers=second)).status_code == 200


async def test_the_id_of_a_session_alone_ends_nobodys(api: ServedApi) -> None:
    theirs = await signed_in(api, StaffRole.BILLING)
    prefix, session_id, _ = theirs["Cookie"].removeprefix(f"{SESSION_COOKIE}=").split("_", 2)
    guessed = {"Cookie": f"{SESSION_COOKIE}={prefix}_{session_id}_{'x' * 43}"}
    await use(api, await link_for(api, StaffRole.BILLING), **guessed)
    await api.http.post(SIGN_OUT_PATH, headers={**OURS, **guessed})

    assert (await api.http.get("/v1/me", headers=theirs)).status_code == 200


async def test_a_form_of_our_page_sends_no_origin_and_is_taken(api: ServedApi) -> None:
    """Under ``no-referrer`` Chromium writes ``Origin: null`` for a form that our own page sends."""
    code = await link_for(api, StaffRole.BILLING)

    taken = await use(api, code, Origin="null")

    assert taken.status_code == 303


FOREIGN: list[dict[str, str]] = [
    {},
    {"Origin": "https://elsewhere.test"},
    {"Origin": "null"},
    {"Origin": "http://service.elsewhere.test"},
    {"Origin": "http://[broken"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://service"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.test"},
]


@pytest.mark.parametrize(
    "headers",
    [
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-origin"), ("origin", "null"), ("origin", "https://elsewhere.test")],
        [("origin", "http://service"), ("origin", "https://elsewhere.test")],
        [("origin", "null"), ("origin", "null")],
    ],
)
def test_what_a_browser_says_twice_counts_each_time(headers: list[tuple[str, str]]) -> None:
    raw = [(b"host", b"service"), *((name.encode(), value.encode()) for name, value in headers)]

    with pytest.raises(RequestRefused):
        same_site.refuse_other_sites("POST", Headers(raw=raw), None)


async def crosses(api: ServedApi, session: dict[str, str]) -> list[int]:
    """How each foreign request was answered: three that change something, for every way to begin one."""
    found = []
    for headers in FOREIGN:
        asked = await api.http.post("/v1/verifications", json=ASKED, headers={**headers, **session})
        code = await link_for(api, StaffRole.BILLING)
        entered = await api.http.post(LINK_PATH, data={"code": code}, headers=headers)
        left = await api.http.post(SIGN_OUT_PATH, headers={**headers, **session})
        found += [asked.status_code, entered.status_code, left.status_code]
    return found


async def test_another_site_makes_a_signed_in_browser_do_nothing(api: ServedApi) -> None:
    session = await signed_in(api, StaffRole.BILLING)

    assert set(await crosses(api, session)) == {403}
    assert (await api.http.get("/v1/me", headers=session)).status_code == 200
    assert api.acme.asked == []


async def test_without_the_check_another_site_is_noticed(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await signed_in(api, StaffRole.BILLING)
    monkeypatch.setattr(same_site, "SAFE", frozenset({"GET", "POST"}))

    assert set(await crosses(api, session)) != {403}


async def test_a_key_is_no_cookie_and_needs_no_origin(api: ServedApi) -> None:
    assert (await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)).status_code == 200
    assert (await api.http.get("/v1/me", headers=api.staff)).status_code == 403
    plain = api.staff["Authorization"].partition(" ")[2]
    assert (await api.http.get("/v1/payers", headers={"Cookie": f"{SESSION_COOKIE}={plain}"})).status_code == 401


@pytest.mark.parametrize("code", ["", "nothing", "bvl_000000000000_" + "x" * 43])
async def test_a_code_that_is_none_is_refused_like_any_other(api: ServedApi, code: str) -> None:
    assert (await use(api, code)).status_code in {401, 422}
    assert (await use(api, "x" * 2_000)).status_code == 413


async def test_whoever_tries_too_often_is_sent_away(api: ServedApi) -> None:
    tried = [(await use(api, "nothing")).status_code for _ in range(int(TRIES_AT_ONCE) + 2)]

    assert tried[0] == 401
    assert tried[-1] == 429


async def test_the_addresses_of_one_network_are_one_that_tries(api: ServedApi) -> None:
    app = create_app(api.services._replace(trusted_proxies=("127.0.0.1/32",)))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service")
    tried = [
        (await http.get(SIGNED_IN_PATH, headers={"X-Forwarded-For": f"2001:db8::{number:x}"})).status_code
        for number in range(int(TRIES_AT_ONCE) + 2)
    ]

    assert (tried[0], tried[-1]) == (303, 429)
    other = await http.get(SIGNED_IN_PATH, headers={"X-Forwarded-For": "2001:db8:0:1::1"})
    assert other.status_code == 303


RIGHTS_OF: dict[StaffRole, set[str]] = {
    StaffRole.INTAKE: {"ask", "look", "payers"},
    StaffRole.BILLING: {"ask", "look", "payers", "cost", "call"},
    StaffRole.SUPERVISOR: {"ask", "look", "payers", "cost", "call"},
    StaffRole.PRIVACY_OFFICER: {"look", "payers", "cost", "call"},
    StaffRole.BREAK_GLASS: set(),
}


async def allowed(api: ServedApi, session: dict[str, str], verification: str) -> set[str]:
    """What somebody may do, by trying each."""
    path, headers = f"/v1/verifications/{verification}", {**OURS, **session}
    tried = {
        "ask": await api.http.post("/v1/verifications", json=ASKED, headers=headers),
        "look": await api.http.get(path, headers=headers),
        "payers": await api.http.get("/v1/payers", headers=headers),
        "cost": await api.http.post(f"{path}/cost", json={}, headers=headers),
        "call": await api.http.get(f"{path}/call-sheet", headers=headers),
    }
    return {name for name, response in tried.items() if response.status_code != 403}


@pytest.mark.parametrize("role", StaffRole)
async def test_a_person_may_do_what_the_role_says_and_nothing_else(api: ServedApi, role: StaffRole) -> None:
    asked = (await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)).json()

    assert await allowed(api, await signed_in(api, role), asked["verification_id"]) == RIGHTS_OF[role]


async def test_a_browser_without_a_session_is_sent_to_sign_in_and_back(api: ServedApi) -> None:
    page = {"Accept": "text/html,application/xhtml+xml"}
    browser = await api.http.get("/v1/me", headers=page)
    program = await api.http.get("/v1/me", headers={**page, "Authorization": "Bearer nothing"})
    asking = await api.http.post("/v1/verifications", json=ASKED, headers=page)

    assert (browser.status_code, browser.headers["location"]) == (303, "/auth/sign-in?to=%2Fv1%2Fme")
    assert [program.status_code, asking.status_code] == [401, 401]


async def test_roles_add_up(api: ServedApi) -> None:
    asked = (await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)).json()
    session = await signed_in(api, StaffRole.INTAKE, StaffRole.PRIVACY_OFFICER)

    assert await allowed(api, session, asked["verification_id"]) == {"ask", "look", "payers", "cost", "call"}


async def test_the_glass_is_broken_by_whoever_may_and_with_a_reason(api: ServedApi) -> None:
    asked = (await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)).json()
    intake = await signed_in(api, StaffRole.INTAKE)
    session = await signed_in(api, StaffRole.INTAKE, StaffRole.BREAK_GLASS)

    async def emergency(session: dict[str, str], body: Any) -> int:
        return (await api.http.post("/v1/emergencies", json=body, headers={**OURS, **session})).status_code

    before = await allowed(api, session, asked["verification_id"])
    reason = {"reason": "patient in the emergency room"}
    tried = [
        await emergency(intake, reason),
        await emergency(session, {}),
        await emergency(session, {"reason": "short"}),
        await emergency(session, {"reason": " " * 12}),
        await emergency(session, reason),
    ]

    assert tried == [403, 422, 422, 422, 201]
    assert before == RIGHTS_OF[StaffRole.INTAKE]
    assert await allowed(api, session, asked["verification_id"]) == RIGHTS_OF[StaffRole.BILLING]
    assert (await api.http.get("/v1/me", headers=session)).json()["in_emergency"]


async def test_a_key_is_bound_to_its_networks(api: ServedApi) -> None:
    near = await api.store.create_key(Role.STAFF, networks=("127.0.0.0/8",))
    far = await api.store.create_key(Role.STAFF, networks=("192.0.2.0/24", "2001:db8::/32"))
    answers = [(await api.http.get("/v1/payers", headers={"Authorization": f"Bearer {key}"})) for key in (near, far)]

    assert [one.status_code for one in answers] == [200, 401]
    assert answers[1].json()["code"] == "unauthorized"


async def test_no_page_of_signing_in_sends_anybody_elsewhere(api: ServedApi) -> None:
    for path in (LINK_PATH, SIGNED_IN_PATH):
        response = await api.http.get(path, headers=await signed_in(api, StaffRole.BILLING))
        assert "//" not in response.text.replace("<!doctype html>", "")
        assert "default-src 'none'" in response.headers["content-security-policy"]
    assert (await api.http.get("/auth/sign-in?to=https://elsewhere.test")).headers["location"] == LINK_PATH
    assert (await api.http.get("/auth/callback?code=x&state=y")).status_code == 404
