"""A real browser: Debian's Chromium under Playwright, against the running service and simulator.

Everything that a page asks for is recorded, and whatever is not ours is refused. Where there is no Chromium these tests
say that they did not run; in CI they fail.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, sync_playwright

from tests.journeys.conftest import (
    stage as stage,  # noqa: PLC0414 - a fixture of this folder too
    staging as staging,  # noqa: PLC0414 - as above
)

SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

PHONE = {"width": 320, "height": 640}
"""The narrowest screen of WCAG 1.4.10, in CSS pixels."""

DESKTOP = {"width": 1280, "height": 800}

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module. Its library runs a loop meanwhile, beside which no test of asyncio can run."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        message = "no Chromium on this machine: the pages were NOT looked at in a browser"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield chromium
        chromium.close()


class Visit:
    """One person's browser: a context of its own, its page, and every request that it made."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context, self.origin = context, origin
        self.requests: list[Request] = []
        self.elsewhere: list[str] = []
        self.problems: list[str] = []
        context.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - Playwright marks it
        context.route("**/*", self._pass_ours)
        context.set_default_timeout(15_000)
        self.page = self.open_tab()

    def open_tab(self) -> Page:
        """A further tab of the same person."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        return page

    def go(self, path: str) -> Page:
        """Open ``path`` of the service."""
        self.page.goto(self.origin + path)
        return self.page

    def _pass_ours(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" == self.origin or address.scheme == "data":
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()


@pytest.fixture
def visit(browser: Browser) -> Callable[..., Any]:
    """Opens a browser of somebody at the origin of a service; options are those of Playwright's contexts."""

    @contextmanager
    def opened(origin: str, *, elsewhere: bool = False, **options: Any) -> Iterator[Visit]:
        context = browser.new_context(viewport=options.pop("viewport", DESKTOP), **options)
        found = Visit(context, origin)
        try:
            yield found
            assert elsewhere or found.elsewhere == [], "a page asked somebody else for something"
            assert found.problems == [], "a script failed, or the security policy refused something"
        finally:
            context.close()

    return opened


TRANSITIONS_HAVE_ENDED = """Promise.all(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished.catch(() => null)))"""
"""JavaScript: a promise that resolves when no CSS transition is running."""


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing on the page, and nothing is wider than the screen."""
    # A click returns once the next page has begun: without its stylesheet that page has other colours.
    page.wait_for_load_state("load")
    # While a button fades into the colours of another scheme, its text and its ground don't belong together.
    page.evaluate(TRANSITIONS_HAVE_ENDED)
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"the page is {wider} px wider than the screen"


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Takes a screenshot of the whole page where ``BENEFITS_TEST_SHOTS`` names a folder; else nothing."""
    folder = os.environ.get("BENEFITS_TEST_SHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    return take
