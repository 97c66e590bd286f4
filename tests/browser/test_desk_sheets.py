"""A clerk at the sheets of the desk: the call, the cost of a stay, the report, history, and a batch from end to end.

In a real browser, by keyboard, on a narrow screen, in the dark and without script; each state is looked at by axe.
"""

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from payers.simulator.people import PEOPLE
from tests.browser.conftest import PHONE, Visit, assert_accessible
from tests.journeys.asking import ask
from tests.journeys.conftest import BENEFITS, REPOSITORY

RATES = (
    '[{"payer": "florida_blue", "rates": [{"program": "php", "per_day": "420.00"}, '
    '{"program": "iop", "per_day": "310.00"}], "source": "imaginary agreement 2026"}]'
)
PERSON = next(one for one in PEOPLE if (one.payer, one.scenario) == ("florida_blue", "covered_by_wording"))
TELEHEALTH = "Is IOP for mental health covered by telehealth"


class Office(NamedTuple):
    """A service that is asked by a clerk: its address, a record, and the clerk's session as a browser keeps it."""

    service: str
    record: str
    session: Any


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, staging: Any, browser: Any) -> Iterator[Office]:
    """One service for the module, a verification that is answered, and somebody who signed in by a link."""
    home = tmp_path_factory.mktemp("sheets")
    with staging(home, BENEFITS_CONTRACTS=RATES) as stage:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{stage.service}/auth/link#{invite(home)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("^(?!.*/auth/link)"))
        session = context.storage_state()
        context.close()
        record = f"/desk/verifications/{ask(stage, PERSON, wait=20)['verification_id']}"
        yield Office(stage.service, record, session)


def invite(home: Path) -> str:
    """The code of a link for a supervisor of the service that keeps its database in ``home``."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BENEFITS_")}
    database = f"sqlite:///{home / 'benefits.sqlite'}"
    settings = {**bare, "PYTHONPATH": str(REPOSITORY), "BENEFITS_DATABASE_URL": database}
    command = [*BENEFITS, "staff", "invite", "--label", "Ada", "--role", "supervisor", "--json"]
    done = subprocess.run(command, cwd=home, env=settings, capture_output=True, text=True, check=True, timeout=60)
    link: str = json.loads(done.stdout)["link"]
    return link.partition("#")[2]


@pytest.fixture
def clerk(office: Office, visit: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a browser of the clerk who signed in."""
    return lambda **options: visit(office.service, storage_state=office.session, **options)


BUSY = "We cannot do this right now"


def open_page(person: Visit, path: str) -> Page:
    """Open a page of the service, again where a busy machine had it refused: the page itself says to."""
    page = person.go(path)
    for _ in range(10):
        if not page.get_by_role("heading", name=BUSY).count():
            break
        person.problems.clear()
        page = person.go(path)
    return page


def question(page: Page, text: str) -> Any:
    """The question of the call sheet that holds ``text``."""
    return page.locator(".ask").filter(has_text=text)


def forget_refusal(person: Visit) -> None:
    """A page that refuses has a status that the browser writes into its console; nothing else stands there."""
    assert len(person.problems) == 1, person.problems
    person.problems.clear()


def test_a_call_is_answered_in_place_and_saved_question_by_question(
    office: Office, clerk: Callable[..., Any], shoot: Callable[[Page, str], None]
) -> None:
    with clerk() as person:
        page = open_page(person, office.record)
        page.get_by_role("link", name="Call sheet", exact=True).click()
        assert_accessible(page)
        shoot(page, "desk-call")
        page.get_by_label("Representative", exact=True).fill("Pat")
        page.get_by_label("Reference number", exact=True).fill("I-77")
        question(page, TELEHEALTH).get_by_label("Yes", exact=True).check()
        question(page, TELEHEALTH).get_by_role("button").click()
        page.wait_for_url("**/call?saved=1#q-*")
        expect(page.get_by_role("status")).to_have_text("1 answer saved.")
        expect(page.get_by_label("Representative", exact=True)).to_have_value("Pat")
        expect(question(page, TELEHEALTH)).to_contain_text("yes")
        assert_accessible(page)
        page.reload()
        expect(page.get_by_role("heading", name="Pat")).to_have_count(1)


def test_what_was_said_by_phone_stands_on_the_record_and_the_printed_report(
    office: Office, clerk: Callable[..., Any], tmp_path: Path
) -> None:
    with clerk() as person:
        page = open_page(person, f"{office.record}/call")
        page.get_by_label("Representative", exact=True).fill("Ines")
        page.get_by_label("What else was said").fill("call again on Monday")
        page.get_by_role("button", name="Save the call").click()
        question(page, "Who runs the behavioral benefit?").get_by_role("textbox").first.fill("Lucet")
        question(page, "Who runs the behavioral benefit?").get_by_role("button").click()
        page.wait_for_url("**/call?saved=1#q-*")
        page = open_page(person, office.record)
        expect(page.get_by_role("region", name="Said by phone, beside the reply")).to_contain_text("Lucet")
        page.get_by_role("link", name="Report", exact=True).click()
        expect(page.locator("body")).to_contain_text("Ines")
        assert_accessible(page)
        printed = page.pdf(path=str(tmp_path / "report.pdf"), format="Letter")
        assert printed.startswith(b"%PDF-")


def test_the_second_of_two_clerks_sees_the_newer_sheet_and_loses_nothing(
    office: Office, clerk: Callable[..., Any]
) -> None:
    with clerk() as person:
        first, second = open_page(person, f"{office.record}/call"), person.open_tab()
        second.goto(f"{office.service}{office.record}/call")
        for page, value in ((first, "No"), (second, "Yes")):
            page.get_by_label("Representative", exact=True).fill("Sam")
            question(page, "Is a referral needed?").get_by_label(value, exact=True).check()
            question(page, "Is a referral needed?").get_by_role("button").click()
        expect(second.get_by_role("alert")).to_contain_text("Nothing that you typed is lost")
        expect(question(second, "Is a referral needed?").get_by_label("Yes", exact=True)).to_be_checked()
        assert_accessible(second)
        forget_refusal(person)
        question(second, "Is a referral needed?").get_by_role("button").click()
        second.wait_for_url("**/call?saved=*")
        expect(second.get_by_role("region", name="What differs")).to_contain_text("Referral needed")
        assert_accessible(second)


def test_what_cannot_be_read_is_read_first_and_leads_to_its_field(office: Office, clerk: Callable[..., Any]) -> None:
    asked = "How many days or visits of IOP for mental health"
    with clerk(viewport=PHONE, color_scheme="dark") as person:
        page = open_page(person, f"{office.record}/call")
        field = question(page, asked).get_by_role("textbox").first
        field.fill("many")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        assert_accessible(page)
        page.get_by_role("alert").get_by_role("link", name=re.compile("number")).click()
        expect(question(page, asked).get_by_role("textbox").first).to_be_focused()
        expect(question(page, asked).get_by_role("textbox").first).to_have_value("many")
        forget_refusal(person)


def test_a_stay_is_estimated_by_keyboard_alone(
    office: Office, clerk: Callable[..., Any], shoot: Callable[[Page, str], None]
) -> None:
    with clerk() as person:
        page = open_page(person, f"{office.record}/cost")
        shoot(page, "desk-cost")
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        assert_accessible(page)
        page.get_by_label("Program").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.type("5")
        page.keyboard.press("Tab")
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        page.wait_for_url("**days1=5&weeks1=2**")
        expect(page.get_by_role("heading", name="The patient may pay")).to_be_visible()
        expect(page.locator("main")).to_contain_text("34 days of treatment")
        line = page.get_by_role("region", name="Parts of the stay").get_by_role("link").first
        line.press("Enter")
        page.wait_for_url(re.compile(rf"{office.record}#e\d+$"))
        assert page.locator(":target").count() == 1, "the figure leads to its line of the reply"


def test_two_answers_stand_side_by_side(office: Office, clerk: Callable[..., Any]) -> None:
    with clerk(viewport=PHONE) as person:
        page = open_page(person, f"{office.record}/history")
        assert_accessible(page)
        expect(page.locator("main")).to_contain_text("this record")


def roster() -> bytes:
    """A roster of six who are known, one of them twice, and one row that nobody can ask."""
    known = [one for one in PEOPLE if one.payer == "florida_blue" and one.holder is None][:6]
    rows = [(one.payer, one.first_name, one.last_name, one.birth_date, one.member_id) for one in known]
    text = io.StringIO()
    header = ("payer", "first_name", "last_name", "birth_date", "member_id")
    csv.writer(text).writerows(
        [header, *rows, rows[0], ("florida_blue", "Ima", "Testcase", "yesterday", "XJQH90000999")]
    )
    return text.getvalue().encode()


def test_a_batch_goes_from_its_roster_to_results_and_changes(
    clerk: Callable[..., Any], shoot: Callable[[Page, str], None]
) -> None:
    with clerk() as person:
        page = open_page(person, "/desk/batches")
        expect(page.locator("main")).to_contain_text("There is no batch yet")
        assert_accessible(page)
        send(page, b"shoe size\n42\n")
        expect(page.get_by_role("alert")).to_contain_text("No row names our columns")
        assert_accessible(page)
        forget_refusal(person)
        send(page, roster())
        page.wait_for_url("**/desk/batches/bat_*")
        expect(page.locator("main")).to_contain_text("6 of 8 rows")
        expect(page.get_by_role("region", name="Table of refused rows")).to_contain_text("Write the date as YYYY-MM-DD")
        assert_accessible(page)
        shoot(page, "desk-batch-ready")
        page.get_by_role("button", name="Start: ask the payers").press("Enter")
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        assert_accessible(page)
        # The table and the line about it fill in place; nobody loads the page again.
        expect(page.get_by_role("status")).to_have_text("Finished: 6 of 6 rows are done.", timeout=60_000)
        assert page.locator("[data-live]").count() == 0
        shoot(page, "desk-batch")
        with page.expect_download() as download:
            page.get_by_role("link", name="Results as an Excel workbook").click()
        assert download.value.suggested_filename.endswith(".xlsx")
        page.get_by_role("link", name="Changes since the last answers").click()
        expect(page.locator("main")).to_contain_text("Nothing changed")
        assert_accessible(page)
        page.go_back()
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        assert_accessible(page)


def test_call_sheet_and_batch_work_without_script(office: Office, clerk: Callable[..., Any]) -> None:
    with clerk(java_script_enabled=False) as person:
        page = open_page(person, f"{office.record}/call")
        page.get_by_label("Representative", exact=True).fill("Kim")
        question(page, "Is the plan self-funded").get_by_role("textbox").first.fill("self-funded")
        question(page, "Is the plan self-funded").get_by_role("button").click()
        expect(question(page, "Is the plan self-funded")).to_contain_text("self-funded")
        page = open_page(person, "/desk/batches")
        send(page, roster())
        page.get_by_role("button", name="Start: ask the payers").click()
        expect(page.get_by_role("heading", name="By payer")).to_be_visible()
        assert page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]").count() <= 1
        page.get_by_role("button", name="Cancel the batch").click()
        expect(page.get_by_role("status")).to_contain_text("rows are done")


def send(page: Page, content: bytes) -> None:
    """Choose a file of ``content`` as the roster, and send it."""
    page.get_by_label("Roster file").set_input_files({"name": "roster.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Check the roster").click()
