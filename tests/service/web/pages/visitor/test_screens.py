"""The screens of the form, as a browser without script meets them: nothing is lost, or shown to anybody else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest

from contracts import Card
from payers.aetna import adapter as aetna
from payers.florida_blue import adapter as florida_blue
from service.plugins.loading import Directory
from service.settings.model import PublicSettings
from service.web.app import create_app
from service.web.pages.visitor import drafts
from service.web.pages.visitor.card_screen import check_card_screen, fields_of
from service.web.pages.visitor.checks import Circumstances
from service.web.pages.visitor.consent_texts import GENERAL, PART_TWO, ConsentText
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.drafts import find_draft
from service.web.pages.visitor.texts import CONTACT
from service.web.services import Services
from tests.service.web.conftest import TODAY, Acme, ServedApi

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}

ADA = {
    "first_name": "Ada",
    "last_name": "Imaginary",
    "birth_date_month": "April",
    "birth_date_day": "12",
    "birth_date_year": "1990",
    "member_id": "zz 12345",
    "is_subscriber": "yes",
}
AGREES = {"phone": "305 555 0100", "may_ask_insurer": "yes", "shown_in": "en"}


class Form(NamedTuple):
    """Somebody's browser at the form of a service with three payers."""

    http: httpx.AsyncClient
    services: Services

    async def send(self, path: str, **typed: str) -> httpx.Response:
        return await self.http.post(path, data=typed, headers=BROWSER)

    async def begin(self, payer: str = "acme", **typed: str) -> str:
        """Choose an insurance; returns the address of the next screen."""
        sent = await self.send("/verify", payer=payer, **typed)
        assert sent.status_code == 303
        return sent.headers["location"]

    async def page(self, path: str) -> str:
        found = await self.http.get(path, headers=BROWSER)
        assert found.status_code == 200
        return found.text

    async def draft(self, path: str) -> VisitorDraft:
        found = await find_draft(self.services, path.split("/")[2])
        assert found is not None
        return found


@pytest.fixture
async def form(api: ServedApi) -> Form:
    services = api.services._replace(
        directory=Directory([Acme(), aetna, florida_blue]),
        public=PublicSettings(
            name="Harbor",
            phone="3055550100",
            embed_from=("https://clinic.test",),
            privacy_notice="https://clinic.test/privacy",
        ),
    )
    transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=False)
    return Form(httpx.AsyncClient(transport=transport, base_url="http://service"), services)


@pytest.mark.parametrize(
    ("typed", "payer"),
    [
        ("Acme Health PPO", "acme"),
        ("AETNA", "aetna"),
        ("bcbs of florida", "florida_blue"),
        ("Aetna CVS Health", "aetna"),
    ],
)
async def test_a_name_that_people_use_chooses_the_payer(form: Form, typed: str, payer: str) -> None:
    path = await form.begin(payer="", payer_typed=typed)
    assert path.endswith("/card")
    assert (await form.draft(path)).payer == payer


@pytest.mark.parametrize("typed", ["Flordia Blue", "Lucet", "New Directions"])
async def test_a_name_that_may_be_meant_is_asked_about(form: Form, typed: str) -> None:
    path = await form.begin(payer="", payer_typed=typed)
    page = await form.page(path)
    assert "Do you mean one of these?" in page
    assert re.findall(r'name="payer" value="(\w+)"', page)[0] == "florida_blue"


@pytest.mark.parametrize("typed", ["Humana", "Medicaid", "Lucet"])
async def test_whoever_does_not_see_theirs_goes_on(form: Form, typed: str) -> None:
    path = await form.begin(payer="unlisted", payer_typed=typed)
    if path.count("/") == 2:
        path = (await form.send(path, payer="unlisted", payer_typed=typed)).headers["location"]
    assert path.endswith("/contact")
    assert ((await form.draft(path)).payer, (await form.draft(path)).payer_typed) == ("unlisted", typed)


@pytest.mark.parametrize("payer", ["unlisted", "no_card", "uninsured", "acme", "aetna", "florida_blue"])
async def test_no_choice_is_a_dead_end(form: Form, payer: str) -> None:
    path = await form.begin(payer)
    assert "<form" in await form.page(path)


async def test_what_was_typed_is_kept_with_its_errors(form: Form) -> None:
    path = await form.begin()
    sent = await form.send(path, **{**ADA, "birth_date_year": "", "last_name": "<b>Im"})
    page = await form.page(sent.headers["location"])
    assert 'href="#birth_date_month"' in page
    assert 'value="April"' in page
    assert "&lt;b&gt;Im" in page


async def test_a_doubt_is_asked_about_once_and_refuses_nothing(form: Form) -> None:
    path = await form.begin("aetna")
    odd = {**ADA, "member_id": "W9OOOOO101"}
    first = await form.send(path, **odd)
    assert first.headers["location"] == path
    assert "Is this right?" in await form.page(path)
    second = await form.send(path, **odd)
    assert second.headers["location"].endswith("/contact")
    assert (await form.draft(path)).member_id == "W9OOOOO101"


async def test_the_details_are_read_as_they_were_meant(form: Form) -> None:
    path = await form.begin()
    await form.send(path, **ADA)
    draft = await form.draft(path)
    assert (draft.first_name, draft.member_id, draft.birth_date and draft.birth_date.isoformat()) == (
        "Ada",
        "ZZ12345",
        "1990-04-12",
    )


async def test_not_being_sure_of_the_main_person_is_enough(form: Form) -> None:
    path = await form.begin()
    sent = await form.send(path, **{**ADA, "is_subscriber": "unsure"})
    assert sent.headers["location"].endswith("/contact")


async def test_the_main_person_is_asked_for_only_when_it_is_another(form: Form) -> None:
    path = await form.begin()
    missing = await form.send(path, **{**ADA, "is_subscriber": "no"})
    assert missing.headers["location"] == path
    other = {f"subscriber_{name}": value for name, value in ADA.items()}
    sent = await form.send(path, **{**ADA, "is_subscriber": "no", "relationship": "spouse", **other})
    assert sent.headers["location"].endswith("/contact")
    assert (await form.draft(path)).subscriber_last_name == "Imaginary"


def card_that_needs(*groups: tuple[str, ...]) -> Card:
    return Acme.card.model_copy(update={"needs": groups})


def test_only_what_the_payer_needs_is_asked_for() -> None:
    assert fields_of(card_that_needs(("member_id",), ("birth_date",))) == ("birth_date", "member_id")
    assert fields_of(card_that_needs(("last_name",), ("group_number",))) == ("last_name", "group_number")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"member_id": "ZZ12345"}, []),
        ({"birth_date_month": "4/12/1990"}, []),
        ({}, ["birth_date_month", "member_id"]),
        ({"member_id": "ZZ12345", "birth_date_month": "soon"}, ["birth_date_month"]),
    ],
)
def test_of_a_group_of_details_one_is_enough(typed: dict[str, str], wrong: list[str]) -> None:
    given = Circumstances(card_that_needs(("birth_date", "member_id")), TODAY, "Harbor", part_two=False)
    checked = check_card_screen(VisitorDraft(typed={**typed, "is_subscriber": "yes"}), given)
    assert [one.field for one in checked.errors] == wrong


@pytest.mark.parametrize(("part_two", "text"), [(False, GENERAL), (True, PART_TWO)])
async def test_the_consent_names_the_text_that_was_shown(form: Form, part_two: bool, text: ConsentText) -> None:
    app = create_app(form.services._replace(part_two=part_two))
    form = form._replace(http=httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service"))
    path = await form.begin()
    await form.send(path, **ADA)
    await form.send(path, **ADA, language="es")
    contact = path.replace("/card", "/contact")
    page = await form.page(contact)
    token = re.findall(r'name="token" value="(\w+)"', page)[0]
    sent = await form.send(contact, **{**AGREES, "shown_in": "es"}, token=token)
    assert sent.headers["location"].startswith("/verify/sent/")
    draft = await form.draft(path)
    assert all(one in page for one in text.paragraphs_in("es", "Harbor"))
    assert (draft.consent_version, draft.consent_sha256) == (text.version, text.digest("es", "Harbor"))
    assert draft.consent_given_at is not None


async def test_nobody_agrees_to_a_text_that_was_not_on_their_page(form: Form) -> None:
    path = await form.begin()
    await form.send(path, **ADA)
    await form.send(path, **ADA)
    contact = path.replace("/card", "/contact")
    shown = dict(re.findall(r'name="(token|shown_text)" value="(\w+)"', await form.page(contact)))

    app = create_app(form.services._replace(part_two=True))
    changed = form._replace(http=httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service"))
    sent = await changed.send(contact, **AGREES, **shown)
    page = await changed.page(contact)

    assert sent.headers["location"] == contact
    assert (await form.draft(path)).may_ask_insurer is False
    assert CONTACT.text_changed.en in page
    shown = dict(re.findall(r'name="(token|shown_text)" value="(\w+)"', page))
    sent = await changed.send(contact, **AGREES, **shown)
    assert sent.headers["location"].startswith("/verify/sent/")
    assert (await form.draft(path)).consent_sha256 == PART_TWO.digest("en", "Harbor") == shown["shown_text"]


async def test_in_receipt_mode_the_last_screen_says_that_the_question_came(form: Form) -> None:
    public = form.services.public.model_copy(update={"mode": "receipt"})
    app = create_app(form.services._replace(public=public))
    form = form._replace(http=httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service"))
    contact = await form.begin("no_card")
    token = re.findall(r'name="token" value="(\w+)"', await form.page(contact))[0]
    sent = await form.send(contact, your_name="Ana", phone="305 555 0100", token=token)
    page = await form.page(sent.headers["location"])
    assert "<h1>We have your question</h1>" in page
    assert "data-live" not in page


async def test_a_form_that_was_sent_is_shown_and_changed_no_more(form: Form) -> None:
    path = await form.begin()
    await form.send(path, **ADA)
    contact, first = path.replace("/card", "/contact"), path.removesuffix("/card")
    token = re.findall(r'name="token" value="(\w+)"', await form.page(contact))[0]
    sent = (await form.send(contact, **AGREES, token=token)).headers["location"]
    assert sent.startswith("/verify/sent/")
    kept = await form.draft(path)
    for screen in (first, path, contact):
        looked = await form.http.get(screen, headers=BROWSER)
        changed = await form.send(
            screen, **{**ADA, **AGREES, "payer": "aetna", "phone": "305 555 0199", "token": token}
        )
        assert {(one.status_code, one.headers["location"]) for one in (looked, changed)} == {(303, sent)}
    assert await form.draft(path) == kept


async def test_enter_agrees_to_nothing(form: Form) -> None:
    path = await form.begin()
    await form.send(path, **ADA)
    contact = path.replace("/card", "/contact")
    sent = await form.send(contact, **{**AGREES, "may_ask_insurer": ""})
    assert sent.headers["location"] == contact
    draft = await form.draft(path)
    assert (draft.may_ask_insurer, draft.consent_version) == (False, None)


async def test_texts_need_a_consent_of_their_own(form: Form) -> None:
    path = await form.begin("uninsured")
    assert "checked" not in await form.page(path)
    await form.send(path, phone="305 555 0100", your_name="Ana", back="yes")
    assert (await form.draft(path)).may_text is False


async def test_a_screen_that_was_skipped_is_come_back_to(form: Form) -> None:
    path = await form.begin()
    contact = path.replace("/card", "/contact")
    sent = await form.send(contact, **AGREES)
    assert sent.headers["location"] == path
    assert "Please look at this again" in await form.page(path)


async def test_a_draft_that_ends_soon_says_so_and_may_be_kept(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await form.begin()
    assert "will be deleted in about five minutes" not in await form.page(path)
    with monkeypatch.context() as patched:
        patched.setattr(drafts, "KEPT", timedelta(minutes=5))
        await form.send(path, **ADA)
    page = await form.page(path)
    assert "will be deleted in about five minutes" in page
    assert 'name="keep"' in page
    kept = await form.send(path, **ADA, keep="yes")
    assert kept.headers["location"] == path
    assert "will be deleted in about five minutes" not in await form.page(path)


async def test_a_draft_that_was_deleted_and_one_that_never_was_read_alike(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "KEPT", timedelta(0))
    path = await form.begin()
    deleted = await form.http.get(path, headers=BROWSER)
    never = await form.http.get(f"/verify/{'A' * 26}/card", headers=BROWSER)
    assert (deleted.status_code, never.status_code) == (404, 404)
    assert deleted.text == never.text
    assert (await form.send(path, **ADA)).status_code == 404


async def test_listed_pages_alone_may_show_the_form(form: Form, api: ServedApi) -> None:
    listed = await form.http.get("/verify", headers=BROWSER)
    bare = await api.http.get("/verify", headers=BROWSER)
    assert "frame-ancestors https://clinic.test;" in listed.headers["content-security-policy"]
    assert "frame-ancestors 'none';" in bare.headers["content-security-policy"]
    assert "set-cookie" not in listed.headers


async def test_another_sites_form_is_refused(form: Form) -> None:
    path = await form.begin()
    sent = await form.http.post(path, data=ADA, headers={**BROWSER, "Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403


async def test_an_old_telephone_that_says_nothing_of_the_page_is_let_in(form: Form) -> None:
    sent = await form.http.post("/verify", data={"payer": "acme"}, headers={"Origin": "null"})
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"content": b"{}", "headers": {**BROWSER, "Content-Type": "application/json"}}, 415),
        ({"data": {"payer_typed": "x" * 40_000}, "headers": BROWSER}, 413),
        ({"data": {f"field{number}": "x" for number in range(100)}, "headers": BROWSER}, 422),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(form: Form, given: dict[str, object], status: int) -> None:
    assert (await form.http.post("/verify", **given)).status_code == status  # type: ignore[arg-type]


async def test_whoever_types_on_and_on_makes_a_draft_no_larger(form: Form) -> None:
    path = await form.begin()
    for number in range(30):
        await form.send(path.removesuffix("/card"), payer="", payer_typed=f"{number}" * 150)
    draft = await form.draft(path)
    assert len(draft.model_dump_json()) < 6_000


def spanish(page: str) -> bool:
    return '<html lang="es"' in page


@pytest.mark.parametrize(
    ("path", "headers", "is_spanish"),
    [
        ("/verify", {}, False),
        ("/verify?language=es", {}, True),
        ("/verify", {"Accept-Language": "es-MX,es;q=0.9"}, True),
        ("/verify?language=en", {"Accept-Language": "es-MX"}, False),
    ],
)
async def test_the_first_screen_is_in_the_visitors_language(
    form: Form, path: str, headers: dict[str, str], is_spanish: bool
) -> None:
    found = await form.http.get(path, headers=headers)
    assert spanish(found.text) is is_spanish


async def test_the_language_is_pressed_before_anything_is_typed(form: Form) -> None:
    sent = await form.send("/verify", language="es", shown_in="en")
    assert sent.headers["location"] == "/verify?language=es"


CHECKS: list[Callable[[str], bool]] = [
    lambda page: page.index("tel:988") < page.index("<main"),
    lambda page: "tel:+13055550100" in page,
    lambda page: "data-leave" in page,
    lambda page: page.count('<a href="https://clinic.test/privacy"') == 1,
    lambda page: 'lang="es"' in page,
]


@pytest.mark.parametrize("screen", ["payer", "card", "contact", "gone", "refused"])
async def test_help_stands_in_the_same_places_on_each_screen(form: Form, screen: str) -> None:
    path = await form.begin()
    paths = {
        "payer": "/verify",
        "card": path,
        "contact": path.replace("/card", "/contact"),
        "gone": "/verify/x/card",
        "refused": "/verify/nothing/of/this/name",
    }
    page = (await form.http.get(paths[screen], headers=BROWSER)).text
    assert [check(page) for check in CHECKS] == [True] * len(CHECKS)
