"""A visitor on the way through the form: to each ending, in both languages, by keyboard, without script, in a frame."""

import functools
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, assert_accessible

OUTER = (
    "<!doctype html><title>Clinic</title><h1>Clinic</h1>"
    '<iframe src="{form}" title="Verify" width="640" height="900"></iframe>'
)

WORDWELL = ("Lulu", "Wordwell", ("2", "12", "1990"), "W900000101")
ENDERS = ("Bram", "Enders", ("July", "12", "90"), "w9000 00106")
NOBODY = ("Tess", "Nobody", ("08/25/1990", "", ""), "ID: W900000107")
SILENT = ("Otis", "Quietman", ("11", "12", "1990"), "W900000110")

MOST_REQUIRED = 6

GO_ON = "main form > button:not([name])"


@pytest.fixture(scope="module")
def outer() -> Iterator[Any]:
    """Another site of loopback, whose page shows the form in a frame; ``form`` is set once it is known."""

    class Outer(http.server.BaseHTTPRequestHandler):
        form = ""

        def do_GET(self) -> None:
            body = OUTER.format(form=type(self).form).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outer) as server:
        threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.05), daemon=True).start()
        yield Outer, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, staging: Any, outer: Any) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("form")
    settings = {
        "BENEFITS_PUBLIC__NAME": "Harbor Day Program",
        "BENEFITS_PUBLIC__PHONE": "3055550100",
        "BENEFITS_PUBLIC__PRIVACY_NOTICE": "https://clinic.example/privacy",
        "BENEFITS_PUBLIC__EMBED_FROM": f'["{outer[1]}"]',
        "BENEFITS_TRUSTED_PROXIES": '["127.0.0.0/8"]',
    }
    with staging(home, **settings) as found:
        outer[0].form = f"{found.service}/verify"
        yield found


@pytest.fixture
def visitor(stage: Any, visit: Callable[..., Any], request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Opens a browser of a visitor, each at an address of their own."""
    number = sum(request.node.nodeid.encode()) % 250

    def opened(**options: Any) -> Any:
        headers = {"X-Forwarded-For": f"192.0.2.{number}", **options.pop("extra_http_headers", {})}
        return visit(stage.service, extra_http_headers=headers, **options)

    return opened


def go_on(page: Page | FrameLocator) -> None:
    press(page, GO_ON)


def press(page: Page | FrameLocator, button: str) -> None:
    """Press a button that sends the form; returns once the next page stands there, in its colours."""
    if isinstance(page, Page):
        with page.expect_navigation(wait_until="load"):
            page.locator(button).click()
    else:
        page.locator(button).click()


def choose(page: Page | FrameLocator, payer: str) -> None:
    page.locator(f"[name=payer][value={payer}]").check()
    go_on(page)


def fill_card(page: Page | FrameLocator, person: Any) -> None:
    first, last, born, member_id = person
    page.locator("#first_name").fill(first)
    page.locator("#last_name").fill(last)
    for part, typed in zip(("month", "day", "year"), born, strict=True):
        page.locator(f"#birth_date_{part}").fill(typed)
    page.locator("#member_id").fill(member_id)
    go_on(page)


def fill_contact(page: Page | FrameLocator) -> None:
    page.locator("#phone").fill("(305) 555-0100")


def code_of(page: Page) -> str:
    return page.locator("h2 .code").inner_text()


def assert_steady_frame(page: Page) -> None:
    """988 is first, and the telephone, the language and the way out stand where they stand on every screen."""
    tops = [
        page.locator(where).first.bounding_box()
        for where in (".crisis a", ".bar .phone", ".bar [lang]", ".bar .leave", "main")
    ]
    assert all(tops)
    assert page.locator("a, button").nth(1).get_attribute("href") == "tel:988"  # the first is the link past all this
    assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_a_visitor_reaches_a_good_ending(visitor: Any, script: bool) -> None:
    with visitor(java_script_enabled=script) as person:
        page = person.go("/verify")
        choose(page, "aetna")
        fill_card(page, WORDWELL)
        fill_contact(page)
        press(page, "#may_ask_insurer")
        expect(page.get_by_role("heading", level=1)).to_have_text("We are asking your insurer")
        expect(page.get_by_role("heading", level=1)).to_have_text("This looks good", timeout=20_000)
        assert page.get_by_text("looks good", exact=True).count() == 4
        assert person.context.cookies() == []
        if script:
            assert_accessible(page)


@pytest.mark.parametrize(
    ("script", "other", "word"),
    [(True, NOBODY, "could not confirm"), (False, SILENT, "let's talk")],
    ids=["script", "no_script"],
)
def test_all_that_is_not_good_is_one_page_but_for_the_word_of_each_program(
    visitor: Any, script: bool, other: Any, word: str
) -> None:
    pages = []
    with visitor(java_script_enabled=script) as person:
        for member, shown in ((ENDERS, "could not confirm"), (other, word)):
            page = person.go("/verify")
            choose(page, "aetna")
            fill_card(page, member)
            if page.locator("#doubts").count():
                go_on(page)
            fill_contact(page)
            press(page, "#may_ask_insurer")
            expect(page.get_by_role("heading", level=1)).to_have_text("Let's talk about your plan", timeout=25_000)
            assert page.reload()
            assert page.get_by_text(shown, exact=True).count() == 4
            pages.append(" ".join(page.content().replace(code_of(page), "CODE").split()))
        if script:
            assert_accessible(page)
    assert pages[0].replace(">could not confirm<", f">{word}<") == pages[1]


@pytest.mark.parametrize("way", ["unlisted", "no_card", "uninsured"])
def test_without_an_insurer_to_ask_a_person_will_check(visitor: Any, way: str) -> None:
    with visitor(java_script_enabled=False) as person:
        page = person.go("/verify")
        choose(page, way)
        page.locator("#your_name").fill("Ana")
        fill_contact(page)
        go_on(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("A person will check this for you")
        assert code_of(page)


def test_who_does_not_agree_is_called_and_nobody_is_asked(visitor: Any) -> None:
    with visitor() as person:
        page = person.go("/verify")
        choose(page, "aetna")
        fill_card(page, WORDWELL)
        fill_contact(page)
        page.get_by_role("button", name="Don't ask. Just call me").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A person will check this for you")
        assert_accessible(page)


def test_each_state_is_accessible_on_a_narrow_dark_screen_in_spanish(visitor: Any, shoot: Any) -> None:
    """Also: no more than six inputs are required in all, and no address or title holds what was typed."""
    required = 0
    with visitor(viewport=PHONE, color_scheme="dark", locale="es-US") as person:
        page = person.go("/verify")

        def look_at(state: str) -> None:
            assert page.locator("html").get_attribute("lang") == "es"
            assert_accessible(page)
            assert_steady_frame(page)
            shoot(page, f"verify-{state}-es-320-dark")
            assert not re.search("lulu|wordwell|1990|w900|305555", page.url + page.title(), re.IGNORECASE)

        look_at("payer")
        required += 1
        go_on(page)
        look_at("payer-missing")
        page.locator("#payer_typed").fill("Lucet")
        go_on(page)
        look_at("payer-meant")
        page.locator("#payer_typed").fill("Acme Mutual of Nowhere")
        go_on(page)
        look_at("payer-unknown")
        choose(page, "aetna")
        look_at("card")
        required += page.locator("main [aria-required]:visible").count() + page.locator("fieldset .year").count() - 1
        page.locator("[name=is_subscriber][value=no]").check()
        go_on(page)
        look_at("card-missing")
        assert page.evaluate("document.activeElement.className") == "summary"
        page.locator("[name=is_subscriber][value=yes]").check()
        fill_card(page, (*WORDWELL[:3], "W9OOOOO1O1"))
        look_at("card-doubt")
        page.locator("#member_id").fill(WORDWELL[3])
        go_on(page)
        look_at("contact")
        required += 1
        press(page, "#may_ask_insurer")
        look_at("contact-missing")
        fill_contact(page)
        press(page, "#may_ask_insurer")
        look_at("asking")
        expect(page.locator(".notice.good")).to_be_visible(timeout=20_000)
        look_at("looks-good")
        page.goto(f"{person.origin}/verify/{'A' * 26}/card")
        look_at("gone")
        assert len(person.problems) == 1, "the browser says of this page alone that it is not there"
        person.problems.clear()
    assert 4 < required <= MOST_REQUIRED


def test_the_language_button_keeps_what_was_typed(visitor: Any) -> None:
    with visitor(java_script_enabled=False) as person:
        page = person.go("/verify")
        page.locator("#payer_typed").fill("Evernorth")
        page.get_by_role("button", name="Español").click()
        assert page.locator("#payer_typed").input_value() == "Evernorth"
        go_on(page)
        page.locator("#first_name").fill("José")
        page.locator("#birth_date_month").fill("abril")
        page.get_by_role("button", name="English").click()
        assert page.locator("#first_name").input_value() == "José"
        assert page.locator("#birth_date_month").input_value() == "abril"
        expect(page.get_by_role("heading", level=1)).to_have_text("Your details, as on your card")
        assert page.locator(".error").count() == 0


def test_back_reload_double_click_and_a_second_tab_send_once(visitor: Any) -> None:
    with visitor() as person:
        page = person.go("/verify")
        choose(page, "aetna")
        fill_card(page, WORDWELL)
        other = person.open_tab()
        other.goto(page.url)
        for one in (page, other):
            fill_contact(one)
        page.locator("#may_ask_insurer").dblclick()
        page.wait_for_url("**/sent/**")
        sent, code = page.url, code_of(page)
        other.locator("#may_ask_insurer").click()
        other.wait_for_url("**/sent/**")
        page.reload()
        page.go_back()
        page.wait_for_url("**/sent/**")
        assert {page.url, other.url} == {sent}
        assert {code_of(page), code_of(other)} == {code}


def test_the_form_is_filled_in_by_keyboard_alone(visitor: Any) -> None:
    with visitor(viewport=DESKTOP) as person:
        page = person.go("/verify")
        keys = page.keyboard

        def tab_to(where: str) -> None:
            for _ in range(40):
                keys.press("Tab")
                if page.evaluate("where => document.activeElement.matches(where)", where):
                    return
            raise AssertionError(where)

        tab_to("[name=payer]")
        keys.press("Space")
        keys.press("Enter")
        page.wait_for_url("**/card")
        for field, typed in zip(
            ("#first_name", "#last_name", "#birth_date_month", "#birth_date_day", "#birth_date_year", "#member_id"),
            ("Lulu", "Wordwell", *WORDWELL[2], WORDWELL[3]),
            strict=True,
        ):
            tab_to(field)
            keys.type(typed)
        keys.press("Enter")
        page.wait_for_url("**/contact")
        tab_to("#phone")
        keys.type("305 555 0100")
        keys.press("Enter")
        # Enter agrees to nothing: the form asks which of the two buttons is meant.
        expect(page.locator("#consent .error")).to_be_visible()
        tab_to("#may_ask_insurer")
        keys.press("Enter")
        page.wait_for_url("**/sent/**")


def test_a_listed_page_shows_the_form_in_a_frame_and_it_works(visitor: Any, outer: Any) -> None:
    with visitor(elsewhere=True) as person:
        person.context.unroute("**/*")
        person.page.goto(outer[1])
        frame = person.page.frame_locator("iframe")
        choose(frame, "aetna")
        fill_card(frame, WORDWELL)
        fill_contact(frame)
        frame.locator("#may_ask_insurer").click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("We are asking your insurer")
        assert person.context.cookies() == []


def test_an_unlisted_page_shows_no_form(visitor: Any, outer: Any) -> None:
    with visitor(elsewhere=True) as person:
        person.context.unroute("**/*")
        person.page.goto(outer[1].replace("127.0.0.1", "localhost"))
        person.page.wait_for_timeout(300)
        assert person.page.frame_locator("iframe").locator("#payer").count() == 0
        assert any("frame-ancestors" in one for one in person.problems)
        person.problems.clear()


def test_leave_quickly_leaves_nothing_to_go_back_to(visitor: Any) -> None:
    with visitor(elsewhere=True) as person:
        page = person.go("/verify")
        page.locator("[data-leave]").click()
        page.wait_for_timeout(200)
        assert any("weather" in one for one in person.elsewhere)
        person.problems.clear()
