"""A clerk at the desk: by link from sign-in to the record, by keyboard alone, without script, on a narrow screen."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from payers.simulator.people import PEOPLE
from tests.browser.conftest import PHONE, assert_accessible
from tests.journeys.asking import ask, post
from tests.journeys.conftest import BENEFITS, REPOSITORY

COPIED = """Patient: Wordwell, Lulu     DOB: 2/12/1990
Member ID: W900000101
Insurance: Aetna PPO
asked about evening groups"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def stage(home: Path, staging: Any) -> Iterator[Any]:
    with staging(home, BENEFITS_PART_TWO__APPLIES="true") as found:
        yield found


def person(scenario: str, payer: str = "aetna") -> Any:
    return next(one for one in PEOPLE if (one.scenario, one.payer) == (scenario, payer))


@pytest.fixture
def clerk(stage: Any, home: Path, visit: Callable[..., Any]) -> Callable[..., AbstractContextManager[Any]]:
    """Opens the browser of somebody with roles; ``code`` is that of their sign-in link."""

    def opened(*roles: str, **options: Any) -> Any:
        chosen = [word for role in roles for word in ("--role", role)]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")},
            "BENEFITS_DATABASE_URL": f"sqlite:///{home / 'benefits.sqlite'}",
            "PYTHONPATH": str(REPOSITORY),
        }
        made = subprocess.run(
            [*BENEFITS, "staff", "invite", "--label", "Ada Clerk", *chosen],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        code = made.stdout.strip().partition("#")[2]

        @contextmanager
        def signed_out() -> Iterator[Any]:
            with visit(stage.service, **options) as desk:
                desk.code = code
                yield desk

        return signed_out()

    return opened


def sign_in(desk: Any, to: str = "/desk") -> Page:
    """Ask for a page of the desk, and be led to it by signing in with the code of a link."""
    page: Page = desk.go(to)
    expect(page).to_have_title("Sign in")
    page.get_by_label("Code of your sign-in link").fill(desk.code)
    page.get_by_role("button", name="Sign in").click()
    return page


def press_until(page: Page, key: str, focused: str, most: int = 60) -> None:
    """Press ``key`` until what has the focus is ``focused``: a selector."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", focused):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{focused} is not reached by {key}")


def test_a_clerk_goes_from_sign_in_to_the_record_by_keyboard_alone(
    stage: Any, clerk: Callable[..., Any], shoot: Callable[..., None]
) -> None:
    with clerk("billing") as desk:
        page = desk.go("/desk/new")
        assert_accessible(page)
        press_until(page, "Tab", "#code")
        page.keyboard.insert_text(desk.code)
        page.keyboard.press("Enter")
        expect(page).to_have_title("New verification")
        assert_accessible(page)
        press_until(page, "Tab", "#paste")
        page.keyboard.insert_text(COPIED)
        press_until(page, "Tab", "main form:first-of-type button")
        page.keyboard.press("Enter")
        expect(page.locator("#check")).to_be_focused()
        expect(page.locator("#member_id")).to_have_value("W900000101")
        assert_accessible(page)
        shoot(page, "desk-new")
        press_until(page, "Tab", "main form + form > button")
        page.keyboard.press("Enter")
        expect(page).to_have_title("Record")
        expect(page.get_by_role("heading", level=1)).to_have_text("Lulu Wordwell")
        press_until(page, "Tab", "a[href='#e1']")
        page.keyboard.press("Enter")
        expect(page.locator("#e1 mark")).to_be_visible()
        assert_accessible(page)
        shoot(page, "desk-record")
        assert "Wordwell" not in page.title() + page.url


def test_a_record_that_is_pending_fills_in_place_and_says_so(stage: Any, clerk: Callable[..., Any]) -> None:
    with clerk("billing") as desk:
        page = sign_in(desk)
        asked = post(stage, person("covered_by_bb"), "SIM-SLOW2-", wait=0).json()
        page.goto(f"{stage.service}/desk/verifications/{asked['verification_id']}")
        state = page.get_by_role("status")
        expect(state).to_contain_text("Not final yet")
        page.evaluate("window.same = true")
        expect(state).to_contain_text("Final", timeout=15_000)
        expect(page.locator("#record")).to_contain_text("covered")
        assert page.evaluate("window.same"), "the page was loaded again"
        assert page.locator("[data-live]").count() == 0


def test_the_members_consent_is_recorded_before_the_payer_is_asked(
    clerk: Callable[..., Any], shoot: Callable[..., None]
) -> None:
    member = person("covered_by_wording", "cigna")
    with clerk("intake", viewport=PHONE) as desk:
        page = sign_in(desk, "/desk/new")
        for label, typed in (
            ("Payer", "Cigna"),
            ("First name", member.first_name),
            ("Last name", member.last_name),
            ("Birth date", member.birth_date),
            ("Member ID", member.member_id),
        ):
            page.get_by_label(label, exact=True).fill(typed)
        page.get_by_text("The member's consent").click()
        page.get_by_label("Spanish, text 2026-11-part-2", exact=True).check()
        page.get_by_text("Read Spanish").click()
        expect(page.locator("p[lang=es]").first).to_be_visible()
        assert_accessible(page)
        shoot(page, "desk-consent")
        page.get_by_role("button", name="Ask the payer").click()
        expect(page).to_have_title("Record")
        expect(page.locator("#record")).to_contain_text("text 2026-11-part-2 (Spanish), given")


STATES = ["payer_down", "unknown_member", "managed", "words_mention"]


def test_a_record_is_accessible_in_each_state_on_a_narrow_dark_screen(
    stage: Any, clerk: Callable[..., Any], shoot: Callable[..., None]
) -> None:
    with clerk("billing", viewport=PHONE, color_scheme="dark") as desk:
        page = sign_in(desk)
        for scenario in STATES:
            asked = ask(stage, person(scenario), wait=1)
            page.goto(f"{stage.service}/desk/verifications/{asked['verification_id']}")
            assert_accessible(page)
            shoot(page, f"desk-record-{scenario}-dark")


def test_a_role_reads_that_figures_are_hidden_and_opens_them_in_an_emergency(
    stage: Any, clerk: Callable[..., Any]
) -> None:
    asked = ask(stage, person("figures_by_place"), wait=8)
    with clerk("intake", "break_glass") as desk:
        page = sign_in(desk, f"/desk/verifications/{asked['verification_id']}")
        expect(page.locator("#record")).to_contain_text("hidden for your role")
        expect(page.locator("#record")).not_to_contain_text("$60.00")
        page.get_by_label("Reason").fill("patient in the emergency room")
        page.get_by_role("button", name="Open for an hour").click()
        expect(page.locator("#record")).to_contain_text("$60.00 per visit")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_work_is_taken_and_closed_and_back_is_right(
    stage: Any, clerk: Callable[..., Any], shoot: Callable[..., None], *, script: bool
) -> None:
    ask(stage, person("excluded_out_of_network_only" if script else "silent_on_behavioral"), wait=8)
    with clerk("supervisor", java_script_enabled=script) as desk:
        page = sign_in(desk)
        page.get_by_role("link", name="Needs a call").click()
        page.locator("tbody tr").last.get_by_role("button", name="Take").click()
        if script:
            assert_accessible(page)
            shoot(page, "desk-work")
        page.get_by_role("link", name="Mine").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        page.locator("tbody th a").click()
        expect(page).to_have_title("Record")
        page.go_back()
        page.get_by_role("button", name="Close").click()
        expect(page.locator(".empty")).to_contain_text("Nothing is yours")
        if script:
            assert_accessible(page)


def test_what_was_asked_lately_is_opened_and_a_mistake_is_named(stage: Any, clerk: Callable[..., Any]) -> None:
    ask(stage, person("part_refused"), wait=8)
    known = person("part_refused")
    with clerk("intake", viewport=PHONE) as desk:
        page = sign_in(desk, "/desk/new")
        page.get_by_label("Payer").fill("nobody of this name")
        page.get_by_role("button", name="Ask the payer").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert_accessible(page)
        page.get_by_label("Payer").fill("Aetna")
        page.get_by_label("First name", exact=True).fill(known.first_name)
        page.get_by_label("Last name", exact=True).fill(known.last_name)
        page.get_by_label("Birth date", exact=True).fill(known.birth_date)
        page.get_by_label("Member ID", exact=True).fill(known.member_id)
        page.get_by_role("button", name="Ask the payer").click()
        expect(page.get_by_role("alert")).to_contain_text("ago" if "ago" in page.content() else "just now")
        assert_accessible(page)
        page.get_by_role("link", name="Open that record").click()
        expect(page).to_have_title("Record")
        missing = page.goto(f"{stage.service}/desk/verifications/ver_{'A' * 26}")
        assert missing is not None
        assert missing.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("This page is not here")
        assert_accessible(page)
        # A browser notes each page that is not answered with 200.
        desk.problems[:] = [one for one in desk.problems if not one.startswith("Failed to load resource")]
