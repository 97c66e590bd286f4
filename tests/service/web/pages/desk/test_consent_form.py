"""The member's consent at the desk: stated by the clerk, kept with the question, and never guessed."""

import html
import re
from datetime import datetime, time, timedelta
from hashlib import sha256

import httpx
import pytest

from contracts import EASTERN
from service.security.access import Role, StaffRole
from service.security.consent import Consent, ConsentRule
from service.settings.model import PublicSettings
from service.web.app import create_app
from service.web.pages.desk.consent_form import offered_texts
from service.web.pages.visitor.consent_texts import lasts_by_digest
from service.web.pages.visitor.page import provider_of
from tests.service.kept import rows_of
from tests.service.web.conftest import ServedApi
from tests.service.web.pages.desk.sessions import sign_in
from tests.service.web.pages.desk.test_new_verification import TYPED, value_of

STAFF_NEEDS = ConsentRule(needed_by=frozenset({Role.STAFF}))
OPTIONAL = ConsentRule(needed_by=frozenset({Role.PUBLIC}))
TEXT = "2026-11-part-2/en"


@pytest.fixture
def desk(api: ServedApi) -> httpx.AsyncClient:
    """A service to which 42 CFR Part 2 applies, and whose staff need no consent."""
    set_rule(api, OPTIONAL)
    app = create_app(api.services._replace(part_two=True))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service")


def english(api: ServedApi) -> str:
    """By what the form's text in English is chosen."""
    [choice] = [one.choice for one in offered_texts(api.services._replace(part_two=True)) if one.language == "en"]
    return choice


def days_ago(days: int) -> datetime:
    """Ten in the morning in US Eastern, so many days ago."""
    return datetime.combine(datetime.now(EASTERN).date() - timedelta(days=days), time(10), EASTERN)


def typed(instant: datetime) -> str:
    return f"{instant:%m/%d/%Y %H:%M}"


def set_rule(api: ServedApi, rule: ConsentRule) -> None:
    lasts = lasts_by_digest(provider_of(api.services).name)
    api.verifier._terms = api.verifier._terms._replace(consent=rule._replace(lasts=lasts))


async def kept_consent(api: ServedApi, response: httpx.Response) -> Consent | None:
    assert response.status_code == 303, response.text
    return await api.store.consent_of(response.headers["location"].rpartition("/")[2])


async def test_a_consent_is_kept_with_the_question_and_in_the_audit(api: ServedApi, desk: httpx.AsyncClient) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    given = days_ago(3)
    stated = {"consent": english(api), "consent_given_at": f"{given:%Y-%m-%dT%H:%M}"}
    page = (await desk.get("/desk/new", headers=clerk)).text
    sent = await desk.post("/desk/new", data={**TYPED, **stated}, headers=clerk)
    kept = await kept_consent(api, sent)
    shown = [html.unescape(one) for one in re.findall(r'<p lang="en">(.*?)</p>', page)]

    assert kept is not None
    assert (kept.version, kept.language) == ("2026-11-part-2", "en")
    assert kept.given_at == given
    assert kept.text_sha256 == sha256("\n".join(shown).encode()).hexdigest()
    [line] = [one for one in await rows_of(api.store, "audit") if one["action"] == "consent.recorded"]
    assert line["actor"].startswith("usr_")
    record = (await desk.get(sent.headers["location"], headers=clerk)).text
    assert f"text 2026-11-part-2 (English), given {given:%b} {given.day}, {given:%Y %H:%M %Z}" in record


async def test_where_staff_need_consent_nobody_is_asked_without_one(api: ServedApi, desk: httpx.AsyncClient) -> None:
    set_rule(api, STAFF_NEEDS)
    clerk = await sign_in(api, StaffRole.INTAKE)
    page = await desk.post("/desk/new", data=TYPED, headers=clerk)
    asked = await desk.post("/desk/new", data={**TYPED, "consent": english(api)}, headers=clerk)

    assert page.status_code == 422
    assert 'href="#consent"' in page.text
    assert "No consent is recorded" not in page.text
    assert value_of(page.text, "member_id") == TYPED["member_id"]
    assert await kept_consent(api, asked) is not None
    assert len(api.acme.asked) == 1


async def test_where_staff_need_none_the_record_says_that_there_is_none(
    api: ServedApi, desk: httpx.AsyncClient
) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    sent = await desk.post("/desk/new", data={**TYPED, "consent": ""}, headers=clerk)

    assert await kept_consent(api, sent) is None
    assert "none recorded" in (await desk.get(sent.headers["location"], headers=clerk)).text


async def test_where_part_two_does_not_apply_no_consent_is_spoken_of(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    page = await api.http.get("/desk/new", headers=clerk)
    sent = await api.http.post("/desk/new", data={**TYPED, "consent": english(api)}, headers=clerk)
    record = await api.http.get(sent.headers["location"], headers=clerk)

    assert "onsent" not in page.text + record.text
    assert await kept_consent(api, sent) is None


async def test_only_texts_that_the_operator_lists_are_offered(api: ServedApi, desk: httpx.AsyncClient) -> None:
    ours = english(api)
    set_rule(api, OPTIONAL._replace(texts={"paper-3/en": "cd" * 32, TEXT: "ef" * 32}))
    clerk = await sign_in(api, StaffRole.INTAKE)
    page = (await desk.get("/desk/new", headers=clerk)).text
    refused = await desk.post("/desk/new", data={**TYPED, "consent": ours}, headers=clerk)
    paper = {**TYPED, "consent": f"paper-3/en/{'cd' * 32}"}
    kept = await kept_consent(api, await desk.post("/desk/new", data=paper, headers=clerk))

    assert re.findall(r'name="consent" value="([^"]*)"', page) == ["", paper["consent"], f"{TEXT}/{'ef' * 32}"]
    assert '<p lang="en">' not in page, "the operator's text is another one than ours of this name"
    assert (refused.status_code, 'href="#consent"' in refused.text) == (422, True)
    assert kept is not None
    assert kept.text_sha256 == "cd" * 32


@pytest.mark.parametrize("when", ["yesterday", "13/45/2026 10:00", "11/20/2026 25:00", -2, 92])
async def test_a_time_that_cannot_be_is_named_and_never_replaced(
    api: ServedApi, desk: httpx.AsyncClient, when: str | int
) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    stated = when if isinstance(when, str) else typed(days_ago(when))
    sent = {**TYPED, "consent": english(api), "consent_given_at": stated}
    page = await desk.post("/desk/new", data=sent, headers=clerk)

    assert page.status_code == 422
    assert 'href="#consent_given_at"' in page.text
    assert value_of(page.text, "consent_given_at") == stated
    assert api.acme.asked == []


async def test_who_asks_again_asks_under_the_same_consent(api: ServedApi, desk: httpx.AsyncClient) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    sent = {**TYPED, "consent": english(api), "consent_given_at": typed(days_ago(3))}
    first = await desk.post("/desk/new", data=sent, headers=clerk)
    page = (await desk.get(f"/desk/new?again={first.headers['location'].rpartition('/')[2]}", headers=clerk)).text
    again = {**sent, "again": "yes", "consent_given_at": value_of(page, "consent_given_at")}

    assert re.search(rf'value="{english(api)}"[^>]* checked', page)
    assert await kept_consent(api, first) == await kept_consent(
        api, await desk.post("/desk/new", data=again, headers=clerk)
    )


async def test_a_text_that_has_changed_since_is_not_the_one_that_was_signed(
    api: ServedApi, desk: httpx.AsyncClient
) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    first = await desk.post("/desk/new", data={**TYPED, "consent": english(api)}, headers=clerk)
    renamed = api.services._replace(part_two=True, public=PublicSettings(name="Renamed"))
    transport = httpx.ASGITransport(app=create_app(renamed))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as later:
        page = (await later.get(f"/desk/new?again={first.headers['location'].rpartition('/')[2]}", headers=clerk)).text
        refused = await later.post("/desk/new", data={**TYPED, "consent": english(api), "again": "yes"}, headers=clerk)

    assert not re.search('name="consent"[^>]* checked', page)
    assert (refused.status_code, 'href="#consent"' in refused.text) == (422, True)


async def test_another_site_and_a_role_without_the_right_record_no_consent(
    api: ServedApi, desk: httpx.AsyncClient
) -> None:
    set_rule(api, STAFF_NEEDS)
    clerk, other = await sign_in(api, StaffRole.INTAKE), await sign_in(api, StaffRole.PRIVACY_OFFICER)
    elsewhere = {**clerk, "Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.test"}
    sent = [
        await desk.post("/desk/new", data={**TYPED, "consent": english(api)}, headers=who) for who in (elsewhere, other)
    ]

    assert [one.status_code for one in sent] == [403, 403]
    assert await rows_of(api.store, "consents") == []
