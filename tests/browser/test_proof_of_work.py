"""The proof of work of the form in a real browser: done by a worker while one types, and missed by nobody."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request

from tests.journeys.conftest import Stage

pytestmark = pytest.mark.journey if hasattr(pytest.mark, "journey") else []


def open_contact(page: Page) -> Page:
    """The last screen, reached by the ones before it."""
    page.get_by_label("Aetna").first.check()
    page.locator("#main button:not(.unseen)").first.click()
    for name, value in (("first_name", "LULU"), ("last_name", "WORDWELL"), ("member_id", "W900000101")):
        page.locator(f"[name={name}]").fill(value)
    for name, value in (("birth_month", "2"), ("birth_day", "12"), ("birth_year", "1990")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=is_subscriber][value=yes]").check()
    page.locator("#form button").first.click()
    return page
