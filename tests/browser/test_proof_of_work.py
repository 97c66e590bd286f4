"""The proof of work of the form in a real browser: a worker does it while one types, and the form goes without too."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import Page, Request

from tests.journeys.conftest import Stage

CARD = {
    "first_name": "LULU",
    "last_name": "WORDWELL",
    "member_id": "W900000101",
    "birth_date_month": "2",
    "birth_date_day": "12",
    "birth_date_year": "1990",
}


def open_contact(page: Page) -> None:
    """Fill in the first two screens."""
    page.locator("[name=payer][value=aetna]").check()
    page.locator("#form button:not(.quiet)").last.click()
    for name, value in CARD.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("#form button:not(.quiet)").last.click()
    page.locator("[name=phone]").wait_for()


def send(page: Page) -> dict[str, str]:
    """Agree on the last screen at once; returns what the browser sent."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.locator("[name=phone]").fill("(212) 555-0123")
    page.locator("#may_ask_insurer").click()
    page.locator("#outcome").wait_for()
    assert len(sent) == 1
    return {name: values[-1] for name, values in parse_qs(sent[0].post_data or "").items()}


def test_the_worker_solves_the_challenge_and_the_form_waits_for_it(visit: Callable[..., Any], stage: Stage) -> None:
    with visit(stage.service) as visitor:
        open_contact(visitor.go("/verify"))
        page = visitor.page
        challenge = json.loads(page.locator("[name=proof]").get_attribute("data-challenge") or "")

        sent = send(page)

        proof = json.loads(b64decode(sent["proof"]))
        assert proof["challenge"] == challenge
        assert proof["solution"]["derivedKey"].startswith(challenge["parameters"]["keyPrefix"])
        assert sent["may_ask_insurer"] == "yes"
        assert visitor.context.cookies() == []


def test_without_script_the_form_is_sent_without_a_proof(visit: Callable[..., Any], stage: Stage) -> None:
    with visit(stage.service, java_script_enabled=False) as visitor:
        open_contact(visitor.go("/verify"))

        sent = send(visitor.page)

        assert "proof" not in sent
        assert visitor.page.locator(".code").inner_text()
